#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/error.hpp"

namespace fhirwall::json {

// Validators for one scalar token text[begin, end): each must cover the token exactly (RFC 8259,
// sections 3, 6 and 7). The error's offset is the first byte that cannot be there; `end` when the
// token stops too early.

// A number; text[begin] is `-` or a digit.
[[nodiscard]] Error check_number(const char* text, std::uint32_t begin, std::uint32_t end);

// Exactly `true`, `false` or `null`, whichever text[begin] starts.
[[nodiscard]] Error check_literal(const char* text, std::uint32_t begin, std::uint32_t end);

// The escapes of a string's text between the quotes; `first` is the offset of its first backslash.
// Unknown escapes, short `\u` and lone surrogates are refused; the offset is that of the backslash.
[[nodiscard]] Error check_escapes(const char* text, std::uint32_t first, std::uint32_t end);

// Resolves the escapes of text[begin, end) (validated) into `out`, which has room for end - begin
// bytes. Returns the number of bytes written; never more than there were.
std::uint32_t unescape_to(const char* text, std::uint32_t begin, std::uint32_t end, char* out);

// True if text[begin, end) (validated) stands for `value`. Copies nothing.
[[nodiscard]] bool unescapes_to(const char* text, std::uint32_t begin, std::uint32_t end,
                                std::string_view value);

}  // namespace fhirwall::json
