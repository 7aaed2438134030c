// Subsetting (FHIRPath N1, 5.3).
#include <algorithm>

#include "core/fhirpath/equality.hpp"
#include "core/fhirpath/functions/item_set.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

bool single(Machine& machine, const Call& call) {
  if (call.input.size() > 1) {
    return machine.fail(ErrorCode::kSingletonExpected, call.op.offset, "`single` expects one item");
  }
  return true;
}

bool first(Machine& machine, const Call& call) {
  machine.resize(call.input.begin + (call.input.empty() ? 0 : 1));
  return true;
}

bool last(Machine& machine, const Call& call) {
  return machine.leave_from(call.input, call.input.end - (call.input.empty() ? 0 : 1));
}

bool tail(Machine& machine, const Call& call) {
  return machine.leave_from(call.input, call.input.begin + (call.input.empty() ? 0 : 1));
}

// The argument of skip() and take(), within 0 and the size of the input.
One amount(Machine& machine, const Call& call, std::size_t& amount) {
  Range argument;
  std::int64_t number = 0;
  if (!machine.argument(call, 0, argument)) {
    return One::kFailed;
  }
  const One one = machine.one_integer(argument, call, number);
  if (one == One::kFailed) {
    return one;
  }
  machine.resize(argument.begin);
  amount = static_cast<std::size_t>(
      std::clamp<std::int64_t>(number, 0, static_cast<std::int64_t>(call.input.size())));
  return one;
}

bool skip(Machine& machine, const Call& call) {
  std::size_t count = 0;
  const One one = amount(machine, call, count);
  return one == One::kEmpty
             ? machine.leave_nothing(call.input)
             : one == One::kValue && machine.leave_from(call.input, call.input.begin + count);
}

bool take(Machine& machine, const Call& call) {
  std::size_t count = 0;
  const One one = amount(machine, call, count);
  if (one == One::kFailed) {
    return false;
  }
  machine.resize(call.input.begin + count);
  return true;
}

// Keeps the input's items that are in the argument, or are not.
bool keep_members(Machine& machine, const Call& call, bool wanted) {
  Range other;
  ItemSet set(machine);
  if (!machine.argument(call, 0, other) || !set.insert_all(other)) {
    return false;
  }
  machine.resize(other.begin);
  std::size_t kept = call.input.begin;
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    const Item item = machine[i];
    bool found = false;
    if (!set.contains(item, found)) {
      return false;
    }
    if (found == wanted) {
      machine[kept++] = item;
    }
  }
  machine.resize(kept);
  return true;
}

bool intersect(Machine& machine, const Call& call) {
  return keep_members(machine, call, true) &&
         remove_duplicates(machine, {call.input.begin, machine.size()});
}

// Keeps duplicates and order.
bool exclude(Machine& machine, const Call& call) { return keep_members(machine, call, false); }

constexpr Function kFunctions[] = {
    {"single", 0, 0, Takes::kValues, Yields::kInput, single},
    {"first", 0, 0, Takes::kValues, Yields::kInput, first, true, true},
    {"last", 0, 0, Takes::kValues, Yields::kInput, last, true},
    {"tail", 0, 0, Takes::kValues, Yields::kInput, tail, true},
    {"skip", 1, 1, Takes::kValues, Yields::kInput, skip, true},
    {"take", 1, 1, Takes::kValues, Yields::kInput, take, true},
    {"intersect", 1, 1, Takes::kValues, Yields::kInput, intersect},
    {"exclude", 1, 1, Takes::kValues, Yields::kInput, exclude},
};

}  // namespace

std::span<const Function> subsetting_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
