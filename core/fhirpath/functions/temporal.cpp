// Precision and boundaries, components of dates and times, and what lies between two of them
// (FHIRPath 3.0, sections 5.9 and 5.10).
#include "core/base/concat.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

using Form = Item::Form;
using fhir::Temporal;
using fhir::TimeUnit;

One input_of(Machine& machine, const Call& call, Item& value) {
  return machine.one(call.input, call.op.offset, call.function.name, value);
}

bool leave_temporal(Machine& machine, const Call& call, const std::optional<Temporal>& value) {
  if (!value) {
    return machine.leave_nothing(call.input);
  }
  const Temporal* made = machine.make(*value);
  return made != nullptr && machine.leave(call.input, Item::of_temporal(made));
}

// --- Precision and boundaries.

fhir::Decimal decimal_of(const Item& number) {
  return number.form == Form::kDecimal ? number.decimal() : fhir::decimal_of(number.integer());
}

// precision(): digits behind the point of a number, digits of a date or time.
bool precision(Machine& machine, const Call& call) {
  Item value;
  const One one = input_of(machine, call, value);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  if (value.is_number()) {
    return machine.leave(call.input, Item::of_integer(fhir::precision(decimal_of(value))));
  }
  if (value.is_temporal()) {
    return machine.leave(call.input, Item::of_integer(fhir::precision_digits(value.temporal())));
  }
  return machine.fail_expected(call, "a number, Date, DateTime or Time");
}

// The digits that a boundary is given with where the call names none.
std::int64_t default_digits(Form form) {
  constexpr std::int64_t kDecimalDigits = 8;
  constexpr std::int64_t kDateDigits = 8;       // YYYYMMDD
  constexpr std::int64_t kDateTimeDigits = 17;  // YYYYMMDDhhmmssfff
  constexpr std::int64_t kTimeDigits = 9;       // hhmmssfff
  return form == Form::kDate       ? kDateDigits
         : form == Form::kDateTime ? kDateTimeDigits
         : form == Form::kTime     ? kTimeDigits
                                   : kDecimalDigits;
}

// lowBoundary([digits]), highBoundary([digits]): the least or greatest value that the input, as it
// is written, can stand for. Of a quantity: those of its value.
bool boundary(Machine& machine, const Call& call, bool low) {
  Item value;
  const One one = input_of(machine, call, value);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  std::int64_t wanted = default_digits(value.form);
  if (call.argument_count() > 0) {
    Range argument;
    if (!machine.argument(call, 0, argument) ||
        machine.one_integer(argument, call, wanted) == One::kFailed) {
      return false;
    }
  }
  // No type has that many; both sides are then refused below.
  constexpr std::int64_t kTooMany = 99;
  const auto digits =
      static_cast<std::int32_t>(wanted < 0 || wanted > kTooMany ? kTooMany : wanted);
  if (value.is_temporal()) {
    return leave_temporal(machine, call,
                          low ? fhir::low_boundary(value.temporal(), digits)
                              : fhir::high_boundary(value.temporal(), digits));
  }
  const bool quantity = value.form == Form::kQuantity;
  if (!quantity && !value.is_number()) {
    return machine.fail_expected(call, "a number, Quantity, Date, DateTime or Time");
  }
  const fhir::Decimal number = quantity ? value.quantity().value : decimal_of(value);
  const std::optional<fhir::Decimal> bound =
      low ? fhir::low_boundary(number, digits) : fhir::high_boundary(number, digits);
  if (!quantity || !bound) {
    return machine.leave_decimal(call.input, bound);
  }
  Quantity result = value.quantity();
  result.value = *bound;
  const Quantity* made = machine.make(result);
  return made != nullptr && machine.leave(call.input, Item::of_quantity(made));
}

bool low_boundary(Machine& machine, const Call& call) { return boundary(machine, call, true); }
bool high_boundary(Machine& machine, const Call& call) { return boundary(machine, call, false); }

// --- Components.

