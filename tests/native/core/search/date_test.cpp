#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

void check_birth_date(const char* query, const char* date, const char* expected) {
  const std::string json = std::string(R"({"resourceType":"Patient","birthDate":")") + date + "\"}";
  EXPECT_EQ(match(std::string("Patient?birthdate=") + query, json), expected)
      << query << " on " << date;
}

TEST(Date, Prefixes) {
  const struct {
    const char* query;
    const char* date;
    const char* expected;
  } rows[] = {
      {"1990", "1990-06-15", "yes"},
      {"eq1990-06", "1990-06-15", "yes"},
      {"1990-06-15", "1990-06", "no"},
      {"1990-06-15", "1990-06-15", "yes"},
      {"ne1990", "1990-06-15", "no"},
      {"ne1990-06-15", "1990", "yes"},
      {"ne1991", "1990", "yes"},
      {"gt1990", "1990-12-31", "no"},
      {"gt1990", "1991-01-01", "yes"},
      {"gt1990-06", "1990", "yes"},
      {"lt1990", "1990-01-01", "no"},
      {"lt1990", "1989-12-31", "yes"},
      {"lt1990-06", "1990", "yes"},
      {"ge1990", "1990-01-01", "yes"},
      {"ge1990", "1989-12-31", "no"},
      {"ge1990-06", "1990", "yes"},
      {"ge1990-06-15", "1990-06", "yes"},
      {"le1990", "1990-12-31", "yes"},
      {"le1990", "1991", "no"},
      {"sa1990-04", "1990-05-01", "yes"},
      {"sa1990-04", "1990-04-30", "no"},
      {"sa1990-04", "1990", "no"},
      {"eb1990-04", "1990-03-31", "yes"},
      {"eb1990-04", "1990-04-01", "no"},
      {"ap1990", "1990-06", "yes"},
      {"ap1990-06", "1990", "yes"},
      {"ap1990", "1991", "no"},
      {"2024-02", "2024-02-29", "yes"},
      {"2024-02", "2024-03-01", "no"},
      {"1990,1991", "1991-01-01", "yes"},
      {"ne1990,1991", "1990-01-01", "no"},
      {"ge1990&birthdate=lt1991", "1990-05", "yes"},
      {"ge1990&birthdate=lt1991", "1991", "no"},
  };
  for (const auto& row : rows) {
    check_birth_date(row.query, row.date, row.expected);
  }
}

TEST(Date, UnparsableValuesAreIssues) {
  for (const char* query : {"foo", "1990-13", "1990-02-30", "gt", "GT1990", "eqeq1990", "1990|x",
                            "2024-03-10T13:00:00+02:00", "1990-1-1", "ge ", "1990$2"}) {
    check_birth_date(query, "1990", "invalid-value@18");
  }
  check_birth_date("", "1990", "invalid-value@18");
  EXPECT_EQ(match("Patient?birthdate:not=1990", "{}"), "unsupported-modifier@18");
}

TEST(Date, Instants) {
  constexpr const char* kNoon = R"("meta":{"lastUpdated":"2024-03-10T12:00:00.000Z"})";
  check("Patient", {
                       {"_lastUpdated=2024-03-10T12:00:00.000Z", kNoon, "yes"},
                       {"_lastUpdated=ne2024-03-10T12:00:00.000Z", kNoon, "no"},
                       {"_lastUpdated=2024-03-10T12:00:00Z", kNoon, "yes"},
                       {"_lastUpdated=2024-03-10T12:00", kNoon, "yes"},
                       {"_lastUpdated=2024-03-10T12", kNoon, "yes"},
                       {"_lastUpdated=2024-03-10T13", kNoon, "no"},
                       {"_lastUpdated=2024-03-10T14%2B02:00", kNoon, "yes"},
                       {"_lastUpdated=gt2024-03-10T13:00:00%2B02:00", kNoon, "yes"},
                       {"_lastUpdated=ge2024-03-10", kNoon, "yes"},
                       {"_lastUpdated=gt2024-03-10", kNoon, "no"},
                       {"_lastUpdated=gt2020", "", "no"},
                       {"_lastUpdated=ne2020", "", "yes"},
                       {"_lastUpdated=ne2020", R"("meta":{"lastUpdated":"yesterday"})", "no"},
                       {"_lastUpdated=ne2020", R"("meta":{"lastUpdated":2021})", "no"},
                       {"_lastUpdated=gt2020", R"("meta":{"lastUpdated":"yesterday"})", "no"},
                   });
}

