#pragma once

#include <string>
#include <utility>

#include "grammar/common/char_if.hpp"
#include "grammar/common/must.hpp"
#include "grammar/common/span.hpp"
#include "grammar/common/utf8.hpp"
#include "grammar/request/expected.hpp"

// Text in form encoding, decoded once.
namespace fhirwall::grammar::request {

// The value of a hex digit, or -1.
constexpr int hex_value(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// SPEC 13.1: what may stand unescaped. Printable ASCII without what RFC 3986 and the URL standard
// keep out of every query, and without `;`, which separates parameters for some servers.
constexpr bool is_form_char(char c) {
  return c > ' ' && c < 0x7F && c != '"' && c != '#' && c != ';' && c != '<' && c != '>';
}

// One byte of the decoded text. False at the end, at `&`, and with a record at what is not allowed.
inline bool read_form_byte(char const*& first, char const* last, unsigned char& byte,
                           Failure& failure) {
  if (first == last || *first == '&') {
    return false;
  }
  if (!is_form_char(*first)) {
    failure.record(first, expected::kQueryCharacter);
    return false;
  }
  if (*first != '%') {
    byte = *first == '+' ? ' ' : static_cast<unsigned char>(*first);
    ++first;
    return true;
  }
  const int high = last - first < 3 ? -1 : hex_value(first[1]);
  const int low = high < 0 ? -1 : hex_value(first[2]);
  if (low < 0) {
    failure.record(first, expected::kEscape);
    return false;
  }
  byte = static_cast<unsigned char>(high * 16 + low);
  first += 3;
  return true;
}

struct Decoded {
  std::string text;
  Span span;  // as written
};

// Decoded code points while `accept` takes them: at most up to the next raw `&`. Fails with a
// record where the text cannot be decoded, or holds a control character.
struct FormText : x3::parser<FormText> {
  using attribute_type = Decoded;
  static constexpr bool has_attribute = true;
  using Accept = bool (*)(char32_t);

  explicit constexpr FormText(Accept accepted) : accept(accepted) {}

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute& attribute) const {
    Decoded decoded;
    if (!read(first, last, decoded, failure_of(context))) {
      return false;
    }
    x3::traits::move_to(std::move(decoded), attribute);
    return true;
  }

  Accept accept;

 private:
  bool read(char const*& first, char const* last, Decoded& decoded, Failure& failure) const {
    char const* at = first;
    while (at != last && *at != '&') {
      char const* behind = at;
      char32_t code_point = 0;
      bool read_byte = true;
      const auto next = [&](unsigned char& byte) {
        read_byte = read_form_byte(behind, last, byte, failure);
        return read_byte;
      };
      if (!read_utf8(next, code_point)) {
        // Bytes that are not UTF-8, or a character cut off by `&` or the end.
        if (read_byte || behind == last || *behind == '&') {
          failure.record(at, expected::kUtf8);
        }
        return false;
      }
      if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) {
        failure.record(at, expected::kText);
        return false;
      }
      if (!accept(code_point)) {
        break;
      }
      append_utf8(code_point, decoded.text);
      at = behind;
    }
    decoded.span = {failure.offset(first), failure.offset(at)};
    first = at;
    return true;
  }
};

}  // namespace fhirwall::grammar::request
