#pragma once

#include <string>

#include "core/fhir/model.hpp"

namespace fhirwall::search {

// The search parameters of a resource type, the abstract Resource for `*`, as a JSON array in the
// order of their codes: { code, type, expression, targets, components?: [{ code, type, expression
// }], supported, reason?, modifiers, prefixes? } (SPEC 16). What is supported is what
// start_clause() takes.
[[nodiscard]] std::string search_parameters_json(fhir::TypeId type);

}  // namespace fhirwall::search
