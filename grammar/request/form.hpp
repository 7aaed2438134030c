#pragma once

#include <string>
#include <string_view>
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

// One byte of the decoded text; `first` stands neither at the end nor at `&`. False with a record
// at what is not allowed.
inline bool read_form_byte(char const*& first, char const* last, char& byte, Failure& failure) {
  if (!is_form_char(*first)) {
    failure.record(first, expected::kQueryCharacter);
    return false;
  }
  byte = *first == '+' ? ' ' : *first;
  if (byte == '%') {
    const int high = last - first < 3 ? -1 : hex_value(first[1]);
    const int low = high < 0 ? -1 : hex_value(first[2]);
    if (low < 0) {
      failure.record(first, expected::kEscape);
      return false;
    }
    byte = static_cast<char>(high * 16 + low);
    first += 2;
  }
  ++first;
  return true;
}

// Whether `byte` behind `text` makes a control character of ASCII or of Latin-1.
inline bool makes_control(std::string_view text, char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code < 0x20 || code == 0x7F || (code >= 0x80 && code < 0xA0 && text.ends_with('\xC2'));
}

struct Decoded {
  std::string text;
  Span span;  // as written
};

// Decoded bytes while `accept` takes them: at most up to the next raw `&`. Fails with a record
// where the text cannot be decoded, holds a control character or is not UTF-8.
struct FormText : x3::parser<FormText> {
  using attribute_type = Decoded;
  static constexpr bool has_attribute = true;
  using Accept = bool (*)(char);

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
      char byte = 0;
      if (!read_form_byte(behind, last, byte, failure)) {
        return false;
      }
      if (makes_control(decoded.text, byte)) {
        failure.record(at, expected::kText);
        return false;
      }
      if (!accept(byte)) {
        break;
      }
      decoded.text += byte;
      at = behind;
    }
    std::size_t valid = first_invalid_utf8(decoded.text);
    if (valid != decoded.text.size()) {
      char const* place = first;
      for (; valid != 0; --valid) {
        place += *place == '%' ? 3 : 1;
      }
      failure.record(place, expected::kUtf8);
      return false;
    }
    decoded.span = {failure.offset(first), failure.offset(at)};
    first = at;
    return true;
  }
};

}  // namespace fhirwall::grammar::request
