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
    R"({"resourceType":"Patient","active":true,"birthDate":"1974-12-25",)"
    R"("name":[{"family":"Chalmers","given":["Peter","J\u00fcrgen"],)"
    R"("_given":[{"id":"a"},null]},{"given":[null,"Jim"],"_given":[{"id":"b"},null]}],)"
    R"("_gender":{"id":"g"},"telecom":[{"rank":1}]})";

template <std::size_t kCount>
void expect_all(const Row (&rows)[kCount]) {
  for (const auto& [expression, expected] : rows) {
    EXPECT_EQ(eval(expression, kPatient), expected) << expression;
  }
}

// The result without the place of an error.
std::string outcome(std::string_view expression) {
  const std::string result = eval(expression, kPatient);
  return result.starts_with("error") ? result.substr(0, result.find('@')) : result;
}

TEST(StringFunctions, FindsPositions) {
  constexpr Row kRows[] = {
      {"'abcdefg'.indexOf('bc')", "Integer 1"},
      {"'abcdefg'.indexOf('x')", "Integer -1"},
      {"'abcdefg'.indexOf('abcdefg')", "Integer 0"},
      {"'abc'.indexOf('abcd')", "Integer -1"},
      {"'abc'.indexOf('')", "Integer 0"},
      {"''.indexOf('')", "Integer 0"},
      {"''.indexOf('a')", "Integer -1"},
      {"'abc'.indexOf({})", "{}"},
      {"{}.indexOf('a')", "{}"},
      {"{}.indexOf({})", "{}"},
      {"'a\\u00e9\\u20ac\\ud83d\\ude00z'.indexOf('z')", "Integer 4"},
      {"'abcabc'.lastIndexOf('b')", "Integer 4"},
      {"'abcdefg'.lastIndexOf('x')", "Integer -1"},
      {"'aaa'.lastIndexOf('aa')", "Integer 1"},
      {"'0123'.lastIndexOf('')", "Integer 4"},
      {"''.lastIndexOf('')", "Integer 0"},
      {"'\\u20acx\\u20acx'.lastIndexOf('x')", "Integer 3"},
      {"{}.lastIndexOf('a')", "{}"},
      {"'abc'.lastIndexOf({})", "{}"},
      {"Patient.name.first().family.indexOf('m')", "Integer 4"},
      {"Patient.name.first().given.last().indexOf('r')", "Integer 2"},
      {"Patient.gender.indexOf('m')", "{}"},
  };
  expect_all(kRows);
}

// Needles long enough for the linear search, with borders that overlap.
TEST(StringFunctions, FindsLongNeedles) {
  constexpr Row kRows[] = {
      {"'aaaaaaaaaaaaaaaaaaaaaaaab'.indexOf('aaaaaaaaaaaaaaaab')", "Integer 8"},
      {"'aaaaaaaaaaaaaaaaaaaaaaaab'.indexOf('aaaaaaaaaaaaaaaac')", "Integer -1"},
      {"'abababababababababababababab'.lastIndexOf('abababababababababab')", "Integer 8"},
      {"'abababababababababababababab'.indexOf('babababababababababa')", "Integer 1"},
      {"'0123456789abcdef'.indexOf('0123456789abcdef')", "Integer 0"},
      {"'0123456789abcde'.indexOf('0123456789abcdef')", "Integer -1"},
      {"'x0123456789abcdefy0123456789abcdefz'.replace('0123456789abcdef', '-')", "String 'x-y-z'"},
      {"'aabaabaabaabaabaabaac'.contains('aabaabaabaabaabaac')", "Boolean true"},
      {"'aabaabaabaabaabaabaac'.contains('aabaabaabaabaabaad')", "Boolean false"},
  };
  expect_all(kRows);
}

