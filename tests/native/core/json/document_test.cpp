// What is accepted and refused, and with which code and offset (SPEC 8.1).
#include "core/json/document.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/native/core/json/support.hpp"

namespace fhirwall::json {
namespace {

using enum ErrorCode;
using namespace std::string_view_literals;

struct Case {
  std::string_view text;
  ErrorCode code;
  std::uint64_t offset;
};

class Kernels : public testing::TestWithParam<const char*> {};

constexpr std::string_view kAccepted[] = {
    "{}",
    "[]",
    "0",
    "-0",
    "\"\"",
    "true",
    "false",
    "null",
    " \t\r\n{ } \n",
    "[[],[[]],{}]",
    "1.50",
    "0.0",
    "-0.0e-0",
    "1E+400",
    "1e-400",
    "123456789012345678901234567890",
    R"({"a":1,"b":[true,false,null,"x"]})",
    R"(["\"\\\/\b\f\n\r\t\u0000\u00e9\uD83D\uDE00"])",
    "[\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \x7F\"]",
    R"({"":0})",
    R"({"a":{"a":{"a":1}}})",
    R"([{"a":1},{"a":2}])",
    R"({"a":1,"A":2,"aa":3})",
    R"({"a":"b","b":"a"})",
    R"(["{}[],:",{"{}[],:":"\"]}"}])",
    R"({"\u0061":1,"\u0062":2})",
    "\"\\\\\"",
    "[1 , 2\t,\r\n3 ]",
    R"("\uFFFE\uFFFF")",
};

TEST_P(Kernels, AcceptsWellFormedText) {
  Parser parser = Parser::with_kernel(GetParam());
  for (const std::string_view text : kAccepted) {
    const ExactText exact(text);
    const Error error = parser.parse(exact.view(), {});
    EXPECT_EQ(error.code, kOk) << text << " at " << error.offset;
    EXPECT_GT(parser.document().size(), 0u) << text;
  }
}

