#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/base/concat.hpp"
#include "core/fhirpath/text.hpp"
#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Row {
  std::string_view expression;
  std::string_view expected;
};

constexpr std::string_view kPatient =
    R"({"resourceType":"Patient","active":true,"birthDate":"1974-12","_gender":{"id":"g"},)"
    R"("name":[{"family":"7"}],"multipleBirthInteger":2,)"
    R"("extension":[{"url":"q","valueQuantity":{"value":2,"unit":"x",)"
    R"("system":"http://unitsofmeasure.org","code":"a"}},)"
    R"({"url":"c","valueQuantity":{"value":2.50,"comparator":">"}},)"
    R"({"url":"d","valueDecimal":1.50},{"url":"t","valueTime":"10:30:00"},)"
    R"({"url":"i","valueInstant":"2015-02-07T13:28:17.239+02:00"}]})";

template <std::size_t kCount>
void expect_all(const Row (&rows)[kCount]) {
  for (const auto& [expression, expected] : rows) {
    EXPECT_EQ(eval(expression, kPatient), expected) << expression;
  }
}

// Each `toX()`, and that `convertsToX()` agrees.
template <std::size_t kCount>
void expect_conversions(std::string_view type, const Row (&rows)[kCount]) {
  for (const auto& [input, expected] : rows) {
    const std::string start = concat("(", input, ").");
    EXPECT_EQ(eval(concat(start, "to", type, "()"), kPatient), expected) << input;
    const std::string_view test = expected == "{}" ? "Boolean false" : "Boolean true";
    EXPECT_EQ(eval(concat(start, "convertsTo", type, "()"), kPatient), test) << input;
  }
}

TEST(Conversion, ToBoolean) {
  constexpr Row kRows[] = {
      {"true", "Boolean true"},
      {"false", "Boolean false"},
      {"1", "Boolean true"},
      {"0", "Boolean false"},
      {"2", "{}"},
      {"-1", "{}"},
      {"1L", "Boolean true"},
      {"0L", "Boolean false"},
      {"2L", "{}"},
      {"1.0", "Boolean true"},
      {"1.00", "Boolean true"},
      {"0.0", "Boolean false"},
      {"0.5", "{}"},
      {"'true'", "Boolean true"},
      {"'T'", "Boolean true"},
      {"'Yes'", "Boolean true"},
      {"'y'", "Boolean true"},
      {"'1'", "Boolean true"},
      {"'1.0'", "Boolean true"},
      {"'FALSE'", "Boolean false"},
      {"'f'", "Boolean false"},
      {"'no'", "Boolean false"},
      {"'N'", "Boolean false"},
      {"'0'", "Boolean false"},
      {"'0.0'", "Boolean false"},
      {"''", "{}"},
      {"'2'", "{}"},
      {"' true'", "{}"},
      {"'1.00'", "{}"},
      {"@2014", "{}"},
      {"1 '1'", "{}"},
      {"Patient", "{}"},
      {"Patient.active", "Boolean true"},
  };
  expect_conversions("Boolean", kRows);
}

TEST(Conversion, ToInteger) {
  constexpr Row kRows[] = {
      {"1", "Integer 1"},
      {"5L", "Integer 5"},
      {"2147483648L", "{}"},
      {"true", "Integer 1"},
      {"false", "Integer 0"},
      {"'-1'", "Integer -1"},
      {"'+1'", "Integer 1"},
      {"'007'", "Integer 7"},
      {"'00000000000000000000000000000000000000000000000000000000009'", "Integer 9"},
      {"'2147483647'", "Integer 2147483647"},
      {"'-2147483648'", "Integer -2147483648"},
      {"'2147483648'", "{}"},
      {"'-2147483649'", "{}"},
      {"'99999999999999999999999999999999999999999999'", "{}"},
      {"''", "{}"},
      {"'+'", "{}"},
      {"'--1'", "{}"},
      {"'1.0'", "{}"},
      {"'1e3'", "{}"},
      {"' 1'", "{}"},
      {"'1 '", "{}"},
      {"'a'", "{}"},
      {"1.0", "{}"},
      {"@2014", "{}"},
      {"1 '1'", "{}"},
      {"Patient.name.family", "Integer 7"},
      {"Patient.multipleBirth", "Integer 2"},
      {"Patient.name", "{}"},
  };
  expect_conversions("Integer", kRows);
}