TEST(StringFunctions, TakesParts) {
  constexpr Row kRows[] = {
      {"'abcdefg'.substring(3)", "String 'defg'"},
      {"'abcdefg'.substring(1, 2)", "String 'bc'"},
      {"'abcdefg'.substring(6, 2)", "String 'g'"},
      {"'abcdefg'.substring(7)", "{}"},
      {"'abcdefg'.substring(7, 1)", "{}"},
      {"'abcdefg'.substring(8)", "{}"},
      {"'abcdefg'.substring(-1)", "{}"},
      {"'abcdefg'.substring(-1, 1)", "{}"},
      {"'abcdefg'.substring(3, 0)", "String ''"},
      {"'abcdefg'.substring(3, -1)", "String ''"},
      {"'abcdefg'.substring(3, 9223372036854775807L)", "String 'defg'"},
      {"'abcdefg'.substring(3, {})", "String 'defg'"},
      {"'abcdefg'.substring({})", "{}"},
      {"'abcdefg'.substring({}, 1)", "{}"},
      {"''.substring(0)", "{}"},
      {"{}.substring(0)", "{}"},
      {"{}.substring({})", "{}"},
      {"'a\\u00e9\\u20ac\\ud83d\\ude00z'.substring(3, 1)", "String '\U0001F600'"},
      {"'a\\u00e9\\u20ac\\ud83d\\ude00z'.substring(1, 2)", "String '\u00E9\u20AC'"},
      {"Patient.name.given.select(substring(0, 1))", "String 'P', String 'J', String 'J'"},
      {"'abc'.toChars()", "String 'a', String 'b', String 'c'"},
      {"'\\u00e9\\ud83d\\ude00'.toChars()", "String '\u00E9', String '\U0001F600'"},
      {"''.toChars()", "{}"},
      {"{}.toChars()", "{}"},
      {"'A,B,C'.split(',')", "String 'A', String 'B', String 'C'"},
      {"'ABC'.split(',')", "String 'ABC'"},
      {"'A,,C'.split(',')", "String 'A', String '', String 'C'"},
      {"',A,'.split(',')", "String '', String 'A', String ''"},
      {"'A::B'.split('::')", "String 'A', String 'B'"},
      {"'aaa'.split('aa')", "String '', String 'a'"},
      {"''.split(',')", "String ''"},
      {"'\\u00e9b'.split('')", "String '\u00E9', String 'b'"},
      {"'a'.split({})", "{}"},
      {"{}.split(',')", "{}"},
      {"' \\t\\r\\n a b \\n'.trim()", "String 'a b'"},
      {"' \\t '.trim()", "String ''"},
      {"'\\u00a0a'.trim()", "String '\u00A0a'"},
      {"{}.trim()", "{}"},
  };
  expect_all(kRows);
}

TEST(StringFunctions, TestsBeginningsAndEnds) {
  constexpr Row kRows[] = {
      {"'abcdefg'.startsWith('abc')", "Boolean true"},
      {"'abcdefg'.startsWith('bc')", "Boolean false"},
      {"'abc'.startsWith('abcd')", "Boolean false"},
      {"'abc'.startsWith('')", "Boolean true"},
      {"''.startsWith('')", "Boolean true"},
      {"'abc'.startsWith({})", "{}"},
      {"{}.startsWith('')", "{}"},
      {"'abcdefg'.endsWith('efg')", "Boolean true"},
      {"'abcdefg'.endsWith('ef')", "Boolean false"},
      {"'abc'.endsWith('')", "Boolean true"},
      {"'abc'.endsWith({})", "{}"},
      {"{}.endsWith('')", "{}"},
      {"'abc'.contains('b')", "Boolean true"},
      {"'abc'.contains('bc')", "Boolean true"},
      {"'abc'.contains('B')", "Boolean false"},
      {"'abc'.contains('')", "Boolean true"},
      {"''.contains('a')", "Boolean false"},
      {"'abc'.contains({})", "{}"},
      {"{}.contains('')", "{}"},
      {"Patient.gender.contains('m')", "{}"},
  };
  expect_all(kRows);
}

