// Aggregates (FHIRPath N1, 7), and sum(), min(), max() and avg(), which are short for some of them.
#include "core/fhirpath/operations.hpp"

namespace fhirwall::fhirpath {
namespace {

// aggregate(aggregator [, init]): evaluates the aggregator for each item; `$total` is what it gave
// for the item before.
bool aggregate(Machine& machine, const Call& call) {
  Focus focus = call.focus;
  focus.total = {machine.size(), machine.size()};
  focus.has_total = true;
  if (call.argument_count() == 2 && !machine.argument(call, 1, focus.total)) {
    return false;
  }
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    Range next;
    const auto index = static_cast<std::int64_t>(i - call.input.begin);
    if (!machine.apply(call, 0, focus.on(Item(machine[i]), index), next) ||
        !machine.spend(next.size())) {
      return false;
    }
    machine.leave_from(focus.total, next.begin);
    focus.total.end = machine.size();
  }
  return machine.leave_from(call.input, focus.total.begin);
}

bool leave_result(Machine& machine, const Call& call, const std::optional<Item>& result) {
  return result ? machine.leave(call.input, *result) : machine.leave_nothing(call.input);
}

// One item of the input as a value. kEmpty: it has none, and so has the whole.
One value_at(Machine& machine, const Call& call, std::size_t index, Item& value) {
  if (!machine.spend()) {
    return One::kFailed;
  }
  return machine.one({index, index + 1}, call.op.offset, call.function.name, value);
}

// The least item (sign -1) or the greatest (1); none when two of them do not compare.
bool choose(Machine& machine, const Call& call, int sign) {
  std::optional<Item> chosen;
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    Item item;
    const One one = value_at(machine, call, i, item);
    if (one != One::kValue) {
      return one == One::kEmpty && machine.leave_nothing(call.input);
    }
    // The first is compared with itself: it too must have an order.
    std::optional<int> order;
    if (!compare_values(machine, call.function.name, call.op.offset, item, chosen.value_or(item),
                        order)) {
      return false;
    }
    if (!order) {
      return machine.leave_nothing(call.input);
    }
    if (!chosen || *order == sign) {
      chosen = item;
    }
  }
  return leave_result(machine, call, chosen);
}

bool least(Machine& machine, const Call& call) { return choose(machine, call, -1); }
bool greatest(Machine& machine, const Call& call) { return choose(machine, call, 1); }

// Numbers and Quantities.
bool sum_of(Machine& machine, const Call& call, std::optional<Item>& result) {
  result.reset();
  Item total;
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    Item item;
    const One one = value_at(machine, call, i, item);
    if (one != One::kValue) {
      return one == One::kEmpty;
    }
    if (!item.is_number() && item.form != Item::Form::kQuantity) {
      return machine.fail_expected(call, "numbers or Quantities");
    }
    if (i == call.input.begin) {
      total = item;
      continue;
    }
    std::optional<Item> next;
    if (!calculate(machine, Operator::kAdd, call.op.offset, total, item, next)) {
      return false;
    }
    if (!next) {
      return true;
    }
    total = *next;
  }
  if (!call.input.empty()) {
    result = total;
  }
  return true;
}

bool sum(Machine& machine, const Call& call) {
  std::optional<Item> result;
  return sum_of(machine, call, result) && leave_result(machine, call, result);
}

bool average(Machine& machine, const Call& call) {
  std::optional<Item> total;
  if (!sum_of(machine, call, total)) {
    return false;
  }
  std::optional<Item> result;
  const auto count = Item::of_integer(static_cast<std::int64_t>(call.input.size()));
  if (total && !calculate(machine, Operator::kDivide, call.op.offset, *total, count, result)) {
    return false;
  }
  return leave_result(machine, call, result);
}

constexpr Function kFunctions[] = {
    {"aggregate", 1, 2, Takes::kItems, Yields::kAny, aggregate, true},
    {"sum", 0, 0, Takes::kValues, Yields::kSystem, sum},
    {"min", 0, 0, Takes::kValues, Yields::kSystem, least},
    {"max", 0, 0, Takes::kValues, Yields::kSystem, greatest},
    {"avg", 0, 0, Takes::kValues, Yields::kSystem, average},
};

}  // namespace

std::span<const Function> aggregate_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
