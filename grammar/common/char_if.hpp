#pragma once

#include "grammar/common/must.hpp"

namespace fhirwall::grammar {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
constexpr bool is_word_start(char c) { return is_letter(c) || c == '_'; }
constexpr bool is_word_part(char c) { return is_alphanumeric(c) || c == '_'; }

// One byte that satisfies `Accept`: a character class without a table.
template <bool (*Accept)(char)>
struct CharIf : x3::char_parser<CharIf<Accept>> {
  using attribute_type = char;
  static constexpr bool has_attribute = true;

  template <typename Char, typename Context>
  bool test(Char c, Context const&) const {
    return Accept(c);
  }
};

constexpr CharIf<is_digit> digit{};
constexpr CharIf<is_letter> letter{};
constexpr CharIf<is_alphanumeric> alphanumeric{};
constexpr CharIf<is_word_start> word_start{};
constexpr CharIf<is_word_part> word_part{};

}  // namespace fhirwall::grammar
