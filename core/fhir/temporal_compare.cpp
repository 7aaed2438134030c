#include "core/fhir/civil.hpp"
#include "core/fhir/temporal.hpp"

namespace fhirwall::fhir {
namespace {

using Kind = Temporal::Kind;
using Precision = Temporal::Precision;

constexpr std::int64_t kDayMinutes = 24 * 60;
constexpr std::int64_t kWidestZone = 14 * 60;

// The minutes that a value may mean, since 1970 UTC (since midnight for a Time), half-open. Values
// with seconds span the minute that they are in: zones are whole minutes, so that seconds need no
// alignment, and a leap second stays between :59 and the next minute.
struct Span {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

Span span_of(const Temporal& value) {
  std::int64_t begin = 0;
  if (value.kind != Kind::kTime) {
    begin = civil::days_since_epoch(value.year, value.month, value.day) * kDayMinutes;
  }
  begin += value.hour * 60 + value.minute - value.zone.value_or(0);
  switch (value.precision) {
    case Precision::kYear:
      return {begin, begin + (civil::is_leap(value.year) ? 366 : 365) * kDayMinutes};
    case Precision::kMonth:
      return {begin, begin + civil::days_in_month(value.year, value.month) * kDayMinutes};
    case Precision::kDay: return {begin, begin + kDayMinutes};
    case Precision::kHour: return {begin, begin + 60};
    case Precision::kMinute:
    case Precision::kSecond:
    case Precision::kMillisecond: return {begin, begin + 1};
  }
  return {};
}

int order(std::uint32_t a, std::uint32_t b) { return a < b ? -1 : (a > b ? 1 : 0); }

}  // namespace

// FHIRPath N1, 6.1 and 6.2 compare component by component. As every component divides the one
// above, that is the same as: values whose spans are apart are in that order; of others only those
// that stop at the same component are known to be equal.
std::optional<int> compare(const Temporal& a, const Temporal& b) {
  if ((a.kind == Kind::kTime) != (b.kind == Kind::kTime)) {
    return std::nullopt;
  }
  const Span left = span_of(a);
  const Span right = span_of(b);
  const bool one_zone = a.zone.has_value() != b.zone.has_value();
  const std::int64_t slack = one_zone ? kWidestZone : 0;
  if (left.end + slack <= right.begin) {
    return -1;
  }
  if (right.end + slack <= left.begin) {
    return 1;
  }
  if (one_zone) {
    return std::nullopt;
  }
  if (a.precision >= Precision::kSecond && b.precision >= Precision::kSecond) {
    const int by_second = order(a.second, b.second);
    return by_second != 0 ? by_second : order(a.nanosecond, b.nanosecond);
  }
  // Hours of zones that are half an hour apart overlap without being equal.
  if (a.precision == b.precision && left.begin == right.begin) {
    return 0;
  }
  return std::nullopt;
}

bool equivalent(const Temporal& a, const Temporal& b) { return compare(a, b) == 0; }

}  // namespace fhirwall::fhir