TEST(StringFunctions, ChangesText) {
  constexpr Row kRows[] = {
      {"'aBc1'.upper()", "String 'ABC1'"},
      {"'aBc1'.lower()", "String 'abc1'"},
      {"'J\\u00fcrgen \\u03b1\\u044f'.upper()", "String 'J\u00DCRGEN \u0391\u042F'"},
      {"'\\u00c9\\u0100\\u0391\\u042f'.lower()", "String '\u00E9\u0101\u03B1\u044F'"},
      {"'Stra\\u00dfe'.upper()", "String 'STRASSE'"},
      {"''.upper()", "String ''"},
      {"{}.upper()", "{}"},
      {"{}.lower()", "{}"},
      {"'abcdefg'.replace('cde', '123')", "String 'ab123fg'"},
      {"'abcdefg'.replace('cde', '')", "String 'abfg'"},
      {"'abc'.replace('', 'x')", "String 'xaxbxcx'"},
      {"''.replace('', 'x')", "String 'x'"},
      {"'\\u00e9'.replace('', '-')", "String '-\u00E9-'"},
      {"''.replace('a', 'x')", "String ''"},
      {"'aaa'.replace('aa', 'b')", "String 'ba'"},
      {"'abab'.replace('ab', 'abab')", "String 'abababab'"},
      {"'abc'.replace('x', 'y')", "String 'abc'"},
      {"'a.c'.replace('.', '$0')", "String 'a$0c'"},
      {"'abc'.replace({}, 'x')", "{}"},
      {"'abc'.replace('b', {})", "{}"},
      {"{}.replace('b', 'x')", "{}"},
      {"'a\\u00e9\\ud83d\\ude00'.length()", "Integer 3"},
      {"''.length()", "Integer 0"},
      {"{}.length()", "{}"},
      {"Patient.gender.length()", "{}"},
      {"Patient.name.given.select(length())", "Integer 5, Integer 6, Integer 3"},
      {"('a' | 'b' | 'c').join()", "String 'abc'"},
      {"('a' | 'b').join(', ')", "String 'a, b'"},
      {"'a'.join(',')", "String 'a'"},
      {"('a' | '').join(',')", "String 'a,'"},
      {"Patient.name.given.join('-')", "String 'Peter-J\u00FCrgen-Jim'"},
      {"Patient.name.given.join({})", "{}"},
      {"{}.join(',')", "{}"},
      {"Patient.gender.join()", "{}"},
  };
  expect_all(kRows);
}

TEST(StringFunctions, RefusesOtherTypesAndSeveralItems) {
  for (const std::string_view call :
       {"indexOf('1')",      "lastIndexOf('1')", "substring(0)",     "startsWith('1')",
        "endsWith('1')",     "contains('1')",    "upper()",          "lower()",
        "replace('1', '2')", "length()",         "toChars()",        "trim()",
        "split('1')",        "matches('1')",     "matchesFull('1')", "replaceMatches('1', '2')",
        "encode('hex')",     "decode('hex')",    "escape('html')",   "unescape('html')"}) {
    for (const std::string_view input : {"1", "1.5", "true", "@2014", "1 'kg'", "Patient.active",
                                         "Patient.birthDate", "Patient.name.first()", "Patient"}) {
      const std::string expression = concat("(", input, ").", call);
      EXPECT_EQ(outcome(expression), "error type-mismatch") << expression;
    }
    const std::string expression = concat("('1' | '2').", call);
    EXPECT_EQ(outcome(expression), "error singleton-expected") << expression;
  }
  for (const std::string_view expression :
       {"'1'.indexOf(1)", "'1'.substring('0')", "'1'.substring(0.5)", "'1'.substring(0, 'a')",
        "'1'.startsWith(1)", "'1'.replace('1', 2)", "'1'.split(1)", "('1' | '2').join(1)",
        "('1' | 2).join()", "Patient.telecom.rank.join()", "'1'.matches(1)", "'1'.matches('1', 1)",
        "'1'.encode(1)"}) {
    EXPECT_EQ(outcome(expression), "error type-mismatch") << expression;
  }
  for (const std::string_view expression :
       {"'1'.indexOf('1' | '2')", "'1'.substring(0 | 1)", "'1'.substring(0, 1 | 2)",
        "'1'.replace('1', '2' | '3')", "'1'.split('1' | '2')", "'1'.join(',' | ';')",
        "'1'.matches('1' | '2')", "'1'.encode('hex' | 'base64')"}) {
    EXPECT_EQ(outcome(expression), "error singleton-expected") << expression;
  }
}

// The message names what was expected and nothing of the data (SPEC P6).
TEST(StringFunctions, SaysWhatWasExpected) {
  Evaluated result;
  evaluate_into(result, "Patient.birthDate.startsWith('19')", kPatient);
  EXPECT_EQ(result.error.message, "`startsWith` expects a String");
}