constexpr Case kRefused[] = {
    {"", kEmptyBody, 0},
    {" \n\t\r", kEmptyBody, 0},
    {"\xEF\xBB\xBF{}", kByteOrderMark, 0},
    {"\xEF\xBB\xBF", kByteOrderMark, 0},
    {"\xFE\xFF{}", kInvalidUtf8, 0},
    {" \xEF\xBB\xBF{}", kInvalidJson, 1},
    {"{} {}", kTrailingContent, 3},
    {"{},", kTrailingContent, 2},
    {"1 2", kTrailingContent, 2},
    {"\"a\"b", kTrailingContent, 3},
    {"\"a\"\"b\"", kTrailingContent, 3},
    {"[]]", kTrailingContent, 2},
    {"{}\0"sv, kTrailingContent, 2},
    {"{", kInvalidJson, 1},
    {"[", kInvalidJson, 1},
    {"[1", kInvalidJson, 2},
    {"[1,", kInvalidJson, 3},
    {"{\"a\"", kInvalidJson, 4},
    {"{\"a\":", kInvalidJson, 5},
    {"{\"a\":1", kInvalidJson, 6},
    {"{\"a\":1,", kInvalidJson, 7},
    {"[{}", kInvalidJson, 3},
    {"}", kInvalidJson, 0},
    {"]", kInvalidJson, 0},
    {",", kInvalidJson, 0},
    {":", kInvalidJson, 0},
    {"{]", kInvalidJson, 1},
    {"[}", kInvalidJson, 1},
    {"[1}", kInvalidJson, 2},
    {"{\"a\":1]", kInvalidJson, 6},
    {"[,1]", kInvalidJson, 1},
    {"[1,]", kInvalidJson, 3},
    {"[1,,2]", kInvalidJson, 3},
    {"[1 2]", kInvalidJson, 3},
    {"[1:2]", kInvalidJson, 2},
    {"[\"a\" \"b\"]", kInvalidJson, 5},
    {"[\"a\"1]", kInvalidJson, 4},
    {"{1:2}", kInvalidJson, 1},
    {"{a:2}", kInvalidJson, 1},
    {"{\"a\"1}", kInvalidJson, 4},
    {"{\"a\" 1}", kInvalidJson, 5},
    {"{\"a\",1}", kInvalidJson, 4},
    {"{\"a\"::1}", kInvalidJson, 5},
    {"{\"a\":}", kInvalidJson, 5},
    {"{\"a\":1,}", kInvalidJson, 7},
    {"{,\"a\":1}", kInvalidJson, 1},
    {"{\"a\"x:1}", kInvalidJson, 4},
    {"{\"a\":1 \"b\":2}", kInvalidJson, 7},
    {"[\"a]", kInvalidJson, 4},
    {"\"", kInvalidJson, 1},
    {"\"\\\"", kInvalidJson, 3},
    {"['a']", kInvalidJson, 1},
    {"[NaN]", kInvalidJson, 1},
    {"[Infinity]", kInvalidJson, 1},
    {"[undefined]", kInvalidJson, 1},
    {"// x\n{}", kInvalidJson, 0},
    {"{/**/}", kInvalidJson, 1},
    {"[\x0C]", kInvalidJson, 1},
    {"[\x1A]", kInvalidJson, 1},
    {"{\"a\"\x1A 1}", kInvalidJson, 4},
    {"[1\x0C 2]", kInvalidJson, 2},
    {"[\xC2\xA0]", kInvalidJson, 1},
    {"\\\"a\\\"", kInvalidJson, 0},
    {"[+1]", kInvalidJson, 1},
    {"[.5]", kInvalidJson, 1},
    {"-", kInvalidNumber, 1},
    {"[-]", kInvalidNumber, 2},
    {"[-a]", kInvalidNumber, 2},
    {"[01]", kInvalidNumber, 2},
    {"[-01]", kInvalidNumber, 3},
    {"[00]", kInvalidNumber, 2},
    {"[1.]", kInvalidNumber, 3},
    {"[1.e5]", kInvalidNumber, 3},
    {"[1e]", kInvalidNumber, 3},
    {"[1e+]", kInvalidNumber, 4},
    {"[1.5.5]", kInvalidNumber, 4},
    {"[1e5e5]", kInvalidNumber, 4},
    {"[1x]", kInvalidNumber, 2},
    {"[0x10]", kInvalidNumber, 2},
    {"[1\"a\"]", kInvalidNumber, 2},
    {"[1_000]", kInvalidNumber, 2},
    {"[--1]", kInvalidNumber, 2},
    {"tru", kInvalidLiteral, 3},
    {"[tru]", kInvalidLiteral, 4},
    {"[trux]", kInvalidLiteral, 4},
    {"[truee]", kInvalidLiteral, 5},
    {"[True]", kInvalidJson, 1},
    {"[tRUE]", kInvalidLiteral, 2},
    {"[fals]", kInvalidLiteral, 5},
    {"[nul]", kInvalidLiteral, 4},
    {"[nulll]", kInvalidLiteral, 5},
    {"[null\"\"]", kInvalidLiteral, 5},
    {R"(["\a"])", kInvalidString, 2},
    {R"(["ok\n\x41"])", kInvalidString, 6},
    {R"(["\u12"])", kInvalidString, 2},
    {R"(["\u12g4"])", kInvalidString, 2},
    {R"(["\U0041"])", kInvalidString, 2},
    {R"(["\ud800"])", kInvalidString, 2},
    {R"(["\udc00"])", kInvalidString, 2},
    {R"(["\ud800\ud800"])", kInvalidString, 2},
    {R"(["\ud800\n"])", kInvalidString, 2},
    {R"(["\ud800x"])", kInvalidString, 2},
    {R"(["\ud83d\ude00\ude00"])", kInvalidString, 14},
    {R"({"\q":1})", kInvalidString, 2},
    {R"({"a\ud800":1})", kInvalidString, 3},
    {"[\"\\\n\"]", kUnescapedControl, 3},
    {"[\"a\tb\"]", kUnescapedControl, 3},
    {"[\"a\0b\"]"sv, kUnescapedControl, 3},
    {"[\"a\nb\"]", kUnescapedControl, 3},
    {"{\"a\x1F\":1}", kUnescapedControl, 3},
    {"[\"\xFF\"]", kInvalidUtf8, 2},
    {"[\"\x80\"]", kInvalidUtf8, 2},
    {"[\"\xC0\x80\"]", kInvalidUtf8, 2},
    {"[\"\xC3\"]", kInvalidUtf8, 2},
    {"[\"\xE0\x80\x80\"]", kInvalidUtf8, 2},
    {"[\"\xED\xA0\x80\"]", kInvalidUtf8, 2},
    {"[\"\xF0\x80\x80\x80\"]", kInvalidUtf8, 2},
    {"[\"\xF4\x90\x80\x80\"]", kInvalidUtf8, 2},
    {"[\"\xF5\x80\x80\x80\"]", kInvalidUtf8, 2},
    {"[\"ok \xC3\xA9 \xC3\"]", kInvalidUtf8, 8},
    {"[\"a\xF0\x9F\x98", kInvalidUtf8, 3},
    {R"({"a":1,"a":2})", kDuplicateKey, 7},
    {R"({"a":1,"b":2,"\u0061":3})", kDuplicateKey, 13},
    {R"({"\u0061":1,"a":2})", kDuplicateKey, 12},
    {R"({"\u0061":1,"\u0061":2})", kDuplicateKey, 12},
    {R"({"\/":1,"/":2})", kDuplicateKey, 8},
    {"{\"\\ud83d\\ude00\":1,\"\xF0\x9F\x98\x80\":2}", kDuplicateKey, 18},
    {R"({"":1,"":2})", kDuplicateKey, 6},
    {R"([{"x":{"a":1,"b":{"a":1},"a":2}}])", kDuplicateKey, 25},
    {R"({"aVeryLongKeyName":1,"x":{},"aVeryLongKeyName":2})", kDuplicateKey, 29},
};

