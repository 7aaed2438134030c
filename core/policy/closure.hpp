#pragma once

#include <memory>

#include "core/policy/compiled_policy.hpp"
#include "core/policy/options.hpp"
#include "core/redact/closure_facts.hpp"

namespace fhirwall::policy {

// SPEC 7.3 (c): the types whose labels name a person.
[[nodiscard]] bool is_person(fhir::TypeId type);

// SPEC 7.3 (c): does hiding the path hide a label of the resource that it belongs to, what
// `Reference.display` says? Its first step decides, so that a part such as `name.given` counts: an
// element whose name is, or ends as a word in, one of
//
//     name title code type class category label alias description number
//
// (`deviceName`, `vaccineCode`, `subtitle`), or that is `medication`, `practitioner`, `product`,
// `relationship`, `specialty`, `synonym`, `topic` or `udiCarrier`.
[[nodiscard]] bool is_label(const fhir::ElementPath& path);
// The same of what `Reference.identifier` says: `identifier` or `number` at the end of the name,
// and `requisition` and `udiCarrier`.
[[nodiscard]] bool is_identifier(const fhir::ElementPath& path);

// What all rules together say (SPEC 7.3-7.5, 8.2), those included that grant nothing. `rules`,
// `rules_by_type`, `projects` and `plan_options` of the policy are set.
[[nodiscard]] redact::ClosureFacts closure_facts(const CompiledPolicy& policy,
                                                 const Options& options);

}  // namespace fhirwall::policy
