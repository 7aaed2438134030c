// Existence (FHIRPath N1, 5.1).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

bool filter_items(Machine& machine, const Call& call);  // filtering.cpp

namespace {

// [criteria]: is there an item (for which it is true)?
bool exists(Machine& machine, const Call& call) {
  if (call.argument_count() == 1 && !filter_items(machine, call)) {
    return false;
  }
  const bool any = machine.size() > call.input.begin;
  return machine.leave(call.input, std::optional<bool>(any));
}

constexpr Function kFunctions[] = {
    {"exists", 0, 1, Takes::kItems, Yields::kSystem, exists, false, true},
};

}  // namespace

std::span<const Function> existence_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
