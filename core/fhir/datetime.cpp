#include "core/fhir/datetime.hpp"

#include "core/fhir/civil.hpp"
#include "core/fhir/temporal_reader.hpp"

namespace fhirwall::fhir {
namespace {

using civil::days_in_month;
using civil::days_since_epoch;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

// hh[:mm[:ss[.f+]]] as microseconds of the day, and how long the last written unit lasts.
bool read_time(TemporalReader& in, TimeForm form, std::int64_t& time, std::int64_t& width) {
  int part = 0;
  if (!in.number(2, 0, 23, part)) {
    return false;
  }
  time = part * kHour;
  width = kHour;
  if (!in.take(':')) {
    return form == TimeForm::kSearch;
  }
  if (!in.number(2, 0, 59, part)) {
    return false;
  }
  time += part * kMinute;
  width = kMinute;
  if (!in.take(':')) {
    return form == TimeForm::kSearch;
  }
  if (!in.number(2, 0, 59, part)) {
    return false;
  }
  time += part * kSecond;
  width = kSecond;
  if (!in.take('.')) {
    return true;
  }
  std::uint32_t nanoseconds = 0;
  std::uint8_t digits = 0;
  if (!in.fraction(nanoseconds, digits)) {
    return false;
  }
  time += nanoseconds / 1000;
  for (std::uint8_t i = 0; i < digits && width > 1; ++i) {
    width /= 10;
  }
  return true;
}

}  // namespace

std::optional<Interval> parse_datetime(std::string_view text, TimeForm form) {
  TemporalReader in(text);
  int year = 0;
  int month = 0;
  int day = 0;
  if (!in.number(4, 1, 9999, year)) {
    return std::nullopt;
  }
  if (in.at_end()) {
    return Interval{days_since_epoch(year, 1, 1) * kDay, days_since_epoch(year + 1, 1, 1) * kDay};
  }
  if (!in.take('-') || !in.number(2, 1, 12, month)) {
    return std::nullopt;
  }
  if (in.at_end()) {
    const std::int64_t first = days_since_epoch(year, month, 1);
    return Interval{first * kDay, (first + days_in_month(year, month)) * kDay};
  }
  if (!in.take('-') || !in.number(2, 1, days_in_month(year, month), day)) {
    return std::nullopt;
  }
  const std::int64_t midnight = days_since_epoch(year, month, day) * kDay;
  if (in.at_end()) {
    return Interval{midnight, midnight + kDay};
  }
  std::int64_t time = 0;
  std::int64_t width = 0;
  if (!in.take('T') || !read_time(in, form, time, width)) {
    return std::nullopt;
  }
  int minutes_east = 0;  // no zone means UTC (SPEC 5.3)
  if (!in.at_end() && (!in.read_zone(minutes_east) || !in.at_end())) {
    return std::nullopt;
  }
  const std::int64_t begin = midnight + time - minutes_east * kMinute;
  return Interval{begin, begin + width};
}

}  // namespace fhirwall::fhir