TEST(Document, RefusesWithCodeAndOffset) {
  Parser parser;
  for (const Case& c : kRefused) {
    const ExactText exact(c.text);
    const Error error = parser.parse(exact.view(), {});
    EXPECT_EQ(error_name(error.code), error_name(c.code)) << c.text;
    EXPECT_EQ(error.offset, c.offset) << c.text;
    EXPECT_EQ(parser.document().size(), 0u) << c.text;
  }
}

TEST_P(Kernels, RefusesTheSameTexts) {
  Parser parser = Parser::with_kernel(GetParam());
  for (const Case& c : kRefused) {
    const ExactText exact(c.text);
    EXPECT_NE(parser.parse(exact.view(), {}).code, kOk) << c.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Simdjson, Kernels, testing::Values("fallback", "westmere", "haswell"),
                         [](const auto& kernel) { return std::string(kernel.param); });

// Every refusal also has to hold wherever a 64-byte block of the scan ends.
TEST(Document, RefusesAtEveryAlignment) {
  Parser parser;
  for (const Case& c : kRefused) {
    if (c.code == kByteOrderMark || c.code == kEmptyBody) {
      continue;
    }
    for (std::size_t spaces = 1; spaces <= 66; ++spaces) {
      const ExactText exact(std::string(spaces, ' ').append(c.text));
      const Error error = parser.parse(exact.view(), {});
      EXPECT_EQ(error_name(error.code), error_name(c.code)) << c.text << " after " << spaces;
      EXPECT_EQ(error.offset, c.offset + spaces) << c.text << " after " << spaces;
    }
  }
}

TEST(Document, EveryPrefixIsRefused) {
  Parser parser;
  const std::string whole = R"({"a":[1,{"b":"x\n"}, true ],"\u0063":null})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ExactText exact(std::string_view(whole).substr(0, size));
    EXPECT_NE(parser.parse(exact.view(), {}).code, kOk) << exact.view();
  }
}

