// Math and aggregates (FHIRPath N1, 5.7 and 7).
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

TEST(Math, WholeNumbers) {
  static constexpr Row kRows[] = {
      {"(-5).abs()", "Integer 5"},
      {"(-5L).abs()", "Long 5"},
      {"(-5.50).abs()", "Decimal 5.50"},
      {"(-5.5 'mg').abs()", "Quantity 5.5 'mg'"},
      {"(-2147483648).abs()", "{}"},
      {"(-9223372036854775808L).abs()", "{}"},
      {"1.ceiling()", "Integer 1"},
      {"1.1.ceiling()", "Integer 2"},
      {"(-1.1).ceiling()", "Integer -1"},
      {"1.1 'kg'.ceiling()", "Quantity 2 'kg'"},
      {"7L.ceiling()", "Long 7"},
      {"2.9.floor()", "Integer 2"},
      {"(-2.1).floor()", "Integer -3"},
      {"2.5 's'.floor()", "Quantity 2 's'"},
      {"10000000000.5.floor()", "Long 10000000000"},
      {"10000000000000000000.5.floor()", "{}"},
      {"1.99.truncate()", "Integer 1"},
      {"(-1.56).truncate()", "Integer -1"},
      {"(-1.56 days).truncate()", "Quantity -1 day"},
      {"1.round()", "Decimal 1"},
      {"0.5.round()", "Decimal 1"},
      {"(-0.5).round()", "Decimal -1"},
      {"3.14159.round(3)", "Decimal 3.142"},
      {"3.14159.round({})", "Decimal 3"},
      {"3.1.round(40)", "Decimal 3.1"},
      {"2.315 's'.round(2)", "Quantity 2.32 's'"},
      {"3.1.round(-1)", "error invalid-argument@4"},
      {"3.1.round(1.5)", "error type-mismatch@4"},
      {"3.1.round(1 | 2)", "error singleton-expected@4"},
  };
  check(kRows);
}

TEST(Math, Decimals) {
  static constexpr Row kRows[] = {
      {"0.exp()", "Decimal 1"},
      {"(-0.0).exp() = 1", "Boolean true"},
      {"1.ln() = 0", "Boolean true"},
      {"0.ln()", "{}"},
      {"16.log(2)", "Decimal 4"},
      {"100.0.log(10.0) = 2", "Boolean true"},
      {"16.log({})", "{}"},
      {"16.log(1)", "{}"},
      {"0.log(2)", "error invalid-argument@2"},
      {"16.log(-2)", "error invalid-argument@3"},
      {"2.power(3)", "Integer 8"},
      {"2.power(0)", "Integer 1"},
      {"2.power(40)", "Decimal 1099511627776"},
      {"2L.power(3) = 8", "Boolean true"},
      {"2.power(-1)", "Decimal 0.5"},
      {"2.5.power(2)", "Decimal 6.25"},
      {"(-1).power(0.5)", "{}"},
      {"2.power({})", "{}"},
      {"10.power(100)", "{}"},
      {"81.sqrt() = 9", "Boolean true"},
      {"(-1).sqrt()", "{}"},
      {"2.sqrt()", "Decimal 1.414213562373095048801688724"},
  };
  check(kRows);
}

TEST(Math, InputsOfAllFunctions) {
  static constexpr std::string_view kCalls[] = {"abs()",  "ceiling()", "exp()",    "floor()",
                                                "ln()",   "log(2)",    "power(2)", "round()",
                                                "sqrt()", "truncate()"};
  static constexpr std::string_view kJson =
      R"({"resourceType": "Patient", "_multipleBirthInteger": {"id": "x"}, "name": [{"family": "x"}]})";
  for (const std::string_view call : kCalls) {
    const auto on = [call](std::string_view input) {
      return eval(std::string(input).append(".").append(call), kJson);
    };
    EXPECT_EQ(on("{}"), "{}") << call;
    EXPECT_EQ(on("multipleBirth"), "{}") << call;
    EXPECT_TRUE(on("(1 | 2)").starts_with("error singleton-expected")) << call;
    EXPECT_TRUE(on("'1'").starts_with("error type-mismatch")) << call;
    EXPECT_TRUE(on("true").starts_with("error type-mismatch")) << call;
    EXPECT_TRUE(on("name").starts_with("error type-mismatch")) << call;
    EXPECT_TRUE(on("@2018").starts_with("error type-mismatch")) << call;
  }
  for (const std::string_view call : {"1 'g'.exp()", "1 'g'.ln()", "1 'g'.log(2)", "1 'g'.power(2)",
                                      "1 'g'.sqrt()", "2.power(1 'g')", "2.log('2')"}) {
    EXPECT_TRUE(eval(call).starts_with("error type-mismatch")) << call;
  }
}

