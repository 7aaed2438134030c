// Boolean functions (FHIRPath N1, 6.5.4).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

bool negate(Machine& machine, const Call& call) {
  bool value = false;
  const One one = machine.one_boolean(call.input, call.op.offset, value);
  if (one == One::kFailed) {
    return false;
  }
  // A primitive without value is an item, but none of the result.
  return one == One::kEmpty ? machine.leave_nothing(call.input)
                            : machine.leave(call.input, std::optional<bool>(!value));
}

constexpr Function kFunctions[] = {
    {"not", 0, 0, Takes::kValues, Yields::kSystem, negate, false, true},
};

}  // namespace

std::span<const Function> boolean_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
