#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// UTF-8 as Unicode defines it: shortest forms only, no surrogates, nothing above U+10FFFF.
namespace fhirwall::grammar {

inline void append_utf8(char32_t code_point, std::string& text) {
  const auto append = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xC0 | (code_point >> 6));
    append(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    append(0xE0 | (code_point >> 12));
    append(0x80 | ((code_point >> 6) & 0x3F));
    append(0x80 | (code_point & 0x3F));
  } else {
    append(0xF0 | (code_point >> 18));
    append(0x80 | ((code_point >> 12) & 0x3F));
    append(0x80 | ((code_point >> 6) & 0x3F));
    append(0x80 | (code_point & 0x3F));
  }
}

// Reads one code point, taking bytes from `next(unsigned char&) -> bool`. False when the bytes are
// not UTF-8 or end too early.
template <typename Next>
bool read_utf8(Next&& next, char32_t& code_point) {
  unsigned char byte = 0;
  if (!next(byte)) {
    return false;
  }
  if (byte < 0x80) {
    code_point = byte;
    return true;
  }
  int more = 0;
  char32_t smallest = 0;
  if ((byte & 0xE0) == 0xC0) {
    more = 1;
    smallest = 0x80;
    code_point = byte & 0x1FU;
  } else if ((byte & 0xF0) == 0xE0) {
    more = 2;
    smallest = 0x800;
    code_point = byte & 0x0FU;
  } else if ((byte & 0xF8) == 0xF0) {
    more = 3;
    smallest = 0x10000;
    code_point = byte & 0x07U;
  } else {
    return false;
  }
  for (; more > 0; --more) {
    if (!next(byte) || (byte & 0xC0) != 0x80) {
      return false;
    }
    code_point = (code_point << 6) | (byte & 0x3FU);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  return code_point >= smallest && code_point <= 0x10FFFF && !surrogate;
}

// The offset of the first byte that does not continue valid UTF-8, or text.size().
inline std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t behind = at;
    char32_t code_point = 0;
    const auto next = [&](unsigned char& byte) {
      if (behind == text.size()) {
        return false;
      }
      byte = static_cast<unsigned char>(text[behind++]);
      return true;
    };
    if (!read_utf8(next, code_point)) {
      return at;
    }
    at = behind;
  }
  return at;
}

}  // namespace fhirwall::grammar
