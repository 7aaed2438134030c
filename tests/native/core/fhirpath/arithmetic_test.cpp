// Arithmetic and concatenation (FHIRPath N1, 6.6 and 6.7).
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Row {
  std::string_view expression;
  std::string_view result;
};

template <std::size_t kCount>
void check(const Row (&rows)[kCount], std::string_view json = "{}") {
  for (const Row& row : rows) {
    EXPECT_EQ(eval(row.expression, json), row.result) << row.expression;
  }
}

TEST(Arithmetic, Numbers) {
  static constexpr Row kRows[] = {
      {"1 + 2", "Integer 3"},
      {"1 - 2", "Integer -1"},
      {"2 * 3", "Integer 6"},
      {"4 / 2", "Decimal 2"},
      {"5L / 2L", "Decimal 2.5"},
      {"1 / 3", "Decimal 0.3333333333333333333333333333"},
      {"5 div 2", "Integer 2"},
      {"-5 div 2", "Integer -2"},
      {"5L div 2", "Long 2"},
      {"5.5 div 0.7", "Decimal 7"},
      {"5 mod 2", "Integer 1"},
      {"-5 mod 2", "Integer -1"},
      {"5.5 mod 0.7", "Decimal 0.6"},
      {"2.2 mod 1.8", "Decimal 0.4"},
      {"1 + 2L", "Long 3"},
      {"1L + 0.5", "Decimal 1.5"},
      {"0.1 + 0.2", "Decimal 0.3"},
      {"1.50 * 2", "Decimal 3.00"},
      {"1+2*3+4", "Integer 11"},
      // Too large for the type, or divided by zero: empty.
      {"2147483647 + 1", "{}"},
      {"-2147483648 - 1", "{}"},
      {"65536 * 65536", "{}"},
      {"65536L * 65536", "Long 4294967296"},
      {"-2147483648 div -1", "{}"},
      {"-2147483648 mod -1", "Integer 0"},
      {"9223372036854775807L + 1", "{}"},
      {"9223372036854775807L * 2", "{}"},
      {"-9223372036854775808L - 1", "{}"},
      {"-9223372036854775808L div -1", "{}"},
      {"-9223372036854775808L mod -1", "Long 0"},
      {"10000000000000000000000000000.0 * 10000000000000000000000000000.0", "{}"},
      {"1 / 0", "{}"},
      {"1.0 / 0.0", "{}"},
      {"1 div 0", "{}"},
      {"1 mod 0", "{}"},
      {"1L mod 0L", "{}"},
      // Nothing in, nothing out.
      {"1 + {}", "{}"},
      {"{} - 1", "{}"},
      {"{} * {}", "{}"},
      {"1 div {}", "{}"},
      // Errors.
      {"(1 | 2) + 1", "error singleton-expected@0"},
      {"1 * (1 | 2)", "error singleton-expected@0"},
      {"true + 1", "error type-mismatch@0"},
      {"1 + 'a'", "error type-mismatch@0"},
      {"'a' - 'b'", "error type-mismatch@0"},
      {"'a' * 2", "error type-mismatch@0"},
      {"'a' div 2", "error type-mismatch@0"},
  };
  check(kRows);
}

TEST(Arithmetic, Signs) {
  static constexpr Row kRows[] = {
      {"-1", "Integer -1"},
      {"+1", "Integer 1"},
      {"- -1", "Integer 1"},
      {"-1.50", "Decimal -1.50"},
      {"-7L", "Long -7"},
      {"-2147483648", "Integer -2147483648"},
      {"-(-2147483648)", "{}"},
      {"2147483648", "refused@0 fhirpath-syntax"},
      {"-2147483649", "refused@1 fhirpath-syntax"},
      {"-9223372036854775808L", "Long -9223372036854775808"},
      {"9223372036854775808L", "refused@0 fhirpath-syntax"},
      {"-(3 'kg')", "Quantity -3 'kg'"},
      {"-(3 days)", "Quantity -3 day"},
      {"-{}", "{}"},
      {"+{}", "{}"},
      {"-'a'", "error type-mismatch@0"},
      {"+'a'", "error type-mismatch@0"},
      {"-true", "error type-mismatch@0"},
      {"-(1 | 2)", "error singleton-expected@0"},
      {"-1.abs()", "Integer -1"},
  };
  check(kRows);
}

