#include "core/fhir/temporal.hpp"

#include <algorithm>

#include "core/fhir/civil.hpp"
#include "core/fhir/temporal_reader.hpp"

namespace fhirwall::fhir {
namespace {

using Kind = Temporal::Kind;
using Precision = Temporal::Precision;

// YYYY[-MM[-DD]]; stops before whatever follows.
bool read_date(TemporalReader& in, Temporal& value) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!in.number(4, 1, 9999, year)) {
    return false;
  }
  value.year = static_cast<std::int16_t>(year);
  value.precision = Precision::kYear;
  if (!in.take('-')) {
    return true;
  }
  if (!in.number(2, 1, 12, month)) {
    return false;
  }
  value.month = static_cast<std::uint8_t>(month);
  value.precision = Precision::kMonth;
  if (!in.take('-')) {
    return true;
  }
  if (!in.number(2, 1, civil::days_in_month(year, month), day)) {
    return false;
  }
  value.day = static_cast<std::uint8_t>(day);
  value.precision = Precision::kDay;
  return true;
}

// hh[:mm[:ss[.f+]]]; stops before whatever follows.
bool read_time_of_day(TemporalReader& in, Temporal& value) {
  int part = 0;
  if (!in.number(2, 0, 23, part)) {
    return false;
  }
  value.hour = static_cast<std::uint8_t>(part);
  value.precision = Precision::kHour;
  if (!in.take(':')) {
    return true;
  }
  if (!in.number(2, 0, 59, part)) {
    return false;
  }
  value.minute = static_cast<std::uint8_t>(part);
  value.precision = Precision::kMinute;
  if (!in.take(':')) {
    return true;
  }
  if (!in.number(2, 0, 60, part)) {
    return false;
  }
  value.second = static_cast<std::uint8_t>(part);
  value.precision = Precision::kSecond;
  if (!in.take('.')) {
    return true;
  }
  value.precision = Precision::kMillisecond;
  return in.fraction(value.nanosecond, value.fraction_digits);
}

void append_digits(std::uint32_t number, std::size_t width, std::string& out) {
  char text[10];
  for (std::size_t i = width; i > 0; --i) {
    text[i - 1] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  out.append(text, width);
}

void append_date(const Temporal& value, std::string& out) {
  append_digits(static_cast<std::uint32_t>(value.year), 4, out);
  if (value.precision >= Precision::kMonth) {
    out += '-';
    append_digits(value.month, 2, out);
  }
  if (value.precision >= Precision::kDay) {
    out += '-';
    append_digits(value.day, 2, out);
  }
}

void append_time_of_day(const Temporal& value, std::string& out) {
  append_digits(value.hour, 2, out);
  if (value.precision >= Precision::kMinute) {
    out += ':';
    append_digits(value.minute, 2, out);
  }
  if (value.precision >= Precision::kSecond) {
    out += ':';
    append_digits(value.second, 2, out);
  }
  if (value.precision >= Precision::kMillisecond && value.fraction_digits > 0) {
    std::uint32_t fraction = value.nanosecond;
    for (int digits = 9; digits > value.fraction_digits; --digits) {
      fraction /= 10;
    }
    out += '.';
    append_digits(fraction, value.fraction_digits, out);
  }
}

void append_zone(const Temporal& value, std::string& out) {
  if (!value.zone) {
    return;
  }
  const int minutes = *value.zone;
  if (value.zulu && minutes == 0) {
    out += 'Z';
    return;
  }
  const auto size = static_cast<std::uint32_t>(minutes < 0 ? -minutes : minutes);
  out += minutes < 0 ? '-' : '+';
  append_digits(size / 60, 2, out);
  out += ':';
  append_digits(size % 60, 2, out);
}

}  // namespace

std::optional<Temporal> parse_date_value(std::string_view text) {
  TemporalReader in(text);
  Temporal value;
  if (!read_date(in, value) || !in.at_end()) {
    return std::nullopt;
  }
  return value;
}

std::optional<Temporal> parse_datetime_value(std::string_view text) {
  TemporalReader in(text);
  Temporal value;
  value.kind = Kind::kDateTime;
  if (!read_date(in, value)) {
    return std::nullopt;
  }
  if (in.at_end()) {
    return value;
  }
  if (!in.take('T')) {
    return std::nullopt;
  }
  if (in.at_end()) {  // the literals `2014T`, `2014-01T`, `2014-01-05T`
    return value;
  }
  if (value.precision != Precision::kDay || !read_time_of_day(in, value)) {
    return std::nullopt;
  }
  if (in.at_end()) {
    return value;
  }
  int zone = 0;
  value.zulu = in.at('Z');
  if (!in.read_zone(zone) || !in.at_end()) {
    return std::nullopt;
  }
  value.zone = static_cast<std::int16_t>(zone);
  return value;
}

