#include "core/search/compiled.hpp"

namespace fhirwall::search {
namespace {

// The parser has bounded the nesting.
bool holds(MatchContext& context, const Filter& filter) {
  if (filter.op == Filter::Op::kTest) {
    return match_clause(context, filter.test.front(), context.resource);
  }
  const bool all = filter.op == Filter::Op::kAnd;
  for (const Filter& child : filter.children) {
    // An error is no `false` that another alternative could make good.
    if (holds(context, child) != all || context.error) {
      return !all && !context.error;
    }
  }
  return all;
}

}  // namespace

bool match_filter(MatchContext& context, const Clause& clause) {
  return holds(context, clause.filter.front());
}

}  // namespace fhirwall::search