// The input as a date or time. Text that reads as one counts: JSON without a model has no other
// dates. Any other type has no components, which is no error (FHIRPath 3.0, 5.9).
One temporal_input(Machine& machine, const Call& call, Temporal& temporal) {
  Item value;
  const One one = input_of(machine, call, value);
  if (one != One::kValue) {
    return one;
  }
  if (value.is_temporal()) {
    temporal = value.temporal();
    return One::kValue;
  }
  if (value.form != Form::kString) {
    return One::kEmpty;
  }
  std::optional<Temporal> read = fhir::parse_datetime_value(value.text());
  if (!read) {
    read = fhir::parse_time_value(value.text());
  }
  if (!read) {
    return One::kEmpty;
  }
  temporal = *read;
  return One::kValue;
}

// The component that a precision is named after; nullopt where the value does not have it.
std::optional<std::int64_t> component_of(const Temporal& value, Temporal::Precision component) {
  using enum Temporal::Precision;
  constexpr std::uint32_t kNanosecondsPerMillisecond = 1'000'000;
  if (value.precision < component ||
      (value.kind == Temporal::Kind::kTime
           ? component < kHour
           : value.kind == Temporal::Kind::kDate && component > kDay)) {
    return std::nullopt;
  }
  switch (component) {
    case kYear: return value.year;
    case kMonth: return value.month;
    case kDay: return value.day;
    case kHour: return value.hour;
    case kMinute: return value.minute;
    case kSecond: return value.second;
    case kMillisecond: return value.nanosecond / kNanosecondsPerMillisecond;
  }
  return std::nullopt;
}

bool leave_component(Machine& machine, const Call& call, Temporal::Precision component) {
  Temporal value;
  const One one = temporal_input(machine, call, value);
  if (one == One::kFailed) {
    return false;
  }
  std::optional<std::int64_t> number;
  if (one == One::kValue) {
    number = component_of(value, component);
  }
  return number ? machine.leave(call.input, Item::of_integer(*number))
                : machine.leave_nothing(call.input);
}

template <Temporal::Precision kComponent>
bool component(Machine& machine, const Call& call) {
  return leave_component(machine, call, kComponent);
}

// timezoneOffsetOf(): hours east of UTC, 5.5 for +05:30.
bool timezone_offset_of(Machine& machine, const Call& call) {
  Temporal value;
  const One one = temporal_input(machine, call, value);
  if (one == One::kFailed) {
    return false;
  }
  if (one == One::kEmpty || !value.zone) {
    return machine.leave_nothing(call.input);
  }
  constexpr std::int64_t kMinutesPerHour = 60;
  auto hours = fhir::divide(fhir::decimal_of(*value.zone), fhir::decimal_of(kMinutesPerHour));
  if (hours && hours->scale == 0) {
    hours = fhir::Decimal{hours->coefficient * 10, 1};  // a Decimal: `-7.0`
  }
  return machine.leave_decimal(call.input, hours);
}

// dateOf(), timeOf()
template <std::optional<Temporal> (*kPart)(const Temporal&)>
bool part(Machine& machine, const Call& call) {
  Temporal value;
  const One one = temporal_input(machine, call, value);
  return one != One::kFailed &&
         leave_temporal(machine, call, one == One::kValue ? kPart(value) : std::nullopt);
}

// --- From one value to another.

// Which units the values of a kind can be measured in (FHIRPath 3.0, 5.10).
bool has_unit(Form form, TimeUnit unit) {
  return form == Form::kDate ? unit <= TimeUnit::kDay
                             : form == Form::kDateTime || unit >= TimeUnit::kHour;
}

using Between = std::optional<std::int64_t> (*)(const Temporal&, const Temporal&, TimeUnit);

