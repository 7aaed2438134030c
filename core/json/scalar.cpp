#include "core/json/scalar.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "core/base/ascii.hpp"
#include "core/json/byte_scan.hpp"

namespace fhirwall::json {
namespace {

constexpr std::uint32_t kNotHex = 0xFFFFFFFFu;

// The value of four hex digits, or kNotHex.
std::uint32_t hex4(const char* digits) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = digits[i];
    if (!ascii::is_hex(c)) {
      return kNotHex;
    }
    const int digit = ascii::is_digit(c) ? c - '0' : ascii::to_lower(c) - 'a' + 10;
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  return value;
}

constexpr bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
constexpr bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// The character behind a one-letter escape, or 0.
constexpr char simple_escape(char c) {
  switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

char* put_utf8(std::uint32_t code_point, char* out) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
  return out;
}

}  // namespace

Error check_number(const char* text, std::uint32_t begin, std::uint32_t end) {
  std::uint32_t at = begin;
  const auto digit = [&] { return at < end && ascii::is_digit(text[at]); };
  const auto wrong = [&] { return Error{ErrorCode::kInvalidNumber, at}; };
  if (text[at] == '-') {
    ++at;
  }
  if (!digit()) {
    return wrong();
  }
  if (text[at] == '0') {
    ++at;  // a leading zero stands alone
  } else {
    while (digit()) {
      ++at;
    }
  }
  if (at < end && text[at] == '.') {
    ++at;
    if (!digit()) {
      return wrong();
    }
    while (digit()) {
      ++at;
    }
  }
  if (at < end && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < end && (text[at] == '+' || text[at] == '-')) {
      ++at;
    }
    if (!digit()) {
      return wrong();
    }
    while (digit()) {
      ++at;
    }
  }
  return at == end ? Error{} : wrong();
}

Error check_literal(const char* text, std::uint32_t begin, std::uint32_t end) {
  const std::string_view token{text + begin, end - begin};
  const std::string_view word = token[0] == 't' ? "true" : token[0] == 'f' ? "false" : "null";
  if (token == word) {
    return {};
  }
  const auto mismatch = std::mismatch(token.begin(), token.end(), word.begin(), word.end());
  return {ErrorCode::kInvalidLiteral,
          begin + static_cast<std::uint64_t>(mismatch.first - token.begin())};
}

Error check_escapes(const char* text, std::uint32_t first, std::uint32_t end) {
  for (std::uint32_t at = first; at < end; at = find_backslash(text, at, end)) {
    const Error wrong{ErrorCode::kInvalidString, at};
    const std::uint32_t left = end - at;
    if (left < 2) {
      return wrong;
    }
    if (text[at + 1] != 'u') {
      if (simple_escape(text[at + 1]) == 0) {
        return wrong;
      }
      at += 2;
      continue;
    }
    const std::uint32_t unit = left < 6 ? kNotHex : hex4(text + at + 2);
    if (unit == kNotHex || is_low_surrogate(unit)) {
      return wrong;
    }
    at += 6;
    if (is_high_surrogate(unit)) {
      if (end - at < 6 || text[at] != '\\' || text[at + 1] != 'u' ||
          !is_low_surrogate(hex4(text + at + 2))) {
        return wrong;
      }
      at += 6;
    }
  }
  return {};
}

std::uint32_t unescape_to(const char* text, std::uint32_t begin, std::uint32_t end, char* out) {
  char* const start = out;
  for (std::uint32_t at = begin; at < end;) {
    const std::uint32_t backslash = find_backslash(text, at, end);
    std::memcpy(out, text + at, backslash - at);
    out += backslash - at;
    at = backslash;
    if (at == end) {
      break;
    }
    if (text[at + 1] != 'u') {
      *out++ = simple_escape(text[at + 1]);
      at += 2;
      continue;
    }
    std::uint32_t code_point = hex4(text + at + 2);
    at += 6;
    if (is_high_surrogate(code_point)) {
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (hex4(text + at + 2) - 0xDC00);
      at += 6;
    }
    out = put_utf8(code_point, out);
  }
  return static_cast<std::uint32_t>(out - start);
}

bool unescapes_to(const char* text, std::uint32_t begin, std::uint32_t end,
                  std::string_view value) {
  const auto takes = [&value](std::string_view piece) {
    if (!value.starts_with(piece)) {
      return false;
    }
    value.remove_prefix(piece.size());
    return true;
  };
  for (std::uint32_t at = begin; at < end;) {
    const std::uint32_t backslash = find_backslash(text, at, end);
    if (!takes({text + at, backslash - at})) {
      return false;
    }
    at = backslash;
    if (at == end) {
      break;
    }
    const bool is_unit = text[at + 1] == 'u';
    const bool is_pair = is_unit && is_high_surrogate(hex4(text + at + 2));
    const std::uint32_t length = is_pair ? 12 : is_unit ? 6 : 2;
    char character[4];
    if (!takes({character, unescape_to(text, at, at + length, character)})) {
      return false;
    }
    at += length;
  }
  return value.empty();
}

}  // namespace fhirwall::json
