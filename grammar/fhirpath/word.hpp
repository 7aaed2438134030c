#pragma once

#include <string>
#include <string_view>

#include "grammar/common/char_if.hpp"
#include "grammar/common/must.hpp"

namespace fhirwall::grammar::fhirpath {

// Words that the grammar's literals and operators take, so that they are no IDENTIFIER. `as`, `is`,
// `in` and `contains` are missing: fhirpath.g4 lets them be identifiers.
constexpr std::string_view kReserved[] = {
    "and",   "or",     "xor",   "implies", "div",   "mod",     "true",    "false",
    "year",  "month",  "week",  "day",     "hour",  "minute",  "second",  "millisecond",
    "years", "months", "weeks", "days",    "hours", "minutes", "seconds", "milliseconds"};
constexpr std::size_t kFirstCalendarWord = 8;  // index in kReserved

inline std::string_view word_at(char const* first, char const* last) {
  char const* end = first;
  if (end != last && is_word_start(*end)) {
    while (end != last && is_word_part(*end)) {
      ++end;
    }
  }
  return {first, static_cast<std::size_t>(end - first)};
}

inline bool is_reserved(std::string_view word) {
  for (const std::string_view one : kReserved) {
    if (one == word) {
      return true;
    }
  }
  return false;
}

inline bool is_calendar_word(std::string_view word) {
  for (std::size_t i = kFirstCalendarWord; i < std::size(kReserved); ++i) {
    if (kReserved[i] == word) {
      return true;
    }
  }
  return false;
}

// Words behind which an operand begins; some of them are identifiers elsewhere.
inline bool is_operator_word(std::string_view word) {
  for (const std::string_view one :
       {"and", "or", "xor", "implies", "div", "mod", "as", "is", "in", "contains"}) {
    if (one == word) {
      return true;
    }
  }
  return false;
}

inline bool is_identifier(std::string_view word) { return !word.empty() && !is_reserved(word); }

// A whole word that satisfies `Accept`.
template <bool (*Accept)(std::string_view)>
struct Word : x3::parser<Word<Accept>> {
  using attribute_type = std::string;
  static constexpr bool has_attribute = true;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute& attribute) const {
    Iterator at = first;  // a parser that fails takes nothing, not even white space
    x3::skip_over(at, last, context);
    const std::string_view word = word_at(at, last);
    if (!Accept(word)) {
      return false;
    }
    x3::traits::move_to(std::string(word), attribute);
    first = at + word.size();
    return true;
  }
};

}  // namespace fhirwall::grammar::fhirpath
