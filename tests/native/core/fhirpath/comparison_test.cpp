// < <= > >= and comparable() (FHIRPath N1, 6.2).
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

// The answers of < <= > >= for two operands.
TEST(Comparison, AllFour) {
  struct Row {
    std::string_view left;
    std::string_view right;
    int order;  // -1, 0, 1; 2: unknown; 3: an error
  };
  static constexpr Row kRows[] = {
      {"1", "2", -1},
      {"2", "2", 0},
      {"2", "1", 1},
      {"-7L", "3L", -1},
      {"3", "2L", 1},
      {"3L", "3.1", -1},
      {"2.0", "2", 0},
      {"0.1", "0.09999999999999999999999999", 1},
      {"'a'", "'b'", -1},
      {"'A'", "'a'", -1},
      {"'a'", "'aa'", -1},
      {"'a'", "'a'", 0},
      {R"('\u00e4')", "'z'", 1},
      {R"('\ud83d\ude00')", R"('\uffee')", 1},  // code points, not UTF-16 units
      {"@2018", "@2019", -1},
      {"@2018", "@2018-02", 2},
      {"@2018", "@2017-02", 1},
      {"@2018-03-01T10:30:00", "@2018-03-01T10:30:00.0", 0},
      {"@2018-03-01T10:30", "@2018-03-01T10:30:00", 2},
      {"@2018-12-21T12:02+02:00", "@2018-12-21T12:01+03:00", 1},
      {"@2018-12-21", "@2018-12-22T10:00", -1},
      {"@T12:00", "@T14:00", -1},
      {"@T12", "@T12:00", 2},
      {"999 'g'", "1 'kg'", -1},
      {"1000 'g'", "1 'kg'", 0},
      {"23 'Cel'", "72 '[degF]'", 1},
      {"7 '[pH]'", "8 '[pH]'", -1},
      {"1 'kg'", "2 's'", 2},
      {"2 '1'", "1", 1},
      {"1", "2 'kg'", 2},
      {"1 year", "11 months", 1},
      {"1 year", "366 days", -1},
      {"1 year", "1 'a'", 2},
      {"1 's'", "1 year", 2},
      {"1 'min'", "61 seconds", -1},
      {"{}", "1", 2},
      {"1", "{}", 2},
      {"{}", "{}", 2},
      {"1", "'a'", 3},
      {"@2018", "'2018'", 3},
      {"@2018", "1", 3},
      {"@2018", "@T12:34", 3},
      {"true", "false", 3},
      {"(1 | 2)", "1", 3},
      {"1", "(1 | 2)", 3},
      {"1.type()", "1", 3},
  };
  for (const Row& row : kRows) {
    const auto check = [&row](std::string_view op, bool expected) {
      const std::string expression =
          std::string(row.left).append(" ").append(op).append(" ").append(row.right);
      const std::string got = eval(expression);
      if (row.order == 3) {
        EXPECT_TRUE(got.starts_with("error ")) << expression << ": " << got;
      } else {
        EXPECT_EQ(got, row.order == 2 ? "{}"
                       : expected     ? "Boolean true"
                                      : "Boolean false")
            << expression;
      }
    };
    check("<", row.order < 0);
    check("<=", row.order <= 0);
    check(">", row.order > 0);
    check(">=", row.order >= 0);
  }
}

TEST(Comparison, SaysWhatIsExpected) {
  Evaluated result;
  evaluate_into(result, "1 < 'a'", "{}");
  EXPECT_EQ(result.error.message, "`<` expects two values of one type that has an order");
  Evaluated several;
  evaluate_into(several, "(1 | 2) >= 1", "{}");
  EXPECT_EQ(several.error.message, "`>=` expects one item");
}

TEST(Comparison, Elements) {
  constexpr std::string_view kJson = R"({"resourceType": "Patient", "birthDate": "1974-12-25",
    "_gender": {"id": "x"}, "multipleBirthInteger": 3, "name": [{"family": "M"}, {"family": "N"}]})";
  EXPECT_EQ(eval("birthDate < @1975-01-01", kJson), "Boolean true");
  EXPECT_EQ(eval("birthDate < today()", kJson), "Boolean true");
  EXPECT_EQ(eval("multipleBirth >= 3", kJson), "Boolean true");
  EXPECT_EQ(eval("name[0].family < name[1].family", kJson), "Boolean true");
  EXPECT_EQ(eval("gender < 'm'", kJson), "{}");
  EXPECT_EQ(eval("name.family < 'm'", kJson), "error singleton-expected@0");
  EXPECT_EQ(eval("name[0] < 'm'", kJson), "error type-mismatch@0");
}

TEST(Comparison, Comparable) {
  struct Row {
    std::string_view expression;
    std::string_view result;
  };
  static constexpr Row kRows[] = {
      {"1 'cm'.comparable(1 '[in_i]')", "Boolean true"},
      {"1 'cm'.comparable(1 's')", "Boolean false"},
      {"1 'a'.comparable(1 's')", "Boolean true"},
      {"1 'a'.comparable(1 seconds)", "Boolean false"},
      {"1 year.comparable(1 seconds)", "Boolean true"},
      {"1.comparable(2)", "Boolean true"},
      {"1.comparable(2 'g/kg')", "Boolean true"},
      {"1 'nonsense'.comparable(2 'nonsense')", "Boolean true"},
      {"1 'nonsense'.comparable(2 'other')", "Boolean false"},
      {"{}.comparable(1 'g')", "{}"},
      {"1 'g'.comparable({})", "{}"},
      {"'a'.comparable(1 'g')", "error type-mismatch@4"},
      {"(1 'g' | 2 'g').comparable(1 'g')", "error singleton-expected@16"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(eval(row.expression), row.result) << row.expression;
  }
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
