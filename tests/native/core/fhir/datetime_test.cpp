#include "core/fhir/datetime.hpp"

#include <string>

#include <gtest/gtest.h>

using fhirwall::fhir::Interval;
using fhirwall::fhir::parse_datetime;
using fhirwall::fhir::TimeForm;

namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// Seconds and microseconds since the epoch, as `date -u -d TEXT +%s` prints them.
struct Row {
  const char* text;
  std::int64_t begin_seconds;
  std::int64_t begin_microseconds;
  std::int64_t length;
};

TEST(DateTime, Intervals) {
  const Row rows[] = {
      // precision
      {"1970", 0, 0, 365 * kDay},
      {"2024", 1704067200, 0, 366 * kDay},
      {"2023", 1672531200, 0, 365 * kDay},
      {"2024-03-10", 1710028800, 0, kDay},
      {"2024-03-10T12:00:00Z", 1710072000, 0, kSecond},
      {"2024-03-10T12:00:00.5Z", 1710072000, 500000, 100000},
      {"2024-03-10T12:00:00.000Z", 1710072000, 0, 1000},
      {"2024-03-10T12:00:00.123456Z", 1710072000, 123456, 1},
      {"2024-03-10T12:00:00.123456789Z", 1710072000, 123456, 1},
      {"2024-03-10T12:00:00.12345699999999999999999Z", 1710072000, 123456, 1},
      // month ends and leap years
      {"2024-01", 1704067200, 0, 31 * kDay},
      {"2024-02", 1706745600, 0, 29 * kDay},
      {"2023-02", 1675209600, 0, 28 * kDay},
      {"1900-02", -2206310400, 0, 28 * kDay},
      {"2000-02", 949363200, 0, 29 * kDay},
      {"2024-04", 1711929600, 0, 30 * kDay},
      {"2024-12", 1733011200, 0, 31 * kDay},
      {"2024-02-29", 1709164800, 0, kDay},
      {"2000-02-29", 951782400, 0, kDay},
      {"2024-12-31", 1735603200, 0, kDay},
      // limits of the calendar
      {"0001", -62135596800, 0, 365 * kDay},
      {"0001-01-01", -62135596800, 0, kDay},
      {"0004-02-29", -62035891200, 0, kDay},
      {"9999-12-31T23:59:59.999999Z", 253402300799, 999999, 1},
      {"9999", 253370764800, 0, 365 * kDay},
      // before the epoch
      {"1969-12-31T23:59:59Z", -1, 0, kSecond},
      // zones
      {"2024-03-10T12:00:00", 1710072000, 0, kSecond},
      {"2024-03-10T12:00:00+00:00", 1710072000, 0, kSecond},
      {"2024-03-10T12:00:00-00:00", 1710072000, 0, kSecond},
      {"2024-03-10T14:00:00+02:00", 1710072000, 0, kSecond},
      {"2024-03-10T00:00:00-12:00", 1710072000, 0, kSecond},
      {"2024-03-10T17:30:00+05:30", 1710072000, 0, kSecond},
      {"2024-03-11T02:00:00+14:00", 1710072000, 0, kSecond},
      {"2024-03-09T22:00:00-14:00", 1710072000, 0, kSecond},
      {"2024-02-10T23:30:00-05:00", 1707625800, 0, kSecond},
      {"2024-03-10T00:00:00.25+13:59", 1709978460, 250000, 10000},
      // last moments
      {"2024-03-10T23:59:59Z", 1710115199, 0, kSecond},
      {"2016-12-31T23:59:59Z", 1483228799, 0, kSecond},
  };
  for (const Row& row : rows) {
    const std::int64_t begin = row.begin_seconds * kSecond + row.begin_microseconds;
    for (const TimeForm form : {TimeForm::kResource, TimeForm::kSearch}) {
      const auto interval = parse_datetime(row.text, form);
      ASSERT_TRUE(interval.has_value()) << row.text;
      EXPECT_EQ(interval->begin, begin) << row.text;
      EXPECT_EQ(interval->end, begin + row.length) << row.text;
    }
  }
}