TEST(StringFunctions, EncodesAndDecodes) {
  constexpr Row kRows[] = {
      {"'test'.encode('hex')", "String '74657374'"},
      {"'test'.encode('base64')", "String 'dGVzdA=='"},
      {"'subjects?_d'.encode('base64')", "String 'c3ViamVjdHM/X2Q='"},
      {"'subjects?_d'.encode('urlbase64')", "String 'c3ViamVjdHM_X2Q='"},
      {"'\\u00e9'.encode('hex')", "String 'c3a9'"},
      {"''.encode('base64')", "String ''"},
      {"{}.encode('hex')", "{}"},
      {"'a'.encode({})", "{}"},
      {"'74657374'.decode('hex')", "String 'test'"},
      {"'C3A9'.decode('hex')", "String '\u00E9'"},
      {"'c3ViamVjdHM/X2Q='.decode('base64')", "String 'subjects?_d'"},
      {"'c3ViamVjdHM_X2Q='.decode('urlbase64')", "String 'subjects?_d'"},
      {"'c3ViamVjdHM_X2Q'.decode('urlbase64')", "String 'subjects?_d'"},
      {"''.decode('base64')", "String ''"},
      {"{}.decode('hex')", "{}"},
      // Bytes that are no text.
      {"'ff'.decode('hex')", "{}"},
      {"'/w=='.decode('base64')", "{}"},
      {"'\"1<2\" & \\'3\\''.escape('html')", "String '&quot;1&lt;2&quot; &amp; &#39;3&#39;'"},
      {"'&quot;1&lt;2&quot;'.unescape('html')", "String '\"1<2\"'"},
      {"'\"1<2\"'.escape('json')", "String '\\\\\"1<2\\\\\"'"},
      {"'\\\\1<2\\\\'.escape('json')", "String '\\\\\\\\1<2\\\\\\\\'"},
      {"'a\\n\\u00e9'.escape('json')", "String 'a\\\\n\u00E9'"},
      {"'\\\"1<2\\\"'.unescape('json')", "String '\"1<2\"'"},
      {"'\\\\1<2\\\\'.unescape('json')", "String '\\\\1<2\\\\'"},
      {"''.escape('json')", "String ''"},
      {"{}.escape('json')", "{}"},
      {"'a'.escape({})", "{}"},
      {"'a'.unescape({})", "{}"},
  };
  expect_all(kRows);
  for (const std::string_view expression :
       {"'a'.encode('base32')", "'a'.encode('')", "'a'.escape('xml')", "'a'.unescape('HTML')",
        "'6B6'.decode('hex')", "'zz'.decode('hex')", "'dGVzdA'.decode('base64')",
        "'dGVzdA=='.decode('base65')", "'c3_'.decode('base64')", "'a b'.decode('urlbase64')"}) {
    EXPECT_EQ(outcome(expression), "error invalid-argument") << expression;
  }
}

// --- Bounds.

std::string long_text(std::size_t size) {
  return concat(R"({"resourceType":"Basic","id":"x","language":")", std::string(size, 'a'),
                R"("})");
}

TEST(StringFunctions, StaysWithinItsBounds) {
  const std::string json = long_text(200'000);
  EvalOptions options;
  options.limits.max_evaluation_bytes = 1 << 20;
  const auto outcome_of = [&](std::string_view expression) {
    const std::string result = eval(expression, json, options);
    return result.substr(0, result.find('@'));
  };
  // 200,000 x 200,000 bytes.
  EXPECT_EQ(outcome_of("Basic.language.replace('a', Basic.language)"), "error result-too-large");
  EXPECT_EQ(outcome_of("Basic.language.replace('', Basic.language)"), "error result-too-large");
  EXPECT_EQ(outcome_of("Basic.language.replaceMatches('a', Basic.language)"),
            "error result-too-large");
  EXPECT_EQ(outcome_of("Basic.language.encode('hex').encode('hex').encode('hex')"),
            "error result-too-large");
  EXPECT_EQ(outcome_of("Basic.language.toChars().join(Basic.language)"), "error result-too-large");
  options.limits.max_evaluation_steps = 100'000;
  EXPECT_EQ(outcome_of("Basic.language.toChars().count()"), "error expression-too-complex");
  EXPECT_EQ(outcome_of("Basic.language.split('a').count()"), "error expression-too-complex");
}

// A search takes steps for the size of both texts, not for their product.
TEST(StringFunctions, SearchesInLinearTime) {
  const std::string json = long_text(400'000);
  EvalOptions options;
  options.limits.max_evaluation_steps = 200'000;
  EXPECT_EQ(eval("Basic.language.contains(Basic.language.substring(200000) & 'b')", json, options),
            "Boolean false");
  EXPECT_EQ(eval("Basic.language.lastIndexOf(Basic.language.substring(200000))", json, options),
            "Integer 200000");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
