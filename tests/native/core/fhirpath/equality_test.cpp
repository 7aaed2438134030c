// = != ~ !~ in contains (FHIRPath N1, 6.1 and 6.4).
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Row {
  std::string_view expression;
  std::string_view result;  // `true`, `false`, `{}` or the start of an error
};

std::string answer(std::string_view expression, std::string_view json = "{}") {
  std::string text = eval(expression, json);
  return text.starts_with("Boolean ") ? text.substr(8) : text.substr(0, text.find('@'));
}

TEST(Equality, Values) {
  static constexpr Row kRows[] = {
      {"1 = 1", "true"},
      {"1 = 2", "false"},
      {"2 = 2L", "true"},
      {"2L = 2.0", "true"},
      {"1.10 = 1.1", "true"},
      {"1 = 1.0000000000000000000000000001", "false"},
      {"0.1 + 0.1 + 0.1 = 0.3", "true"},
      {"true = true", "true"},
      {"true = 1", "false"},
      {"'a' = 'A'", "false"},
      {"'a' = 'a'", "true"},
      {"'1' = 1", "false"},
      {"{} = {}", "{}"},
      {"1 = {}", "{}"},
      {"{} != 1", "{}"},
      {"1 != 2", "true"},
      {"1 != 1", "false"},
      {"(1 | 2) = (1 | 2)", "true"},
      {"(1 | 2) = (2 | 1)", "false"},
      {"(1 | 2) = (1 | 2 | 3)", "false"},
      {"(1 | 2) != (1 | 2 | 3)", "true"},
      {"(@2018 | 2) = (@2018-01 | 2)", "{}"},
      {"(@2018 | 2) = (@2018-01 | 3)", "false"},
      {"1.type() = 2.type()", "true"},
      {"1.type() = 'a'.type()", "false"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(answer(row.expression), row.result) << row.expression;
  }
}

TEST(Equality, DatesAndTimes) {
  static constexpr Row kRows[] = {
      {"@2012 = @2012", "true"},
      {"@2012 = @2013", "false"},
      {"@2012 = @2012-01", "{}"},
      {"@2012-04-15 = @2012-04-15T10:00:00", "{}"},
      {"@2012-04-15 != @2012-04-16T10:00:00", "true"},
      {"@2012-04-15T15:30:31 = @2012-04-15T15:30:31.0", "true"},
      {"@2012-04-15T15:30:31 = @2012-04-15T15:30:31.1", "false"},
      {"@2012-04-15T15:00:00+02:00 = @2012-04-15T16:00:00+03:00", "true"},
      {"@2012-04-15T15:00:00Z = @2012-04-15T15:00:00+00:00", "true"},
      {"@2012-04-15T15:00:00Z = @2012-04-15T15:00:00", "{}"},
      {"@T10:30 = @T10:30", "true"},
      {"@T10:30 = @T10:30:00", "{}"},
      {"@2012-04-15 = @T10:30", "false"},
      {"@2012-04-15 = '2012-04-15'", "false"},
      {"@2012 ~ @2012-01", "false"},
      {"@2012-01-01T10:30:31.0 ~ @2012-01-01T10:30:31", "true"},
      {"@2012-01-01T10:30:31.1 ~ @2012-01-01T10:30:31", "false"},
      {"@T10:30 ~ @2012", "false"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(answer(row.expression), row.result) << row.expression;
  }
}

TEST(Equality, Quantities) {
  static constexpr Row kRows[] = {
      {"4 'g' = 4000 'mg'", "true"},
      {"4 'g' = 4001 'mg'", "false"},
      {"4 'g' = 4 's'", "{}"},
      {"4 'g' != 4 's'", "{}"},
      {"9 = 9 '1'", "true"},
      {"9 'g/kg' = 0.009", "true"},
      {"9 = 9 'kg'", "{}"},
      {"'9' = 9 '1'", "false"},
      {"1 'nonsense' = 1 'nonsense'", "true"},
      {"1 'nonsense' = 1 'm'", "{}"},
      {"0 'Cel' = 273.15 'K'", "true"},
      {"1 year = 12 months", "true"},
      {"1 year = 365 days", "true"},
      {"1 month = 30 days", "true"},
      {"1 month = 720 hours", "true"},
      {"7 days = 1 week", "true"},
      {"1 week = 7 'd'", "true"},
      {"7 days = 1 'wk'", "true"},
      {"1 hour = 3600 's'", "true"},
      {"1 second = 1000 'ms'", "true"},
      {"1 year = 1 'a'", "{}"},
      {"1 year != 1 'a'", "{}"},
      {"1 year = 12 'mo'", "{}"},
      {"1 'mo' = 30 days", "{}"},
      {"1 month = 30 'd'", "{}"},
      {"1 'a_g' = 365 days", "{}"},
      {"1 'a' = 12 'mo'", "true"},
      {"1 year ~ 1 'a'", "true"},
      {"12 months ~ 1 'a'", "true"},
      {"30 days ~ 1 'mo'", "true"},
      {"1 second ~ 1 's'", "true"},
      {"1 year ~ 2 years", "false"},
      {"4 'g' ~ 4040 'mg'", "false"},
      {"4040 'mg' ~ 4.0403 'g'", "true"},
      {"4 'g' ~ 4 's'", "false"},
      {"4 'g' !~ 4 's'", "true"},
      {"23 ~ 23 '1'", "true"},
      {"1 'nonsense' ~ 1 'm'", "false"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(answer(row.expression), row.result) << row.expression;
  }
}

TEST(Equivalence, Values) {
  static constexpr Row kRows[] = {
      {"{} ~ {}", "true"},
      {"{} !~ {}", "false"},
      {"1 ~ {}", "false"},
      {"{} !~ 1", "true"},
      {"1 ~ 1", "true"},
      {"1 ~ 2", "false"},
      {"2 ~ 2L", "true"},
      {"1.1 ~ 1.0", "true"},  // a zero at the end is no precision
      {"1 ~ 1.4", "true"},
      {"1.10 ~ 1.1", "true"},
      {"1.2 / 1.8 ~ 0.67", "true"},
      {"'a' ~ 'A'", "true"},
      {"'a' ~ 'b'", "false"},
      {"'a' ~ 1", "false"},
      {R"('\u00c4\u03a3\u042f' ~ '\u00e4\u03c2\u044f')", "true"},
      {R"('\ud801\udc00' ~ '\ud801\udc28')", "true"},
      {R"('\u00e4' ~ '\u00e5')", "false"},
      {R"('a\tb\r\nc' ~ 'A B  C')", "true"},
      {"'a  b' ~ 'a b'", "false"},
      {"'a b ' ~ 'a b'", "false"},
      {"(1 | 2 | 3) ~ (3 | 1 | 2)", "true"},
      {"(1 | 2 | 3) ~ (3 | 1 | 4)", "false"},
      {"1.combine(1).combine(2) ~ 1.combine(2).combine(2)", "false"},
      {"(1 | 2) ~ (1 | 2 | 3)", "false"},
      {"true ~ true", "true"},
      {"true ~ false", "false"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(answer(row.expression), row.result) << row.expression;
  }
}

constexpr std::string_view kPatient = R"({
  "resourceType": "Patient", "birthDate": "1974-12-25", "active": true, "multipleBirthInteger": 2,
  "_gender": {"id": "g"},
  "name": [
    {"use": "official", "family": "F\u0061m", "given": ["A", "B", null],
     "_given": [{"id": "x"}, null, {"id": "y"}], "period": {"start": "2001-05"}},
    {"family": "Fam", "use": "official", "given": ["A", "B", null],
     "_given": [{"id": "x"}, null, {"id": "y"}], "period": {"start": "2001-05"}},
    {"use": "official", "family": "Fam", "given": ["A", "B", null],
     "_given": [{"id": "z"}, null, {"id": "y"}], "period": {"start": "2001-05"}},
    {"use": "official", "family": "FAM", "given": ["B", "A"], "period": {"start": "2001-05"}},
    {"use": "official", "family": "Fam", "given": ["B", "A"], "period": {"start": "2001"}},
    {"use": "official", "family": "Fam", "given": ["B", "A"], "period": {"start": "2002-05"}},
    {"use": "official", "family": "FAM", "given": ["B"], "period": {"start": "2001-05"}}]})";

TEST(Equality, Elements) {
  static constexpr Row kRows[] = {
      {"birthDate = @1974-12-25", "true"},
      {"birthDate = @1974-12", "{}"},
      {"birthDate = '1974-12-25'", "false"},
      {"birthDate != @T12:14:15", "true"},
      {"active = true", "true"},
      {"multipleBirth = 2", "true"},
      {"multipleBirth = 2 '1'", "true"},
      {"name[0].family = 'Fam'", "true"},
      {"'Fam' = name[0].family", "true"},
      {"name[0].family = name[1].family", "true"},
      {"name[0].family = name[3].family", "false"},
      {"name = name", "true"},
      {"name[0] = name[1]", "true"},   // keys in another order, a text with an escape
      {"name[0] = name[2]", "false"},  // another id beside a given name
      {"name[0] ~ name[2]", "true"},
      {"name[0] ~ name[3]", "false"},  // a place-holder more
      {"name[3] = name[4]", "false"},
      {"name[4] = name[5]", "false"},
      {"name[4] ~ name[5]", "false"},
      {"name[3] ~ name[6]", "false"},
      {"name[3].period = name[4].period", "{}"},  // 2001-05 or not
      {"name[3].period ~ name[4].period", "false"},
      {"name[0] = 'Fam'", "false"},
      {"name[0].given[0] = 'A'", "true"},
      {"name[0].given[0] = name[1].given[0]", "true"},
      {"name[0].given[0] = name[2].given[0]", "false"},
      {"name[0].given[0] ~ name[2].given[0]", "true"},
      {"name[0].given[2] = 'A'", "{}"},
      {"name[0].given[2] = name[1].given[2]", "true"},
      {"name[0].given[2] = name[0].given[0]", "false"},
      {"gender = 'male'", "{}"},
      {"gender ~ gender", "true"},
      {"name[0].given[2] in name[1].given", "true"},
      {"name.given contains 'B'", "true"},
      {"name.given contains 'C'", "false"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(answer(row.expression, kPatient), row.result) << row.expression;
  }
}

TEST(Equality, PlainJson) {
  constexpr std::string_view kJson = R"({
    "a": {"x": 1, "y": [1, 2], "z": null}, "b": {"z": null, "y": [1.0, 2], "x": 1.00},
    "c": {"x": 1, "y": [2, 1], "z": null}, "d": {"x": 1, "y": [1, 2], "w": null},
    "e": {"x": "t", "y": [{"s": "A"}, {"s": "b"}]}, "f": {"x": "T", "y": [{"s": "B"}, {"s": "a"}]},
    "big": 123456789012345678901234567890123456789012345678, "q": "say \"hi\"", "r": "say \u0022hi\""})";
  static constexpr Row kRows[] = {
      {"a = b", "true"},      {"a = c", "false"}, {"a ~ c", "true"}, {"a = d", "false"},
      {"a ~ d", "false"},     {"e = f", "false"}, {"e ~ f", "true"}, {"a ~ e", "false"},
      {"big = big", "true"},  {"big = 1", "{}"},  {"q = r", "true"}, {"q = 'say \"hi\"'", "true"},
      {"q = 'say'", "false"}, {"a = 1", "false"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(answer(row.expression, kJson), row.result) << row.expression;
  }
}

TEST(Equality, FhirQuantities) {
  constexpr std::string_view kJson = R"({"resourceType": "Observation", "component": [
    {"valueQuantity": {"value": 185, "unit": "lbs", "system": "http://unitsofmeasure.org", "code": "[lb_av]"}},
    {"valueQuantity": {"value": 2, "unit": "y", "system": "http://unitsofmeasure.org", "code": "a"}},
    {"valueQuantity": {"value": 2, "comparator": "<", "system": "http://unitsofmeasure.org", "code": "g"}},
    {"valueQuantity": {"value": 2, "system": "http://other.example", "code": "g"}},
    {"valueQuantity": {"value": 2000, "unit": "x", "system": "http://unitsofmeasure.org", "code": "mg"}},
    {"valueQuantity": {"value": 2.0, "unit": "z", "system": "http://unitsofmeasure.org", "code": "g"}},
    {"valueQuantity": {"value": 3}},
    {"valueQuantity": {"value": 2, "system": "http://hl7.org/fhirpath/CodeSystem/calendar-units", "code": "years"}},
    {"valueQuantity": {"value": 3, "unit": "min"}}]})";
  static constexpr Row kRows[] = {
      {"component[0].value = 185 '[lb_av]'", "true"},
      {"component[0].value != 185 'kg'", "true"},
      {"component[1].value = 2 years", "true"},
      {"component[1].value = 24 months", "true"},
      {"component[1].value = 2 'a'", "{}"},
      {"component[1].value ~ 2 'a'", "true"},
      {"component[7].value = 2 years", "true"},
      {"component[2].value = 2 'g'", "error type-mismatch"},
      {"component[2].value ~ 2 'g'", "error type-mismatch"},
      {"component[2].value = component[2].value", "true"},
      {"component[3].value = 2 'g'", "{}"},
      {"component[3].value != 2 'g'", "{}"},
      {"component[3].value = 'g'", "false"},
      {"component[4].value = component[5].value", "true"},
      {"component[6].value = 3", "true"},
      {"component[8].value = 3 'min'", "{}"},
      {"component[2].value > 1 'g'", "error type-mismatch"},
      {"component[3].value > 1 'g'", "error type-mismatch"},
      {"component[1].value > 1 year", "true"},
      {"component[1].value > 1 'a'", "{}"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(answer(row.expression, kJson), row.result) << row.expression;
  }
}

