// Utility functions (FHIRPath N1, 5.9).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

std::span<const Function> utility_functions() { return {}; }

}  // namespace fhirwall::fhirpath
