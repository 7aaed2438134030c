// Combining (FHIRPath N1, 5.4).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

std::span<const Function> combining_functions() { return {}; }

}  // namespace fhirwall::fhirpath