TEST(Conversion, ToLong) {
  constexpr Row kRows[] = {
      {"1", "Long 1"},
      {"1L", "Long 1"},
      {"true", "Long 1"},
      {"'2147483648'", "Long 2147483648"},
      {"'9223372036854775807'", "Long 9223372036854775807"},
      {"'-9223372036854775808'", "Long -9223372036854775808"},
      {"'9223372036854775808'", "{}"},
      {"'1L'", "{}"},
      {"1.0", "{}"},
      {"@2014", "{}"},
  };
  expect_conversions("Long", kRows);
}

TEST(Conversion, ToDecimal) {
  constexpr Row kRows[] = {
      {"1", "Decimal 1"},
      {"5L", "Decimal 5"},
      {"1.50", "Decimal 1.50"},
      {"true", "Decimal 1.0"},
      {"false", "Decimal 0.0"},
      {"'1'", "Decimal 1"},
      {"'-1.50'", "Decimal -1.50"},
      {"'+0.5'", "Decimal 0.5"},
      {"'007.10'", "Decimal 7.10"},
      {"'.5'", "{}"},
      {"'1.'", "{}"},
      {"'1.a'", "{}"},
      {"'1e3'", "{}"},
      {"'1,5'", "{}"},
      {"''", "{}"},
      {"1 '1'", "{}"},
      {"@2014", "{}"},
      {"Patient.extension('d').value", "Decimal 1.50"},
  };
  expect_conversions("Decimal", kRows);
}

TEST(Conversion, ToStrings) {
  constexpr Row kRows[] = {
      {"'a'", "String 'a'"},
      {"''", "String ''"},
      {"true", "String 'true'"},
      {"false", "String 'false'"},
      {"-5", "String '-5'"},
      {"9223372036854775807L", "String '9223372036854775807'"},
      {"1.50", "String '1.50'"},
      {"-0.00000001", "String '-0.00000001'"},
      {"@2014-12-14", "String '2014-12-14'"},
      {"@2014-01", "String '2014-01'"},
      {"@2014-01T", "String '2014-01'"},
      {"@2014-01-05T10:30:00.50Z", "String '2014-01-05T10:30:00.50Z'"},
      {"@2014-01-05T10:30+02:00", "String '2014-01-05T10:30+02:00'"},
      {"@T10:30", "String '10:30'"},
      {"4 'kg'", "String '4 \\'kg\\''"},
      {"1.0 '1'", "String '1.0 \\'1\\''"},
      {"1 year", "String '1 year'"},
      {"1.0 year", "String '1.0 year'"},
      {"7 days", "String '7 days'"},
      {"0 days", "String '0 days'"},
      {"Patient.birthDate", "String '1974-12'"},
      {"Patient.name.family", "String '7'"},
      {"Patient.multipleBirth", "String '2'"},
      {"Patient.extension('t').value", "String '10:30:00'"},
      {"Patient.extension('i').value", "String '2015-02-07T13:28:17.239+02:00'"},
      {"Patient.name", "{}"},
      {"Patient", "{}"},
  };
  expect_conversions("String", kRows);
}

TEST(Conversion, ToDatesAndTimes) {
  constexpr Row kDates[] = {
      {"@2014-01", "Date @2014-01"},
      {"'2014'", "Date @2014"},
      {"'2014-02-28'", "Date @2014-02-28"},
      {"@2015-02-04T14:34:28+10:00", "Date @2015-02-04"},
      {"@2015T", "Date @2015"},
      {"'2014-02-30'", "{}"},
      {"'2014-1-1'", "{}"},
      {"'2015-02-04T14:34:28'", "{}"},
      {"''", "{}"},
      {"2014", "{}"},
      {"@T10:30", "{}"},
      {"Patient.birthDate", "Date @1974-12"},
      {"Patient.extension('i').value", "Date @2015-02-07"},
  };
  expect_conversions("Date", kDates);
  constexpr Row kDateTimes[] = {
      {"@2014-01T", "DateTime @2014-01T"},
      {"@2014-01-05", "DateTime @2014-01-05T"},
      {"'2015'", "DateTime @2015T"},
      {"'2015-02-04T14'", "DateTime @2015-02-04T14"},
      {"'2015-02-04T14:34:28.123Z'", "DateTime @2015-02-04T14:34:28.123Z"},
      {"'2015-02-04T24:00'", "{}"},
      {"'14:34'", "{}"},
      {"'not'", "{}"},
      {"1", "{}"},
      {"@T10:30", "{}"},
  };
  expect_conversions("DateTime", kDateTimes);
  constexpr Row kTimes[] = {
      {"@T10:30", "Time @T10:30"},
      {"'14'", "Time @T14"},
      {"'14:34:28.123'", "Time @T14:34:28.123"},
      {"'T14:34:28'", "Time @T14:34:28"},
      {"'24:00'", "{}"},
      {"'14:34Z'", "{}"},
      {"'x'", "{}"},
      {"1430", "{}"},
      {"@2014-01-05T10:30", "{}"},
  };
  expect_conversions("Time", kTimes);
}

