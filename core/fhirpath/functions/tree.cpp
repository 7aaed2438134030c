// Tree navigation (FHIRPath N1, 5.8).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

std::span<const Function> tree_functions() { return {}; }

}  // namespace fhirwall::fhirpath
