#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/base/concat.hpp"
#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Row {
  std::string_view expression;
  std::string_view expected;
};

constexpr std::string_view kPatient =
    R"({"resourceType":"Patient","_gender":{"id":"g"},)"
    R"("name":[{"family":"N8000123123","given":["first line\nsecond line","^second","i"]}]})";

TEST(RegexFunctions, Match) {
  constexpr Row kRows[] = {
      {"'N8000123123'.matches('^N[0-9]{8}$')", "Boolean false"},
      {"'N8000123123'.matches('N[0-9]{8}')", "Boolean true"},
      {"'N8000123123'.matchesFull('N[0-9]{8}')", "Boolean false"},
      {"'N8000123123'.matchesFull('N[0-9]{10}')", "Boolean true"},
      {"'ab'.matchesFull('a|ab')", "Boolean true"},
      {"'a\\nb'.matches('a.b')", "Boolean true"},
      {"'abc'.matches('')", "Boolean true"},
      {"''.matches('')", "Boolean true"},
      {"'abc'.matchesFull('')", "Boolean false"},
      {"''.matchesFull('')", "Boolean true"},
      {"'Taup\\u014d'.matches('^\\\\p{Lu}\\\\p{Ll}*$')", "Boolean true"},
      {"'\\ud83d\\ude00'.matchesFull('.')", "Boolean true"},
      {"{}.matches('a')", "{}"},
      {"'a'.matches({})", "{}"},
      {"{}.matchesFull('a')", "{}"},
      {"'a'.matchesFull({})", "{}"},
      {"Patient.gender.matches('.*')", "{}"},
      // Flags.
      {"'Hello'.matches('hello')", "Boolean false"},
      {"'Hello'.matches('hello', 'i')", "Boolean true"},
      {"'Hello'.matches('hello', '')", "Boolean false"},
      {"'Hello'.matches('hello', {})", "Boolean false"},
      {"'\\u00c9'.matches('\\u00e9', 'i')", "Boolean true"},
      {"'a\\nb'.matches('^b')", "Boolean false"},
      {"'a\\nb'.matches('^b', 'm')", "Boolean true"},
      {"'a\\nb'.matches('^B$', 'im')", "Boolean true"},
      {"'a\\nb'.matches('^B$', 'mi')", "Boolean true"},
      {"'abc\\ndef'.matchesFull('abc')", "Boolean false"},
      {"'abc\\ndef'.matchesFull('abc', 'm')", "Boolean true"},
      {"'abc\\ndef'.matchesFull('ab', 'm')", "Boolean false"},
      {"'abc\\ndef'.matchesFull('x|def', 'm')", "Boolean true"},
      {"'ABC'.matchesFull('abc', 'i')", "Boolean true"},
  };
  for (const auto& [expression, expected] : kRows) {
    EXPECT_EQ(eval(expression, kPatient), expected) << expression;
  }
}

TEST(RegexFunctions, Replace) {
  constexpr Row kRows[] = {
      {"'123456'.replaceMatches('234', 'X')", "String '1X56'"},
      {"'abc123'.replaceMatches('[0-9]', '-')", "String 'abc---'"},
      {"'11/30/1972'.replaceMatches('(\\\\d+)/(\\\\d+)/(\\\\d+)', '$2-$1-$3')",
       "String '30-11-1972'"},
      {"'11/30'.replaceMatches('(?<m>\\\\d+)/(?<d>\\\\d+)', '${d}-${m}')", "String '30-11'"},
      {"'a1b'.replaceMatches('[0-9]', '')", "String 'ab'"},
      {"'a\\u00e9a'.replaceMatches('.', '-')", "String '---'"},
      {"'abc'.replaceMatches('x', 'y')", "String 'abc'"},
      {"'abc'.replaceMatches('', 'x')", "String 'abc'"},
      {"'aBc'.replaceMatches('b', 'x')", "String 'aBc'"},
      {"'aBc'.replaceMatches('b', 'x', 'i')", "String 'axc'"},
      {"'a\\nb'.replaceMatches('^', '> ', 'm')", "String '> a\\n> b'"},
      {"'abc'.replaceMatches('b', 'x', {})", "String 'axc'"},
      {"{}.replaceMatches('a', 'b')", "{}"},
      {"'a'.replaceMatches({}, 'b')", "{}"},
      {"'a'.replaceMatches('a', {})", "{}"},
  };
  for (const auto& [expression, expected] : kRows) {
    EXPECT_EQ(eval(expression, kPatient), expected) << expression;
  }
}

