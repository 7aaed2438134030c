#include <algorithm>
#include <iterator>
#include <limits>

#include "wasm/handles.hpp"

namespace fhirwall::wasm {
namespace {

struct LimitRow {
  std::string_view name;
  std::uint32_t Limits::*field;
};
constexpr LimitRow kLimitRows[] = {
    {"maxBodyBytes", &Limits::max_body_bytes},
    {"maxResourceBytes", &Limits::max_resource_bytes},
    {"maxDepth", &Limits::max_depth},
    {"maxNodes", &Limits::max_nodes},
    {"maxPolicyBytes", &Limits::max_policy_bytes},
    {"maxRules", &Limits::max_rules},
    {"maxExpressionBytes", &Limits::max_expression_bytes},
    {"maxExpressionNesting", &Limits::max_expression_nesting},
    {"maxEvaluationSteps", &Limits::max_evaluation_steps},
    {"maxEvaluationBytes", &Limits::max_evaluation_bytes},
    {"maxIssues", &Limits::max_issues},
};
static_assert(sizeof(Limits) == std::size(kLimitRows) * sizeof(std::uint32_t),
              "every bound has a row");

}  // namespace

bool Handles::set_limit(std::string_view name, double value) {
  const auto* row = std::find_if(std::begin(kLimitRows), std::end(kLimitRows),
                                 [&](const LimitRow& known) { return known.name == name; });
  const bool fits = value >= 1 && value <= double{std::numeric_limits<std::uint32_t>::max()};
  if (engine_ || row == std::end(kLimitRows) || !fits ||
      static_cast<double>(static_cast<std::uint32_t>(value)) != value) {
    return false;
  }
  limits_.*(row->field) = static_cast<std::uint32_t>(value);
  return true;
}

}  // namespace fhirwall::wasm