TEST(Conversion, ToQuantities) {
  constexpr Row kRows[] = {
      {"1", "Quantity 1 '1'"},
      {"2L", "Quantity 2 '1'"},
      {"1.50", "Quantity 1.50 '1'"},
      {"true", "Quantity 1.0 '1'"},
      {"false", "Quantity 0.0 '1'"},
      {"4 'kg'", "Quantity 4 'kg'"},
      {"'4'", "Quantity 4 '1'"},
      {"'-4.50'", "Quantity -4.50 '1'"},
      {"'+4 \\'kg\\''", "Quantity 4 'kg'"},
      {"'4\\'kg\\''", "Quantity 4 'kg'"},
      {"'4  \\t\\'kg\\''", "Quantity 4 'kg'"},
      {"'10 \\'mm[Hg]\\''", "Quantity 10 'mm[Hg]'"},
      {"'1 day'", "Quantity 1 day"},
      {"'4 days'", "Quantity 4 day"},
      {"'4days'", "Quantity 4 day"},
      {"'2 \\'[arb\\\\\\'U]\\''", "Quantity 2 '[arb\\'U]'"},
      {"'1 wk'", "{}"},
      {"'1 kg'", "{}"},
      {"'1 Day'", "{}"},
      {"'1 \\'\\''", "{}"},
      {"'1 \\'kg'", "{}"},
      {"'1 \\'nonsense\\''", "{}"},
      {"'1 \\'kg\\' '", "{}"},
      {"' 1'", "{}"},
      {"'1 \\'k\\'g\\''", "{}"},
      {"'1.a'", "{}"},
      {"'\\'kg\\''", "{}"},
      {"'day'", "{}"},
      {"''", "{}"},
      {"@2014", "{}"},
  };
  expect_conversions("Quantity", kRows);
}

// What toString() writes, toQuantity() reads.
TEST(Conversion, ReadsQuantitiesThatItWrote) {
  for (const std::string_view quantity :
       {"4 'kg'", "-4.50 'mg/dL'", "1 year", "12 months", "2 '[arb\\'U]'", "3 '10*3/uL'"}) {
    const std::string start = concat("(", quantity, ")");
    EXPECT_EQ(eval(concat(start, ".toString().toQuantity()")), eval(start)) << quantity;
  }
}

