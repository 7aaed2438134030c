// Conversion (FHIRPath N1, 5.5).
#include "core/base/ascii.hpp"
#include "core/fhirpath/functions/quantity_text.hpp"
#include "core/fhirpath/functions/texts.hpp"
#include "core/fhirpath/machine.hpp"
#include "core/fhirpath/text.hpp"

namespace fhirwall::fhirpath {
namespace {

using Form = Item::Form;

// iif(criterion, true-result [, otherwise-result]): only the chosen result is evaluated.
bool iif(Machine& machine, const Call& call) {
  if (call.input.size() > 1) {
    return machine.fail(ErrorCode::kSingletonExpected, call.op.offset, "`iif` expects one item");
  }
  // Without an input of its own it stands on $this, and $index stays what it is. An input that is
  // empty is an empty $this.
  const Focus focus = call.op.a == kNoOp   ? call.focus
                      : call.input.empty() ? call.focus.over(call.input)
                                           : call.focus.on(machine[call.input.begin], 0);
  Range test;
  bool holds = false;
  if (!machine.apply(call, 0, focus, test) ||
      machine.one_boolean(test, call.op.offset, holds) == One::kFailed) {
    return false;
  }
  machine.resize(test.begin);
  if (!holds && call.argument_count() < 3) {
    return machine.leave_nothing(call.input);
  }
  Range result;
  return machine.apply(call, holds ? 1 : 2, focus, result) &&
         machine.leave_from(call.input, result.begin);
}

// --- To each type. kEmpty: it cannot be converted.

One to_decimal_item(Machine& machine, const fhir::Decimal& value, Item& out) {
  const fhir::Decimal* made = machine.make(value);
  if (made == nullptr) {
    return One::kFailed;
  }
  out = Item::of_decimal(made);
  return One::kValue;
}

One to_temporal_item(Machine& machine, const std::optional<fhir::Temporal>& value, Item& out) {
  if (!value) {
    return One::kEmpty;
  }
  const fhir::Temporal* made = machine.make(*value);
  if (made == nullptr) {
    return One::kFailed;
  }
  out = Item::of_temporal(made);
  return One::kValue;
}

One to_quantity_item(Machine& machine, const std::optional<Quantity>& value, Item& out) {
  if (!value) {
    return One::kEmpty;
  }
  const Quantity* made = machine.make(*value);
  if (made == nullptr) {
    return One::kFailed;
  }
  out = Item::of_quantity(made);
  return One::kValue;
}

// The whole text as a number.
std::optional<fhir::Decimal> number_in(std::string_view text, bool fraction) {
  const auto number = take_number(text, fraction);
  return text.empty() ? number : std::nullopt;
}

bool is_one_of(std::string_view text, std::span<const std::string_view> words) {
  for (const std::string_view word : words) {
    if (ascii::equals_ignoring_case(text, word)) {
      return true;
    }
  }
  return false;
}

constexpr std::string_view kTrueWords[] = {"true", "t", "yes", "y", "1", "1.0"};
constexpr std::string_view kFalseWords[] = {"false", "f", "no", "n", "0", "0.0"};

// 1 is true and 0 is false; of a text, the words.
One to_boolean(Machine& /*machine*/, const Item& value, Item& out) {
  int order = -1;  // of the value and false: 0; and true: 1
  switch (value.form) {
    case Form::kInteger:
    case Form::kLong: order = value.integer() == 0 ? 0 : value.integer() == 1 ? 1 : -1; break;
    case Form::kDecimal:
      order = fhir::compare(value.decimal(), fhir::decimal_of(0)) == 0   ? 0
              : fhir::compare(value.decimal(), fhir::decimal_of(1)) == 0 ? 1
                                                                         : -1;
      break;
    case Form::kString:
      order = is_one_of(value.text(), kTrueWords)    ? 1
              : is_one_of(value.text(), kFalseWords) ? 0
                                                     : -1;
      break;
    default: break;
  }
  out = Item::of_boolean(order == 1);
  return order < 0 ? One::kEmpty : One::kValue;
}

One to_whole(const Item& value, Form form, Item& out) {
  std::optional<std::int64_t> whole;
  if (value.form == Form::kInteger || value.form == Form::kLong || value.form == Form::kBoolean) {
    whole = value.integer();
  } else if (value.form == Form::kString) {
    const auto number = number_in(value.text(), false);
    whole = number ? fhir::to_int64(*number) : std::nullopt;
  }
  if (!whole || (form == Form::kInteger && (*whole < INT32_MIN || *whole > INT32_MAX))) {
    return One::kEmpty;
  }
  out = Item::of_integer(*whole, form);
  return One::kValue;
}
One to_integer(Machine& /*machine*/, const Item& value, Item& out) {
  return to_whole(value, Form::kInteger, out);
}
One to_long(Machine& /*machine*/, const Item& value, Item& out) {
  return to_whole(value, Form::kLong, out);
}

// A Boolean is 1.0 or 0.0.
std::optional<fhir::Decimal> decimal_from(const Item& value) {
  switch (value.form) {
    case Form::kInteger:
    case Form::kLong: return fhir::decimal_of(value.integer());
    case Form::kBoolean: return fhir::Decimal{value.boolean() ? 10 : 0, 1};
    case Form::kDecimal: return value.decimal();
    default: return std::nullopt;
  }
}

One to_decimal(Machine& machine, const Item& value, Item& out) {
  const auto number =
      value.form == Form::kString ? number_in(value.text(), true) : decimal_from(value);
  return number ? to_decimal_item(machine, *number, out) : One::kEmpty;
}

One to_string(Machine& machine, const Item& value, Item& out) {
  if (!value.is_system()) {
    return One::kEmpty;
  }
  out = value;
  if (value.form == Form::kString) {
    return One::kValue;
  }
  std::string& text = machine.scratch().text;
  text.clear();
  append_text(value, text);
  const auto kept = machine.keep(text);
  if (!kept) {
    return One::kFailed;
  }
  out = Item::of_text(*kept);
  return One::kValue;
}

// The date of a DateTime, in its own zone.
One to_date(Machine& machine, const Item& value, Item& out) {
  if (value.form == Form::kDateTime) {
    return to_temporal_item(machine, fhir::date_part(value.temporal()), out);
  }
  return value.form == Form::kString
             ? to_temporal_item(machine, fhir::parse_date_value(value.text()), out)
             : One::kEmpty;
}

// A Date is the DateTime that ends where it ends.
One to_date_time(Machine& machine, const Item& value, Item& out) {
  if (value.form == Form::kDate) {
    fhir::Temporal moment = value.temporal();
    moment.kind = fhir::Temporal::Kind::kDateTime;
    return to_temporal_item(machine, moment, out);
  }
  return value.form == Form::kString
             ? to_temporal_item(machine, fhir::parse_datetime_value(value.text()), out)
             : One::kEmpty;
}

One to_time(Machine& machine, const Item& value, Item& out) {
  return value.form == Form::kString
             ? to_temporal_item(machine, fhir::parse_time_value(value.text()), out)
             : One::kEmpty;
}

One to_quantity(Machine& machine, const Item& value, Item& out) {
  std::optional<Quantity> quantity;
  if (value.form == Form::kString) {
    if (!parse_quantity(machine, value.text(), quantity)) {
      return One::kFailed;
    }
  } else if (const auto number = decimal_from(value)) {
    quantity = Quantity{.value = *number, .unit = "1"};
  }
  return to_quantity_item(machine, quantity, out);
}

// --- The functions.

using Convert = One (*)(Machine& machine, const Item& value, Item& out);
struct Target {
  Form form;
  Convert convert;
};
constexpr Target kBoolean{Form::kBoolean, to_boolean};
constexpr Target kInteger{Form::kInteger, to_integer};
constexpr Target kLong{Form::kLong, to_long};
constexpr Target kDecimal{Form::kDecimal, to_decimal};
constexpr Target kString{Form::kString, to_string};
constexpr Target kDate{Form::kDate, to_date};
constexpr Target kDateTime{Form::kDateTime, to_date_time};
constexpr Target kTime{Form::kTime, to_time};
constexpr Target kQuantity{Form::kQuantity, to_quantity};

// The unit that toQuantity() was given. An empty one is none given.
One convert_unit(Machine& machine, const Call& call, Item& item) {
  std::string_view unit;
  const One given = read_text(machine, call, 0, unit);
  if (given != One::kValue) {
    return given == One::kEmpty ? One::kValue : given;
  }
  return to_quantity_item(machine, in_unit(item.quantity(), unit), item);
}

One convert(Machine& machine, const Call& call, const Target& target, const Item& value,
            Item& out) {
  One one = One::kValue;
  if (value.form == target.form) {
    out = value;
  } else {
    one = target.convert(machine, value, out);
  }
  if (one == One::kValue && call.argument_count() == 1) {
    one = convert_unit(machine, call, out);
  }
  return one;
}

// toX(): nothing for what cannot be converted. convertsToX(): whether it can be.
bool convert(Machine& machine, const Call& call, const Target& target, bool test) {
  Item value;
  Item out;
  One one = machine.one(call.input, call.op.offset, call.function.name, value);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  // One with a comparator is no value (FHIR R4, 2.27.2); to go on without would be a guess.
  if (!test && target.form == Form::kQuantity && value.is_node() &&
      fhir::is_a(value.type, fhir::well_known().quantity)) {
    return machine.fail_expected(call, "a Quantity with a value, in UCUM units");
  }
  one = convert(machine, call, target, value, out);
  if (one == One::kFailed) {
    return false;
  }
  if (test) {
    return machine.leave(call.input, std::optional<bool>(one == One::kValue));
  }
  return one == One::kEmpty ? machine.leave_nothing(call.input) : machine.leave(call.input, out);
}

template <const Target& kTarget>
bool to(Machine& machine, const Call& call) {
  return convert(machine, call, kTarget, false);
}
template <const Target& kTarget>
bool test(Machine& machine, const Call& call) {
  return convert(machine, call, kTarget, true);
}

constexpr Function kFunctions[] = {
    {"iif", 2, 3, Takes::kItems, Yields::kArguments, iif, false, true},
    {"toBoolean", 0, 0, Takes::kValues, Yields::kSystem, to<kBoolean>},
    {"toInteger", 0, 0, Takes::kValues, Yields::kSystem, to<kInteger>},
    {"toLong", 0, 0, Takes::kValues, Yields::kSystem, to<kLong>},
    {"toDecimal", 0, 0, Takes::kValues, Yields::kSystem, to<kDecimal>},
    {"toString", 0, 0, Takes::kValues, Yields::kSystem, to<kString>},
    {"toDate", 0, 0, Takes::kValues, Yields::kSystem, to<kDate>},
    {"toDateTime", 0, 0, Takes::kValues, Yields::kSystem, to<kDateTime>},
    {"toTime", 0, 0, Takes::kValues, Yields::kSystem, to<kTime>},
    {"toQuantity", 0, 1, Takes::kValues, Yields::kSystem, to<kQuantity>},
    {"convertsToBoolean", 0, 0, Takes::kValues, Yields::kSystem, test<kBoolean>},
    {"convertsToInteger", 0, 0, Takes::kValues, Yields::kSystem, test<kInteger>},
    {"convertsToLong", 0, 0, Takes::kValues, Yields::kSystem, test<kLong>},
    {"convertsToDecimal", 0, 0, Takes::kValues, Yields::kSystem, test<kDecimal>},
    {"convertsToString", 0, 0, Takes::kValues, Yields::kSystem, test<kString>},
    {"convertsToDate", 0, 0, Takes::kValues, Yields::kSystem, test<kDate>},
    {"convertsToDateTime", 0, 0, Takes::kValues, Yields::kSystem, test<kDateTime>},
    {"convertsToTime", 0, 0, Takes::kValues, Yields::kSystem, test<kTime>},
    {"convertsToQuantity", 0, 1, Takes::kValues, Yields::kSystem, test<kQuantity>},
};

}  // namespace

std::span<const Function> conversion_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
