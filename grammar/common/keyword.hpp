#pragma once

#include <cstddef>
#include <string_view>

#include "grammar/common/char_if.hpp"
#include "grammar/common/must.hpp"

namespace fhirwall::grammar {

// Moves `first` behind `word` if it stands there. A word of letters ends at a word boundary, so
// that `orange` is no `or`.
inline bool read_keyword(char const*& first, char const* last, std::string_view word) {
  const auto left = static_cast<std::size_t>(last - first);
  if (left < word.size() || std::string_view(first, word.size()) != word) {
    return false;
  }
  char const* const end = first + word.size();
  if (is_word_part(word.back()) && end != last && is_word_part(*end)) {
    return false;
  }
  first = end;
  return true;
}

// One of several words or signs, tried in order: a longer sign stands before its beginning (`<=`
// before `<`). The attribute is the one that was read.
template <std::size_t N>
struct Keyword : x3::parser<Keyword<N>> {
  using attribute_type = std::string_view;
  static constexpr bool has_attribute = true;

  template <typename... Words>
  explicit constexpr Keyword(Words... spelled) : words{std::string_view(spelled)...} {}

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute& attribute) const {
    Iterator at = first;  // a parser that fails takes nothing, not even white space
    x3::skip_over(at, last, context);
    for (const std::string_view word : words) {
      if (read_keyword(at, last, word)) {
        first = at;
        x3::traits::move_to(word, attribute);
        return true;
      }
    }
    return false;
  }

  std::string_view words[N];
};

template <typename... Words>
constexpr Keyword<sizeof...(Words)> keyword(Words... words) {
  return Keyword<sizeof...(Words)>(words...);
}

}  // namespace fhirwall::grammar
