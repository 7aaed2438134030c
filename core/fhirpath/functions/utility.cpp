// Utility functions (FHIRPath N1, 5.9; defineVariable() of 3.0).
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

// The name that trace() and defineVariable() take first.
bool name_argument(Machine& machine, const Call& call, std::string_view& name) {
  Range argument;
  if (!machine.argument(call, 0, argument)) {
    return false;
  }
  const One one = machine.one_text(argument, call, name);
  if (one == One::kFailed) {
    return false;
  }
  machine.resize(argument.begin);
  return one == One::kValue || machine.fail_expected(call, "a String");
}

// trace(name [, projection]): records nothing (SPEC 6.2); what the projection fails on still
// counts.
bool trace(Machine& machine, const Call& call) {
  std::string_view name;
  if (!name_argument(machine, call, name)) {
    return false;
  }
  if (call.argument_count() == 1) {
    return true;
  }
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    const Item item = machine[i];
    const auto index = static_cast<std::int64_t>(i - call.input.begin);
    Range projected;
    if (!machine.apply(call, 1, call.focus.on(item, index), projected)) {
      return false;
    }
    machine.resize(projected.begin);
  }
  return true;
}

// defineVariable(name [, expression]): binds the expression's value on the whole input, or the
// input itself, and yields the input.
bool define_variable(Machine& machine, const Call& call) {
  std::string_view name;
  if (!name_argument(machine, call, name)) {
    return false;
  }
  Range value = call.input;
  if (call.argument_count() == 2) {
    const Focus focus = call.input.size() == 1 ? call.focus.on(machine[call.input.begin], 0)
                                               : call.focus.over(call.input);
    if (!machine.apply(call, 1, focus, value)) {
      return false;
    }
  }
  if (!machine.define_variable(call, name, value)) {
    return false;
  }
  machine.resize(call.input.end);
  return true;
}

// The moment that the host gives is the same in the whole evaluation (SPEC 6.2).
fhir::Temporal moment(const Machine& machine) {
  return fhir::temporal_of(machine.input().now_ms, machine.input().zone_minutes);
}

bool leave_temporal(Machine& machine, const Call& call,
                    const std::optional<fhir::Temporal>& value) {
  if (!value) {
    return machine.leave_nothing(call.input);
  }
  const fhir::Temporal* made = machine.make(*value);
  return made != nullptr && machine.leave(call.input, Item::of_temporal(made));
}

bool now(Machine& machine, const Call& call) {
  return leave_temporal(machine, call, moment(machine));
}
bool today(Machine& machine, const Call& call) {
  return leave_temporal(machine, call, fhir::date_part(moment(machine)));
}
bool time_of_day(Machine& machine, const Call& call) {
  return leave_temporal(machine, call, fhir::time_part(moment(machine)));
}

constexpr Function kFunctions[] = {
    {"trace", 1, 2, Takes::kItems, Yields::kInput, trace},
    {"defineVariable", 1, 2, Takes::kItems, Yields::kInput, define_variable},
    {"now", 0, 0, Takes::kValues, Yields::kSystem, now},
    {"today", 0, 0, Takes::kValues, Yields::kSystem, today},
    {"timeOfDay", 0, 0, Takes::kValues, Yields::kSystem, time_of_day},
};

}  // namespace

std::span<const Function> utility_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
