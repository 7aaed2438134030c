// Math (FHIRPath N1, 5.7), and comparable() of 3.0.
#include "core/fhirpath/quantity.hpp"

namespace fhirwall::fhirpath {

using Form = Item::Form;
using fhir::Decimal;

namespace {

// A logarithm takes as long as that many steps.
constexpr std::uint64_t kStepsOfSeries = 64;

// A decimal without fraction, as an Integer if it fits, else as a Long.
bool leave_whole(Machine& machine, const Call& call, const Decimal& value) {
  const auto whole = fhir::to_int64(value);
  if (!whole) {
    return machine.leave_nothing(call.input);
  }
  const bool fits = *whole >= INT32_MIN && *whole <= INT32_MAX;
  return machine.leave(call.input, Item::of_integer(*whole, fits ? Form::kInteger : Form::kLong));
}

// The input, which is a number or a Quantity.
One input_of(Machine& machine, const Call& call, Item& value) {
  const One one = machine.one(call.input, call.op.offset, call.function.name, value);
  if (one == One::kValue && !value.is_number() && value.form != Form::kQuantity) {
    machine.fail_expected(call, "a number or a Quantity");
    return One::kFailed;
  }
  return one;
}

bool leave_quantity(Machine& machine, const Call& call, Quantity quantity, const Decimal& value) {
  quantity.value = value;
  const Quantity* made = machine.make(quantity);
  return made != nullptr && machine.leave(call.input, Item::of_quantity(made));
}

// What gives an Integer for a Decimal, and keeps the unit of a Quantity.
bool to_whole(Machine& machine, const Call& call, Decimal (*function)(const Decimal&)) {
  Item value;
  const One one = input_of(machine, call, value);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  if (value.form == Form::kQuantity) {
    return leave_quantity(machine, call, value.quantity(), function(value.quantity().value));
  }
  return value.form == Form::kDecimal ? leave_whole(machine, call, function(value.decimal()))
                                      : machine.leave(call.input, value);
}

bool ceiling(Machine& machine, const Call& call) { return to_whole(machine, call, fhir::ceiling); }
bool floor(Machine& machine, const Call& call) { return to_whole(machine, call, fhir::floor); }
bool truncate(Machine& machine, const Call& call) {
  return to_whole(machine, call, fhir::truncate);
}

bool absolute(Machine& machine, const Call& call) {
  Item value;
  const One one = input_of(machine, call, value);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  if (value.form == Form::kQuantity) {
    return leave_quantity(machine, call, value.quantity(), fhir::absolute(value.quantity().value));
  }
  if (value.form == Form::kDecimal) {
    return machine.leave_decimal(call.input, fhir::absolute(value.decimal()));
  }
  const std::int64_t least = value.form == Form::kInteger ? INT32_MIN : INT64_MIN;
  if (value.integer() == least) {
    return machine.leave_nothing(call.input);  // an overflow
  }
  const std::int64_t integer = value.integer();
  return machine.leave(call.input, Item::of_integer(integer < 0 ? -integer : integer, value.form));
}

// round([digits])
bool round(Machine& machine, const Call& call) {
  Item value;
  const One one = input_of(machine, call, value);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  std::int64_t digits = 0;
  if (call.argument_count() == 1) {
    Range argument;
    if (!machine.argument(call, 0, argument) ||
        machine.one_integer(argument, call, digits) == One::kFailed) {
      return false;
    }
    if (digits < 0) {
      return machine.fail(ErrorCode::kInvalidArgument, call.op.offset,
                          "`round` expects a number of digits that is not negative");
    }
  }
  const auto places =
      static_cast<std::int32_t>(digits < fhir::kMaxScale ? digits : fhir::kMaxScale);
  const Quantity quantity = *quantity_from(value);
  const Decimal rounded = fhir::round(quantity.value, places);
  return value.form == Form::kQuantity ? leave_quantity(machine, call, quantity, rounded)
                                       : machine.leave_decimal(call.input, rounded);
}

bool of_decimal(Machine& machine, const Call& call,
                std::optional<Decimal> (*function)(const Decimal&)) {
  Decimal value;
  const One one = machine.one_decimal(call.input, call, value);
  machine.charge(kStepsOfSeries);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  return machine.leave_decimal(call.input, function(value));
}

bool square_root(Machine& machine, const Call& call) {
  return of_decimal(machine, call, fhir::square_root);
}
bool exponential(Machine& machine, const Call& call) {
  return of_decimal(machine, call, fhir::exponential);
}
bool natural_log(Machine& machine, const Call& call) {
  return of_decimal(machine, call, fhir::natural_log);
}

// The input and the argument of log() and power(), which are numbers.
One two_decimals(Machine& machine, const Call& call, Decimal& input, Decimal& argument) {
  Range range;
  if (!machine.argument(call, 0, range)) {
    return One::kFailed;
  }
  machine.charge(2 * kStepsOfSeries);
  const One right = machine.one_decimal(range, call, argument);
  const One left = right == One::kFailed ? right : machine.one_decimal(call.input, call, input);
  return left == One::kValue ? right : left;
}

bool logarithm(Machine& machine, const Call& call) {
  Decimal value;
  Decimal base;
  const One one = two_decimals(machine, call, value, base);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  if (value.coefficient <= 0 || base.coefficient <= 0) {
    return machine.fail(ErrorCode::kInvalidArgument, call.op.offset,
                        "`log` expects positive numbers");
  }
  return machine.leave_decimal(call.input, fhir::log(value, base));
}

// An Integer to the power of an Integer is one, if it can be (N1, 5.7.8).
bool power(Machine& machine, const Call& call) {
  const bool integer = !call.input.empty() && [&] {
    Item value;
    Held held;
    return machine.value_of(Item(machine[call.input.begin]), held, value) &&
           value.form == Form::kInteger;
  }();
  Decimal base;
  Decimal exponent;
  const One one = two_decimals(machine, call, base, exponent);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  const auto result = fhir::power(base, exponent);
  const auto whole = result && exponent.scale == 0 && exponent.coefficient >= 0
                         ? fhir::to_int64(*result)
                         : std::nullopt;
  if (integer && whole && *whole >= INT32_MIN && *whole <= INT32_MAX) {
    return machine.leave(call.input, Item::of_integer(*whole));
  }
  return machine.leave_decimal(call.input, result);
}

// comparable(quantity): whether `<` would know.
bool comparable(Machine& machine, const Call& call) {
  Range range;
  if (!machine.argument(call, 0, range)) {
    return false;
  }
  if (call.input.empty() || range.empty()) {
    return machine.leave_nothing(call.input);
  }
  Item a;
  Item b;
  const One left = machine.one(call.input, call.op.offset, call.function.name, a);
  const One right =
      left == One::kFailed ? left : machine.one(range, call.op.offset, call.function.name, b);
  if (right == One::kFailed) {
    return false;
  }
  if (left == One::kEmpty || right == One::kEmpty) {
    return machine.leave(call.input, std::optional<bool>(false));  // both must have values
  }
  const auto x = quantity_from(a);
  const auto y = quantity_from(b);
  if (!x || !y) {
    return machine.fail_expected(call, "two Quantities");
  }
  const bool known = compare_quantities(*x, *y).has_value();
  return machine.leave(call.input, std::optional<bool>(known));
}

constexpr Function kFunctions[] = {
    {"abs", 0, 0, Takes::kValues, Yields::kSystem, absolute},
    {"ceiling", 0, 0, Takes::kValues, Yields::kSystem, ceiling},
    {"exp", 0, 0, Takes::kValues, Yields::kSystem, exponential},
    {"floor", 0, 0, Takes::kValues, Yields::kSystem, floor},
    {"ln", 0, 0, Takes::kValues, Yields::kSystem, natural_log},
    {"log", 1, 1, Takes::kValues, Yields::kSystem, logarithm},
    {"power", 1, 1, Takes::kValues, Yields::kSystem, power},
    {"round", 0, 1, Takes::kValues, Yields::kSystem, round},
    {"sqrt", 0, 0, Takes::kValues, Yields::kSystem, square_root},
    {"truncate", 0, 0, Takes::kValues, Yields::kSystem, truncate},
    {"comparable", 1, 1, Takes::kValues, Yields::kSystem, comparable},
};

}  // namespace

std::span<const Function> math_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