TEST(DateTime, SearchValuesMayEndAfterMinutesOrHour) {
  const Row rows[] = {
      {"2024-03-10T12:00", 1710072000, 0, 60 * kSecond},
      {"2024-03-10T12:00Z", 1710072000, 0, 60 * kSecond},
      {"2024-03-10T14:00+02:00", 1710072000, 0, 60 * kSecond},
      {"2024-03-10T12", 1710072000, 0, 3600 * kSecond},
      {"2024-03-10T12Z", 1710072000, 0, 3600 * kSecond},
      {"2024-03-10T10-02:00", 1710072000, 0, 3600 * kSecond},
  };
  for (const Row& row : rows) {
    const std::int64_t begin = row.begin_seconds * kSecond;
    EXPECT_EQ(parse_datetime(row.text, TimeForm::kSearch), (Interval{begin, begin + row.length}))
        << row.text;
    EXPECT_EQ(parse_datetime(row.text), (Interval{begin, begin + row.length})) << row.text;
    EXPECT_FALSE(parse_datetime(row.text, TimeForm::kResource).has_value()) << row.text;
  }
}

TEST(DateTime, Refused) {
  const char* const texts[] = {
      "", " ", "2", "24", "202", "20240", "0000", "-2024", "+2024", "2024-", "2024-1", "2024-00",
      "2024-13", "2024-01-", "2024-01-0", "2024-01-00", "2024-01-32", "2024-02-30", "2023-02-29",
      "1900-02-29", "2100-02-29", "2024-04-31", "2024-06-31", "2024-09-31", "2024-11-31",
      "2024-1-01", "2024/01/01", "20240101", "2024-01-01Z", "2024-01Z", "2024Z", "2024-01-01T",
      "2024-01-01TZ", "2024-01-01T1", "2024-01-01T24", "2024-01-01T24:00", "2024-01-01T24:00:00Z",
      "2024-01-01T25:00:00Z", "2024-01-01T12:", "2024-01-01T12:6", "2024-01-01T12:60:00Z",
      "2024-01-01T12:00:", "2024-01-01T12:00:0Z", "2024-01-01T12:00:61Z",
      // the leap second, even where one was
      "2016-12-31T23:59:60Z", "2016-12-31T23:59:60.5Z", "2024-01-01T12:00:00.Z",
      "2024-01-01T12:00:00.", "2024-01-01T12:00:00,5Z", "2024-01-01T12:00.5Z",
      "2024-01-01T12:00:00.-5Z", "2024-01-01t12:00:00Z", "2024-01-01T12:00:00z",
      "2024-01-01 12:00:00Z", "2024-01-01T12:00:00 02:00", "2024-01-01T12:00:00+2:00",
      "2024-01-01T12:00:00+0200", "2024-01-01T12:00:00+02", "2024-01-01T12:00:00+14:01",
      "2024-01-01T12:00:00-14:01", "2024-01-01T12:00:00+15:00", "2024-01-01T12:00:00+02:60",
      "2024-01-01T12:00:00ZZ", "2024-01-01T12:00:00Z ", " 2024-01-01", "2024-01-01 ",
      "2024-01-01T12:00:00+02:00Z", "2024-01-0a", "ge2024", "now", "12:00:00",
      "2024-01-01T12:00:00.5.5Z"};
  for (const char* text : texts) {
    EXPECT_FALSE(parse_datetime(text, TimeForm::kSearch).has_value()) << text;
    EXPECT_FALSE(parse_datetime(text, TimeForm::kResource).has_value()) << text;
  }
  EXPECT_FALSE(parse_datetime(std::string_view("2024\0", 5)).has_value());
}

// Months and years tile the calendar without gap or overlap, and a month is the sum of its days.
TEST(DateTime, CalendarHasNoGaps) {
  std::int64_t expected = parse_datetime("0001")->begin;
  for (int year = 1; year <= 9999; ++year) {
    char text[16];
    std::snprintf(text, sizeof text, "%04d", year);
    const auto whole = parse_datetime(text);
    ASSERT_TRUE(whole && whole->begin == expected) << text;
    for (int month = 1; month <= 12; ++month) {
      std::snprintf(text, sizeof text, "%04d-%02d", year, month);
      const auto interval = parse_datetime(text);
      ASSERT_TRUE(interval && interval->begin == expected) << text;
      std::snprintf(text, sizeof text, "%04d-%02d-28", year, month);
      const auto day = parse_datetime(text);
      ASSERT_TRUE(day && day->begin == expected + 27 * kDay) << text;
      expected = interval->end;
    }
    ASSERT_EQ(whole->end, expected) << year;
  }
}

}  // namespace
