// Existence (FHIRPath N1, 5.1).
#include "core/fhirpath/equality.hpp"
#include "core/fhirpath/functions/item_set.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

bool filter_items(Machine& machine, const Call& call);  // filtering.cpp

namespace {

bool leave_boolean(Machine& machine, const Call& call, bool value) {
  return machine.leave(call.input, std::optional<bool>(value));
}

bool empty(Machine& machine, const Call& call) {
  return leave_boolean(machine, call, call.input.empty());
}

// [criteria]: is there an item (for which it is true)?
bool exists(Machine& machine, const Call& call) {
  if (call.argument_count() == 1 && !filter_items(machine, call)) {
    return false;
  }
  return leave_boolean(machine, call, machine.size() > call.input.begin);
}

// all(criteria): is it true for every item? Empty is not true.
bool all(Machine& machine, const Call& call) {
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    const Item item = machine[i];
    Range test;
    bool holds = false;
    if (!machine.apply(
            call, 0, call.focus.on(item, static_cast<std::int64_t>(i - call.input.begin)), test)) {
      return false;
    }
    const One one = machine.one_boolean(test, call.op.offset, holds);
    if (one == One::kFailed) {
      return false;
    }
    machine.resize(test.begin);
    if (one == One::kEmpty || !holds) {
      return leave_boolean(machine, call, false);
    }
  }
  return leave_boolean(machine, call, true);
}

// Is `wanted` among the input's Booleans? Every item must be one.
bool has_boolean(Machine& machine, const Call& call, bool wanted, bool& found) {
  found = false;
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    const Item item = machine[i];
    Item value;
    if (!machine.spend() || !machine.value_of(item, value)) {
      return false;
    }
    if (value.form != Item::Form::kBoolean) {
      return machine.fail_expected(call, "Booleans");
    }
    found = found || value.boolean() == wanted;
  }
  return true;
}

bool all_true(Machine& machine, const Call& call) {
  bool found = false;
  return has_boolean(machine, call, false, found) && leave_boolean(machine, call, !found);
}
bool any_true(Machine& machine, const Call& call) {
  bool found = false;
  return has_boolean(machine, call, true, found) && leave_boolean(machine, call, found);
}
bool all_false(Machine& machine, const Call& call) {
  bool found = false;
  return has_boolean(machine, call, true, found) && leave_boolean(machine, call, !found);
}
bool any_false(Machine& machine, const Call& call) {
  bool found = false;
  return has_boolean(machine, call, false, found) && leave_boolean(machine, call, found);
}

// Is an item equal to each of `inner` in `outer`?
bool includes(Machine& machine, const Call& call, Range inner, Range outer) {
  ItemSet set(machine);
  if (!inner.empty() && !set.insert_all(outer)) {
    return false;
  }
  bool found = true;
  for (std::size_t i = inner.begin; i < inner.end && found; ++i) {
    const Item item = machine[i];
    if (!set.contains(item, found)) {
      return false;
    }
  }
  return leave_boolean(machine, call, found);
}

bool subset_of(Machine& machine, const Call& call) {
  Range other;
  return machine.argument(call, 0, other) && includes(machine, call, call.input, other);
}
bool superset_of(Machine& machine, const Call& call) {
  Range other;
  return machine.argument(call, 0, other) && includes(machine, call, other, call.input);
}

bool count(Machine& machine, const Call& call) {
  return machine.leave(call.input, Item::of_integer(static_cast<std::int64_t>(call.input.size())));
}

bool distinct(Machine& machine, const Call& call) { return remove_duplicates(machine, call.input); }

bool is_distinct(Machine& machine, const Call& call) {
  return remove_duplicates(machine, call.input) &&
         leave_boolean(machine, call, machine.size() == call.input.end);
}

constexpr Function kFunctions[] = {
    {"empty", 0, 0, Takes::kValues, Yields::kSystem, empty},
    {"exists", 0, 1, Takes::kItems, Yields::kSystem, exists, false, true},
    {"all", 1, 1, Takes::kItems, Yields::kSystem, all},
    {"allTrue", 0, 0, Takes::kValues, Yields::kSystem, all_true},
    {"anyTrue", 0, 0, Takes::kValues, Yields::kSystem, any_true},
    {"allFalse", 0, 0, Takes::kValues, Yields::kSystem, all_false},
    {"anyFalse", 0, 0, Takes::kValues, Yields::kSystem, any_false},
    {"subsetOf", 1, 1, Takes::kValues, Yields::kSystem, subset_of},
    {"supersetOf", 1, 1, Takes::kValues, Yields::kSystem, superset_of},
    {"count", 0, 0, Takes::kValues, Yields::kSystem, count},
    {"distinct", 0, 0, Takes::kValues, Yields::kInput, distinct},
    {"isDistinct", 0, 0, Takes::kValues, Yields::kSystem, is_distinct},
};

}  // namespace

std::span<const Function> existence_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
