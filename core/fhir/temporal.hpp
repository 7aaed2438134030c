#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/fhir/decimal.hpp"

namespace fhirwall::fhir {

// A FHIRPath Date, DateTime or Time with the precision that was written: `@2014`, `@2014-01T`,
// `@2014-01-05T10:30+02:00`, `@T10:30:14.559`. Source: FHIRPath N1, sections 4.1 and 6.
//
// The search side of dates (intervals of instants, FHIR R4 search) is datetime.hpp.
struct Temporal {
  enum class Kind : std::uint8_t { kDate, kDateTime, kTime };
  // The last component that is there. Seconds and milliseconds are one precision when values are
  // compared (FHIRPath N1, 6.2).
  enum class Precision : std::uint8_t {
    kYear,
    kMonth,
    kDay,
    kHour,
    kMinute,
    kSecond,
    kMillisecond
  };
  Kind kind = Kind::kDate;
  Precision precision = Precision::kYear;
  std::int16_t year = 0;  // 1..9999
  std::uint8_t month = 1;
  std::uint8_t day = 1;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint8_t fraction_digits = 0;  // digits of the fraction as written, at most 9; 0 = none
  std::uint32_t nanosecond = 0;      // the fraction of the second
  std::optional<std::int16_t> zone;  // minutes east of UTC; +00:00 and Z are 0
  bool zulu = false;                 // the zone was written `Z`: kept for the text
};

// FHIRPath literals without `@` (`T10:30` for a time: with or without the T), which are also FHIR's
// JSON texts and what toDate(), toDateTime() and toTime() take. Impossible days, month 13, hour 24
// and zones beyond 14:00 are refused; the leap second :60 is not (FHIR R4, dateTime and time).
// Fraction digits behind the ninth are dropped. parse_datetime_value takes `2014`, `2014T`,
// `2014-01-05`, `2014-01-05T10`, `...T10:30`, with or without zone; parse_date_value only
// YYYY[-MM[-DD]].
[[nodiscard]] std::optional<Temporal> parse_date_value(std::string_view text);
[[nodiscard]] std::optional<Temporal> parse_datetime_value(std::string_view text);
[[nodiscard]] std::optional<Temporal> parse_time_value(std::string_view text);
// Appends the text without `@` and without the T of a time: `2014-01`, `2014-01-05T10:30:00.000Z`,
// `10:30`. A DateTime that ends before the hour has no `T`: what toString() gives.
void append_temporal(const Temporal& value, std::string& out);

// Component-wise as FHIRPath N1 6.1 and 6.2 say: zones are aligned first; where one value stops
// earlier and all before is equal, the answer is unknown (nullopt). A Date is the DateTime that
// stops at the same component: against one with a time of the same day it is unknown. One side with
// a zone, the other without: unknown, unless they differ by more than any zone can explain. A Time
// never compares with the others (callers check; here unknown).
// -1, 0, 1.
[[nodiscard]] std::optional<int> compare(const Temporal& a, const Temporal& b);
// `~`: as equal, but different precisions are not equivalent (false, never unknown).
[[nodiscard]] bool equivalent(const Temporal& a, const Temporal& b);

// The calendar units and the definite-duration UCUM units that stand for them.
enum class TimeUnit : std::uint8_t {
  kYear,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond
};
// `year`, `years`, ... `milliseconds`.
[[nodiscard]] std::optional<TimeUnit> find_calendar_unit(std::string_view word);
// UCUM `s` and `ms` are calendar seconds and milliseconds; `min h d wk` are definite durations that
// addition takes; `a` and `mo` are not (FHIRPath N1, 6.7).
[[nodiscard]] std::optional<TimeUnit> find_definite_unit(std::string_view ucum);

// value + amount units (FHIRPath N1, 6.7.1). A fraction of anything above seconds is truncated; of
// seconds and milliseconds it counts (3.0) and, as the two are one precision, gives a value that
// ends at the second its fraction digits. Adding to a less precise value converts the amount to
// the last precision there is, truncated; a year has 365 days and a month 30 there. The last day of
// the month is kept where the day does not exist. Times wrap around midnight. Nullopt when the
// result is outside years 1..9999, when the amount is beyond 10^15, or when a Time is given a unit
// above hours.
[[nodiscard]] std::optional<Temporal> add(const Temporal& value, const Decimal& amount,
                                          TimeUnit unit);

// precision() of FHIRPath 3.0: digits, YYYY = 4, ... `T10:30:00.000` = 9, a DateTime to the
// millisecond = 17; any written fraction is the millisecond.
[[nodiscard]] std::int32_t precision_digits(const Temporal& value);
// lowBoundary(digits) / highBoundary(digits): the value filled up to that many digits (of
// precision_digits) with the least or greatest components, or cut to them. A DateTime that stops
// before the hour gets a zone with its time of day, +14:00 or -12:00: it bounds the instants of
// that day anywhere. One that has a time and no zone stays without (FHIRPath 3.0, the examples).
// Nullopt for a number of digits that the kind does not have.
[[nodiscard]] std::optional<Temporal> low_boundary(const Temporal& value, std::int32_t digits);
[[nodiscard]] std::optional<Temporal> high_boundary(const Temporal& value, std::int32_t digits);

// b - a in whole calendar units (duration) or in boundaries crossed (difference): FHIRPath 3.0,
// duration() and difference(), as CQL defines them. Negative when b is first. Different zones are
// aligned to UTC, but for a difference in days and above, which the local calendars count; weeks
// begin on Sunday. Nullopt when either value stops before the unit, kinds differ, or only one has a
// zone; a duration also where one value stops earlier than the other and that leaves two answers.
[[nodiscard]] std::optional<std::int64_t> duration(const Temporal& a, const Temporal& b,
                                                   TimeUnit unit);
[[nodiscard]] std::optional<std::int64_t> difference(const Temporal& a, const Temporal& b,
                                                     TimeUnit unit);

// The instant as milliseconds since 1970 UTC, as a DateTime with millisecond precision in
// `zone_minutes` (0 is written `Z`); for now(), today() and timeOfDay(). Held within the calendar
// and within 14 hours of UTC.
[[nodiscard]] Temporal temporal_of(std::int64_t epoch_ms, std::int16_t zone_minutes);
// The date or the time part of a DateTime, in its own zone, as dateOf() and timeOf() give them: a
// Date is its own date part; a Time has neither (its timeOf() is empty). No time before the hour.
[[nodiscard]] std::optional<Temporal> date_part(const Temporal& value);
[[nodiscard]] std::optional<Temporal> time_part(const Temporal& value);

}  // namespace fhirwall::fhir
