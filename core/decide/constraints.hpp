#pragma once

#include "core/decide/decision.hpp"

namespace fhirwall::decide {

// What `writeConstraint` looks at (SPEC 6.3, 9.1). Null: empty.
struct ConstraintInput {
  const json::Document* focus = nullptr;  // never null
  const json::Document* before = nullptr;
  const json::Document* after = nullptr;
  std::int64_t now_ms = 0;
  std::int16_t zone_minutes = 0;
};

// True if every constraint of the rule yields exactly one boolean `true`, from data of the shapes
// that the model allows. What cannot be evaluated within bounds does not hold (SPEC P1).
[[nodiscard]] bool constraints_hold(const policy::CompiledPolicy& policy, const policy::Rule& rule,
                                    const ConstraintInput& input, Scratch& scratch);

}  // namespace fhirwall::decide
