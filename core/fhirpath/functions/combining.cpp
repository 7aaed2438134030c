// Combining (FHIRPath N1, 5.4).
#include "core/fhirpath/equality.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

// The argument is left behind the input: together they are the result.
bool merge(Machine& machine, const Call& call) {
  Range other;
  return machine.argument(call, 0, other) &&
         remove_duplicates(machine, {call.input.begin, other.end});
}

// combine(other [, preserveOrder]): the order is kept whether or not it is asked for.
bool combine(Machine& machine, const Call& call) {
  Range other;
  if (!machine.argument(call, 0, other)) {
    return false;
  }
  if (call.argument_count() == 1) {
    return true;
  }
  Range order;
  Item value;
  if (!machine.argument(call, 1, order)) {
    return false;
  }
  const One one = machine.one(order, call.op.offset, "combine", value);
  if (one == One::kFailed) {
    return false;
  }
  if (one == One::kValue && value.form != Item::Form::kBoolean) {
    return machine.fail_expected(call, "a Boolean");
  }
  machine.resize(order.begin);
  return true;
}

constexpr Function kFunctions[] = {
    {"union", 1, 1, Takes::kValues, Yields::kBoth, merge},
    {"combine", 1, 2, Takes::kValues, Yields::kBoth, combine},
};

}  // namespace

std::span<const Function> combining_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
