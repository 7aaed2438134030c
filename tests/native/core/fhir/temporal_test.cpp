#include "core/fhir/temporal.hpp"

#include "tests/native/core/fhir/temporal_literal.hpp"

namespace fhirwall::fhir {
namespace {

using test::read;
using test::try_read;
using test::write;

TEST(Temporal, LiteralsKeepPrecisionZoneAndFraction) {
  const char* const literals[] = {
      "@2019",
      "@2019-12",
      "@2019-12-31",
      "@2020-02-29",
      "@0001-01-01",
      "@9999-12-31",
      "@2015T",
      "@2015-02T",
      "@2015-02-04T",
      "@2015-02-04T14",
      "@2015-02-04T14Z",
      "@2018-02-02T11+04:00",
      "@2015-02-04T14:34",
      "@2014-01-05T10:30+02:00",
      "@2015-02-04T14:34:28",
      "@2015-02-04T14:34:28Z",
      "@2015-02-04T14:34:28+10:00",
      "@2015-02-04T14:34:28+00:00",
      "@2015-02-04T14:34:28.1",
      "@2015-02-04T14:34:28.120",
      "@2015-02-04T14:34:28.123-07:30",
      "@2015-02-04T14:34:28.000000000Z",
      "@2015-02-04T14:34:28.123456789+14:00",
      "@2024-01-31T23:59:60+14:00",
      "@T14",
      "@T14:34",
      "@T14:34:28",
      "@T14:34:28.0",
      "@T00:00:00.001",
      "@T23:59:59.999999999",
  };
  for (const char* literal : literals) {
    EXPECT_EQ(write(try_read(literal)), literal);
  }
}

TEST(Temporal, TextsThatAreWrittenInAnotherWay) {
  EXPECT_EQ(write(parse_datetime_value("2014")), "@2014T");
  EXPECT_EQ(write(parse_datetime_value("2014-01")), "@2014-01T");
  EXPECT_EQ(write(parse_datetime_value("2014-01-05")), "@2014-01-05T");
  EXPECT_EQ(write(parse_datetime_value("2014-01-05T10:30-00:00")), "@2014-01-05T10:30+00:00");
  EXPECT_EQ(write(parse_time_value("T14:34:28")), "@T14:34:28");
  // digits behind the ninth
  EXPECT_EQ(write(parse_time_value("10:30:00.1234567899")), "@T10:30:00.123456789");
  EXPECT_EQ(write(parse_time_value("10:30:00.0000000000000000000000009")), "@T10:30:00.000000000");
}

TEST(Temporal, ToStringOfAShortDateTimeHasNoT) {
  std::string text = "x";
  append_temporal(read("@2015-02T"), text);
  EXPECT_EQ(text, "x2015-02");
  text.clear();
  append_temporal(read("@T10:30"), text);
  EXPECT_EQ(text, "10:30");
}

TEST(Temporal, Components) {
  const Temporal value = read("@2014-03-05T10:31:07.050-05:30");
  EXPECT_EQ(value.kind, Temporal::Kind::kDateTime);
  EXPECT_EQ(value.precision, Temporal::Precision::kMillisecond);
  EXPECT_EQ(value.year, 2014);
  EXPECT_EQ(value.month, 3);
  EXPECT_EQ(value.day, 5);
  EXPECT_EQ(value.hour, 10);
  EXPECT_EQ(value.minute, 31);
  EXPECT_EQ(value.second, 7);
  EXPECT_EQ(value.nanosecond, 50'000'000U);
  EXPECT_EQ(value.fraction_digits, 3);
  EXPECT_EQ(value.zone, -330);
  EXPECT_FALSE(value.zulu);
  EXPECT_TRUE(read("@2014-03-05T10Z").zulu);
  EXPECT_EQ(read("@2014-03-05T10Z").zone, 0);
  EXPECT_EQ(read("@2014-03-05T10").zone, std::nullopt);
}

TEST(Temporal, RefusedDates) {
  const char* const texts[] = {
      "",           " ",          "2",           "201",        "20145",       "0000",
      "-2014",      "+2014",      "2014-",       "2014-1",     "2014-00",     "2014-13",
      "2014-1-05",  "2014-01-",   "2014-01-0",   "2014-01-00", "2014-01-32",  "2014-02-29",
      "2014-04-31", "1900-02-29", "2014-01-011", "201401",     "2014/01/01",  "not-a-date",
      "2014 ",      " 2014",      "2014-01-01Z", "2014T",      "2014-01-01T", "2014-01-01T10",
  };
  for (const char* text : texts) {
    EXPECT_EQ(write(parse_date_value(text)), "none") << text;
  }
}

TEST(Temporal, RefusedDateTimes) {
  const char* const texts[] = {
      "",
      "T",
      "T10:30",
      "14:34:28",
      "2014TT",
      "2014TZ",
      "2014Z",
      "2014T10",
      "2014-01T10:30",
      "2014-01-05TZ",
      "2014-01-05Z",
      "2014-01-05+02:00",
      "2014-01-05 10:30",
      "2014-01-05t10:30",
      "2014-01-05T1",
      "2014-01-05T24",
      "2014-01-05T10:",
      "2014-01-05T10:3",
      "2014-01-05T10:60",
      "2014-01-05T10:30:",
      "2014-01-05T10:30:61",
      "2014-01-05T10:30:00.",
      "2014-01-05T10:30:00.Z",
      "2014-01-05T10:30.5",
      "2014-01-05T10.5",
      "2014-01-05T10:30z",
      "2014-01-05T10:30ZZ",
      "2014-01-05T10:30Z ",
      "2014-01-05T10:30+",
      "2014-01-05T10:30+2",
      "2014-01-05T10:30+02",
      "2014-01-05T10:30+0200",
      "2014-01-05T10:30+02:0",
      "2014-01-05T10:30+02:60",
      "2014-01-05T10:30+14:01",
      "2014-01-05T10:30-15:00",
      "2014-01-05T10:30+02:00Z",
      "2014-02-30T10:30Z",
      "2014-13-01T10:30Z",
      "0000-01-01T00:00Z",
  };
  for (const char* text : texts) {
    EXPECT_EQ(write(parse_datetime_value(text)), "none") << text;
  }
}

TEST(Temporal, RefusedTimes) {
  const char* const texts[] = {
      "",
      "T",
      "TT10",
      "1",
      "24",
      "25:00",
      "12:60",
      "12:30:61",
      "12:30:00.",
      "14:34:28Z",
      "14:34:28+10:00",
      "10:30 ",
      "not-a-time",
      "10:30.5",
      "1030",
      "2014",
      "2014-01-05T10:30",
      "10:30:00,5",
      "-1:00",
  };
  for (const char* text : texts) {
    EXPECT_EQ(write(parse_time_value(text)), "none") << text;
  }
}

TEST(Temporal, CalendarWords) {
  const struct {
    const char* word;
    std::optional<TimeUnit> unit;
  } rows[] = {
      {"year", TimeUnit::kYear},
      {"years", TimeUnit::kYear},
      {"month", TimeUnit::kMonth},
      {"months", TimeUnit::kMonth},
      {"week", TimeUnit::kWeek},
      {"weeks", TimeUnit::kWeek},
      {"day", TimeUnit::kDay},
      {"days", TimeUnit::kDay},
      {"hour", TimeUnit::kHour},
      {"hours", TimeUnit::kHour},
      {"minute", TimeUnit::kMinute},
      {"minutes", TimeUnit::kMinute},
      {"second", TimeUnit::kSecond},
      {"seconds", TimeUnit::kSecond},
      {"millisecond", TimeUnit::kMillisecond},
      {"milliseconds", TimeUnit::kMillisecond},
      {"", std::nullopt},
      {"s", std::nullopt},
      {"yearss", std::nullopt},
      {"Year", std::nullopt},
      {"a", std::nullopt},
      {"d", std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(find_calendar_unit(row.word), row.unit) << row.word;
  }
}

TEST(Temporal, DefiniteUnits) {
  const struct {
    const char* code;
    std::optional<TimeUnit> unit;
  } rows[] = {
      {"s", TimeUnit::kSecond},   {"ms", TimeUnit::kMillisecond},
      {"min", TimeUnit::kMinute}, {"h", TimeUnit::kHour},
      {"d", TimeUnit::kDay},      {"wk", TimeUnit::kWeek},
      {"a", std::nullopt},        {"mo", std::nullopt},
      {"us", std::nullopt},       {"month", std::nullopt},
      {"S", std::nullopt},        {"", std::nullopt},
      {"a_j", std::nullopt},      {"days", std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(find_definite_unit(row.code), row.unit) << row.code;
  }
}

TEST(Temporal, Parts) {
  const struct {
    const char* value;
    const char* date;
    const char* time;
  } rows[] = {
      {"@2012-01-01T12:30:00.000-07:00", "@2012-01-01", "@T12:30:00.000"},
      {"@2012-01-01T23:30-07:00", "@2012-01-01", "@T23:30"},
      {"@2012-01-01T12", "@2012-01-01", "@T12"},
      {"@2012-01-01T", "@2012-01-01", "none"},
      {"@2012-01T", "@2012-01", "none"},
      {"@2012T", "@2012", "none"},
      {"@2020-06-15", "@2020-06-15", "none"},
      {"@2020-06", "@2020-06", "none"},
      {"@T10:30:00", "none", "none"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(write(date_part(read(row.value))), row.date) << row.value;
    EXPECT_EQ(write(time_part(read(row.value))), row.time) << row.value;
  }
  EXPECT_EQ(compare(*time_part(read("@2012-01-01T12:30Z")), read("@T12:30")), 0);
}

TEST(Temporal, FromTheClock) {
  const struct {
    std::int64_t epoch_ms;
    std::int16_t zone;
    const char* value;
  } rows[] = {
      {0, 0, "@1970-01-01T00:00:00.000Z"},
      {-1, 0, "@1969-12-31T23:59:59.999Z"},
      {1709164799999, 0, "@2024-02-28T23:59:59.999Z"},
      {1709164800000, 0, "@2024-02-29T00:00:00.000Z"},
      {1709164800000, 330, "@2024-02-29T05:30:00.000+05:30"},
      {1709164800000, -1, "@2024-02-28T23:59:00.000-00:01"},
      {1709164800000, 900, "@2024-02-29T14:00:00.000+14:00"},
      {INT64_MAX, 840, "@9999-12-31T13:59:59.999+14:00"},
      {INT64_MIN, -840, "@0001-01-01T10:00:00.000-14:00"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(write(temporal_of(row.epoch_ms, row.zone)), row.value);
    EXPECT_EQ(write(try_read(row.value)), row.value);
  }
}

}  // namespace
}  // namespace fhirwall::fhir
