#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "grammar/common/syntax_error.hpp"
#include "grammar/common/utf8.hpp"

namespace fhirwall::grammar {

// What holds for every language before its grammar runs (SPEC P8): not too long, and UTF-8.
// `max_bytes` bounds the length of the text, in bytes.
inline std::optional<SyntaxError> check_text(std::string_view text, std::uint32_t max_bytes) {
  if (text.size() > max_bytes) {
    return SyntaxError{max_bytes, "a text no longer than the limit", true};
  }
  const std::size_t invalid = first_invalid_utf8(text);
  if (invalid != text.size()) {
    return SyntaxError{static_cast<std::uint32_t>(invalid), "valid UTF-8"};
  }
  return std::nullopt;
}

}  // namespace fhirwall::grammar
