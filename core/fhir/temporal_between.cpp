#include <algorithm>

#include "core/fhir/civil.hpp"
#include "core/fhir/temporal.hpp"

namespace fhirwall::fhir {
namespace {

using Kind = Temporal::Kind;
using Precision = Temporal::Precision;

constexpr std::int64_t kNanos = 1'000'000'000;

// A value as numbers, components that are not there at their least.
struct Point {
  std::int64_t months = 0;  // since year 0
  std::int64_t days = 0;    // since 1970
  int day_of_month = 1;
  std::int64_t second_of_day = 0;
  std::int64_t nanosecond = 0;

  [[nodiscard]] std::int64_t seconds() const { return days * 86'400 + second_of_day; }
};

// In local time, or in UTC.
Point point_of(const Temporal& value, bool utc) {
  Point point;
  std::int64_t minutes = value.hour * 60 + value.minute;
  if (utc) {
    minutes -= value.zone.value_or(0);
  }
  const std::int64_t carried = civil::floor_divide(minutes, 24 * 60);
  point.second_of_day = (minutes - carried * 24 * 60) * 60 + value.second;
  point.nanosecond = value.nanosecond;
  if (value.kind != Kind::kTime) {
    point.days = civil::days_since_epoch(value.year, value.month, value.day) + carried;
    const civil::Date date = civil::date_of(point.days);
    point.months = std::int64_t{date.year} * 12 + date.month;
    point.day_of_month = date.day;
  }
  return point;
}

int sign(std::int64_t value) { return value > 0 ? 1 : (value < 0 ? -1 : 0); }

std::int64_t whole_months(const Point& a, const Point& b) {
  const std::int64_t months = b.months - a.months;
  int rest = sign(b.day_of_month - a.day_of_month);
  rest = rest != 0 ? rest : sign(b.second_of_day - a.second_of_day);
  rest = rest != 0 ? rest : sign(b.nanosecond - a.nanosecond);
  return sign(months) * rest < 0 ? months - sign(months) : months;
}

std::int64_t whole_seconds(const Point& a, const Point& b) {
  const std::int64_t seconds = b.seconds() - a.seconds();
  const int rest = sign(b.nanosecond - a.nanosecond);
  return sign(seconds) * rest < 0 ? seconds - sign(seconds) : seconds;
}

// Periods that fit between the two.
std::int64_t whole_periods(const Point& a, const Point& b, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kYear: return whole_months(a, b) / 12;
    case TimeUnit::kMonth: return whole_months(a, b);
    case TimeUnit::kWeek: return whole_seconds(a, b) / (7 * 86'400);
    case TimeUnit::kDay: return whole_seconds(a, b) / 86'400;
    case TimeUnit::kHour: return whole_seconds(a, b) / 3600;
    case TimeUnit::kMinute: return whole_seconds(a, b) / 60;
    case TimeUnit::kSecond: return whole_seconds(a, b);
    case TimeUnit::kMillisecond: {
      const std::int64_t whole = whole_seconds(a, b);
      const std::int64_t rest =
          (b.seconds() - a.seconds() - whole) * kNanos + (b.nanosecond - a.nanosecond);
      return whole * 1000 + rest / 1'000'000;
    }
  }
  return 0;
}

// How many periods have begun; the difference of two is the boundaries between them.
std::int64_t period_index(const Point& point, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kYear: return (point.months - 1) / 12;
    case TimeUnit::kMonth: return point.months;
    case TimeUnit::kWeek:
      return civil::floor_divide(point.days + 4, 7);  // weeks begin on Sunday, as 1970-01-04 was
    case TimeUnit::kDay: return point.days;
    case TimeUnit::kHour: return civil::floor_divide(point.seconds(), 3600);
    case TimeUnit::kMinute: return civil::floor_divide(point.seconds(), 60);
    case TimeUnit::kSecond: return point.seconds();
    case TimeUnit::kMillisecond: return point.seconds() * 1000 + point.nanosecond / 1'000'000;
  }
  return 0;
}

Precision precision_of(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kYear: return Precision::kYear;
    case TimeUnit::kMonth: return Precision::kMonth;
    case TimeUnit::kWeek:
    case TimeUnit::kDay: return Precision::kDay;
    case TimeUnit::kHour: return Precision::kHour;
    case TimeUnit::kMinute: return Precision::kMinute;
    case TimeUnit::kSecond: return Precision::kSecond;
    case TimeUnit::kMillisecond: return Precision::kMillisecond;
  }
  return Precision::kMillisecond;
}

bool comparable(const Temporal& a, const Temporal& b, TimeUnit unit) {
  if (a.kind != b.kind || a.zone.has_value() != b.zone.has_value()) {
    return false;
  }
  if (a.kind == Kind::kTime && unit < TimeUnit::kHour) {
    return false;
  }
  return std::min(a.precision, b.precision) >= precision_of(unit);
}

// The same value to the millisecond, at the end of what it may mean. (The zone that a day is given
// is not read: only values that both had one are aligned.)
Temporal last_moment(const Temporal& value) {
  switch (value.kind) {
    case Kind::kDate: return high_boundary(value, 8).value_or(value);
    case Kind::kDateTime: return high_boundary(value, 17).value_or(value);
    case Kind::kTime: return high_boundary(value, 9).value_or(value);
  }
  return value;
}

}  // namespace

std::optional<std::int64_t> duration(const Temporal& a, const Temporal& b, TimeUnit unit) {
  if (!comparable(a, b, unit)) {
    return std::nullopt;
  }
  const bool utc = a.zone != b.zone;
  const std::int64_t periods = whole_periods(point_of(a, utc), point_of(b, utc), unit);
  // Seconds and milliseconds are one precision; elsewhere the value that stops earlier must give
  // the same number at both of its ends.
  const Precision least = std::min(a.precision, b.precision);
  if (a.precision != b.precision && least < Precision::kSecond) {
    const Temporal& from = a.precision < b.precision ? last_moment(a) : a;
    const Temporal& to = b.precision < a.precision ? last_moment(b) : b;
    if (whole_periods(point_of(from, utc), point_of(to, utc), unit) != periods) {
      return std::nullopt;
    }
  }
  return periods;
}

std::optional<std::int64_t> difference(const Temporal& a, const Temporal& b, TimeUnit unit) {
  if (!comparable(a, b, unit)) {
    return std::nullopt;
  }
  // Days and longer periods are counted by the local calendars, hours and below in one zone.
  const bool utc = a.zone != b.zone && unit >= TimeUnit::kHour;
  return period_index(point_of(b, utc), unit) - period_index(point_of(a, utc), unit);
}

}  // namespace fhirwall::fhir
