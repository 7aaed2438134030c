// Conversion (FHIRPath N1, 5.5).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

// iif(criterion, true-result [, otherwise-result]): only the chosen result is evaluated.
bool iif(Machine& machine, const Call& call) {
  if (call.input.size() > 1) {
    return machine.fail(ErrorCode::kSingletonExpected, call.op.offset, "`iif` expects one item");
  }
  const Focus focus = call.input.empty() ? call.focus : call.focus.on(machine[call.input.begin], 0);
  Range test;
  bool holds = false;
  if (!machine.apply(call, 0, focus, test) ||
      machine.one_boolean(test, call.op.offset, holds) == One::kFailed) {
    return false;
  }
  machine.resize(test.begin);
  if (!holds && call.argument_count() < 3) {
    return machine.leave_nothing(call.input);
  }
  Range result;
  return machine.apply(call, holds ? 1 : 2, focus, result) &&
         machine.leave_from(call.input, result.begin);
}

constexpr Function kFunctions[] = {
    {"iif", 2, 3, Takes::kItems, Yields::kArguments, iif, false, true},
};

}  // namespace

std::span<const Function> conversion_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
