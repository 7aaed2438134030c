#pragma once

#include <span>
#include <string_view>

#include "grammar/common/char_if.hpp"
#include "grammar/common/must.hpp"
#include "grammar/common/utf8.hpp"

// The lower layer of criteria: a text in form encoding (`+` is a space, `%xx` a byte) seen as code
// points, beside which `%name` stands for a variable. SPEC 3.1, 5.4.
namespace fhirwall::grammar::criteria {

using Names = std::span<const std::string_view>;

struct NamesTag;  // finds the bound names in a parse context

constexpr bool is_name_part(char c) { return is_alphanumeric(c) || c == '_' || c == '-'; }
constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr unsigned hex_value(char c) {
  return static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

// `first` stands at a `%`.
inline bool starts_hex_escape(char const* first, char const* last) {
  return last - first >= 3 && is_hex_digit(first[1]) && is_hex_digit(first[2]);
}

// The name of the variable at `first`, or empty when there is none. SPEC 3.1: the longest name
// counts; if it is bound it is the variable, otherwise two hex digits make an escape, otherwise it
// is an unbound variable.
inline std::string_view variable_at(char const* first, char const* last, Names bound) {
  if (last - first < 2 || first[0] != '%' || !is_word_start(first[1])) {
    return {};
  }
  char const* end = first + 1;
  while (end != last && is_name_part(*end)) {
    ++end;
  }
  const std::string_view name(first + 1, static_cast<std::size_t>(end - first - 1));
  for (const std::string_view one : bound) {
    if (one == name) {
      return name;
    }
  }
  return starts_hex_escape(first, last) ? std::string_view{} : name;
}

enum class FormByte { kByte, kEnd, kInvalid };

// One byte of the decoded text. kEnd at the end, at `&`, `?` and a variable.
inline FormByte read_form_byte(char const*& first, char const* last, Names bound,
                               unsigned char& byte, Failure& failure) {
  if (first == last || *first == '&' || *first == '?' || !variable_at(first, last, bound).empty()) {
    return FormByte::kEnd;
  }
  if (*first == '%') {
    if (!starts_hex_escape(first, last)) {
      failure.record(first, "two hex digits after `%`");
      return FormByte::kInvalid;
    }
    byte = static_cast<unsigned char>(hex_value(first[1]) * 16 + hex_value(first[2]));
    first += 3;
    return FormByte::kByte;
  }
  byte = *first == '+' ? ' ' : static_cast<unsigned char>(*first);
  // The reference's reader of URLs drops raw tabs and line ends: what would be matched is unclear.
  if (byte < 0x20 || byte == 0x7F) {
    failure.record(first, "a percent escape for a control character");
    return FormByte::kInvalid;
  }
  ++first;
  return FormByte::kByte;
}

// One code point of the decoded text.
inline bool read_form_char(char const*& first, char const* last, Names bound, char32_t& code_point,
                           Failure& failure) {
  char const* at = first;
  FormByte state = FormByte::kByte;
  const auto next = [&](unsigned char& byte) {
    state = read_form_byte(at, last, bound, byte, failure);
    return state == FormByte::kByte;
  };
  if (!read_utf8(next, code_point)) {
    const bool at_end = state == FormByte::kEnd && at == first;
    if (!at_end && state != FormByte::kInvalid) {
      failure.record(first, "valid UTF-8");
    }
    return false;
  }
  if (code_point == 0) {
    failure.record(first, "a character other than NUL");
    return false;
  }
  first = at;
  return true;
}

// Parses one decoded code point that satisfies `Accept`.
template <bool (*Accept)(char32_t)>
struct FormChar : x3::parser<FormChar<Accept>> {
  using attribute_type = char32_t;
  static constexpr bool has_attribute = true;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute& attribute) const {
    Iterator at = first;
    char32_t code_point = 0;
    if (!read_form_char(at, last, x3::get<NamesTag>(context), code_point, failure_of(context)) ||
        !Accept(code_point)) {
      return false;
    }
    x3::traits::move_to(code_point, attribute);
    first = at;
    return true;
  }
};

// Parses `%name`; the attribute is the name.
struct Variable : x3::parser<Variable> {
  using attribute_type = std::string_view;
  static constexpr bool has_attribute = true;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute& attribute) const {
    const std::string_view name = variable_at(first, last, x3::get<NamesTag>(context));
    if (name.empty()) {
      return false;
    }
    x3::traits::move_to(name, attribute);
    first += name.size() + 1;
    return true;
  }
};

}  // namespace fhirwall::grammar::criteria
