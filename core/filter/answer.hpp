#pragma once

#include "core/base/error.hpp"
#include "core/decide/decision.hpp"

namespace fhirwall::filter {

// Decides on a resource that is no envelope. `plan` becomes the one to apply, or null when nothing
// leaves; one that two rules make together lives in `scratch`. For a Bundle the document's first
// entry counts, too (SPEC 8.2).
[[nodiscard]] Error plan_for(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                             const json::Document& document, json::NodeIndex resource,
                             decide::Scratch& scratch, const redact::Plan*& plan);

// The plan under which every resource of the type is released, whatever is in it, and whether or
// not it exists; null when there is none such.
[[nodiscard]] const redact::Plan* plan_for_all(const policy::CompiledPolicy& policy,
                                               policy::Interaction interaction, fhir::TypeId type);

}  // namespace fhirwall::filter
