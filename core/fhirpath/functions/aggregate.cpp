// Aggregates (FHIRPath N1, 7).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

std::span<const Function> aggregate_functions() { return {}; }

}  // namespace fhirwall::fhirpath
