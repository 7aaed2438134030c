// Strings (FHIRPath N1, 5.6).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

std::span<const Function> string_functions() { return {}; }

}  // namespace fhirwall::fhirpath
