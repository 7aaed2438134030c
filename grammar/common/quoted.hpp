#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "grammar/common/must.hpp"
#include "grammar/common/utf8.hpp"

// Text between quotes, with FHIRPath's escapes (N1, section 4.1.2): \' \" \` \r \n \t \f \\ \/ and
// \uXXXX, where two of the last may form a surrogate pair. Any other escape is an error.
namespace fhirwall::grammar {

inline bool read_four_hex_digits(char const*& first, char const* last, char32_t& unit) {
  if (last - first < 4) {
    return false;
  }
  unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = first[i];
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      unit = unit * 16 + static_cast<char32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      unit = unit * 16 + static_cast<char32_t>(lower - 'a' + 10);
    } else {
      return false;
    }
  }
  first += 4;
  return true;
}

// Behind `\u`. A lone surrogate is no character.
inline bool read_unicode_escape(char const*& first, char const* last, char32_t& code_point) {
  if (!read_four_hex_digits(first, last, code_point)) {
    return false;
  }
  if (code_point < 0xD800 || code_point > 0xDFFF) {
    return true;
  }
  char32_t low = 0;
  if (code_point > 0xDBFF || last - first < 2 || first[0] != '\\' || first[1] != 'u') {
    return false;
  }
  first += 2;
  if (!read_four_hex_digits(first, last, low) || low < 0xDC00 || low > 0xDFFF) {
    return false;
  }
  code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
  return true;
}

// Behind `\`.
inline bool read_escape(char const*& first, char const* last, std::string& text) {
  if (first == last) {
    return false;
  }
  const char c = *first++;
  switch (c) {
    case '\'':
    case '"':
    case '`':
    case '\\':
    case '/': text += c; return true;
    case 'r': text += '\r'; return true;
    case 'n': text += '\n'; return true;
    case 't': text += '\t'; return true;
    case 'f': text += '\f'; return true;
    case 'u': {
      char32_t code_point = 0;
      if (!read_unicode_escape(first, last, code_point)) {
        return false;
      }
      append_utf8(code_point, text);
      return true;
    }
    default: return false;
  }
}

// From the opening quote to behind the closing one. The failure is placed at the wrong escape, or
// at the end of the text when the closing quote is missing.
inline bool read_quoted(char const*& first, char const* last, char quote, std::string& text,
                        Failure& failure) {
  if (first == last || *first != quote) {
    return false;
  }
  char const* at = first + 1;
  while (at != last && *at != quote) {
    if (*at != '\\') {
      text += *at++;
      continue;
    }
    char const* const escape = at++;
    if (!read_escape(at, last, text)) {
      failure.record(escape, "an escape sequence");
      return false;
    }
  }
  if (at == last) {
    failure.record(at, "the closing quote");
    return false;
  }
  first = at + 1;
  return true;
}

// The parser for it: `Quoted{'\''}`; its attribute is the text without quotes, escapes resolved.
struct Quoted : x3::parser<Quoted> {
  using attribute_type = std::string;
  static constexpr bool has_attribute = true;

  explicit constexpr Quoted(char delimiter) : quote(delimiter) {}

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute& attribute) const {
    Iterator at = first;  // a parser that fails takes nothing, not even white space
    x3::skip_over(at, last, context);
    std::string text;
    if (!read_quoted(at, last, quote, text, failure_of(context))) {
      return false;
    }
    first = at;
    x3::traits::move_to(std::move(text), attribute);
    return true;
  }

  char quote;
};

}  // namespace fhirwall::grammar
