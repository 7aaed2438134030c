// precision(), boundaries, components of dates and times, duration() and difference().
#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Case {
  const char* expression;
  const char* expected;
};

void check(const std::vector<Case>& cases, std::string_view json = "{}") {
  for (const Case& c : cases) {
    EXPECT_EQ(eval(c.expression, json), c.expected) << c.expression;
  }
}

TEST(Temporal, Precision) {
  check({
      {"1.58700.precision()", "Integer 5"},
      {"100.precision()", "Integer 0"},
      {"(-0.5).precision()", "Integer 1"},
      {"@2014.precision()", "Integer 4"},
      {"@2014-01.precision()", "Integer 6"},
      {"@2014-01-05.precision()", "Integer 8"},
      {"@2014T.precision()", "Integer 4"},
      {"@2014-01-05T10.precision()", "Integer 10"},
      {"@2014-01-05T10:30.precision()", "Integer 12"},
      {"@2014-01-05T10:30:00.precision()", "Integer 14"},
      {"@2014-01-05T10:30:00.000.precision()", "Integer 17"},
      {"@T10:30.precision()", "Integer 4"},
      {"@T10:30:00.000.precision()", "Integer 9"},
      {"{}.precision()", "{}"},
      {"(1 | 2).precision()", "error singleton-expected@8"},
      {"'1'.precision()", "error type-mismatch@4"},
      {"true.precision()", "error type-mismatch@5"},
      {"4 'kg'.precision()", "error type-mismatch@7"},
  });
}

TEST(Temporal, BoundariesOfNumbers) {
  check({
      {"1.587.lowBoundary()", "Decimal 1.58650000"},
      {"1.587.lowBoundary(6)", "Decimal 1.586500"},
      {"1.587.lowBoundary(2)", "Decimal 1.58"},
      {"1.587.lowBoundary(0)", "Decimal 1"},
      {"1.587.lowBoundary({})", "Decimal 1.58650000"},
      {"(-1.587).lowBoundary()", "Decimal -1.58750000"},
      {"(-1.587).lowBoundary(0)", "Decimal -2"},
      {"1.lowBoundary(5)", "Decimal 0.50000"},
      {"1.587.highBoundary()", "Decimal 1.58750000"},
      {"1.587.highBoundary(2)", "Decimal 1.59"},
      {"(-1.587).highBoundary(2)", "Decimal -1.58"},
      {"1.highBoundary(0)", "Decimal 2"},
      // More digits than a Decimal keeps, or fewer than none.
      {"1.587.lowBoundary(-1)", "{}"},
      {"1.587.highBoundary(29)", "{}"},
      {"1.587.lowBoundary(4294967300L)", "{}"},
      {"1.587.lowBoundary(28)", "Decimal 1.5865000000000000000000000000"},
      {"1.587 'cm'.lowBoundary()", "Quantity 1.58650000 'cm'"},
      {"1.587 'cm'.highBoundary(2)", "Quantity 1.59 'cm'"},
      {"3 days.highBoundary(1)", "Quantity 3.5 day"},
      {"1.5 'cm'.highBoundary(77)", "{}"},
      {"{}.lowBoundary()", "{}"},
      {"(1 | 2).lowBoundary()", "error singleton-expected@8"},
      {"'1'.highBoundary()", "error type-mismatch@4"},
      {"1.5.lowBoundary('2')", "error type-mismatch@4"},
      {"1.5.lowBoundary(1 | 2)", "error singleton-expected@4"},
      {"1.5.lowBoundary(1, 2)", "refused@4 fhirpath-arity"},
  });
}

TEST(Temporal, BoundariesOfDatesAndTimes) {
  check({
      {"@2014.lowBoundary()", "Date @2014-01-01"},
      {"@2014.highBoundary()", "Date @2014-12-31"},
      {"@2014.lowBoundary(6)", "Date @2014-01"},
      {"@2014.highBoundary(6)", "Date @2014-12"},
      {"@2016-02.highBoundary()", "Date @2016-02-29"},
      {"@2015-02.highBoundary()", "Date @2015-02-28"},
      {"@2014-03-05.lowBoundary(4)", "Date @2014"},
      {"@2014.lowBoundary(5)", "{}"},
      {"@2014.lowBoundary(17)", "{}"},
      {"@T10:30.lowBoundary()", "Time @T10:30:00.000"},
      {"@T10:30.highBoundary(9)", "Time @T10:30:59.999"},
      {"@2014-01-01T08:05-05:00.highBoundary(17)", "DateTime @2014-01-01T08:05:59.999-05:00"},
      {"@2014-01-01T08:05-05:00.lowBoundary()", "DateTime @2014-01-01T08:05:00.000-05:00"},
      {"{}.highBoundary(4)", "{}"},
  });
  constexpr const char* kPatient =
      R"({"resourceType":"Patient","birthDate":"1970-02","_deceasedDateTime":{"id":"a"}})";
  check(
      {
          {"birthDate.lowBoundary()", "Date @1970-02-01"},
          {"birthDate.highBoundary()", "Date @1970-02-28"},
          {"birthDate.precision()", "Integer 6"},
          {"deceased.lowBoundary()", "{}"},
      },
      kPatient);
}