TEST(Membership, InAndContains) {
  static constexpr Row kRows[] = {
      {"1 in (1 | 2)", "true"},
      {"1.0 in (1 | 2)", "true"},
      {"3 in (1 | 2)", "false"},
      {"1 in {}", "false"},
      {"{} in (1 | 2)", "{}"},
      {"{} in {}", "{}"},
      {"(1 | 2) in (1 | 2)", "error singleton-expected"},
      {"@2018 in (@2018-01 | @2019-01)", "false"},
      {"1000 'mg' in (1 'g' | 2 'g')", "true"},
      {"(1 | 2) contains 2", "true"},
      {"(1 | 2) contains 3", "false"},
      {"{} contains 3", "false"},
      {"(1 | 2) contains {}", "{}"},
      {"(1 | 2) contains (1 | 2)", "error singleton-expected"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(answer(row.expression), row.result) << row.expression;
  }
}

TEST(Equality, SpendsStepsForWhatItCompares) {
  std::string list = "[0";
  for (int i = 1; i < 400; ++i) {
    list.append(",").append(std::to_string(i));
  }
  list += "]";
  const std::string json = R"({"a":{"l":)" + list + R"(},"b":{"l":)" + list + "}}";
  EvalOptions options;
  options.limits.max_evaluation_steps = 5000;
  EXPECT_EQ(eval("a = b", json, options), "Boolean true");
  options.limits.max_evaluation_steps = 300;
  EXPECT_TRUE(eval("a = b", json, options).starts_with("error expression-too-complex"));
  // Items in any order cost the product of the sizes at worst.
  std::string reversed = "[399";
  for (int i = 398; i >= 0; --i) {
    reversed.append(",").append(std::to_string(i));
  }
  const std::string other = R"({"a":{"l":)" + list + R"(},"b":{"l":)" + reversed + "]}}";
  options.limits.max_evaluation_steps = 5000;
  EXPECT_TRUE(eval("a ~ b", other, options).starts_with("error expression-too-complex"));
  options.limits.max_evaluation_steps = 200000;
  EXPECT_EQ(eval("a ~ b", other, options), "Boolean true");
  EXPECT_EQ(eval("a = b", other, options), "Boolean false");
}

// The deepest documents that the parser takes.
TEST(Equality, ComparesDeepNesting) {
  std::string open;
  std::string close;
  for (int i = 0; i < 60; ++i) {
    open += R"({"k":[)";
    close += "]}";
  }
  const std::string json = "{\"a\":" + open + "1" + close + ",\"b\":" + open + "1.0" + close +
                           ",\"c\":" + open + "2" + close + "}";
  EXPECT_EQ(eval("a = b", json), "Boolean true");
  EXPECT_EQ(eval("a ~ b", json), "Boolean true");
  EXPECT_EQ(eval("a = c", json), "Boolean false");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
