// * / div mod + - and the sign (FHIRPath N1, 6.6 and 6.7).
#include "core/base/concat.hpp"
#include "core/fhirpath/operations.hpp"
#include "core/fhirpath/quantity.hpp"

namespace fhirwall::fhirpath {

using Form = Item::Form;
using fhir::Decimal;

namespace {

bool is_whole(const Item& item) { return item.form == Form::kInteger || item.form == Form::kLong; }

// Integer and Long; everything but `/`. An overflow and a zero divisor have no result.
std::optional<Item> calculate_whole(Operator op, const Item& a, const Item& b) {
  const std::int64_t x = a.integer();
  const std::int64_t y = b.integer();
  std::int64_t value = 0;
  bool fails = false;
  switch (op) {
    case Operator::kMultiply: fails = __builtin_mul_overflow(x, y, &value); break;
    case Operator::kAdd: fails = __builtin_add_overflow(x, y, &value); break;
    case Operator::kSubtract: fails = __builtin_sub_overflow(x, y, &value); break;
    default:  // div, mod
      fails = y == 0 || (y == -1 && x == INT64_MIN && op == Operator::kIntegerDivide);
      if (!fails && op == Operator::kIntegerDivide) {
        value = x / y;
      } else if (!fails) {
        value = y == -1 ? 0 : x % y;
      }
      break;
  }
  const bool is_long = a.form == Form::kLong || b.form == Form::kLong;
  if (fails || (!is_long && (value < INT32_MIN || value > INT32_MAX))) {
    return std::nullopt;
  }
  return Item::of_integer(value, is_long ? Form::kLong : Form::kInteger);
}

std::optional<Decimal> calculate_decimal(Operator op, const Decimal& a, const Decimal& b) {
  switch (op) {
    case Operator::kMultiply: return fhir::multiply(a, b);
    case Operator::kDivide: return fhir::divide(a, b);
    case Operator::kIntegerDivide: return fhir::integer_divide(a, b);
    case Operator::kModulo: return fhir::modulo(a, b);
    case Operator::kAdd: return fhir::add(a, b);
    default: return fhir::subtract(a, b);
  }
}

bool mismatch(Machine& machine, Operator op, std::uint32_t offset, std::string_view expected) {
  return machine.fail(ErrorCode::kTypeMismatch, offset,
                      concat("`", operator_name(op), "` expects ", expected));
}

bool calculate_quantity(Machine& machine, Operator op, std::uint32_t offset, const Quantity& a,
                        const Quantity& b, std::optional<Item>& result) {
  std::optional<Quantity> value;
  switch (op) {
    case Operator::kMultiply:
    case Operator::kDivide:
      if (!multiply_quantities(machine, a, b, op == Operator::kDivide, value)) {
        return false;
      }
      break;
    case Operator::kAdd: value = add_quantities(a, b); break;
    case Operator::kSubtract: {
      Quantity negative = b;
      negative.value = fhir::negate(b.value);
      value = add_quantities(a, negative);
      break;
    }
    default: {  // div and mod are for numbers only
      const auto x = number_from(a);
      const auto y = number_from(b);
      if (!x || !y) {
        return mismatch(machine, op, offset, "numbers");
      }
      const auto number = calculate_decimal(op, *x, *y);
      if (number) {
        value = Quantity{*number, "1"};
      }
      break;
    }
  }
  if (!value) {
    return true;
  }
  const Quantity* made = machine.make(*value);
  if (made != nullptr) {
    result = Item::of_quantity(made);
  }
  return made != nullptr;
}

// N1, 6.7: a date or time and a duration. Years and months must be calendar ones.
bool shift(Machine& machine, Operator op, std::uint32_t offset, const fhir::Temporal& value,
           const Quantity& amount, std::optional<Item>& result) {
  const auto unit = amount.calendar ? fhir::find_calendar_unit(amount.unit)
                                    : fhir::find_definite_unit(amount.unit);
  const bool is_time = value.kind == fhir::Temporal::Kind::kTime;
  if (!unit || (is_time && *unit < fhir::TimeUnit::kHour)) {
    return mismatch(machine, op, offset,
                    is_time ? "hours or smaller units for a Time" : "a unit of calendar time");
  }
  const auto shifted = fhir::add(
      value, op == Operator::kSubtract ? fhir::negate(amount.value) : amount.value, *unit);
  if (!shifted) {
    return machine.fail(ErrorCode::kInvalidArgument, offset,
                        concat("`", operator_name(op), "` leaves the years 1 to 9999"));
  }
  const fhir::Temporal* made = machine.make(*shifted);
  if (made != nullptr) {
    result = Item::of_temporal(made);
  }
  return made != nullptr;
}

bool negate(Machine& machine, const Operands& operands, const Item& value) {
  const Range all{operands.left.begin, operands.right.end};
  if (is_whole(value)) {
    const auto result =
        calculate_whole(Operator::kSubtract, Item::of_integer(0, value.form), value);
    return result ? machine.leave(all, *result) : machine.leave_nothing(all);
  }
  if (value.form == Form::kDecimal) {
    return machine.leave_decimal(all, fhir::negate(value.decimal()));
  }
  if (value.form == Form::kQuantity) {
    Quantity quantity = value.quantity();
    quantity.value = fhir::negate(quantity.value);
    const Quantity* made = machine.make(quantity);
    return made != nullptr && machine.leave(all, Item::of_quantity(made));
  }
  return mismatch(machine, Operator::kNegate, operands.op.offset, "a number or a Quantity");
}

}  // namespace

bool calculate(Machine& machine, Operator op, std::uint32_t offset, const Item& a, const Item& b,
               std::optional<Item>& result) {
  result.reset();
  const bool sum = op == Operator::kAdd || op == Operator::kSubtract;
  if (is_whole(a) && is_whole(b) && op != Operator::kDivide) {
    result = calculate_whole(op, a, b);
    return true;
  }
  const auto x = quantity_from(a);
  const auto y = quantity_from(b);
  if (x && y) {
    if (a.form == Form::kQuantity || b.form == Form::kQuantity) {
      return calculate_quantity(machine, op, offset, *x, *y, result);
    }
    const auto value = calculate_decimal(op, x->value, y->value);
    if (!value) {
      return true;
    }
    const Decimal* made = machine.make(*value);
    if (made != nullptr) {
      result = Item::of_decimal(made);
    }
    return made != nullptr;
  }
  if (sum && a.is_temporal() && b.form == Form::kQuantity) {
    return shift(machine, op, offset, a.temporal(), *y, result);
  }
  if (op == Operator::kAdd && a.form == Form::kQuantity && b.is_temporal()) {
    return shift(machine, op, offset, b.temporal(), *x, result);
  }
  if (op == Operator::kAdd && a.form == Form::kString && b.form == Form::kString) {
    Item text;
    if (!concatenate(machine, a.text(), b.text(), text)) {
      return false;
    }
    result = text;
    return true;
  }
  return mismatch(machine, op, offset,
                  op == Operator::kAdd        ? "numbers, Quantities, Strings or a date and a time"
                  : op == Operator::kSubtract ? "numbers, Quantities or a date and a time"
                                              : "numbers or Quantities");
}

bool apply_arithmetic(Machine& machine, const Operands& operands) {
  const Range all{operands.left.begin, operands.right.end};
  const auto op = static_cast<Operator>(operands.op.function);
  const std::uint32_t offset = operands.op.offset;
  const std::string_view name = operator_name(op);
  Item a;
  Item b;
  const One left = machine.one(operands.left, offset, name, a);
  const One right = left == One::kFailed ? left : machine.one(operands.right, offset, name, b);
  if (right == One::kFailed) {
    return false;
  }
  if (op == Operator::kNegate) {
    return right == One::kEmpty ? machine.leave_nothing(all) : negate(machine, operands, b);
  }
  if (left == One::kEmpty || right == One::kEmpty) {
    return machine.leave_nothing(all);
  }
  std::optional<Item> result;
  if (!calculate(machine, op, offset, a, b, result)) {
    return false;
  }
  return result ? machine.leave(all, *result) : machine.leave_nothing(all);
}

}  // namespace fhirwall::fhirpath
