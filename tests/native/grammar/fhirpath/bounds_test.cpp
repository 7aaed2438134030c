// Places and bounds: where each node stands, and how deep a text may go.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/fhirpath/dump.hpp"
#include "grammar/fhirpath/nesting.hpp"
#include "grammar/fhirpath/parse.hpp"

namespace fhirwall::grammar::fhirpath {
namespace {

std::string repeat(const std::string& text, std::size_t count, const std::string& before = "") {
  std::string all = before;
  for (std::size_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

void collect(const Expression& node, const std::string& text, std::vector<std::string>& spans) {
  spans.push_back(text.substr(node.span.begin, node.span.size()));
  for (const Expression& child : node.children) {
    collect(child, text, spans);
  }
}

TEST(FhirpathSpans, AreTheBytesOfEachNode) {
  struct Case {
    const char* text;
    std::vector<std::string> spans;  // the node before its children
  };
  const Case cases[] = {
      {" a ", {"a"}},
      {" a . b ", {"a . b", "a", "b"}},
      {"( a ).b", {"( a ).b", "a", "b"}},
      {"(a + b) * c", {"(a + b) * c", "a + b", "a", "b", "c"}},
      {"a + /* x */ b // y", {"a + /* x */ b", "a", "b"}},
      {" - a.b", {"- a.b", "a.b", "a", "b"}},
      {"f( 1 , 'x' ) [ 0 ]", {"f( 1 , 'x' ) [ 0 ]", "f( 1 , 'x' )", "1", "'x'", "0"}},
      {"a is FHIR . B and c", {"a is FHIR . B and c", "a is FHIR . B", "a", "c"}},
      {"4 'kg' + 2 days", {"4 'kg' + 2 days", "4 'kg'", "2 days"}},
      {"12L = @2015T", {"12L = @2015T", "12L", "@2015T"}},
      {"%`a b` | { }", {"%`a b` | { }", "%`a b`", "{ }"}},
      {"'\xC3\xA9' & `\xC3\xA9`", {"'\xC3\xA9' & `\xC3\xA9`", "'\xC3\xA9'", "`\xC3\xA9`"}},
      {"$this in true", {"$this in true", "$this", "true"}},
      {"a|b|c", {"a|b|c", "a|b", "a", "b", "c"}},
      {"((a)|(b))", {"(a)|(b)", "a", "b"}},
  };
  for (const Case& one : cases) {
    const auto parsed = parse(one.text);
    ASSERT_TRUE(parsed.ok()) << one.text;
    std::vector<std::string> spans;
    collect(parsed.value(), one.text, spans);
    EXPECT_EQ(spans, one.spans) << one.text;
  }
}

TEST(FhirpathBounds, LengthIsBounded) {
  EXPECT_TRUE(parse("a + b", {.max_bytes = 5}).ok());
  const auto parsed = parse("a + b", {.max_bytes = 4});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().offset, 4U);
  EXPECT_EQ(parsed.error().expected, "a text no longer than the limit");
  EXPECT_FALSE(parse(std::string(1 << 20, 'a')).ok());
}

// SPEC P8
TEST(FhirpathBounds, NestingIsBounded) {
  struct Case {
    const char* open;
    const char* inside;
    const char* close;
  };
  const Case cases[] = {{"(", "a", ")"},      {"f(", "a", ")"},          {"a[", "0", "]"},
                        {"-", "a", ""},       {"+ ", "a", ""},           {"-(", "a", ")"},
                        {"(a or ", "b", ")"}, {"a.where(b = ", "c", ")"}};
  for (const Case& one : cases) {
    const auto text = [&](std::size_t times) {
      return repeat(one.open, times) + one.inside + repeat(one.close, times);
    };
    const std::size_t each = std::string_view(one.open) == "-(" ? 2 : 1;
    EXPECT_TRUE(parse(text(64 / each)).ok()) << one.open;
    const auto parsed = parse(text(64 / each + 1));
    ASSERT_FALSE(parsed.ok()) << one.open;
    EXPECT_EQ(parsed.error().expected, "less nesting") << one.open;
    // Far beyond, with the bound on length out of the way.
    const auto far = parse(text(10000), {.max_bytes = 1 << 20});
    ASSERT_FALSE(far.ok()) << one.open;
    EXPECT_EQ(far.error().expected, "less nesting") << one.open;
    EXPECT_FALSE(parse(repeat(one.open, 10000), {.max_bytes = 1 << 20}).ok()) << one.open;
  }
}

TEST(FhirpathBounds, NestingCountsWhatTheGrammarNests) {
  const auto ok = [](const std::string& text, std::uint32_t limit) {
    return !check_nesting(text, limit).has_value();
  };
  EXPECT_TRUE(ok("(a)(b)[c]{}", 1));
  EXPECT_FALSE(ok("((a))", 1));
  EXPECT_TRUE(ok("'((((' + `[[[[` + \"", 1));
  EXPECT_TRUE(ok("'\\'((((' + a", 1));
  EXPECT_TRUE(ok("// ((((\n a /* (((( */", 0));
  EXPECT_FALSE(ok("'a' ((", 1));
  EXPECT_TRUE(ok("a - b - c", 1));
  EXPECT_TRUE(ok("a - - b", 1));
  EXPECT_FALSE(ok("a - - - b", 1));
  EXPECT_FALSE(ok("- /* x */ - b", 1));
  EXPECT_FALSE(ok("-(-(a))", 3));
  EXPECT_TRUE(ok("-(-(a))", 4));
  EXPECT_TRUE(ok("-(a) + -(a)", 2));
  EXPECT_TRUE(ok("a + (b - (c))", 2));
  EXPECT_TRUE(ok("(a) - [b] - 'c' - `d` - 1 - {}", 1));
  EXPECT_FALSE(ok("a and -(b)", 1));
  EXPECT_FALSE(ok("a div -(b)", 1));
  EXPECT_FALSE(ok("a = -(b)", 1));
  EXPECT_TRUE(ok("@2015-02-04 - -1", 1));
  EXPECT_TRUE(ok(")))) (a)", 1));
  const auto error = check_nesting("a + ((b))", 1);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->offset, 5U);
}

TEST(FhirpathBounds, OperatorsAreBounded) {
  const ParseLimits wide = {.max_bytes = 1 << 20, .max_nesting = 64, .max_operators = 500};
  for (const char* step : {".a", " | a", " + a", "[0]", " is B", " and a", " implies a", " in a",
                           ".f()", " * a", " = a", " < a"}) {
    const auto most = parse(repeat(step, 500, "a"), wide);
    ASSERT_TRUE(most.ok()) << step;
    EXPECT_FALSE(dump(most.value()).empty());
    const auto more = parse(repeat(step, 501, "a"), wide);
    ASSERT_FALSE(more.ok()) << step;
    EXPECT_EQ(more.error().expected, "no more operators than the limit") << step;
    EXPECT_FALSE(parse(repeat(step, 10000, "a"), wide).ok()) << step;
  }
  // Spread over arguments they count together: the bound is the text's, not the chain's.
  EXPECT_FALSE(parse(repeat("a.b, ", 500, "f(") + "a.b)", wide).ok());
  EXPECT_TRUE(parse(repeat("a.b, ", 499, "f(") + "a.b)", wide).ok());
}

TEST(FhirpathBounds, AnErrorSaysWhetherABoundWasPassed) {
  const ParseLimits small = {.max_bytes = 20, .max_nesting = 2, .max_operators = 3};
  struct Case {
    const char* text;
    bool limit;
  };
  const Case cases[] = {
      {"a + b + c + d + e + f", true},  // 21 bytes
      {"(((a)))", true},
      {"a+b+c+d+e", true},
      {"a.b.c.d.e", true},
      {"a[0][0][0][0]", true},
      {"a +", false},
      {"((a)", false},
      {"a /* b", false},
      {"a+b+c+", false},
      {"'\xFF'", false},
      {"a)))", false},
  };
  for (const Case& one : cases) {
    const auto parsed = parse(one.text, small);
    ASSERT_FALSE(parsed.ok()) << one.text;
    EXPECT_EQ(parsed.error().limit, one.limit) << one.text << ": " << parsed.error().expected;
  }
}

// The worst tree that the default limits allow is built, compared, printed and freed.
TEST(FhirpathBounds, TheDeepestTreeIsHarmless) {
  const std::string text = repeat("-(", 31) + "a" + repeat(" or a.b[0]", 160) + repeat(")", 31);
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed.ok());
  const Expression copy = parsed.value();
  EXPECT_TRUE(copy == parsed.value());
  EXPECT_EQ(dump(copy), dump(parsed.value()));
}

TEST(FhirpathBounds, EveryPrefixOfALongExpressionEndsInAnAnswer) {
  const std::string text =
      "Patient.name.where(use = 'off\\u0069cial' and period.end > @2015-02-04T10:00:00.0Z).given[0]"
      " | %`x y`.as(FHIR.Quantity) & -4.5 'kg' /* c */ implies {} is System.String // end";
  EXPECT_TRUE(parse(text).ok());
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::string exact = text.substr(0, length);
    const auto parsed = parse(exact);
    if (!parsed.ok()) {
      EXPECT_LE(parsed.error().offset, length);
      EXPECT_FALSE(parsed.error().expected.empty());
    }
  }
}

}  // namespace
}  // namespace fhirwall::grammar::fhirpath
