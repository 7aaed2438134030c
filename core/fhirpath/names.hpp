#pragma once

#include <string_view>

namespace fhirwall::fhirpath {

// `%context`, `%ucum`, %`vs-...` and the other variables that every evaluation has (FHIRPath N1 9,
// FHIR R4 2.27.3).
[[nodiscard]] bool is_language_variable(std::string_view name);

}  // namespace fhirwall::fhirpath