TEST(Temporal, Components) {
  check({
      {"@2014-03-05T10:31:42.559+02:00.yearOf()", "Integer 2014"},
      {"@2014-03-05T10:31:42.559+02:00.monthOf()", "Integer 3"},
      {"@2014-03-05T10:31:42.559+02:00.dayOf()", "Integer 5"},
      {"@2014-03-05T10:31:42.559+02:00.hourOf()", "Integer 10"},
      {"@2014-03-05T10:31:42.559+02:00.minuteOf()", "Integer 31"},
      {"@2014-03-05T10:31:42.559+02:00.secondOf()", "Integer 42"},
      {"@2014-03-05T10:31:42.559+02:00.millisecondOf()", "Integer 559"},
      {"@2014-03-05T10:31:42.5.millisecondOf()", "Integer 500"},
      {"@2014-03-05T10:31:42.0029.millisecondOf()", "Integer 2"},
      {"@2014.yearOf()", "Integer 2014"},
      {"@2014.monthOf()", "{}"},
      {"@2014T.monthOf()", "{}"},
      {"@2014-03.dayOf()", "{}"},
      {"@2014-03-05.dayOf()", "Integer 5"},
      {"@2014-03-05.hourOf()", "{}"},
      {"@2014-03-05T10.hourOf()", "Integer 10"},
      {"@2014-03-05T10.minuteOf()", "{}"},
      {"@2014-03-05T10:31.secondOf()", "{}"},
      {"@2014-03-05T10:31:42.millisecondOf()", "{}"},
      {"@T10:31:42.559.hourOf()", "Integer 10"},
      {"@T10:31:42.559.millisecondOf()", "Integer 559"},
      {"@T10:31:42.yearOf()", "{}"},
      {"@T10:31:42.dayOf()", "{}"},
      {"@T10.minuteOf()", "{}"},
      // Text, for JSON without a model.
      {"'2014-03-05T10:31:42.559'.monthOf()", "Integer 3"},
      {"'10:31'.minuteOf()", "Integer 31"},
      {"'10:31'.yearOf()", "{}"},
      {"'March'.yearOf()", "{}"},
      {"5.yearOf()", "{}"},
      {"true.hourOf()", "{}"},
      {"{}.yearOf()", "{}"},
      {"(@2014 | @2015).yearOf()", "error singleton-expected@16"},
      {"@2014.yearOf(1)", "refused@6 fhirpath-arity"},
  });
}

TEST(Temporal, ZoneDateAndTimeParts) {
  check({
      {"@2012-01-01T12:30:00.000-07:00.timezoneOffsetOf()", "Decimal -7.0"},
      {"@2012-01-01T12:30:00.000+08:45.timezoneOffsetOf()", "Decimal 8.75"},
      {"@2012-01-01T12:30:00Z.timezoneOffsetOf()", "Decimal 0.0"},
      {"@2012-01-01T12:30:00.timezoneOffsetOf()", "{}"},
      {"@2012-01-01.timezoneOffsetOf()", "{}"},
      {"@T12:30.timezoneOffsetOf()", "{}"},
      {"'2012-01-01T12:30:00+08:45'.timezoneOffsetOf()", "Decimal 8.75"},
      {"@2012-01-01T12:30:00.000-07:00.dateOf()", "Date @2012-01-01"},
      {"@2012-01-01T00:30:00+14:00.dateOf()", "Date @2012-01-01"},
      {"@2012-01T.dateOf()", "Date @2012-01"},
      {"@2012-01.dateOf()", "Date @2012-01"},
      {"'2012-01-01T12:30:00.000-07:00'.dateOf()", "Date @2012-01-01"},
      {"@T12:30.dateOf()", "{}"},
      {"5.dateOf()", "{}"},
      {"{}.dateOf()", "{}"},
      {"@2012-01-01T12:30:00.000-07:00.timeOf()", "Time @T12:30:00.000"},
      {"@2012-01-01T12:30Z.timeOf()", "Time @T12:30"},
      {"@2012-01-01.timeOf()", "{}"},
      {"@2012-01-01T.timeOf()", "{}"},
      {"@T12:30.timeOf()", "{}"},
      {"5.timeOf()", "{}"},
      {"(@2014 | @2015).timeOf()", "error singleton-expected@16"},
      {"(@2014 | @2015).timezoneOffsetOf()", "error singleton-expected@16"},
  });
}

