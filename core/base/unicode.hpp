#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// UTF-8 text as code points.
namespace fhirwall {

void append_utf8(std::uint32_t code_point, std::string& out);
// Well-formed: no overlong forms, no surrogates, nothing beyond U+10FFFF, nothing cut off.
[[nodiscard]] bool is_utf8(std::string_view text);

// The functions below take well-formed text.
[[nodiscard]] std::size_t count_code_points(std::string_view text);
// Where the code point `index` begins, in bytes; text.size() when there are exactly `index` of
// them, npos when there are less.
[[nodiscard]] std::size_t offset_of_code_point(std::string_view text, std::uint64_t index);
// The bytes of the code point that begins at `at`.
[[nodiscard]] std::size_t length_of_code_point(std::string_view text, std::size_t at);

// Append the text in lower or upper case, every letter of Unicode by itself and whatever the
// language: Greek final sigma stays, a ligature without capital stays. Sharp s becomes SS.
void append_lower(std::string_view text, std::string& out);
void append_upper(std::string_view text, std::string& out);

}  // namespace fhirwall
