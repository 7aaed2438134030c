#include "grammar/fhirpath/parse.hpp"

#include "grammar/common/entry.hpp"
#include "grammar/common/guard.hpp"
#include "grammar/fhirpath/grammar_def.hpp"
#include "grammar/fhirpath/nesting.hpp"
#include "grammar/fhirpath/white_space.hpp"

namespace fhirwall::grammar::fhirpath {

Parsed<Expression> parse(std::string_view text, const ParseLimits& limits) {
  if (const auto error = check_text(text, limits.max_bytes)) {
    return *error;
  }
  if (const auto error = check_nesting(text, limits.max_nesting)) {
    return *error;
  }
  constexpr std::string_view kEnd = "an operator or the end of the expression";
  Failure failure(text.data());
  Budget budget{limits.max_operators};
  Expression expression;
  const auto sentence =
      x3::skip(WhiteSpace{})[must(rules::expression, rules::kExpression) >> must(x3::eoi, kEnd)];
  const auto start = x3::with<BudgetTag>(budget)[sentence];
  // INVARIANT: this grammar never tries again what a `must` refused, so a recorded failure is
  // final.
  if (!parse_all(start, text, failure, kEnd, expression) || failure.recorded()) {
    return failure.error();
  }
  return expression;
}

}  // namespace fhirwall::grammar::fhirpath
