#include <string>

#include "tests/native/core/fhir/decimal_support.hpp"

namespace fhirwall::fhir {
namespace {

using namespace decimal_test;

TEST(Decimal, Precision) {
  EXPECT_EQ(precision(of("1.58700")), 5);
  EXPECT_EQ(precision(of("1.5")), 1);
  EXPECT_EQ(precision(of("-120")), 0);
}

// Each decimal of the official suites, and the disputed ones as the rule "outward" gives them.
TEST(Decimal, Boundaries) {
  const struct {
    const char* value;
    int digits;
    const char* low;
    const char* high;
  } rows[] = {
      {"1.587", 8, "1.58650000", "1.58750000"},
      {"1.587", 6, "1.586500", "1.587500"},
      {"1.587", 4, "1.5865", "1.5875"},
      {"1.587", 3, "1.586", "1.588"},
      {"1.587", 2, "1.58", "1.59"},
      {"1.587", 0, "1", "2"},
      {"1.587", -1, "none", "none"},
      {"1.587", 29, "none", "none"},
      {"1.587", 32, "none", "none"},
      {"1.587", 39, "none", "none"},
      {"1.587", 28, "1.5865000000000000000000000000", "1.5875000000000000000000000000"},
      {"-1.587", 8, "-1.58750000", "-1.58650000"},
      {"-1.587", 6, "-1.587500", "-1.586500"},
      {"-1.587", 2, "-1.59", "-1.58"},
      {"-1.587", 0, "-2", "-1"},
      {"-1.587", -1, "none", "none"},
      {"-1.587", 32, "none", "none"},
      {"1.58700", 8, "1.58699500", "1.58700500"},
      {"1", 8, "0.50000000", "1.50000000"},
      {"1", 5, "0.50000", "1.50000"},
      {"1", 0, "0", "2"},
      {"-1", 0, "-2", "0"},
      {"0", 8, "-0.50000000", "0.50000000"},
      {"0", 0, "-1", "1"},
      {"0.0", 1, "-0.1", "0.1"},
      {"0.000", 1, "-0.1", "0.1"},
      {"12.587", 2, "12.58", "12.59"},
      {"12.500", 4, "12.4995", "12.5005"},
      {"120", 2, "119.50", "120.50"},
      {"-120", 2, "-120.50", "-119.50"},
      {"0.0034", 1, "0.0", "0.1"},
      {"-0.0034", 1, "-0.1", "0.0"},
      {"0.0034", 8, "0.00335000", "0.00345000"},
      {kMax, 0, "99999999999999999999999999999999999998", "none"},
      {kMax, 1, "none", "none"},
      {"9999999999999999999999999999999999999", 1, "9999999999999999999999999999999999998.5",
       "9999999999999999999999999999999999999.5"},
      {"9999999999999999999999999999999999999.9", 0, "9999999999999999999999999999999999999",
       "10000000000000000000000000000000000000"},
      {kTiny, 28, "0.0000000000000000000000000000", "0.0000000000000000000000000001"},
      {"0.99999999999999999999999999999999999999", 0, "0", "1"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(text(low_boundary(of(row.value), row.digits)), row.low)
        << row.value << " " << row.digits;
    EXPECT_EQ(text(high_boundary(of(row.value), row.digits)), row.high)
        << row.value << " " << row.digits;
  }
  EXPECT_FALSE(low_boundary(of("1"), std::numeric_limits<int>::min()).has_value());
  EXPECT_FALSE(high_boundary(of("1"), std::numeric_limits<int>::max()).has_value());
}

}  // namespace
}  // namespace fhirwall::fhir
