#pragma once

#include "core/decide/decision.hpp"

namespace fhirwall::decide {

// Does the resource hold another one, in `contained` or as the entry of a Bundle or of Parameters,
// of which the caller may not see everything (SPEC 7.4)? `document` holds the resource alone.
[[nodiscard]] bool holds_hidden_resource(const policy::CompiledPolicy& policy,
                                         const json::Document& document, Scratch& scratch,
                                         Error& error);

// SPEC 7.3 (c).
[[nodiscard]] bool is_person(fhir::TypeId type);
// SPEC 7.4: what any rule for its type hides, whatever its interactions and criteria.
[[nodiscard]] bool any_rule_hides(const policy::CompiledPolicy& policy, fhir::TypeId type);

}  // namespace fhirwall::decide
