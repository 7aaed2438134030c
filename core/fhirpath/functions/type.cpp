// Types (FHIRPath N1, 6.3 and 10.2).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

std::span<const Function> type_functions() { return {}; }

}  // namespace fhirwall::fhirpath
