#pragma once

#include <string>
#include <vector>

#include "core/decide/decision.hpp"

namespace fhirwall::decide {

// Appends the persons of whom the release of a resource says more than the reference, when the host
// shows that the caller can read them (SPEC 7.3 c), and what deciding on those it supplied looks
// at. Where they are too many, the rest is not asked for, and what names them is cut.
void person_references(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                       const json::Document& document, json::NodeIndex resource, Scratch& scratch,
                       std::vector<std::string>& out);

// What deciding on the resource itself looks at; see references().
[[nodiscard]] Error criteria_references(const policy::CompiledPolicy& policy,
                                        policy::Interaction interaction,
                                        const json::Document& document, json::NodeIndex resource,
                                        Scratch& scratch, std::vector<std::string>& out);

}  // namespace fhirwall::decide
