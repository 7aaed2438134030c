#pragma once

#include <cstdint>

// The proleptic Gregorian calendar as day numbers.
namespace fhirwall::fhir::civil {

[[nodiscard]] constexpr bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

[[nodiscard]] constexpr int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

// Days since 1970-01-01; years 1 to 10000. Years start in March here, so that the leap day is the
// last day of a year and months fall into the 153-days-in-5-months pattern.
[[nodiscard]] constexpr std::int64_t days_since_epoch(int year, int month, int day) {
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

inline constexpr std::int64_t kFirstDay = days_since_epoch(1, 1, 1);
inline constexpr std::int64_t kLastDay = days_since_epoch(9999, 12, 31);

struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};

// The inverse, from the day before kFirstDay to the day after kLastDay: what a zone can shift to.
[[nodiscard]] constexpr Date date_of(std::int64_t days_since_1970) {
  const std::int64_t days = days_since_1970 + 719468;  // since 0000-03-01, so never negative
  const std::int64_t era = days / 146097;
  const int day_of_era = static_cast<int>(days - era * 146097);
  const int year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int month_from_march = (5 * day_of_year + 2) / 153;
  const int day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int year = year_of_era + static_cast<int>(era) * 400 + (month <= 2 ? 1 : 0);
  return {year, month, day};
}
static_assert(date_of(kFirstDay).year == 1 && date_of(kFirstDay - 1).year == 0);
static_assert(date_of(kLastDay).year == 9999 && date_of(kLastDay).day == 31);

// Rounds towards the past, also before the epoch.
[[nodiscard]] constexpr std::int64_t floor_divide(std::int64_t value, std::int64_t divisor) {
  return value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor);
}
static_assert(floor_divide(-1, 60) == -1 && floor_divide(-60, 60) == -1);

}  // namespace fhirwall::fhir::civil
