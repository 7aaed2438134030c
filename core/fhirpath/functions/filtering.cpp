// Filtering and projection (FHIRPath N1, 5.2).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

// where(criteria): keeps the items for which it is true.
bool filter_items(Machine& machine, const Call& call) {
  std::size_t kept = call.input.begin;
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    const Item item = machine[i];
    Range test;
    bool holds = false;
    const auto index = static_cast<std::int64_t>(i - call.input.begin);
    if (!machine.apply(call, 0, call.focus.on(item, index), test)) {
      return false;
    }
    const One one = machine.one_boolean(test, call.op.offset, holds);
    if (one == One::kFailed) {
      return false;
    }
    machine.resize(test.begin);
    if (one == One::kValue && holds) {
      machine[kept++] = item;
    }
  }
  machine.resize(kept);
  return true;
}

namespace {

constexpr Function kFunctions[] = {
    {"where", 1, 1, Takes::kItems, Yields::kInput, filter_items, false, true},
};

}  // namespace

std::span<const Function> filtering_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
