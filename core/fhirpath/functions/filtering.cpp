// Filtering and projection (FHIRPath N1, 5.2; repeatAll(), sort() and coalesce() of 3.0).
#include "core/fhirpath/functions/item_set.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

bool sort_input(Machine& machine, const Call& call);  // sorting.cpp

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

// What the expression gives for each item stays on the stack: together it is the result.
bool select(Machine& machine, const Call& call) {
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    const Item item = machine[i];
    const auto index = static_cast<std::int64_t>(i - call.input.begin);
    Range result;
    if (!machine.apply(call, 0, call.focus.on(item, index), result)) {
      return false;
    }
  }
  return machine.leave_from(call.input, call.input.end);
}

// Applies the projection to the input's items, then to all that it has given, which lies behind
// them: the result is its own queue. With a set only what is not in it yet is taken, so that a
// cycle ends; the step budget ends what grows.
bool repeat_with(Machine& machine, const Call& call, ItemSet* seen) {
  for (std::size_t i = call.input.begin; i < machine.size(); ++i) {
    const Item item = machine[i];
    const auto index = static_cast<std::int64_t>(i - call.input.begin);
    Range found;
    if (!machine.apply(call, 0, call.focus.on(item, index), found)) {
      return false;
    }
    if (seen == nullptr) {
      continue;
    }
    std::size_t kept = found.begin;
    for (std::size_t k = found.begin; k < found.end; ++k) {
      const Item candidate = machine[k];
      bool fresh = false;
      if (!seen->insert(candidate, fresh)) {
        return false;
      }
      if (fresh) {
        machine[kept++] = candidate;
      }
    }
    machine.resize(kept);
  }
  return machine.leave_from(call.input, call.input.end);
}

bool repeat(Machine& machine, const Call& call) {
  ItemSet seen(machine);
  return repeat_with(machine, call, &seen);
}

bool repeat_all(Machine& machine, const Call& call) { return repeat_with(machine, call, nullptr); }

// coalesce(a, b, ...): the first argument that is not empty; those behind it are not evaluated.
bool coalesce(Machine& machine, const Call& call) {
  Range result{call.input.end, call.input.end};
  for (std::size_t i = 0; i < call.argument_count() && result.empty(); ++i) {
    if (!machine.argument(call, i, result)) {
      return false;
    }
  }
  return machine.leave_from(call.input, result.begin);
}

constexpr std::uint8_t kMany = 255;

constexpr Function kFunctions[] = {
    {"where", 1, 1, Takes::kItems, Yields::kInput, filter_items, false, true},
    {"select", 1, 1, Takes::kItems, Yields::kArgument, select},
    {"repeat", 1, 1, Takes::kItems, Yields::kRepeated, repeat},
    {"repeatAll", 1, 1, Takes::kItems, Yields::kRepeated, repeat_all},
    {"sort", 0, kMaxSortKeys, Takes::kItems, Yields::kSorted, sort_input},
    {"coalesce", 1, kMany, Takes::kValues, Yields::kArguments, coalesce},
};

}  // namespace

std::span<const Function> filtering_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
