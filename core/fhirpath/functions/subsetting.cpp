// Subsetting (FHIRPath N1, 5.3).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

bool first(Machine& machine, const Call& call) {
  machine.resize(call.input.begin + (call.input.empty() ? 0 : 1));
  return true;
}

constexpr Function kFunctions[] = {
    {"first", 0, 0, Takes::kValues, Yields::kInput, first, true, true},
};

}  // namespace

std::span<const Function> subsetting_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