// Patterns and flags that are no literals give the same, one after the other on one memory.
TEST(RegexFunctions, TakeComputedPatterns) {
  constexpr Row kRows[] = {
      {"'abc'.matches('a' & 'b')", "Boolean true"},
      {"'Abc'.matches('ab', 'i'.lower())", "Boolean true"},
      {"'Abc'.matches('ab', ''.lower())", "Boolean false"},
      {"'abc\\ndef'.matchesFull('abc'.lower(), 'm')", "Boolean true"},
      {"'abc\\ndef'.matchesFull('abc'.lower())", "Boolean false"},
      {"'abc'.matchesFull('abc'.lower())", "Boolean true"},
      {"'a1'.replaceMatches('[0-9]'.lower(), '-')", "String 'a-'"},
      {"'a1'.replaceMatches(''.lower(), '-')", "String 'a1'"},
      {"('a' | 'b' | 'ab').select('ab'.matchesFull($this))",
       "Boolean false, Boolean false, Boolean true"},
      {"('ab' | 'ab\\n').select('ab\\n'.matchesFull($this))", "Boolean false, Boolean true"},
      {"('b' | 'B').select('b'.matches($this, 'i') and 'b'.matches($this))",
       "Boolean true, Boolean false"},
      {"Patient.name.given[0].matches(Patient.name.given[1])", "Boolean false"},
      {"Patient.name.given[0].matches(Patient.name.given[1], 'm')", "Boolean true"},
      {"Patient.name.family.matches('n8', Patient.name.given[2])", "Boolean true"},
  };
  for (const auto& [expression, expected] : kRows) {
    EXPECT_EQ(eval(expression, kPatient), expected) << expression;
  }
}

TEST(RegexFunctions, RefuseBadLiteralsWithTheExpression) {
  constexpr struct {
    std::string_view expression;
    std::uint32_t offset;
    std::string_view message;
  } kRows[] = {
      {"'a'.matches('a(b')", 13, "in the pattern: "},
      {"'a'.matchesFull('a)', 'm')", 18, "in the pattern: "},
      {"'a'.replaceMatches('(?=a)', 'b')", 20, "in the pattern: "},
      {"'a'.matches('a', 's')", 17, "the flags of a pattern are `i` and `m`"},
      {"'a'.matches('a', 'I')", 17, "the flags of a pattern are `i` and `m`"},
      {"'a'.replaceMatches('a', 'b', 'g')", 29, "the flags of a pattern are `i` and `m`"},
  };
  for (const auto& [expression, offset, message] : kRows) {
    const CompileResult result = compile(expression, {});
    EXPECT_FALSE(result.program) << expression;
    EXPECT_GE(result.error.offset, offset) << expression;
    EXPECT_LT(result.error.offset, expression.size()) << expression;
    EXPECT_TRUE(result.error.message.starts_with(message)) << result.error.message;
    EXPECT_EQ(result.error.code, IssueCode::kFhirPathUnsupported);
  }
  const CompileResult large = compile("'a'.matches('((a{100}){100}){100}')", {});
  EXPECT_FALSE(large.program);
  EXPECT_EQ(large.error.code, IssueCode::kLimitExceeded);
}

TEST(RegexFunctions, FailOnBadComputedPatterns) {
  constexpr Row kRows[] = {
      {"'a'.matches('a(b'.lower())", "error invalid-argument"},
      {"'a'.matches('a(b'.lower(), 'm')", "error invalid-argument"},
      {"'a'.matchesFull('a)|(b'.lower(), 'm')", "error invalid-argument"},
      {"'a'.matches('a', 's'.lower())", "error invalid-argument"},
      {"'a'.replaceMatches('(?=a)'.lower(), 'b')", "error invalid-argument"},
      {"'a'.matches('((a{100}){100}){100}'.lower())", "error expression-too-complex"},
  };
  for (const auto& [expression, expected] : kRows) {
    const std::string result = eval(expression, kPatient);
    EXPECT_EQ(result.substr(0, result.find('@')), expected) << expression;
  }
  // The pattern may be data: the message does not quote it (SPEC P6).
  Evaluated failed;
  evaluate_into(failed, "'a'.matches('secret(?='.lower())", kPatient);
  EXPECT_EQ(failed.error.message, "`matches` expects a regular expression");
}

TEST(RegexFunctions, StayWithinTheStepBudget) {
  const std::string json =
      concat(R"({"resourceType":"Basic","language":")", std::string(100'000, 'a'), R"("})");
  EvalOptions options;
  // What makes backtracking engines hang.
  EXPECT_EQ(eval("Basic.language.matches('^(a+)+$')", json, options), "Boolean true");
  EXPECT_EQ(eval("Basic.language.matches('^(a|aa)+b$')", json, options), "Boolean false");
  options.limits.max_evaluation_steps = 1000;
  const std::string result = eval("Basic.language.matches('^(a|aa)+b$')", json, options);
  EXPECT_EQ(result.substr(0, result.find('@')), "error expression-too-complex");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
