// Math (FHIRPath N1, 5.7).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

std::span<const Function> math_functions() { return {}; }

}  // namespace fhirwall::fhirpath