TEST(Temporal, ComponentsOfElements) {
  constexpr const char* kPatient =
      R"({"resourceType":"Patient","birthDate":"1970-02-03","meta":{"lastUpdated":)"
      R"("2020-01-02T03:04:05.006+05:30"},"_active":{"id":"a"}})";
  check(
      {
          {"birthDate.monthOf()", "Integer 2"},
          {"birthDate.hourOf()", "{}"},
          {"meta.lastUpdated.hourOf()", "Integer 3"},
          {"meta.lastUpdated.timezoneOffsetOf()", "Decimal 5.5"},
          {"meta.lastUpdated.dateOf()", "Date @2020-01-02"},
          {"active.yearOf()", "{}"},
          {"meta.yearOf()", "{}"},
      },
      kPatient);
}

TEST(Temporal, Duration) {
  check({
      {"@2025-01-02.duration(@2025-01-07, 'week')", "Integer 0"},
      {"@2025-01-01.duration(@2025-09-01, 'year')", "Integer 0"},
      {"@2024-12-01.duration(@2025-09-01, 'years')", "Integer 0"},
      {"@2024-12-01.duration(@2025-09-01, 'months')", "Integer 9"},
      {"@2025-09-01.duration(@2024-12-01, 'months')", "Integer -9"},
      {"@2024-02-28.duration(@2024-03-01, 'days')", "Integer 2"},
      {"@2014-01-01T10:00:00Z.duration(@2014-01-01T13:30:00+02:00, 'minutes')", "Integer 90"},
      {"@T10:30.duration(@T12:29, 'hours')", "Integer 1"},
      {"@T10:30:00.000.duration(@T10:30:01.500, 'milliseconds')", "Integer 1500"},
      // The milliseconds of a century are no 32-bit number.
      {"@1900-01-01T00:00:00.000.duration(@2000-01-01T00:00:00.000, 'milliseconds')",
       "Long 3155673600000"},
      {"@2014.duration(@2015-01-01, 'day')", "{}"},
      {"@2014-01-01T10.duration(@2014-01-01T11, 'minute')", "{}"},
      {"{}.duration(@2014, 'year')", "{}"},
      {"@2014.duration({}, 'year')", "{}"},
      {"@2014.duration(@2015, {})", "{}"},
  });
}

TEST(Temporal, Difference) {
  check({
      {"@2025-01-02.difference(@2025-01-07, 'week')", "Integer 1"},
      {"@2025-01-01.difference(@2025-09-01, 'year')", "Integer 0"},
      {"@2024-12-01.difference(@2025-09-01, 'year')", "Integer 1"},
      {"@2025-09-01.difference(@2024-12-01, 'year')", "Integer -1"},
      {"@2014-01-31.difference(@2014-02-01, 'months')", "Integer 1"},
      {"@T10:59.difference(@T11:00, 'hour')", "Integer 1"},
      {"@2014.difference(@2015-01, 'month')", "{}"},
      {"{}.difference(@2014, 'year')", "{}"},
  });
}

TEST(Temporal, RefusesUnitsAndTypesThatDoNotFit) {
  check({
      {"@2014.duration(@2015, 'fortnight')", "error invalid-argument@6"},
      {"@2014.difference(@2015, 'a')", "error invalid-argument@6"},
      {"@2014.difference(@2015, '')", "error invalid-argument@6"},
      {"{}.duration({}, 'Year')", "error invalid-argument@3"},
      {"@2014-01-01.duration(@2014-01-02, 'hour')", "error invalid-argument@12"},
      {"@T10:30.duration(@T10:31, 'day')", "error invalid-argument@8"},
      {"@T10:30.duration(@2014-01-01T10:31, 'hour')", "error type-mismatch@8"},
      {"@2014.duration('2015', 'year')", "error type-mismatch@6"},
      {"'2014'.duration(@2015, 'year')", "error type-mismatch@7"},
      {"@2014.duration(@2015, 5)", "error type-mismatch@6"},
      {"@2014.duration(@2015 | @2016, 'year')", "error singleton-expected@6"},
      {"(@2014 | @2015).difference(@2015, 'year')", "error singleton-expected@16"},
      {"@2014.duration(@2015)", "refused@6 fhirpath-arity"},
  });
}

TEST(Temporal, DatesBesideDateTimes) {
  check({
      {"@2014-01-01.duration(@2016-06-01T10:00, 'years')", "Integer 2"},
      {"@2014-01-01T10:00.difference(@2016-06-01, 'years')", "Integer 2"},
      {"@2014-01-01.duration(@2014-01-02T10:00, 'hours')", "{}"},
  });
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
