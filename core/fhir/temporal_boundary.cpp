#include "core/fhir/civil.hpp"
#include "core/fhir/temporal.hpp"

namespace fhirwall::fhir {
namespace {

using Kind = Temporal::Kind;
using Precision = Temporal::Precision;

constexpr std::int32_t kDateTimeDigits[] = {4, 6, 8, 10, 12, 14, 17};
constexpr std::int32_t kTimeDigits[] = {2, 4, 6, 9};
constexpr std::int32_t kEarliestZone = 14 * 60;
constexpr std::int32_t kLatestZone = -12 * 60;

enum class Side : std::uint8_t { kLow, kHigh };

std::int32_t digits_of(Kind kind, Precision precision) {
  const auto at = static_cast<std::size_t>(precision);
  constexpr auto kHourAt = static_cast<std::size_t>(Precision::kHour);
  if (kind == Kind::kTime) {
    return at < kHourAt ? 0 : kTimeDigits[at - kHourAt];
  }
  return kDateTimeDigits[at];
}

std::optional<Precision> precision_of(Kind kind, std::int32_t digits) {
  for (const Precision precision :
       {Precision::kYear, Precision::kMonth, Precision::kDay, Precision::kHour, Precision::kMinute,
        Precision::kSecond, Precision::kMillisecond}) {
    if ((kind == Kind::kDate && precision > Precision::kDay) ||
        (kind == Kind::kTime && precision < Precision::kHour)) {
      continue;
    }
    if (digits_of(kind, precision) == digits) {
      return precision;
    }
  }
  return std::nullopt;
}

// The fraction up to milliseconds. Digits that were not written may be anything: `.5` is
// .500 to .599. Finer digits that were written stay, or the bound would not be one.
void fill_fraction(Temporal& value, Side side) {
  std::uint32_t unit = 1'000'000'000;
  for (std::uint8_t i = 0; i < value.fraction_digits; ++i) {
    unit /= 10;
  }
  if (value.fraction_digits >= 3) {
    return;
  }
  value.fraction_digits = 3;
  if (side == Side::kHigh) {
    value.nanosecond += unit - 1'000'000;
  }
}

// Sets the component at `precision`, which was not written.
void fill(Temporal& value, Precision precision, Side side) {
  const bool high = side == Side::kHigh;
  switch (precision) {
    case Precision::kYear: break;  // always written
    case Precision::kMonth: value.month = high ? 12 : 1; break;
    case Precision::kDay:
      value.day =
          high ? static_cast<std::uint8_t>(civil::days_in_month(value.year, value.month)) : 1;
      break;
    case Precision::kHour: value.hour = high ? 23 : 0; break;
    case Precision::kMinute: value.minute = high ? 59 : 0; break;
    case Precision::kSecond: value.second = high ? 59 : 0; break;
    case Precision::kMillisecond: break;  // fill_fraction
  }
}

// Drops the components behind `precision`.
void cut(Temporal& value, Precision precision) {
  const Temporal whole = value;
  value = Temporal{};
  value.kind = whole.kind;
  value.precision = precision;
  value.year = whole.year;
  value.month = precision >= Precision::kMonth ? whole.month : value.month;
  value.day = precision >= Precision::kDay ? whole.day : value.day;
  value.hour = precision >= Precision::kHour ? whole.hour : value.hour;
  value.minute = precision >= Precision::kMinute ? whole.minute : value.minute;
  value.second = precision >= Precision::kSecond ? whole.second : value.second;
  if (precision >= Precision::kHour) {
    value.zone = whole.zone;
    value.zulu = whole.zulu;
  }
}

std::optional<Temporal> boundary(const Temporal& value, std::int32_t digits, Side side) {
  const std::optional<Precision> wanted = precision_of(value.kind, digits);
  if (!wanted) {
    return std::nullopt;
  }
  Temporal result = value;
  if (*wanted < value.precision) {
    cut(result, *wanted);
    return result;
  }
  for (int at = static_cast<int>(value.precision) + 1; at <= static_cast<int>(*wanted); ++at) {
    fill(result, static_cast<Precision>(at), side);
  }
  result.precision = *wanted;
  if (*wanted == Precision::kMillisecond) {
    fill_fraction(result, side);
  }
  const bool gets_time = value.precision < Precision::kHour && *wanted >= Precision::kHour;
  if (value.kind == Kind::kDateTime && gets_time) {
    result.zone = static_cast<std::int16_t>(side == Side::kLow ? kEarliestZone : kLatestZone);
  }
  return result;
}

}  // namespace

std::int32_t precision_digits(const Temporal& value) {
  return digits_of(value.kind, value.precision);
}

std::optional<Temporal> low_boundary(const Temporal& value, std::int32_t digits) {
  return boundary(value, digits, Side::kLow);
}

std::optional<Temporal> high_boundary(const Temporal& value, std::int32_t digits) {
  return boundary(value, digits, Side::kHigh);
}

}  // namespace fhirwall::fhir