TEST(Arithmetic, Quantities) {
  static constexpr Row kRows[] = {
      {"2 'cm' * 3", "Quantity 6 'cm'"},
      {"2L * 3 'cm'", "Quantity 6 'cm'"},
      {"2.0 'cm' * 2.0 'm' = 0.040 'm2'", "Boolean true"},
      {"4.0 'g' / 2.0 'm' = 2 'g/m'", "Boolean true"},
      {"12 'cm2' / 3 'cm' = 4 'cm'", "Boolean true"},
      {"60 / 1 's' = 60 '/s'", "Boolean true"},
      {"60 's' / 2", "Quantity 30 's'"},
      {"1 'm' / 0 's'", "{}"},
      {"1 'm' / 0", "{}"},
      {"1 'B' * 2", "{}"},
      {"1 'Cel' + 1 'Cel'", "{}"},
      {"1 'nonsense' * 2", "{}"},
      {"1 'nonsense' + 1 'nonsense'", "{}"},
      // A sum is in the finer unit.
      {"3 'm' + 3 'cm'", "Quantity 303 'cm'"},
      {"3 'cm' + 3 'm'", "Quantity 303 'cm'"},
      {"3 'm' - 3 'cm'", "Quantity 297 'cm'"},
      {"3 'cm' - 3 'm'", "Quantity -297 'cm'"},
      {"1 'a' + 6 'mo'", "Quantity 18 'mo'"},
      {"3 'm' + 3 's'", "{}"},
      {"1 + 2 'cm'", "{}"},
      {"3 - 2 '1'", "Quantity 1 '1'"},
      {"3 - 2 'kg.kg-1' = 1", "Boolean true"},
      // Calendar units.
      {"3 years - 1 year", "Quantity 2 year"},
      {"1 year + 6 months", "Quantity 18 month"},
      {"12 hours + 7 days", "Quantity 180 hour"},
      {"60 's' + 2 minutes", "Quantity 180 's'"},
      {"1 year + 1 week", "{}"},
      {"1 month + 1 day", "{}"},
      {"1 'a' + 1 year", "{}"},
      {"1 second + 1 'a'", "{}"},
      {"2 years * 3", "Quantity 6 year"},
      {"3 * 2 years", "Quantity 6 year"},
      {"2 years * 500 'g/kg' = 1 year", "Boolean true"},
      {"3 years / 2", "Quantity 1.5 year"},
      {"1 / 3 months", "{}"},
      {"1 second * 1 second", "{}"},
      {"1 'm' * 1 year", "{}"},
      {"3 years / 1.5 years", "{}"},
      {"1 year / 0", "{}"},
      {"1 'a' * 2 'wk' = 38172072960000 's2'", "Boolean true"},
      // div and mod are for numbers.
      {"5 '1' div 2L", "Quantity 2 '1'"},
      {"5 'g/g' mod 2 = 1", "Boolean true"},
      {"5 'kg' div 2", "error type-mismatch@0"},
      {"5 days mod 2", "error type-mismatch@0"},
      {"5 '1' div 0", "{}"},
  };
  check(kRows);
}

// A FHIR Quantity in years is calendar years among those, UCUM years among UCUM units.
TEST(Arithmetic, FhirYears) {
  constexpr std::string_view kJson = R"({"resourceType": "Observation", "valueQuantity":
    {"value": 1, "unit": "year", "system": "http://unitsofmeasure.org", "code": "a"}})";
  static constexpr Row kRows[] = {
      {"value = 1 year", "Boolean true"},
      {"1 'km' / value = 1 'km' / 1 'a'", "Boolean true"},
      {"value / 1 'mo' = 12", "Boolean true"},
      {"value * 2", "Quantity 2 year"},
      {"value + 1 'a'", "Quantity 2 'a'"},
      {"value + 1 year", "Quantity 2 year"},
      {"value * 1 year", "{}"},
      {"@2025 + value", "Date @2026"},
      {"@2025 + value * 2", "Date @2027"},
      {"@2025 + 2 'g/g' * value", "Date @2027"},
      {"@2025 + (value + 1 'a')", "error type-mismatch@0"},
  };
  check(kRows, kJson);
}

