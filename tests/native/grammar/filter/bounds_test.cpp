// Places and bounds: where each part stands, and how deep and long a text may be.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/filter/dump.hpp"
#include "grammar/filter/parse.hpp"

namespace fhirwall::grammar::filter {
namespace {

std::string repeat(const std::string& text, std::size_t count, const std::string& before = "") {
  std::string all = before;
  for (std::size_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

TEST(FilterSpans, AreTheBytesOfEachPart) {
  const std::string text = " not ( a eq \"\\u0041\" and  b[ c ge 2014-10 ].d  re  %p.id ) ";
  const std::vector<Span> variables = {{51, 56}};
  const auto cut = [&](Span span) { return text.substr(span.begin, span.size()); };
  ASSERT_EQ(cut(variables[0]), "%p.id");
  const auto parsed = parse(text, variables);
  ASSERT_TRUE(parsed.ok()) << parsed.error().expected << " at " << parsed.error().offset;
  const Filter& negation = parsed.value();
  EXPECT_EQ(cut(negation.span), "not ( a eq \"\\u0041\" and  b[ c ge 2014-10 ].d  re  %p.id )");
  ASSERT_EQ(negation.children.size(), 1U);
  const Filter& both = negation.children[0];
  EXPECT_EQ(cut(both.span), "a eq \"\\u0041\" and  b[ c ge 2014-10 ].d  re  %p.id");
  ASSERT_EQ(both.children.size(), 2U);
  const Filter& first = both.children[0];
  EXPECT_EQ(cut(first.span), "a eq \"\\u0041\"");
  EXPECT_EQ(cut(first.path[0].span), "a");
  EXPECT_EQ(cut(first.comparison_span), "eq");
  EXPECT_EQ(cut(first.value.span), "\"\\u0041\"");
  const Filter& second = both.children[1];
  EXPECT_EQ(cut(second.span), "b[ c ge 2014-10 ].d  re  %p.id");
  ASSERT_EQ(second.path.size(), 2U);
  EXPECT_EQ(cut(second.path[0].span), "b[ c ge 2014-10 ]");
  EXPECT_EQ(cut(second.path[0].name_span), "b");
  ASSERT_EQ(second.path[0].where.size(), 1U);
  EXPECT_EQ(cut(second.path[0].where[0].span), "c ge 2014-10");
  EXPECT_EQ(cut(second.path[0].where[0].value.span), "2014-10");
  EXPECT_EQ(cut(second.path[1].span), "d");
  EXPECT_EQ(cut(second.comparison_span), "re");
  EXPECT_EQ(cut(second.value.span), "%p.id");
}

TEST(FilterSpans, RoundBracketsAreLeftOut) {
  const std::string text = "( (a eq x) or b eq y )";
  const auto parsed = parse(text, {});
  ASSERT_TRUE(parsed.ok());
  const Span whole = parsed.value().span;
  // A chain begins with its first operand, brackets included.
  EXPECT_EQ(text.substr(whole.begin, whole.size()), "(a eq x) or b eq y");
  const Span inner = parsed.value().children[0].span;
  EXPECT_EQ(text.substr(inner.begin, inner.size()), "a eq x");
}

TEST(FilterBounds, LengthIsBounded) {
  EXPECT_TRUE(parse("a eq x", {}, {.max_bytes = 6}).ok());
  const auto parsed = parse("a eq x", {}, {.max_bytes = 5});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().offset, 5U);
  EXPECT_EQ(parsed.error().expected, "a text no longer than the limit");
  EXPECT_TRUE(parsed.error().limit);
  EXPECT_FALSE(parse("a eq " + std::string(1 << 20, 'x'), {}).ok());
}

// SPEC P8
TEST(FilterBounds, NestingIsBounded) {
  struct Case {
    const char* open;
    const char* close;
    std::size_t bracket;  // offset of the first bracket in `open`
  };
  const Case cases[] = {
      {"(", ")", 0},       {"not(", ")", 3},         {"( ", " )", 0},
      {"a[", "] eq x", 1}, {"b eq y or (", ")", 10}, {"not(c eq z) and not (", ")", 3}};
  for (const Case& one : cases) {
    const auto text = [&](std::size_t times) {
      return repeat(one.open, times) + "a eq x" + repeat(one.close, times);
    };
    EXPECT_TRUE(parse(text(64), {}).ok()) << one.open;
    for (const std::size_t times : {65UL, 20000UL}) {
      const auto parsed = parse(text(times), {}, {.max_bytes = 1 << 20});
      ASSERT_FALSE(parsed.ok()) << one.open;
      EXPECT_EQ(parsed.error().expected, "less nesting") << one.open;
      EXPECT_TRUE(parsed.error().limit) << one.open;
      EXPECT_EQ(parsed.error().offset, 64 * std::string(one.open).size() + one.bracket);
      EXPECT_FALSE(parse(repeat(one.open, times), {}, {.max_bytes = 1 << 20}).ok()) << one.open;
    }
  }
}

TEST(FilterBounds, OnlyOpenBracketsNest) {
  const ParseLimits one = {.max_nesting = 1};
  EXPECT_TRUE(parse("(a eq x) and not(b eq y) and c[d eq e].f eq z", {}, one).ok());
  EXPECT_TRUE(parse("a eq \"((([[[\" and b eq ((([[[", {}, one).ok());
  EXPECT_FALSE(parse("(not(a eq x))", {}, one).ok());
  EXPECT_FALSE(parse("(a[b eq c].d eq x)", {}, one).ok());
  EXPECT_TRUE(parse("a eq x", {}, {.max_nesting = 0}).ok());
  EXPECT_FALSE(parse("(a eq x)", {}, {.max_nesting = 0}).ok());
}

TEST(FilterBounds, OperatorsAreBounded) {
  const ParseLimits wide = {.max_bytes = 1 << 20, .max_nesting = 64, .max_operators = 500};
  const auto expect = [&](const std::string& most, const std::string& more) {
    const auto parsed = parse(most, {}, wide);
    ASSERT_TRUE(parsed.ok()) << parsed.error().expected;
    EXPECT_FALSE(dump(parsed.value()).empty());
    const auto refused = parse(more, {}, wide);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().expected, "no more operators than the limit");
    EXPECT_TRUE(refused.error().limit);
  };
  // One comparison, then two for each further: 1 + 2 * 249 = 499.
  const std::string both = repeat(" and a eq x", 249, "a eq x");
  expect(both, both + " and a eq x");
  const std::string either = repeat(" or a eq x", 249, "a eq x");
  expect(either, either + " or a eq x");
  // The comparison itself, and 499 further steps.
  expect(repeat(".a", 499, "a") + " eq x", repeat(".a", 500, "a") + " eq x");
  // Each negation counts, with its comparison and its `and`.
  const std::string negations = repeat(" and not(a eq x)", 166, "a eq x");
  expect(negations, negations + " and a eq x");
}

TEST(FilterBounds, AnErrorSaysWhetherABoundWasPassed) {
  const ParseLimits small = {.max_bytes = 30, .max_nesting = 2, .max_operators = 3};
  struct Case {
    const char* text;
    bool limit;
  };
  const Case cases[] = {
      {"a eq 0123456789012345678901234567890", true},
      {"(((a eq x)))", true},
      {"a eq x and b eq y and c eq z", true},
      {"a.b.c.d eq x", true},
      {"a eq", false},
      {"((a eq x)", false},
      {"a eq x and b eq y or", false},
      {"a eq x)))", false},
      {"a eq \xFF", false},
  };
  for (const Case& one : cases) {
    const auto parsed = parse(one.text, {}, small);
    ASSERT_FALSE(parsed.ok()) << one.text;
    EXPECT_EQ(parsed.error().limit, one.limit) << one.text << ": " << parsed.error().expected;
  }
}

// The worst tree that the default limits allow is built, compared, printed and freed.
TEST(FilterBounds, TheDeepestTreeIsHarmless) {
  const std::string text = repeat("not(", 32) + repeat("a[", 32) + "b eq x" +
                           repeat("].c eq y", 32) + repeat(" and d eq z", 100) + repeat(")", 32);
  const auto parsed = parse(text, {});
  ASSERT_TRUE(parsed.ok()) << parsed.error().expected << " at " << parsed.error().offset;
  const Filter copy = parsed.value();
  EXPECT_TRUE(copy == parsed.value());
  EXPECT_EQ(dump(copy), dump(parsed.value()));
}

TEST(FilterBounds, AnErrorDeepInsideCostsNoSecondAttempt) {
  const auto parsed = parse(repeat("not(", 64) + "a xx b" + repeat(")", 64), {});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().offset, 64U * 4 + 2);
  EXPECT_EQ(parsed.error().expected, "a comparison such as `eq`");
}

TEST(FilterBounds, EveryPrefixOfALongFilterEndsInAnAnswer) {
  const std::string text =
      "not(given eq \"p\\u0065ter\" or name.family sw \xC3\xA9) and (related[type eq has|comp]"
      ".target re Observation/4) and birthdate ge 2014-10-10T10:00:00+01:00 and a eq %patient.id";
  const std::uint32_t begin = static_cast<std::uint32_t>(text.find("%"));
  const std::vector<Span> variables = {{begin, static_cast<std::uint32_t>(text.size())}};
  EXPECT_TRUE(parse(text, variables).ok());
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length));
    const auto parsed = parse({exact.data(), exact.size()}, variables);
    if (!parsed.ok()) {
      EXPECT_LE(parsed.error().offset, length);
      EXPECT_FALSE(parsed.error().expected.empty());
    }
  }
}

}  // namespace
}  // namespace fhirwall::grammar::filter