std::optional<Temporal> parse_time_value(std::string_view text) {
  TemporalReader in(text);
  Temporal value;
  value.kind = Kind::kTime;
  in.take('T');
  if (!read_time_of_day(in, value) || !in.at_end()) {
    return std::nullopt;
  }
  return value;
}

void append_temporal(const Temporal& value, std::string& out) {
  if (value.kind == Kind::kTime) {
    append_time_of_day(value, out);
    return;
  }
  append_date(value, out);
  if (value.kind == Kind::kDateTime && value.precision >= Precision::kHour) {
    out += 'T';
    append_time_of_day(value, out);
    append_zone(value, out);
  }
}

std::optional<TimeUnit> find_calendar_unit(std::string_view word) {
  constexpr std::string_view kWords[] = {"year", "month",  "week",   "day",
                                         "hour", "minute", "second", "millisecond"};
  if (word.size() > 1 && word.back() == 's') {
    word.remove_suffix(1);
  }
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (word == kWords[i]) {
      return static_cast<TimeUnit>(i);
    }
  }
  return std::nullopt;
}

std::optional<TimeUnit> find_definite_unit(std::string_view ucum) {
  struct Row {
    std::string_view code;
    TimeUnit unit;
  };
  constexpr Row kRows[] = {{"s", TimeUnit::kSecond},   {"ms", TimeUnit::kMillisecond},
                           {"min", TimeUnit::kMinute}, {"h", TimeUnit::kHour},
                           {"d", TimeUnit::kDay},      {"wk", TimeUnit::kWeek}};
  for (const Row& row : kRows) {
    if (row.code == ucum) {
      return row.unit;
    }
  }
  return std::nullopt;
}

Temporal temporal_of(std::int64_t epoch_ms, std::int16_t zone_minutes) {
  constexpr std::int64_t kDayMs = 86'400'000;
  constexpr std::int64_t kZoneLimit = 14 * 60;
  const std::int64_t zone = std::clamp(std::int64_t{zone_minutes}, -kZoneLimit, kZoneLimit);
  // A clock outside the calendar is held at its ends, shifted so that no zone leaves it.
  const std::int64_t first = (civil::kFirstDay + 1) * kDayMs;
  const std::int64_t last = civil::kLastDay * kDayMs - 1;
  const std::int64_t local = std::clamp(epoch_ms, first, last) + zone * 60'000;
  const std::int64_t days = civil::floor_divide(local, kDayMs);
  const auto rest = static_cast<std::uint32_t>(local - days * kDayMs);
  const civil::Date date = civil::date_of(days);
  Temporal value;
  value.kind = Kind::kDateTime;
  value.precision = Precision::kMillisecond;
  value.year = static_cast<std::int16_t>(date.year);
  value.month = static_cast<std::uint8_t>(date.month);
  value.day = static_cast<std::uint8_t>(date.day);
  value.hour = static_cast<std::uint8_t>(rest / 3'600'000);
  value.minute = static_cast<std::uint8_t>(rest / 60'000 % 60);
  value.second = static_cast<std::uint8_t>(rest / 1000 % 60);
  value.fraction_digits = 3;
  value.nanosecond = rest % 1000 * 1'000'000;
  value.zone = static_cast<std::int16_t>(zone);
  value.zulu = zone == 0;
  return value;
}

std::optional<Temporal> date_part(const Temporal& value) {
  if (value.kind == Kind::kTime) {
    return std::nullopt;
  }
  Temporal date;
  date.precision = std::min(value.precision, Precision::kDay);
  date.year = value.year;
  date.month = value.month;
  date.day = value.day;
  return date;
}

std::optional<Temporal> time_part(const Temporal& value) {
  if (value.kind != Kind::kDateTime || value.precision < Precision::kHour) {
    return std::nullopt;
  }
  Temporal time = value;
  time.kind = Kind::kTime;
  time.year = 0;
  time.month = 1;
  time.day = 1;
  time.zone.reset();
  time.zulu = false;
  return time;
}

}  // namespace fhirwall::fhir
