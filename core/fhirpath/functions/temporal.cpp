// Dates and times (FHIRPath 3.0).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

std::span<const Function> temporal_functions() { return {}; }

}  // namespace fhirwall::fhirpath
