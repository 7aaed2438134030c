#include <algorithm>

#include "core/fhir/civil.hpp"
#include "core/fhir/temporal.hpp"

namespace fhirwall::fhir {
namespace {

using Kind = Temporal::Kind;
using Precision = Temporal::Precision;

constexpr std::int64_t kNanos = 1'000'000'000;
constexpr std::int64_t kDaySeconds = 86'400;
// Units. More than the calendar needs (it has 3.2 * 10^11 seconds), and small enough that as many
// hours fit 64 bits as seconds.
constexpr std::int64_t kLargestAmount = 1'000'000'000'000'000;

// An amount as whole units and billionths of a unit, both with the sign of the amount.
struct Amount {
  std::int64_t whole = 0;
  std::int64_t billionths = 0;
};

// `extra_scale` 3 reads milliseconds as seconds. Nullopt beyond kLargestAmount; digits behind the
// ninth are dropped.
std::optional<Amount> split(const Decimal& amount, std::int32_t extra_scale) {
  Int128 coefficient = amount.coefficient;
  std::int32_t scale = amount.scale + extra_scale;
  for (; scale > 9; --scale) {
    coefficient /= 10;
  }
  std::int64_t unit = 1;
  for (std::int32_t i = 0; i < scale; ++i) {
    unit *= 10;
  }
  const Int128 whole = coefficient / unit;
  if (whole > kLargestAmount || whole < -kLargestAmount) {
    return std::nullopt;
  }
  const auto rest = static_cast<std::int64_t>(coefficient % unit);
  return Amount{static_cast<std::int64_t>(whole), rest * (kNanos / unit)};
}

std::optional<Temporal> shift_months(Temporal value, std::int64_t months) {
  const std::int64_t sum = std::int64_t{value.year} * 12 + (value.month - 1) + months;
  if (sum < 12 || sum >= 10'000 * 12) {
    return std::nullopt;
  }
  const int year = static_cast<int>(sum / 12);
  const int month = static_cast<int>(sum % 12) + 1;
  value.year = static_cast<std::int16_t>(year);
  value.month = static_cast<std::uint8_t>(month);
  // FHIRPath N1, 6.7.1: a day that the month does not have becomes its last day.
  value.day =
      static_cast<std::uint8_t>(std::min<int>(value.day, civil::days_in_month(year, month)));
  return value;
}

std::optional<Temporal> shift_days(Temporal value, std::int64_t days) {
  if (value.precision == Precision::kYear) {
    return shift_months(value, days / 365 * 12);  // FHIRPath N1, 6.7: a year is 365 days here,
  }
  if (value.precision == Precision::kMonth) {
    return shift_months(value, days / 30);  // and a month 30
  }
  const std::int64_t sum = civil::days_since_epoch(value.year, value.month, value.day) + days;
  if (sum < civil::kFirstDay || sum > civil::kLastDay) {
    return std::nullopt;
  }
  const civil::Date date = civil::date_of(sum);
  value.year = static_cast<std::int16_t>(date.year);
  value.month = static_cast<std::uint8_t>(date.month);
  value.day = static_cast<std::uint8_t>(date.day);
  return value;
}

// As many digits as were written, or the groups of three that the fraction needs.
std::uint8_t digits_for(std::uint32_t nanosecond, std::uint8_t written) {
  std::uint32_t below = static_cast<std::uint32_t>(kNanos);
  for (std::uint8_t i = 0; i < written; ++i) {
    below /= 10;
  }
  if (nanosecond % below == 0) {
    return written;
  }
  if (nanosecond % 1'000'000 == 0) {
    return 3;
  }
  return nanosecond % 1000 == 0 ? 6 : 9;
}

std::optional<Temporal> shift_clock(Temporal value, Amount amount) {
  const std::int64_t seconds_a_unit = value.precision == Precision::kHour     ? 3600
                                      : value.precision == Precision::kMinute ? 60
                                                                              : 1;
  std::int64_t second = value.hour * 3600 + value.minute * 60 + value.second;
  std::int64_t nanosecond = value.nanosecond;
  if (seconds_a_unit == 1) {
    second += amount.whole;
    nanosecond += amount.billionths;
  } else {
    second += amount.whole / seconds_a_unit * seconds_a_unit;
  }
  if (nanosecond < 0) {
    nanosecond += kNanos;
    --second;
  } else if (nanosecond >= kNanos) {
    nanosecond -= kNanos;
    ++second;
  }
  const std::int64_t days = civil::floor_divide(second, kDaySeconds);
  const auto rest = static_cast<std::uint32_t>(second - days * kDaySeconds);
  value.hour = static_cast<std::uint8_t>(rest / 3600);
  value.minute = static_cast<std::uint8_t>(rest / 60 % 60);
  value.second = static_cast<std::uint8_t>(rest % 60);
  value.nanosecond = static_cast<std::uint32_t>(nanosecond);
  value.fraction_digits = digits_for(value.nanosecond, value.fraction_digits);
  if (value.fraction_digits > 0) {
    value.precision = Precision::kMillisecond;
  }
  return value.kind == Kind::kTime ? std::optional(value) : shift_days(value, days);
}

// Seconds for every unit below the day.
std::optional<Temporal> shift_seconds(const Temporal& value, Amount amount) {
  if (value.precision < Precision::kHour) {
    return shift_days(value, amount.whole / kDaySeconds);
  }
  return shift_clock(value, amount);
}

}  // namespace

std::optional<Temporal> add(const Temporal& value, const Decimal& amount, TimeUnit unit) {
  if (value.kind == Kind::kTime && unit < TimeUnit::kHour) {
    return std::nullopt;
  }
  const std::optional<Amount> parts = split(amount, unit == TimeUnit::kMillisecond ? 3 : 0);
  if (!parts) {
    return std::nullopt;
  }
  const std::int64_t whole = parts->whole;
  switch (unit) {
    case TimeUnit::kYear: return shift_months(value, whole * 12);
    case TimeUnit::kMonth:
      return shift_months(value, value.precision == Precision::kYear ? whole / 12 * 12 : whole);
    case TimeUnit::kWeek: return shift_days(value, whole * 7);
    case TimeUnit::kDay: return shift_days(value, whole);
    case TimeUnit::kHour: return shift_seconds(value, {whole * 3600, 0});
    case TimeUnit::kMinute: return shift_seconds(value, {whole * 60, 0});
    case TimeUnit::kSecond:
    case TimeUnit::kMillisecond: return shift_seconds(value, *parts);
  }
  return std::nullopt;
}

}  // namespace fhirwall::fhir