bool leave_between(Machine& machine, const Call& call, Between between) {
  Item from;
  Item to;
  std::string_view word;
  Range argument;
  const One first = input_of(machine, call, from);
  if (first == One::kFailed || !machine.argument(call, 0, argument)) {
    return false;
  }
  const One second = machine.one(argument, call.op.offset, call.function.name, to);
  if (second == One::kFailed || !machine.argument(call, 1, argument)) {
    return false;
  }
  const One third = machine.one_text(argument, call, word);
  if (third == One::kFailed) {
    return false;
  }
  const std::optional<TimeUnit> unit = fhir::find_calendar_unit(word);
  if (third == One::kValue && !unit) {
    return machine.fail(ErrorCode::kInvalidArgument, call.op.offset,
                        concat("`", call.function.name, "` expects a calendar unit like 'years'"));
  }
  if (first == One::kEmpty || second == One::kEmpty || !unit) {
    return machine.leave_nothing(call.input);
  }
  // A Date beside a DateTime is the DateTime that stops at the same component (FHIRPath N1, 5.5).
  const bool times = from.form == Form::kTime || to.form == Form::kTime;
  if (!from.is_temporal() || !to.is_temporal() || (times && from.form != to.form)) {
    return machine.fail_expected(call, "two Dates or DateTimes, or two Times");
  }
  const bool dates = from.form == Form::kDate && to.form == Form::kDate;
  if (!has_unit(times ? Form::kTime : dates ? Form::kDate : Form::kDateTime, *unit)) {
    return machine.fail(ErrorCode::kInvalidArgument, call.op.offset,
                        times ? concat("`", call.function.name, "` of Times expects hours or less")
                              : concat("`", call.function.name, "` of Dates expects days or more"));
  }
  Temporal a = from.temporal();
  Temporal b = to.temporal();
  if (!times && !dates) {
    a.kind = Temporal::Kind::kDateTime;
    b.kind = Temporal::Kind::kDateTime;
  }
  const std::optional<std::int64_t> count = between(a, b, *unit);
  if (!count) {
    return machine.leave_nothing(call.input);
  }
  // Milliseconds and seconds of centuries do not fit an Integer.
  const bool fits = *count >= INT32_MIN && *count <= INT32_MAX;
  return machine.leave(call.input, Item::of_integer(*count, fits ? Form::kInteger : Form::kLong));
}

// duration(value, unit): whole calendar periods. difference(value, unit): boundaries crossed.
bool duration(Machine& machine, const Call& call) {
  return leave_between(machine, call, fhir::duration);
}
bool difference(Machine& machine, const Call& call) {
  return leave_between(machine, call, fhir::difference);
}

using Component = Temporal::Precision;
constexpr auto kValues = Takes::kValues;
constexpr auto kSystem = Yields::kSystem;

constexpr Function kFunctions[] = {
    {"precision", 0, 0, kValues, kSystem, precision},
    {"lowBoundary", 0, 1, kValues, kSystem, low_boundary},
    {"highBoundary", 0, 1, kValues, kSystem, high_boundary},
    {"yearOf", 0, 0, kValues, kSystem, component<Component::kYear>},
    {"monthOf", 0, 0, kValues, kSystem, component<Component::kMonth>},
    {"dayOf", 0, 0, kValues, kSystem, component<Component::kDay>},
    {"hourOf", 0, 0, kValues, kSystem, component<Component::kHour>},
    {"minuteOf", 0, 0, kValues, kSystem, component<Component::kMinute>},
    {"secondOf", 0, 0, kValues, kSystem, component<Component::kSecond>},
    {"millisecondOf", 0, 0, kValues, kSystem, component<Component::kMillisecond>},
    {"timezoneOffsetOf", 0, 0, kValues, kSystem, timezone_offset_of},
    {"dateOf", 0, 0, kValues, kSystem, part<fhir::date_part>},
    {"timeOf", 0, 0, kValues, kSystem, part<fhir::time_part>},
    {"duration", 2, 2, kValues, kSystem, duration},
    {"difference", 2, 2, kValues, kSystem, difference},
};

}  // namespace

std::span<const Function> temporal_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