// A resource says the seconds (FHIR R4, dateTime and instant), and a date that is none is neither
// there nor missing (SPEC 5.5).
TEST(Date, MalformedOnesSatisfyNothing) {
  for (const char* date : {"2024-03-10T12:00", "2024-03-10T12:00Z", "2024-03-10T12", "2024-02-30",
                           "2024-13", "24", "yesterday", ""}) {
    const std::string text = std::string("\"") + date + "\"";
    const std::string patient = R"({"resourceType":"Patient","birthDate":)" + text +
                                R"(,"meta":{"lastUpdated":)" + text + "}}";
    for (const char* name : {"birthdate", "_lastUpdated"}) {
      for (const char* rest : {"=2024", "=ne2024", "=gt1900", "=lt2100", "=ap2024-03-10",
                               ":missing=true", ":missing=false"}) {
        const std::string criteria = std::string("Patient?") + name + rest;
        EXPECT_EQ(match(criteria, patient), "no") << criteria << " on " << date;
      }
    }
  }
  constexpr const char* kGood = R"("meta":{"lastUpdated":"2024-03-10T12:00:00Z"})";
  check("Patient", {
                       {"_lastUpdated=2024", kGood, "yes"},
                       {"_lastUpdated:missing=false", kGood, "yes"},
                       {"_lastUpdated:missing=true", kGood, "no"},
                       {"birthdate:missing=true", R"("_birthDate":{"id":"x"})", "yes"},
                   });
}

TEST(Date, PeriodsAndTimings) {
  check(
      "Observation",
      {
          {"date=2024-02", R"("effectivePeriod":{"start":"2024-02-05","end":"2024-02-28"})", "yes"},
          {"date=2024-02-10", R"("effectivePeriod":{"start":"2024-02-01","end":"2024-02-28"})",
           "no"},
          {"date=gt2024-03", R"("effectivePeriod":{"start":"2024-02-05"})", "yes"},
          {"date=lt2024-01", R"("effectivePeriod":{"end":"2024-02-05"})", "yes"},
          {"date=eb2024-12", R"("effectivePeriod":{"end":"2024-02-05"})", "yes"},
          {"date=sa2024-01", R"("effectivePeriod":{"start":"2024-02-05"})", "yes"},
          {"date=2024", R"("effectivePeriod":{"start":"2024-02-05"})", "no"},
          {"date=2024", R"("effectivePeriod":{})", "no"},
          {"date=ne2024", R"("effectivePeriod":{})", "no"},
          {"date=gt2020", R"("effectivePeriod":{"start":"2025","end":"2024"})", "no"},
          {"date=gt2020", R"("effectivePeriod":{"start":"2025","end":1})", "no"},
          {"date=gt2020", R"("effectivePeriod":"2025")", "no"},
          {"date=2024-02-10", R"("effectiveTiming":{"event":["2024-02-10"]})", "yes"},
          {"date=2024-02", R"("effectiveTiming":{"event":["2024-02-10","2024-02-20"]})", "yes"},
          {"date=2024-02-10", R"("effectiveTiming":{"event":["2024-02-10","2024-02-20"]})", "no"},
          {"date=2024",
           R"("effectiveTiming":{"repeat":{"boundsPeriod":{"start":"2024-01","end":"2024-03"}}})",
           "yes"},
          {"date=gt2020", R"("effectiveTiming":{"repeat":{"count":3}})", "no"},
          {"date=gt2020", R"("effectiveTiming":{"event":["nope"]})", "no"},
      });
}

}  // namespace
}  // namespace fhirwall::search::test
