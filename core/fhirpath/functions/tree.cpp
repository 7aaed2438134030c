// Tree navigation (FHIRPath N1, 5.8).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

bool push_all_children(Machine& machine, Range parents) {
  for (std::size_t i = parents.begin; i < parents.end; ++i) {
    const Item item = machine[i];
    if (!machine.push_children(item)) {
      return false;
    }
  }
  return true;
}

bool children(Machine& machine, const Call& call) {
  return push_all_children(machine, call.input) && machine.leave_from(call.input, call.input.end);
}

// As repeat(children()) finds them: level by level, each in document order. Nothing is its own
// descendant, so none is looked for; equal ones are all there.
bool descendants(Machine& machine, const Call& call) {
  Range level = call.input;
  while (!level.empty()) {
    if (!push_all_children(machine, level)) {
      return false;
    }
    level = {level.end, machine.size()};
  }
  return machine.leave_from(call.input, call.input.end);
}

constexpr Function kFunctions[] = {
    {"children", 0, 0, Takes::kValues, Yields::kUnordered, children},
    {"descendants", 0, 0, Takes::kValues, Yields::kUnordered, descendants},
};

}  // namespace

std::span<const Function> tree_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
