#pragma once

#include "grammar/common/must.hpp"

namespace fhirwall::grammar::fhirpath {

// White space, `// ...` to the end of the line, `/* ... */`. A comment that is not closed is left
// alone: no rule takes it.
inline bool skip_white_space(char const*& first, char const* last) {
  if (first == last) {
    return false;
  }
  if (*first == ' ' || *first == '\t' || *first == '\r' || *first == '\n') {
    ++first;
    return true;
  }
  if (last - first < 2 || first[0] != '/') {
    return false;
  }
  if (first[1] == '/') {
    while (first != last && *first != '\r' && *first != '\n') {
      ++first;
    }
    return true;
  }
  if (first[1] != '*') {
    return false;
  }
  for (char const* at = first + 2; last - at >= 2; ++at) {
    if (at[0] == '*' && at[1] == '/') {
      first = at + 2;
      return true;
    }
  }
  return false;
}

// The skipper.
struct WhiteSpace : x3::parser<WhiteSpace> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const&, RuleContext const&,
             Attribute&) const {
    return skip_white_space(first, last);
  }
};

}  // namespace fhirwall::grammar::fhirpath