TEST(Document, NodesSayWhereThingsAre) {
  Parser parser;
  const ExactText exact(R"( {"name" : {"given":["Ann", 1.50]} , "id":"1","\u0069\u0065":true} )");
  ASSERT_FALSE(parser.parse(exact.view(), {}));
  const Document& doc = parser.document();
  struct Row {
    Kind kind;
    std::string_view key, raw;
    NodeIndex next;
  };
  const Row rows[] = {
      {Kind::kObject, "", R"({"name" : {"given":["Ann", 1.50]} , "id":"1","\u0069\u0065":true})",
       7},
      {Kind::kObject, "name", R"({"given":["Ann", 1.50]})", 5},
      {Kind::kArray, "given", R"(["Ann", 1.50])", 5},
      {Kind::kString, "", R"("Ann")", 4},
      {Kind::kNumber, "", "1.50", 5},
      {Kind::kString, "id", R"("1")", 6},
      {Kind::kTrue, "ie", "true", 7},
  };
  ASSERT_EQ(doc.size(), std::size(rows));
  for (NodeIndex i = 0; i < doc.size(); ++i) {
    EXPECT_EQ(doc.kind(i), rows[i].kind) << i;
    EXPECT_EQ(doc.key(i), rows[i].key) << i;
    EXPECT_EQ(doc.raw(i), rows[i].raw) << i;
    EXPECT_EQ(doc[i].next, rows[i].next) << i;
  }
  EXPECT_EQ(doc.find(0, "id"), 5u);
  EXPECT_EQ(doc.find(0, "ie"), 6u);
  EXPECT_EQ(doc.find(0, "given"), kNoNode);
  EXPECT_EQ(doc.find(2, "given"), kNoNode);
  EXPECT_EQ(doc.find(0, ""), kNoNode);
  EXPECT_TRUE(doc.has_children(0));
  EXPECT_FALSE(doc.has_children(3));
}

TEST(Document, StringsAreUnescapedOnDemand) {
  Parser parser;
  const ExactText exact(R"(["plain","a\"b\\\/\b\f\n\r\t","\u00e9\u20AC\ud83d\ude00\u0000x",""])");
  ASSERT_FALSE(parser.parse(exact.view(), {}));
  const Document& doc = parser.document();
  std::string scratch;
  EXPECT_EQ(doc.string(1, scratch), "plain");
  EXPECT_TRUE(scratch.empty());
  EXPECT_EQ(doc.string(2, scratch), "a\"b\\/\b\f\n\r\t");
  const auto unicode = "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\0x"sv;
  EXPECT_EQ(doc.string(3, scratch), unicode);
  EXPECT_EQ(doc.string(4, scratch), "");
  EXPECT_TRUE(doc.string_is(1, "plain"));
  EXPECT_FALSE(doc.string_is(1, "plai"));
  EXPECT_TRUE(doc.string_is(3, unicode));
  EXPECT_FALSE(doc.string_is(3, "x"));
  EXPECT_TRUE(doc.string_is(2, "a\"b\\/\b\f\n\r\t"));
  EXPECT_FALSE(doc.string_is(2, "a\"b\\/\b\f\n\r"));
  EXPECT_FALSE(doc.string_is(2, "a\"b\\/\b\f\n\r\tx"));
  EXPECT_FALSE(doc.string_is(2, "a\"c\\/\b\f\n\r\t"));
  EXPECT_FALSE(doc.string_is(2, R"(a\"b\\\/\b\f\n\r\t)"));
  EXPECT_FALSE(doc.string_is(2, ""));
  EXPECT_FALSE(doc.string_is(0, ""));
  EXPECT_EQ(doc.raw_string(2), R"(a\"b\\\/\b\f\n\r\t)");
}