TEST(Conversion, ToQuantityInAnotherUnit) {
  constexpr Row kRows[] = {
      {"(1 'cm').toQuantity('mm')", "Quantity 10 'mm'"},
      {"'1 \\'wk\\''.toQuantity('d')", "Quantity 7 'd'"},
      {"'1 \\'wk\\''.toQuantity('days')", "Quantity 7 day"},
      {"(1 week).toQuantity('d')", "Quantity 7 'd'"},
      {"(1 year).toQuantity('months')", "Quantity 12 month"},
      {"(18 months).toQuantity('year')", "Quantity 1.5 year"},
      {"(1 year).toQuantity('days')", "Quantity 365 day"},
      {"(1 month).toQuantity('days')", "Quantity 30 day"},
      {"(1 year).toQuantity('seconds')", "Quantity 31536000 second"},
      {"(90 minutes).toQuantity('hour')", "Quantity 1.5 hour"},
      {"(1 second).toQuantity('ms')", "Quantity 1000 'ms'"},
      {"(1 'h').toQuantity('minutes')", "Quantity 60 minute"},
      {"(2.50 'kg').toQuantity('kg')", "Quantity 2.50 'kg'"},
      {"(2.50 days).toQuantity('day')", "Quantity 2.50 day"},
      {"5.toQuantity('1')", "Quantity 5 '1'"},
      {"50.toQuantity('%')", "Quantity 5000 '%'"},
      {"(1 'cm').toQuantity({})", "Quantity 1 'cm'"},
      // Definite and calendar years and months do not convert.
      {"(1 'a').toQuantity('year')", "{}"},
      {"(1 'a').toQuantity('month')", "{}"},
      {"(365 'd').toQuantity('year')", "{}"},
      {"(1 year).toQuantity('mo')", "{}"},
      {"(1 year).toQuantity('a')", "{}"},
      {"(1 year).toQuantity('d')", "{}"},
      {"(1 'cm').toQuantity('g')", "{}"},
      {"(1 'cm').toQuantity('day')", "{}"},
      {"(1 'cm').toQuantity('nonsense')", "{}"},
      {"(1 'nonsense').toQuantity('cm')", "{}"},
      {"5.toQuantity('mg')", "{}"},
      {"(1 'cm').convertsToQuantity('mm')", "Boolean true"},
      {"(1 'cm').convertsToQuantity('g')", "Boolean false"},
      {"'x'.convertsToQuantity('g')", "Boolean false"},
      {"{}.toQuantity('g')", "{}"},
      {"{}.convertsToQuantity('g')", "{}"},
      // A FHIR Quantity in UCUM years is both.
      {"Patient.extension('q').value.toQuantity('a')", "Quantity 2 'a'"},
      {"Patient.extension('q').value.toQuantity('mo')", "Quantity 24 'mo'"},
      {"Patient.extension('q').value.toQuantity('month')", "Quantity 24 month"},
      {"Patient.extension('c').value.convertsToQuantity()", "Boolean false"},
  };
  expect_all(kRows);
}

TEST(Conversion, OfNothingAndOfSeveral) {
  for (const std::string_view type : {"Boolean", "Integer", "Long", "Decimal", "String", "Date",
                                      "DateTime", "Time", "Quantity"}) {
    for (const std::string_view kind : {"to", "convertsTo"}) {
      const std::string call = concat(kind, type, "()");
      EXPECT_EQ(eval(concat("{}.", call)), "{}") << call;
      EXPECT_EQ(eval(concat("Patient.gender.", call), kPatient), "{}") << call;
      const std::string several = eval(concat("('1' | '2').", call));
      EXPECT_EQ(several.substr(0, several.find('@')), "error singleton-expected") << call;
    }
  }
  const std::string comparator = eval("Patient.extension('c').value.toQuantity()", kPatient);
  EXPECT_EQ(comparator.substr(0, comparator.find('@')), "error type-mismatch");
  const std::string unit = eval("1.toQuantity(1)");
  EXPECT_EQ(unit.substr(0, unit.find('@')), "error type-mismatch");
}

TEST(Conversion, Chooses) {
  constexpr Row kRows[] = {
      {"iif(true, 'a', 'b')", "String 'a'"},
      {"iif(false, 'a', 'b')", "String 'b'"},
      {"iif({}, 'a', 'b')", "String 'b'"},
      {"iif(false, 'a')", "{}"},
      {"iif(true, ('a' | 'b'))", "String 'a', String 'b'"},
      {"iif(Patient.name.exists(), 'named', 'unnamed')", "String 'named'"},
      // The other result is not evaluated.
      {"iif(true, true, ('a' | 'b').toString())", "Boolean true"},
      {"iif(false, ('a' | 'b').toString(), true)", "Boolean true"},
      {"{}.iif(true, 'a', 'b')", "String 'a'"},
      {"Patient.photo.iif(true, id | name | Patient.name | $this, 'b')", "{}"},
      {"Patient.photo.iif(name.exists(), 'a', 'b')", "String 'b'"},
      {"('item').iif(true, 'a', 'b')", "String 'a'"},
      {"('context').iif($this = 'context', 'a', 'b')", "String 'a'"},
      {"iif('a string', 'a', 'b')", "String 'a'"},
  };
  expect_all(kRows);
  for (const std::string_view expression :
       {"iif(true | false, 'a', 'b')", "('a' | 'b').iif(true, 'a', 'b')"}) {
    const std::string result = eval(expression);
    EXPECT_EQ(result.substr(0, result.find('@')), "error singleton-expected") << expression;
  }
}

TEST(Conversion, TextOfWhatIsNoValue) {
  std::string out = "x";
  append_text(Item{}, out);
  EXPECT_EQ(out, "x");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
