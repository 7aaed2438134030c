#include <string>

#include <gtest/gtest.h>

#include "tests/native/core/fhirpath/typed_support.hpp"

// The deepest expressions that the grammar's limits let in: compiling, evaluating and freeing them
// follows the tree by recursion, here in the frames of an unoptimised or sanitised build.
namespace fhirwall::fhirpath::test {
namespace {

constexpr int kOperators = 500;
constexpr int kNesting = 64;

std::string times(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += text;
  }
  return out;
}

std::string nested(std::string_view open, std::string_view inner, std::string_view close) {
  return times(open, kNesting) + std::string(inner) + times(close, kNesting);
}

TEST(Depth, WhatIsAsDeepAsItMayBeIsEvaluated) {
  const std::string json =
      R"({"resourceType":"Patient","active":true,"name":[{"family":"C","given":["A"]}]})";
  const std::string chain = times(".where(true)", kOperators / kNesting - 2);
  const struct {
    std::string expression;
    const char* expected;
  } table[] = {
      {"1" + times(" + 1", kOperators), "Integer 501"},
      {"1" + times(" | 1", kOperators), "Integer 1"},
      {"'a'" + times(" & ''", kOperators), "String 'a'"},
      {"true" + times(" and true", kOperators), "Boolean true"},
      {"true" + times(" implies true", kOperators), "Boolean true"},
      {"true" + times(" is Boolean", kOperators), "Boolean true"},
      {"active" + times(".where(true)", kOperators), "FHIR.boolean true"},
      {"active" + times(".select($this)", kOperators), "FHIR.boolean true"},
      {"active" + times(".iif(true, $this)", kOperators), "FHIR.boolean true"},
      {"@2020-01-01" + times(" + 1 day", kOperators), "Date @2021-05-15"},
      {nested("(", "1", ")"), "Integer 1"},
      {nested("1 + (", "1", ")"), "Integer 65"},
      {nested("iif(true, ", "1", ")"), "Integer 1"},
      {nested("active.where(%resource.", "active", ")"), "FHIR.boolean true"},
      {nested("active.select(%resource.", "active", ")"), "FHIR.boolean true"},
      {nested("%resource.name.exists(", "true", ")"), "Boolean true"},
      {nested("%resource.active" + chain + ".where(", "true", ")"), "FHIR.boolean true"},
  };
  for (const auto& [expression, expected] : table) {
    EXPECT_EQ(eval(expression, json), expected) << expression.substr(0, 60);
  }
}

TEST(Depth, OneMoreIsRefused) {
  for (const std::string& expression :
       {times("1 + ", kOperators + 1) + "1", times("a.", kOperators + 1) + "b",
        // GCC 12 warns about a literal in front of a concatenation.
        std::string("(").append(nested("(", "1", ")")).append(")"),
        std::string("a.where(").append(nested("a.where(", "true", ")")).append(")")}) {
    const CompileResult compiled = compile(expression, {});
    EXPECT_EQ(compiled.program, nullptr) << expression.substr(0, 60);
    EXPECT_EQ(compiled.error.code, IssueCode::kLimitExceeded) << expression.substr(0, 60);
  }
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
