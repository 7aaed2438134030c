#include "grammar/filter/parse.hpp"

#include "grammar/common/entry.hpp"
#include "grammar/common/guard.hpp"
#include "grammar/filter/grammar_def.hpp"

namespace fhirwall::grammar::filter {

Parsed<Filter> parse(std::string_view text, std::span<const Span> variables,
                     const ParseLimits& limits) {
  if (const auto error = check_text(text, limits.max_bytes)) {
    return *error;
  }
  Failure failure(text.data());
  State state{variables, limits.max_nesting, limits.max_operators};
  Filter filter;
  const auto start = x3::with<StateTag>(state)[rules::spaces >> rules::filter >> rules::spaces];
  // INVARIANT: this grammar never tries again what a `must` refused, so a recorded failure is
  // final.
  if (!parse_all(start, text, failure, "`and`, `or` or the end of the filter", filter) ||
      failure.recorded()) {
    return failure.error();
  }
  return filter;
}

}  // namespace fhirwall::grammar::filter