TEST(Aggregate, Expressions) {
  static constexpr Row kRows[] = {
      {"(1|2|3|4|5|6|7|8|9).aggregate($this + $total, 0)", "Integer 45"},
      {"(1|2|3).aggregate($this + $total)", "{}"},
      {"(1|2|3).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total)))",
       "Integer 1"},
      {"(1|2|3).aggregate($total + (1|2|3|4).aggregate($total + $this, 0), 0)", "Integer 30"},
      {"{}.aggregate($this + $total, 7)", "Integer 7"},
      {"{}.aggregate($this + $total)", "{}"},
      {"('a'|'b'|'c').aggregate($total & $index.toString() & $this, '-')", "String '-0a1b2c'"},
      {"(1|2|3).aggregate($total.combine($this), 9)", "Integer 9, Integer 1, Integer 2, Integer 3"},
      {"(1|2|3).aggregate({}, 5)", "{}"},
      {"(1|2|3).aggregate($total + 'x', 0)", "error type-mismatch@18"},
      {"(1|2|3).aggregate()", "refused@8 fhirpath-arity"},
      {"(1 'cm'|3 'cm'|1 'm').aggregate($total + $this, 0 'cm') = 104 'cm'", "Boolean true"},
  };
  check(kRows);
  EvalOptions options;
  options.limits.max_evaluation_steps = 2000;
  EXPECT_TRUE(
      eval("(1|2|3|4|5|6|7|8|9|10|11|12).aggregate($total.combine($total), 1)", "{}", options)
          .starts_with("error expression-too-complex"));
}

TEST(Aggregate, SumsAndExtremes) {
  static constexpr Row kRows[] = {
      {"(1|2|3).sum()", "Integer 6"},
      {"(1|2.5).sum()", "Decimal 3.5"},
      {"7.sum()", "Integer 7"},
      {"(1 'cm'|3 'cm'|1 'm').sum()", "Quantity 104 'cm'"},
      {"(1 'cm'|3 's').sum()", "{}"},
      {"(2147483647|1).sum()", "{}"},
      {"{}.sum()", "{}"},
      {"('a'|'b').sum()", "error type-mismatch@10"},
      {"'a'.sum()", "error type-mismatch@4"},
      {"(3|1|2).min()", "Integer 1"},
      {"(3|1|2).max()", "Integer 3"},
      {"('b'|'a').min()", "String 'a'"},
      {"(@2018|@2017).max()", "Date @2018"},
      {"(@2018|@2018-02).max()", "{}"},
      {"(1 'cm'|3 'cm'|1 'm').max()", "Quantity 1 'm'"},
      {"(1|'a').min()", "error type-mismatch@8"},
      {"true.min()", "error type-mismatch@5"},
      {"{}.max()", "{}"},
      {"(1|2).avg()", "Decimal 1.5"},
      {"(7|8|9|1|2|3|4|5|6).avg() = 5", "Boolean true"},
      {"(1 'm'|3 'm').avg()", "Quantity 2 'm'"},
      {"{}.avg()", "{}"},
      {"'a'.avg()", "error type-mismatch@4"},
  };
  check(kRows);
  // An item without value leaves nothing.
  constexpr std::string_view kJson =
      R"({"resourceType": "Basic", "n": [null, 1, 2], "_n": [{"id": "x"}]})";
  EvalOptions options;
  options.untyped = true;
  for (const std::string_view call : {"n.sum()", "n.min()", "n.max()", "n.avg()"}) {
    EXPECT_EQ(eval(call, kJson, options), "{}") << call;
  }
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