TEST(Document, BoundsAreLimits) {
  Parser parser;
  Limits limits;
  limits.max_depth = 3;
  EXPECT_EQ(parser.parse(ExactText("[[[1]]]").view(), limits).code, kOk);
  Error error = parser.parse(ExactText("[[[{}]]]").view(), limits);
  EXPECT_EQ(error.code, kTooDeep);
  EXPECT_EQ(error.offset, 3u);
  EXPECT_EQ(parser.parse(ExactText(std::string(1'000'000, '[')).view(), Limits()).code, kTooDeep);

  limits = Limits();
  limits.max_nodes = 4;
  EXPECT_EQ(parser.parse(ExactText("[1,2,3]").view(), limits).code, kOk);
  EXPECT_EQ(parser.parse(ExactText("{\"a\":[1,2]}").view(), limits).code, kOk);
  error = parser.parse(ExactText("[1,2,3,4]").view(), limits);
  EXPECT_EQ(error.code, kTooManyNodes);
  EXPECT_EQ(error.offset, 7u);
  EXPECT_EQ(parser.parse(ExactText("{\"a\":[1,2],\"b\":0}").view(), limits).code, kTooManyNodes);

  limits = Limits();
  limits.max_body_bytes = 4;
  EXPECT_EQ(parser.parse(ExactText("[10]").view(), limits).code, kOk);
  error = parser.parse(ExactText("[100]").view(), limits);
  EXPECT_EQ(error.code, kTooLarge);
  EXPECT_EQ(error.offset, 4u);
}

TEST(Document, DeepNestingNeedsNoStack) {
  Parser parser;
  Limits limits;
  limits.max_depth = 2'000'000;
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(parser.parse(ExactText(deep).view(), limits).code, kOk);
  EXPECT_EQ(parser.document().size(), 1'000'000u);
}

TEST(Document, AKeyThatFillsItsFieldIsTheLongest) {
  Parser parser;
  const std::string key((1u << 24) - 1, 'k');
  EXPECT_EQ(parser.parse(ExactText("{\"" + key + "\":1}").view(), {}).code, kOk);
  EXPECT_EQ(parser.document().key(1).size(), key.size());
  const Error error = parser.parse(ExactText("{\"" + key + "k\":1}").view(), {});
  EXPECT_EQ(error.code, kTooLarge);
  EXPECT_EQ(error.offset, 1u);
}

TEST(Document, ParserStaysUsableAndMoves) {
  Parser parser;
  EXPECT_TRUE(parser.parse(ExactText("[1,").view(), {}));
  const ExactText exact(R"({"\u0061":1})");
  EXPECT_FALSE(parser.parse(exact.view(), {}));
  Parser moved = std::move(parser);
  EXPECT_EQ(moved.document().key(1), "a");
  Parser assigned;
  assigned = std::move(moved);
  EXPECT_EQ(assigned.document().key(1), "a");
}

TEST(Document, DetachedOutlivesTheParsersNextText) {
  Parser parser;
  const ExactText exact(R"({"\u0061b":[1,"x\n"],"c":{"d\u0021":null}})");
  ASSERT_FALSE(parser.parse(exact.view(), {}));
  std::vector<std::uint32_t> memory(parser.document().table_bytes() / 4 + 1);
  const Document copy = parser.document().detach(reinterpret_cast<char*>(memory.data()));
  const ExactText other(R"({"\u007a\u007a\u007a":[[[[[[[[[]]]]]]]]]})");
  ASSERT_FALSE(parser.parse(other.view(), {}));
  parser.wipe();
  ASSERT_EQ(copy.size(), 6u);
  EXPECT_EQ(copy.key(1), "ab");
  EXPECT_EQ(copy.raw(1), R"([1,"x\n"])");
  EXPECT_EQ(copy.find(copy.find(0, "c"), "d!"), 5u);
  EXPECT_EQ(parser.document().table_bytes(), 0u);
  EXPECT_EQ(parser.document().detach(nullptr).size(), 0u);
}

// SPEC P7: unescaped keys are the only bytes of the input that the parser copies.
TEST(Document, WipeOverwritesTheSideBuffer) {
  Parser parser;
  const ExactText exact(R"({"secret\u0021key":1})");
  ASSERT_FALSE(parser.parse(exact.view(), {}));
  const std::string_view key = parser.document().key(1);
  ASSERT_EQ(key, "secret!key");
  parser.wipe();
  EXPECT_EQ(parser.document().size(), 0u);
  EXPECT_EQ(std::string(key), std::string(10, '\0'));  // the parser keeps the memory
}

}  // namespace
}  // namespace fhirwall::json
