#include "grammar/filter/parse.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/filter/dump.hpp"

namespace fhirwall::grammar::filter {
namespace {

// `{name}` and `{name.id}` in a test's text are variables.
struct Input {
  std::string text;
  std::vector<Span> variables;
};

Input input_of(std::string_view written) {
  Input input;
  std::uint32_t begin = 0;
  for (const char c : written) {
    const auto at = static_cast<std::uint32_t>(input.text.size());
    if (c == '}') {
      input.variables.push_back({begin, at});
      continue;
    }
    begin = c == '{' ? at : begin;
    input.text += c == '{' ? '%' : c;
  }
  return input;
}

std::string outcome(std::string_view written) {
  const Input input = input_of(written);
  const auto parsed = parse(input.text, input.variables);
  return parsed.ok()
             ? dump(parsed.value())
             : std::to_string(parsed.error().offset) + ": " + std::string(parsed.error().expected);
}

struct Case {
  const char* text;
  std::string outcome;
};

// FHIR R4, section 3.1.3: the examples of the page.
TEST(Filter, TheExamplesOfTheSpecification) {
  const Case cases[] = {
      {R"(name co "pet")", R"((co name "pet"))"},
      {R"(given eq "peter" and birthdate ge 2014-10-10)",
       R"((and (eq given "peter") (ge birthdate date:2014-10-10)))"},
      {"code eq http://loinc.org|1234-5", "(eq code token:http://loinc.org|1234-5)"},
      {R"(subject.name co "pet")", R"((co subject.name "pet"))"},
      {R"(related[type eq "has-component"].target pr true)",
       R"((pr related[(eq type "has-component")].target word:true))"},
      {"related[type eq has-component].target re Observation/4",
       "(re related[(eq type word:has-component)].target word:Observation/4)"},
      {"code-value-quantity eq code$loinc|12907-2,value$ge150|http://unitsofmeasure.org|mmol/L",
       "(eq code-value-quantity "
       "token:code$loinc|12907-2,value$ge150|http://unitsofmeasure.org|mmol/L)"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

TEST(Filter, EveryComparison) {
  for (const std::string_view word : kComparisonWords) {
    // A comparison is also a name and a value.
    std::string text;
    std::string tree = "(";
    text.append(word).append(" ").append(word).append(" ").append(word);
    tree.append(word).append(" ").append(word).append(" word:").append(word).append(")");
    EXPECT_EQ(outcome(text), tree);
  }
  EXPECT_EQ(kComparisonWords[static_cast<std::size_t>(Comparison::kRe)], "re");
  EXPECT_EQ(std::size(kComparisonWords), static_cast<std::size_t>(Comparison::kRe) + 1);
}

TEST(Filter, AndOrNotAndBrackets) {
  const Case cases[] = {
      {"a eq 1 and b eq 2 and c eq 3", "(and (eq a number:1) (eq b number:2) (eq c number:3))"},
      {"a eq x or b eq y or c eq z", "(or (eq a word:x) (eq b word:y) (eq c word:z))"},
      {"(a eq x)", "(eq a word:x)"},
      {"((a eq x))", "(eq a word:x)"},
      {" \t\r\n( a eq x ) ", "(eq a word:x)"},
      {"a  eq\tx \n and  b eq y", "(and (eq a word:x) (eq b word:y))"},
      {"(a eq x and b eq y) or c eq z", "(or (and (eq a word:x) (eq b word:y)) (eq c word:z))"},
      {"a eq x and (b eq y or c eq z)", "(and (eq a word:x) (or (eq b word:y) (eq c word:z)))"},
      {"(a eq x and b eq y) and c eq z", "(and (and (eq a word:x) (eq b word:y)) (eq c word:z))"},
      {"(a eq x)and(b eq y)", "(and (eq a word:x) (eq b word:y))"},
      {"a eq \"x\"or b eq y", "(or (eq a \"x\") (eq b word:y))"},
      {"not(a eq x)", "(not (eq a word:x))"},
      {"not (a eq x)", "(not (eq a word:x))"},
      {"not(not(a eq x))", "(not (not (eq a word:x)))"},
      {"not(a eq x) and b eq y", "(and (not (eq a word:x)) (eq b word:y))"},
      {"not(a eq x and b eq y) or not(c eq z)",
       "(or (not (and (eq a word:x) (eq b word:y))) (not (eq c word:z)))"},
      // Words that could be names.
      {"not eq x", "(eq not word:x)"},
      {"not[a eq x].b eq y", "(eq not[(eq a word:x)].b word:y)"},
      {"nothing eq x", "(eq nothing word:x)"},
      {"not-x eq x", "(eq not-x word:x)"},
      {"and eq or", "(eq and word:or)"},
      {"or eq and and and eq or", "(and (eq or word:and) (eq and word:or))"},
      {"a eq not", "(eq a word:not)"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

TEST(Filter, Paths) {
  const Case cases[] = {
      {"_id eq x", "(eq _id word:x)"},
      {"_lastUpdated ge 2020", "(ge _lastUpdated number:2020)"},
      {"address-state eq CA", "(eq address-state word:CA)"},
      {"a.b.c eq x", "(eq a.b.c word:x)"},
      {"a[b eq c] eq x", "(eq a[(eq b word:c)] word:x)"},
      {"a[ b eq c ].d eq x", "(eq a[(eq b word:c)].d word:x)"},
      {"a[b eq c and d eq e].f[not(g eq h)].i eq x",
       "(eq a[(and (eq b word:c) (eq d word:e))].f[(not (eq g word:h))].i word:x)"},
      {"a[b[c eq d].e eq f].g eq x", "(eq a[(eq b[(eq c word:d)].e word:f)].g word:x)"},
      {"a[(b eq c)].d eq x", "(eq a[(eq b word:c)].d word:x)"},
      {"a2-_ eq x", "(eq a2-_ word:x)"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

TEST(Filter, Values) {
  const Case cases[] = {
      {R"(a eq "")", R"((eq a ""))"},
      {R"(a eq "b ) ] , | $ c")", R"((eq a "b ) ] , | $ c"))"},
      {R"(a eq "\"\\\/\n\r\t")", R"((eq a "\"\\/\u000a\u000d\u0009"))"},
      {R"(a eq "\b\f")", R"((eq a "\u0008\u000c"))"},
      {R"(a eq "\u0041\u00e9\uD83D\uDE00")", "(eq a \"A\xC3\xA9\xF0\x9F\x98\x80\")"},
      {"a eq \"\xC3\xA9\"", "(eq a \"\xC3\xA9\")"},
      {"a eq 0", "(eq a number:0)"},
      {"a eq -1.50", "(eq a number:-1.50)"},
      {"a eq +2e-3", "(eq a number:+2e-3)"},
      {"a eq 2E10", "(eq a number:2E10)"},
      {"a eq 1.", "(eq a word:1.)"},
      {"a eq .5", "(eq a word:.5)"},
      {"a eq 1e", "(eq a word:1e)"},
      {"a eq 1-2", "(eq a word:1-2)"},
      {"a eq 5x", "(eq a word:5x)"},
      {"a eq 5||mg", "(eq a token:5||mg)"},
      {"a eq 2014", "(eq a number:2014)"},
      {"a eq 2014-10", "(eq a date:2014-10)"},
      {"a eq 2014-10-10", "(eq a date:2014-10-10)"},
      {"a eq 2014-10-10T10:00", "(eq a date:2014-10-10T10:00)"},
      {"a eq 2014-10-10T10:00:00", "(eq a date:2014-10-10T10:00:00)"},
      {"a eq 2014-10-10T10:00:00.123Z", "(eq a date:2014-10-10T10:00:00.123Z)"},
      {"a eq 2014-10-10T10:00:00-05:00", "(eq a date:2014-10-10T10:00:00-05:00)"},
      {"a eq 2014-10-10T10:00+01:00", "(eq a date:2014-10-10T10:00+01:00)"},
      {"a eq 2014-10-10T10", "(eq a word:2014-10-10T10)"},
      {"a eq 2014-1", "(eq a word:2014-1)"},
      {"a eq 2014-10-10Z", "(eq a word:2014-10-10Z)"},
      {"a eq 99-10-10", "(eq a word:99-10-10)"},
      {"a eq true", "(eq a word:true)"},
      {"a eq s|c", "(eq a token:s|c)"},
      {"a eq |c", "(eq a token:|c)"},
      {"a eq s|", "(eq a token:s|)"},
      {"a eq |", "(eq a token:|)"},
      {"a eq x,y", "(eq a word:x,y)"},
      {"a eq x(y[z{", "(eq a word:x(y[z%)"},
      {"(a eq x(y)", "(eq a word:x(y)"},
      {"a eq http://x/?a=b&c#d", "(eq a word:http://x/?a=b&c#d)"},
      {"a eq \xC3\xA9\xF0\x9F\x98\x80", "(eq a word:\xC3\xA9\xF0\x9F\x98\x80)"},
      {"a eq 'x'", "(eq a word:'x')"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

// SPEC 3.1, 3.3
TEST(Filter, AVariableIsAWholeValue) {
  const std::string whole = "a variable as the whole value";
  const Case cases[] = {
      {"subject eq {patient}", "(eq subject %patient)"},
      {"_id eq {patient.id}", "(eq _id %patient.id)"},
      {"(subject re {patient}) and a[b eq {org-1}].c eq {x_y.id}",
       "(and (re subject %patient) (eq a[(eq b %org-1)].c %x_y.id))"},
      // Without its place beside the text, `%` is a character like any other.
      {"subject eq %patient", "(eq subject word:%patient)"},
      {"subject eq x%y|%", "(eq subject token:x%y|%)"},
      {R"(subject eq "%patient")", R"((eq subject "%patient"))"},
      {"a eq x{p}", "6: " + whole},
      {"a eq 1{p}", "6: " + whole},
      {"a eq 2014-10{p}", "12: " + whole},
      {"a eq s|{p}", "7: " + whole},
      {"a eq {p}x", "7: " + whole},
      {"a eq {p.id}|x", "10: " + whole},
      {"a eq {p}{q}", "7: " + whole},
      {"a eq {p}\"x\"", "7: quotes around the whole value"},
      {R"(a eq "{p}")", "6: " + whole},
      {R"(a eq "Patient/{p.id}")", "14: " + whole},
      {"{p} eq x", "0: a search parameter, `not` or `(`"},
      {"a.{p} eq x", "2: a search parameter"},
      {"a {p} x", "2: a comparison such as `eq`"},
      {"a eq x {p} b eq y", "7: `and`, `or` or the end of the filter"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

TEST(Filter, RefusesTheRestWithItsPlace) {
  const std::string filter = "a search parameter, `not` or `(`";
  const std::string name = "a search parameter";
  const std::string space = "white space";
  const std::string comparison = "a comparison such as `eq`";
  const std::string value = "a value";
  const std::string end = "`and`, `or` or the end of the filter";
  const std::string round = "`and`, `or` or `)`";
  const std::string square = "`and`, `or` or `]`";
  const std::string mixed = "brackets around mixed `and` and `or`";
  const std::string quotes = "quotes around the whole value";
  const Case cases[] = {
      {"", "0: " + filter},
      {"  ", "2: " + filter},
      {"1a eq x", "0: " + filter},
      {"-a eq x", "0: " + filter},
      {"\"a\" eq x", "0: " + filter},
      {"\xC3\xA9 eq x", "0: " + filter},
      {"a", "1: " + space},
      {"a ", "2: " + comparison},
      {"a=x", "1: " + space},
      {"a:exact eq x", "1: " + space},
      {"a EQ x", "2: " + comparison},
      {"a eqx y", "2: " + comparison},
      {"a = x", "2: " + comparison},
      {"a not x", "2: " + comparison},
      {"a eq", "4: " + space},
      {"a eq ", "5: " + value},
      {"a eq\"x\"", "4: " + space},
      {"a eq-1", "4: " + space},
      {"a eq )", "5: " + value},
      {"a eq ]", "5: " + value},
      {"a eq \\", "5: " + value},
      {"a. eq x", "2: " + name},
      {"a.1 eq x", "2: " + name},
      {"a..b eq x", "2: " + name},
      {".a eq x", "0: " + filter},
      {"a .b eq x", "2: " + comparison},
      {"a. b eq x", "2: " + name},
      {"a [b eq c] eq x", "2: " + comparison},
      {"a[] eq x", "2: " + filter},
      {"a[0] eq x", "2: " + filter},
      {"a[b eq c eq x", "9: " + square},
      {"a[b eq c) eq x", "8: " + square},
      {"a[b eq c]d eq x", "9: " + space},
      {"a[b eq c][d eq e] eq x", "9: " + space},
      {"a eq x y", "7: " + end},
      {"a eq x b eq y", "7: " + end},
      {"a eq x)", "6: " + end},
      {"a eq x]", "6: " + end},
      {"a eq x, b eq y", "8: " + end},
      {"(a eq x", "7: " + round},
      {"(a eq x]", "7: " + round},
      {"(a eq x b", "8: " + round},
      {"()", "1: " + filter},
      {"not()", "4: " + filter},
      {"not(a eq x", "10: " + round},
      {"not a eq x", "4: " + comparison},
      {"not not(a eq x)", "4: " + comparison},
      {"a eq x and", "10: " + filter},
      {"a eq x and ", "11: " + filter},
      {"and a eq x", "4: " + comparison},
      {"a eq x and and b eq y", "15: " + comparison},
      {"a eq x AND b eq y", "7: " + end},
      {"a eq x andb eq y", "7: " + end},
      {"a eq x xor b eq y", "7: " + end},
      {"a eq x and b eq y or c eq z", "18: " + mixed},
      {"a eq x or b eq y and c eq z", "17: " + mixed},
      {"a eq x or b eq y or c eq z and d eq w", "27: " + mixed},
      {"(a eq x and b eq y or c eq z)", "19: " + mixed},
      {"a[b eq x and c eq y  or d eq z].e eq w", "21: " + mixed},
      {"not(a eq x) and b eq y or c eq z", "23: " + mixed},
      // A mixture is a mistake wherever it stands, but a mistake before it comes first.
      {"a eq x and b eq y or", "18: " + mixed},
      {"a eq x and b xx y or c eq z", "13: " + comparison},
      {R"(a eq "x)", "7: the closing quote"},
      {R"(a eq "x\")", "9: the closing quote"},
      {R"(a eq "\x")", "6: an escape sequence"},
      {R"(a eq "\'")", "6: an escape sequence"},
      {R"(a eq "\,")", "6: an escape sequence"},
      {R"(a eq "b\u12")", "7: an escape sequence"},
      {R"(a eq "\uD800")", "6: an escape sequence"},
      {R"(a eq "\u0000")", "6: an escape sequence"},
      {"a eq \"\\", "6: an escape sequence"},
      {"a eq \"x\ny\"", "7: an escape sequence for a control character"},
      {R"(a eq "x"y)", "8: " + end},
      {R"(a eq x"y")", "6: " + quotes},
      {R"(a eq x\|y)", "6: " + quotes},
      {R"(a eq 1\,2)", "6: " + quotes},
      {R"(a eq 2014-10")", "12: " + quotes},
      {"a eq x\x01y", "6: " + end},
      {"a eq x\x7F", "6: " + end},
      {"a eq x\xC2\xA0y", "6: " + end},
      {"a eq x\xE2\x80\xA8", "6: " + end},
      {"a eq\xC2\xA0x", "4: " + space},
      {"a eq \xE3\x80\x80x", "5: " + value},
      {"a eq x\x80", "6: valid UTF-8"},
      {"a eq \xED\xA0\x80", "5: valid UTF-8"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
  EXPECT_EQ(outcome(std::string_view("a eq x\0", 7)), "6: " + end);
  EXPECT_EQ(outcome(std::string_view("a eq \"\0\"", 8)),
            "6: an escape sequence for a control character");
}

TEST(Filter, TreesOfDifferentSpacingAreEqual) {
  const auto tree = [](std::string_view text) { return parse(text, {}).value(); };
  EXPECT_TRUE(tree("a eq x and not(b[c eq d].e eq f)") ==
              tree(" ( a  eq x )  and not ( ( b[ c eq d ].e eq f ) ) "));
  for (const char* other : {"a eq y", "a ne x", "b eq x", "a.a eq x", "not(a eq x)", "a eq \"x\"",
                            "a eq x and a eq x", "a[a eq x] eq x"}) {
    EXPECT_FALSE(tree("a eq x") == tree(other)) << other;
  }
  EXPECT_FALSE(tree("a[b eq c].d eq x") == tree("a[b eq e].d eq x"));
  EXPECT_FALSE(tree("a eq x and b eq y") == tree("a eq x or b eq y"));
}

}  // namespace
}  // namespace fhirwall::grammar::filter
