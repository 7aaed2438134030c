#pragma once

#include <string_view>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/must.hpp"

namespace fhirwall::grammar {

// Runs `start` over the whole of `text`. `what_follows` says what may stand after a complete
// sentence; it is the message when something else does.
template <typename Start, typename Attribute>
bool parse_all(Start const& start, std::string_view text, Failure& failure,
               std::string_view what_follows, Attribute& attribute) {
  char const* first = text.data();
  char const* const last = first + text.size();
  auto const whole =
      x3::with<FailureTag>(failure)[x3::as_parser(start) >> must(x3::eoi, what_follows)];
  return whole.parse(first, last, x3::unused, x3::unused, attribute);
}

}  // namespace fhirwall::grammar
