#pragma once

#include <span>
#include <string_view>

#include "core/fhir/model.hpp"

namespace fhirwall::fhir {

// R4's compartment definitions (SPEC 5.6): for a compartment type (Patient, Practitioner,
// Encounter, RelatedPerson, Device) and a resource type, the search parameters whose references put
// the resource in the compartment. Empty: not in that compartment. A resource of the compartment's
// own type is always in its own compartment; that is not listed here.
[[nodiscard]] std::span<const std::string_view> compartment_params(TypeId compartment,
                                                                   TypeId resource_type);
[[nodiscard]] bool has_compartment_definition(TypeId compartment);

}  // namespace fhirwall::fhir