TEST(Arithmetic, DatesAndTimes) {
  static constexpr Row kRows[] = {
      {"@1973-12-25 + 7 days", "Date @1974-01-01"},
      {"@1973-12-25 + 7.9 days", "Date @1974-01-01"},
      {"@1973-12-25 + 1 'wk'", "Date @1974-01-01"},
      {"1 week + @1973-12-25", "Date @1974-01-01"},
      {"@1973-12-25 - 1 month", "Date @1973-11-25"},
      {"@2016-02-29 + 1 year", "Date @2017-02-28"},
      {"@2014 + 23 months", "Date @2015"},
      {"@1973-12-25T00:00:00.000+10:00 + 10 'ms'", "DateTime @1973-12-25T00:00:00.010+10:00"},
      {"@T23:30:00 + 1 hour", "Time @T00:30:00"},
      {"@T01:00 - 2 hours", "Time @T23:00"},
      {"@2018 + {}", "{}"},
      {"{} + 1 day", "{}"},
      {"@2018 + 1 'a'", "error type-mismatch@0"},
      {"@2018 + 1 'mo'", "error type-mismatch@0"},
      {"@2018 + 1 'kg'", "error type-mismatch@0"},
      {"@2018 + 1 'day'", "error type-mismatch@0"},
      {"@2018-01-01 + 7", "error type-mismatch@0"},
      {"@2018 + @2018", "error type-mismatch@0"},
      {"1 day - @2018-01-01", "error type-mismatch@0"},
      {"@2018-01-01 * 2", "error type-mismatch@0"},
      {"@T10:00 + 1 day", "error type-mismatch@0"},
      {"@9999-12-31 + 1 day", "error invalid-argument@0"},
      {"@0001-01-01 - 1 day", "error invalid-argument@0"},
  };
  check(kRows);
}

TEST(Arithmetic, Texts) {
  constexpr std::string_view kJson =
      R"({"resourceType": "Patient", "_gender": {"id": "x"}, "name": [{"family": "G\u00fc\"t"}]})";
  static constexpr Row kRows[] = {
      {"'a' + 'b'", "String 'ab'"},
      {"'a' + ''", "String 'a'"},
      {"'' + ''", "String ''"},
      {"'a' + {}", "{}"},
      {"'a' & 'b'", "String 'ab'"},
      {"'a' & {}", "String 'a'"},
      {"{} & 'b'", "String 'b'"},
      {"{} & {}", "String ''"},
      {"'a' & 1", "error type-mismatch@0"},
      {"('a' | 'b') & 'c'", "error singleton-expected@0"},
      {"'c' & ('a' | 'b')", "error singleton-expected@0"},
      {"gender + 'c'", "{}"},
      {"gender & 'c'", "String 'c'"},
      {"name.family + '!'", "String 'G\xC3\xBC\"t!'"},
      {"name + '!'", "error type-mismatch@0"},
  };
  check(kRows, kJson);
}

TEST(Arithmetic, TextsAreBounded) {
  EvalOptions options;
  options.limits.max_evaluation_bytes = 4096;
  std::string doubled = "'0123456789abcdef'";
  for (int i = 0; i < 5; ++i) {
    doubled = "(" + doubled + " + " + doubled + ")";
  }
  EXPECT_TRUE(eval(doubled + ".length()", "{}", options).starts_with("Integer 512"));
  options.limits.max_evaluation_bytes = 1024;
  EXPECT_TRUE(eval(doubled + ".length()", "{}", options).starts_with("error result-too-large"));
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
