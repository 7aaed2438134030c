#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Bytes as text (RFC 4648) and text inside HTML and JSON.
namespace fhirwall {

enum class Base64 : std::uint8_t {
  kStandard,  // `+` and `/`, padded
  kUrl,       // `-` and `_`, padded; read also without padding
};

// Lowercase digits.
void append_hex(std::string_view bytes, std::string& out);
// Digits of either case. False for anything else and for half a byte; `out` is spoiled then.
[[nodiscard]] bool decode_hex(std::string_view text, std::string& out);

void append_base64(std::string_view bytes, Base64 alphabet, std::string& out);
// Strict: no line breaks, no bits beyond the last byte. False otherwise; `out` is spoiled then.
[[nodiscard]] bool decode_base64(std::string_view text, Base64 alphabet, std::string& out);

// `& < > " '` as references, fit for content and for attributes.
void append_html_escaped(std::string_view text, std::string& out);
// Resolves `&amp; &lt; &gt; &quot; &apos; &nbsp;`, `&#39;` and `&#x27;`. What is no such reference
// is kept as it is.
void append_html_unescaped(std::string_view text, std::string& out);
// Resolves the escapes of a JSON string. A backslash that begins none is kept, as is half of a
// surrogate pair.
void append_json_unescaped(std::string_view text, std::string& out);

}  // namespace fhirwall
