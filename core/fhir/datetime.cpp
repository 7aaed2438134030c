#include "core/fhir/datetime.hpp"

#include "core/base/ascii.hpp"

namespace fhirwall::fhir {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

// Days since 1970-01-01 in the proleptic Gregorian calendar. Years start in March here, so that the
// leap day is the last day of a year and months fall into the 153-days-in-5-months pattern.
constexpr std::int64_t days_since_epoch(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = y / 400;  // y is never negative: year 0 comes from January of year 1
  const int year_of_era = y - era * 400;
  const int month_from_march = month <= 2 ? month + 9 : month - 3;
  const int day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::int64_t{era} * 146097 + day_of_era - 719468;
}
static_assert(days_since_epoch(1970, 1, 1) == 0);
static_assert(days_since_epoch(2000, 3, 1) == 11017);

constexpr bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

constexpr int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

// Reads from the front of a text; every function leaves it untouched when it fails.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }

  bool take(char c) {
    if (!at(c)) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits whose value lies in [least, most].
  bool number(std::size_t count, int least, int most, int& value) {
    if (rest_.size() < count) {
      return false;
    }
    int sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!ascii::is_digit(rest_[i])) {
        return false;
      }
      sum = sum * 10 + (rest_[i] - '0');
    }
    if (sum < least || sum > most) {
      return false;
    }
    value = sum;
    rest_.remove_prefix(count);
    return true;
  }

  // One or more fraction digits, as microseconds; `width` is the unit of the last digit, at
  // least 1.
  bool fraction(std::int64_t& microseconds, std::int64_t& width) {
    std::int64_t unit = kSecond;
    std::int64_t sum = 0;
    std::size_t used = 0;
    for (; used < rest_.size() && ascii::is_digit(rest_[used]); ++used) {
      if (unit > 1) {
        unit /= 10;
        sum += unit * (rest_[used] - '0');
      }
    }
    if (used == 0) {
      return false;
    }
    microseconds = sum;
    width = unit;
    rest_.remove_prefix(used);
    return true;
  }

 private:
  std::string_view rest_;
};

// Z, +hh:mm, -hh:mm up to 14:00, or nothing, which means UTC (SPEC 5.3).
bool read_zone(Reader& in, std::int64_t& offset) {
  offset = 0;
  if (in.at_end() || in.take('Z')) {
    return true;
  }
  const bool negative = in.at('-');
  if (!in.take('+') && !in.take('-')) {
    return false;
  }
  int hours = 0;
  int minutes = 0;
  if (!in.number(2, 0, 14, hours) || !in.take(':') || !in.number(2, 0, 59, minutes)) {
    return false;
  }
  if (hours == 14 && minutes != 0) {
    return false;
  }
  offset = hours * kHour + minutes * kMinute;
  if (negative) {
    offset = -offset;
  }
  return true;
}

// hh[:mm[:ss[.f+]]] as microseconds of the day, and how long the last written unit lasts.
bool read_time(Reader& in, TimeForm form, std::int64_t& time, std::int64_t& width) {
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
  std::int64_t microseconds = 0;
  if (!in.fraction(microseconds, width)) {
    return false;
  }
  time += microseconds;
  return true;
}

}  // namespace

std::optional<Interval> parse_datetime(std::string_view text, TimeForm form) {
  Reader in(text);
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
  std::int64_t offset = 0;
  if (!in.take('T') || !read_time(in, form, time, width) || !read_zone(in, offset) ||
      !in.at_end()) {
    return std::nullopt;
  }
  const std::int64_t begin = midnight + time - offset;
  return Interval{begin, begin + width};
}

}  // namespace fhirwall::fhir
