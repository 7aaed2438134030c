#include "grammar/fhirpath/parse.hpp"

#include <string>

#include <gtest/gtest.h>

#include "grammar/fhirpath/dump.hpp"

namespace fhirwall::grammar::fhirpath {
namespace {

std::string outcome(std::string_view text, const ParseLimits& limits = {}) {
  const auto parsed = parse(text, limits);
  return parsed.ok()
             ? dump(parsed.value())
             : std::to_string(parsed.error().offset) + ": " + std::string(parsed.error().expected);
}

struct Case {
  const char* text;
  std::string outcome;
};

template <std::size_t N>
void expect_all(const Case (&cases)[N]) {
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

TEST(Fhirpath, SortKeysHaveDirections) {
  const Case cases[] = {
      {"sort()", "(call sort)"},
      {"sort(a)", "(call sort a)"},
      {"a.sort(b desc)", "(. a (call sort (desc b)))"},
      {"sort(a.b asc, -c, d + 1 desc)", "(call sort (asc (. a b)) (- c) (desc (+ d 1)))"},
      {"sort(desc)", "(call sort desc)"},
      {"sort(desc desc, asc)", "(call sort (desc desc) asc)"},
      {"sort(a.sort(b desc) asc)", "(call sort (asc (. a (call sort (desc b)))))"},
      {"sort(a/**/desc )", "(call sort (desc a))"},
      {"`sort`(a desc)", "(call sort (desc a))"},
      {"asc", "asc"},
      {"desc.asc", "(. desc asc)"},
  };
  expect_all(cases);
}

TEST(Fhirpath, Literals) {
  const Case cases[] = {
      {"{}", "{}"},
      {"{ /* nothing */ }", "{}"},
      {"true", "true"},
      {"false", "false"},
      {"0", "0"},
      {"007", "007"},
      {"1.50", "1.50"},
      {"12345678901234567890.10", "12345678901234567890.10"},
      {"1L", "1L"},
      {"''", "\"\""},
      {"'a b'", "\"a b\""},
      {"'it\\'s'", "\"it's\""},
      {"'\\\"\\`\\\\\\/'", "\"\\\"`\\\\/\""},
      {"'\\r\\n\\t\\f'", "\"\\u000d\\u000a\\u0009\\u000c\""},
      {"'\\u0041\\u00e9\\u20AC'", "\"A\xC3\xA9\xE2\x82\xAC\""},
      {"'\\uD83D\\uDE00'", "\"\xF0\x9F\x98\x80\""},
      {"'\xC3\xA9'", "\"\xC3\xA9\""},
      {"'// not a comment'", "\"// not a comment\""},
      {"@2015", "@2015"},
      {"@2015-02", "@2015-02"},
      {"@2015-02-04", "@2015-02-04"},
      {"@2015T", "@2015T"},
      {"@2015-02T", "@2015-02T"},
      {"@2015-02-04T", "@2015-02-04T"},
      {"@2015-02-04T14", "@2015-02-04T14"},
      {"@2015-02-04T14:34", "@2015-02-04T14:34"},
      {"@2015-02-04T14:34:28", "@2015-02-04T14:34:28"},
      {"@2015-02-04T14:34:28.123Z", "@2015-02-04T14:34:28.123Z"},
      {"@2015-02-04T14:34:28+09:00", "@2015-02-04T14:34:28+09:00"},
      {"@2015-02-04T14Z", "@2015-02-04T14Z"},
      {"@T14", "@T14"},
      {"@T14:34", "@T14:34"},
      {"@T14:34:28.5", "@T14:34:28.5"},
      {"4 'kg'", "(quantity 4 \"kg\")"},
      {"4.0'mg/dL'", "(quantity 4.0 \"mg/dL\")"},
      {"1 '1'", "(quantity 1 \"1\")"},
      {"1 'year'", "(quantity 1 \"year\")"},
  };
  expect_all(cases);
  for (const char* unit :
       {"year", "month", "week", "day", "hour", "minute", "second", "millisecond"}) {
    for (const char* plural : {"", "s"}) {
      std::string text = "2 ";
      text += unit;
      text += plural;
      std::string tree = "(quantity ";
      tree += text;
      tree += ')';
      EXPECT_EQ(outcome(text), tree);
      EXPECT_EQ(outcome(text + "x"), "2: an operator or the end of the expression");
    }
  }
}

TEST(Fhirpath, DatesTakeAsMuchAsTheyCan) {
  const Case cases[] = {
      {"@2015-1", "(- @2015 1)"},
      {"@2015 - 02", "(- @2015 02)"},
      {"@2015.day()", "6: a member or function name"},
      {"@2015.toString()", "(. @2015 (call toString))"},
      {"@2015T.toString()", "(. @2015T (call toString))"},
      {"@T14.toString()", "(. @T14 (call toString))"},
      {"@T14:34:28Z", "10: an operator or the end of the expression"},
      {"@T14 + 1 hour", "(+ @T14 (quantity 1 hour))"},
      {"@15", "1: a date, a time or both"},
      {"@ 2015", "1: a date, a time or both"},
      {"@T", "2: a time"},
      {"@T1", "2: a time"},
      {"@", "1: a date, a time or both"},
      {"@2015-02-04TZ", "12: an operator or the end of the expression"},
  };
  expect_all(cases);
}

TEST(Fhirpath, Names) {
  const Case cases[] = {
      {"name", "name"},
      {"_a1", "_a1"},
      {"`odd name`", "`odd name`"},
      {"`a\\`b`", "`a\\`b`"},
      {"`div`", "`div`"},
      {"as", "as"},
      {"is", "is"},
      {"in", "in"},
      {"contains", "contains"},
      {"a.as", "(. a as)"},
      {"a.is(B)", "(. a (call is B))"},
      {"in in in", "(in in in)"},
      {"contains contains contains", "(contains contains contains)"},
      {"variance", "variance"},
      {"order", "order"},
      {"android and nand", "(and android nand)"},
      {"divide div model", "(div divide model)"},
      {"trueish", "trueish"},
      {"isa is asa", "(is isa asa)"},
      {"yearly", "yearly"},
      {"$this", "$this"},
      {"$index", "$index"},
      {"$total", "$total"},
      {"a.$this", "(. a $this)"},
      {"%resource", "%resource"},
      {"%`us-zip`", "%`us-zip`"},
      {"%'us-zip'", "%`us-zip`"},
      {"%`vs-a`.b", "(. %`vs-a` b)"},
      {"%in", "%in"},
      {"f()", "(call f)"},
      {"f( )", "(call f)"},
      {"f(1, g(2), 'x')", "(call f 1 (call g 2) \"x\")"},
      {"`f g`(1)", "(call `f g` 1)"},
      {"f ( 1 )", "(call f 1)"},
      {"f(a is B, $this)", "(call f (is a B) $this)"},
  };
  expect_all(cases);
}

std::string binary(const std::string& sign, const std::string& left, const std::string& right) {
  std::string text = "(";
  text += sign;
  text += ' ';
  text += left;
  text += ' ';
  text += right;
  text += ')';
  return text;
}

std::string infix(const std::string& first, const std::string& second) {
  std::string text = "a ";
  text += first;
  text += " b ";
  text += second;
  text += " c";
  return text;
}

TEST(Fhirpath, PrecedenceOfEveryPair) {
  // Tightest first. Of two binary operators the tighter one binds, whichever comes first; two of
  // one level lean left.
  const std::string levels[][4] = {{"*", "/", "div", "mod"},
                                   {"+", "-", "&"},
                                   {"|"},
                                   {"<=", "<", ">", ">="},
                                   {"=", "~", "!=", "!~"},
                                   {"in", "contains"},
                                   {"and"},
                                   {"or", "xor"},
                                   {"implies"}};
  std::size_t tighter_level = 0;
  for (const auto& tighter : levels) {
    std::size_t looser_level = 0;
    for (const auto& looser : levels) {
      for (const std::string& t : tighter) {
        for (const std::string& l : looser) {
          if (t.empty() || l.empty() || looser_level < tighter_level) {
            continue;
          }
          EXPECT_EQ(outcome(infix(t, l)), binary(l, binary(t, "a", "b"), "c"));
          EXPECT_EQ(outcome(infix(l, t)), looser_level == tighter_level
                                              ? binary(t, binary(l, "a", "b"), "c")
                                              : binary(l, "a", binary(t, "b", "c")));
        }
      }
      ++looser_level;
    }
    ++tighter_level;
  }
}

TEST(Fhirpath, PrecedenceOfSuffixesSignsAndTypes) {
  const Case cases[] = {
      {"a.b.c", "(. (. a b) c)"},
      {"a[0][1].b", "(. ([] ([] a 0) 1) b)"},
      {"a[b.c + 1]", "([] a (+ (. b c) 1))"},
      {"-1.convertsToInteger()", "(- (. 1 (call convertsToInteger)))"},
      {"(-1).abs()", "(. (- 1) (call abs))"},
      {"-a.b[0]", "(- ([] (. a b) 0))"},
      {"-a * b", "(* (- a) b)"},
      {"a * -b", "(* a (- b))"},
      {"a - -b", "(- a (- b))"},
      {"+ - + a", "(+ (- (+ a)))"},
      {"a + b is C", "(is (+ a b) C)"},
      {"a | b is C", "(| a (is b C))"},
      {"a is B | c", "(| (is a B) c)"},
      {"a as B as C", "(as (as a B) C)"},
      {"a is FHIR.Patient and b", "(and (is a FHIR.Patient) b)"},
      {"a is FHIR . Patient", "(is a FHIR.Patient)"},
      {"a as System.`String`", "(as a System.String)"},
      {"(a as B).c", "(. (as a B) c)"},
      {"a = b as C", "(= a (as b C))"},
      {"a implies b implies c", "(implies (implies a b) c)"},
      {"a or b xor c", "(xor (or a b) c)"},
      {"((a))", "a"},
      {"(a or b) and c", "(and (or a b) c)"},
      {"1 + 2 * 3 - 4", "(- (+ 1 (* 2 3)) 4)"},
      {"a<b", "(< a b)"},
      {"a<=b", "(<= a b)"},
      {"a!=b", "(!= a b)"},
      {"a!~b", "(!~ a b)"},
      {"a~b", "(~ a b)"},
      {"a&b", "(& a b)"},
      {"a.where(b>1).c|d", "(| (. (. a (call where (> b 1))) c) d)"},
      {"1or 2", "(or 1 2)"},
  };
  expect_all(cases);
}

TEST(Fhirpath, WhiteSpaceAndComments) {
  const Case cases[] = {
      {" \t\r\na\t.\nb ", "(. a b)"},
      {"a // to the end\n + b", "(+ a b)"},
      {"a // to the end\r + b", "(+ a b)"},
      {"a // end", "a"},
      {"// first\na", "a"},
      {"a /* ( ' ` */ + /**/ b /***/", "(+ a b)"},
      {"2 + 2 // x + 4", "(+ 2 2)"},
      {"a / b", "(/ a b)"},
      {"a /* b", "2: the end of the comment"},
      {"a /*/", "2: the end of the comment"},
      {"a /", "3: an operand"},
      {"// only", "7: an expression"},
      {"a\xC2\xA0", "1: an operator or the end of the expression"},
      {"a\v", "1: an operator or the end of the expression"},
      {"\xEF\xBB\xBF"
       "a",
       "0: an expression"},
  };
  expect_all(cases);
}

TEST(Fhirpath, RefusesTheRestWithItsPlace) {
  const std::string end = "an operator or the end of the expression";
  const std::string member = "a member or function name";
  const Case cases[] = {
      {"", "0: an expression"},
      {"  ", "2: an expression"},
      {"a b", "2: " + end},
      {"a.", "2: " + member},
      {"a. ", "3: " + member},
      {"a..b", "2: " + member},
      {".a", "0: an expression"},
      {"a.1", "2: " + member},
      {"a.'b'", "2: " + member},
      {"a.div", "2: " + member},
      {"a.(b)", "2: " + member},
      {"a.%b", "2: " + member},
      {"and", "0: an expression"},
      {"year", "0: an expression"},
      {"(a", "2: `)`"},
      {"(a]", "2: `)`"},
      {"()", "1: an expression"},
      {"a)", "1: " + end},
      {"a[", "2: an expression"},
      {"a[]", "2: an expression"},
      {"a[1", "3: `]`"},
      {"a[1)", "3: `]`"},
      {"[1]", "0: an expression"},
      {"{", "1: `}`"},
      {"{a}", "1: `}`"},
      {"f(", "2: an expression"},
      {"f(,", "2: an expression"},
      {"f(1", "3: `,` or `)`"},
      {"f(1 2)", "4: `,` or `)`"},
      {"f(1,)", "4: an expression"},
      {"2 + 2 /", "7: an operand"},
      {"1 +", "3: an operand"},
      {"1 + )", "4: an operand"},
      {"-", "1: an operand"},
      {"a -", "3: an operand"},
      {"* a", "0: an expression"},
      {"a = = b", "4: an operand"},
      {"a ! = b", "2: " + end},
      {"a == b", "3: an operand"},
      {"a && b", "3: an operand"},
      {"a || b", "3: an operand"},
      {"a and or b", "6: an operand"},
      {"a AND b", "2: " + end},
      {"a is", "4: a type name"},
      {"a is 1", "5: a type name"},
      {"a is B.", "7: a type name"},
      {"a as (B)", "5: a type name"},
      {"a is B.c()", "8: " + end},
      {"'abc", "4: the closing quote"},
      {"'abc\\'", "6: the closing quote"},
      {"`abc", "4: the closing quote"},
      {"\"abc\"", "0: an expression"},
      {"'a\\x'", "2: an escape sequence"},
      {"'\\", "1: an escape sequence"},
      {"'\\u12'", "1: an escape sequence"},
      {"'\\u12G4'", "1: an escape sequence"},
      {"'\\uD83D'", "1: an escape sequence"},
      {"'\\uD83Dx'", "1: an escape sequence"},
      {"'\\uD83D\\n'", "1: an escape sequence"},
      {"'\\uD83D\\u0041'", "1: an escape sequence"},
      {"'\\uDE00'", "1: an escape sequence"},
      {"a + 'b\\q'", "6: an escape sequence"},
      {"%", "1: a name"},
      {"% a", "1: a name"},
      {"%1", "1: a name"},
      {"%and", "1: a name"},
      {"%\"x\"", "1: a name"},
      {"$", "0: an expression"},
      {"$that", "0: an expression"},
      {"$thisx", "0: an expression"},
      {"a.$that", "2: " + member},
      {"1.", "2: " + member},
      {".5", "0: an expression"},
      {"1.2.3", "4: " + member},
      {"1.5L", "3: " + end},
      {"1L 'kg'", "3: " + end},
      {"1Lx", "2: " + end},
      {"1e5", "1: " + end},
      {"1 'kg", "5: the closing quote"},
      {"1 kg", "2: " + end},
      {"a;", "1: " + end},
      {"a, b", "1: " + end},
      {"#a", "0: an expression"},
      {"f(sort desc)", "7: `,` or `)`"},
      {"f(a asc)", "4: `,` or `)`"},
      {"sort(a descending)", "7: `,` or `)`"},
      {"sort(a desc asc)", "12: `,` or `)`"},
      {"sort(desc desc, )", "16: an expression"},
      {"sort(a b)", "7: `,` or `)`"},
      {"(a desc)", "3: `)`"},
      {"a\xFF", "1: valid UTF-8"},
      {"'\xED\xA0\x80'", "1: valid UTF-8"},
  };
  expect_all(cases);
  EXPECT_EQ(outcome(std::string_view("a\0", 2)), "1: " + end);
  EXPECT_EQ(outcome(std::string_view()), "0: an expression");
}

}  // namespace
}  // namespace fhirwall::grammar::fhirpath
