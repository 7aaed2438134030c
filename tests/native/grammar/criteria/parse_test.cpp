#include "grammar/criteria/parse.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "grammar/criteria/dump.hpp"

namespace fhirwall::grammar::criteria {
namespace {

constexpr std::array<std::string_view, 6> kBound = {"org",     "fa",     "face",
                                                    "profile", "beef_1", "org-unit"};

std::string outcome(std::string_view text, const ParseLimits& limits = {}) {
  const auto parsed = parse(text, kBound, limits);
  return parsed.ok()
             ? dump(parsed.value())
             : std::to_string(parsed.error().offset) + ": " + std::string(parsed.error().expected);
}

struct Case {
  const char* text;
  std::string outcome;
};

TEST(Criteria, ParametersModifiersAndChains) {
  const Case cases[] = {
      {"Patient?gender=male", "(Patient (gender \"male\"))"},
      {"*?_id=1", "(* (_id \"1\"))"},
      {"Patient?a=1&a=2&b=3", "(Patient (a \"1\") (a \"2\") (b \"3\"))"},
      {"Patient?name:exact=Ana", "(Patient (name:exact \"Ana\"))"},
      {"Patient?identifier:of-type=a|b|c", "(Patient (identifier:of-type \"a\"~|~\"b\"~|~\"c\"))"},
      {"Observation?subject.name=x", "(Observation (subject.name \"x\"))"},
      {"Observation?subject:Patient.name:exact=x",
       "(Observation (subject:Patient.name:exact \"x\"))"},
      {"Patient?_has:Observation:patient:code=x",
       "(Patient (_has:Observation:patient:code \"x\"))"},
      {"Patient?gender=", "(Patient (gender \"\"))"},
      {"Patient?gender=,", "(Patient (gender \"\" \"\"))"},
      {"Patient?gender=a,,b", "(Patient (gender \"a\" \"\" \"b\"))"},
      {"Patient?g%65nder=fem%61le", "(Patient (gender \"female\"))"},
      {"Patient?name%3Aexact=x", "(Patient (name:exact \"x\"))"},
      {"Observation?subject%2Ename=x", "(Observation (subject.name \"x\"))"},
      {"Patient?a=b=c", "(Patient (a \"b=c\"))"},
      {"Observation?subject=#p", "(Observation (subject \"#p\"))"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

// SPEC 5.4: decoding first, then the search escapes.
TEST(Criteria, DecodingAndEscapes) {
  const Case cases[] = {
      {"Patient?phone=+1 555", "(Patient (phone \" 1 555\"))"},
      {"Patient?phone=%2B1%20555", "(Patient (phone \"+1 555\"))"},
      {"Patient?x=a%2Cb", "(Patient (x \"a\" \"b\"))"},
      {"Patient?x=a%7Cb%24c", "(Patient (x \"a\"~|~\"b\"~$~\"c\"))"},
      {"Patient?x=a\\,b", "(Patient (x \"a,b\"))"},
      {"Patient?x=a\\%2Cb", "(Patient (x \"a,b\"))"},
      {"Patient?x=a%5C,b", "(Patient (x \"a,b\"))"},
      {"Patient?x=a%5c%7cb", "(Patient (x \"a|b\"))"},
      {"Patient?x=\\|\\$\\\\", "(Patient (x \"|$\\\\\"))"},
      {"Patient?x=%5C%5C%2C", "(Patient (x \"\\\\\" \"\"))"},
      {"Patient?x=a%26b%3Dc%3Fd%23", "(Patient (x \"a&b=c?d#\"))"},
      {"Patient?x=%252C", "(Patient (x \"%2C\"))"},
      {"Patient?x=%C3%A9\xC3\xA9", "(Patient (x \"\xC3\xA9\xC3\xA9\"))"},
      {"Patient?x=%F0%9F%98%80", "(Patient (x \"\xF0\x9F\x98\x80\"))"},
      {"Patient?x=%0A%7f", "(Patient (x \"\\x0a\x7f\"))"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

// SPEC 3.1
TEST(Criteria, Variables) {
  const Case cases[] = {
      {"Patient?organization=%org", "(Patient (organization %org))"},
      {"Patient?organization=%org_unit", "(Patient (organization %org_unit))"},
      {"Patient?organization=%org-unit", "(Patient (organization %org-unit))"},
      {"Patient?organization=%organization", "(Patient (organization %organization))"},
      {"Patient?_id=%profile.id", "(Patient (_id %profile.id))"},
      {"Patient?_id=%profile.idx", "(Patient (_id %profile.id~\"x\"))"},
      {"Patient?_id=%profile.id-x", "(Patient (_id %profile.id~\"-x\"))"},
      {"Patient?a=1&&b=2", "(Patient (a \"1\") (b \"2\"))"},
      {"Patient?_id=%profile.id.id", "(Patient (_id %profile.id~\".id\"))"},
      {"Patient?_id=%profile%2Eid", "(Patient (_id %profile~\".id\"))"},
      {"Patient?x=a%org,b%org.id|c", "(Patient (x \"a\"~%org \"b\"~%org.id~|~\"c\"))"},
      {"Patient?x=%org%org", "(Patient (x %org~%org))"},
      {"Patient?x=a%stateb", "(Patient (x \"a\"~%stateb))"},
      // A bound name wins over an escape, an escape over an unbound name; the longest name only.
      {"Patient?x=%C3%fa", "10: valid UTF-8"},
      {"Patient?x=%fa", "(Patient (x %fa))"},
      {"Patient?x=%face", "(Patient (x %face))"},
      {"Patient?x=%beef_1", "(Patient (x %beef_1))"},
      {"Patient?x=%C3%ab", "(Patient (x \"\xC3\xAB\"))"},
      {"Patient?x=%dead", "10: valid UTF-8"},
      {"Patient?x=%fabric", "10: valid UTF-8"},
      {"Patient?x=%_a", "(Patient (x %_a))"},
      {"Patient?x=%q1", "(Patient (x %q1))"},
      {"Patient?x=%2Corg", "(Patient (x \"\" \"org\"))"},
      {"Patient?x=%25org", "(Patient (x \"%org\"))"},
      {"Patient?x=\\%org", "11: `,`, `|`, `$` or a backslash behind the backslash"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

// SPEC 1.3, 5.4
TEST(Criteria, RefusesTheRestWithItsPlace) {
  const std::string name = "a parameter name";
  const std::string type = "a resource type or `*`";
  const std::string end = "`&` or the end of the criteria";
  const std::string escape = "`,`, `|`, `$` or a backslash behind the backslash";
  const std::string hex = "two hex digits after `%`";
  const std::string control = "a percent escape for a control character";
  const Case cases[] = {
      {"", "0: " + type},
      {"?a=1", "0: " + type},
      {" Patient?a=1", "0: " + type},
      {"%50atient?a=1", "0: " + type},
      {"Patient", "7: `?`"},
      {"Patient&a=1", "7: `?`"},
      {"Patient/1?a=1", "7: `?`"},
      {"Pat%69ent?a=1", "3: `?`"},
      {"**?a=1", "1: `?`"},
      {"Patient?", "8: " + name},
      {"Patient?&", "8: " + name},
      {"Patient?=x", "8: " + name},
      {"Patient?&a=1", "8: " + name},
      {"Patient?a=1&", "12: " + name},
      {"Patient?a=1&&", "13: " + name},
      {"Patient??a=1", "8: " + name},
      {"Patient?a=1?b=2", "11: " + end},
      {"Patient?a?=1", "9: `=`"},
      {"Patient?a", "9: `=`"},
      {"Patient?a&b=1", "9: `=`"},
      {"Patient?a%3D1", "9: `=`"},
      {"Patient?a b=1", "9: `=`"},
      {"Patient?a+b=1", "9: `=`"},
      {"Patient?a[b]=1", "9: `=`"},
      {"Patient?a:=1", "10: a modifier"},
      {"Patient?a::b=1", "10: a modifier"},
      {"Patient?:a=1", "8: " + name},
      {"Patient?a.=1", "10: " + name},
      {"Patient?.a=1", "8: " + name},
      {"Patient?a..b=1", "10: " + name},
      {"Patient?%org=1", "8: " + name},
      {"Patient?%fa=1", "8: " + name},
      {"Patient?a%org=1", "9: `=`"},
      {"Patient?a=x%", "11: " + hex},
      {"Patient?a=x%2", "11: " + hex},
      {"Patient?a=x%2G", "11: " + hex},
      {"Patient?a=%%41", "10: " + hex},
      {"Patient?a=%-", "10: " + hex},
      {"Patient?%zz=1", "8: " + name},
      {"Patient?a=x\\", "12: " + escape},
      {"Patient?a=x\\&b=1", "12: " + escape},
      {"Patient?a=x\\n", "12: " + escape},
      {"Patient?a=x%5C", "14: " + escape},
      {"Patient?a=%00", "10: a character other than NUL"},
      {"Patient?a=x%80", "11: valid UTF-8"},
      {"Patient?a=x%C3", "11: valid UTF-8"},
      {"Patient?a=x%C3,y", "11: valid UTF-8"},
      {"Patient?a=x%C3&b=1", "11: valid UTF-8"},
      {"Patient?a=x%C3%org", "11: valid UTF-8"},
      {"Patient?a=x%C0%AF", "11: valid UTF-8"},
      {"Patient?a=x%ED%A0%80", "11: valid UTF-8"},
      {"Patient?a=x%F4%90%80%80", "11: valid UTF-8"},
      {"Patient?a=x\x80", "11: valid UTF-8"},
      {"Patient?a=x\ty", "11: " + control},
      {"Patient?a=x\n", "11: " + control},
      {"Patient?a=\x7f", "10: " + control},
      {"Patient?\xC3\xA9=1", "8: " + name},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
  EXPECT_EQ(outcome(std::string_view("Patient?a=\0", 11)), "10: " + control);
}

// Offsets count bytes of the text as given.
TEST(Criteria, SpansAreRawBytes) {
  const std::string text = "Patient?n%61me:exact=%41b\\,c,%org.id|x&a.b=";
  const auto parsed = parse(text, kBound);
  ASSERT_TRUE(parsed.ok());
  const Criteria& criteria = parsed.value();
  const auto cut = [&](Span span) { return text.substr(span.begin, span.size()); };
  EXPECT_EQ(cut(criteria.resource_type_span), "Patient");
  ASSERT_EQ(criteria.parameters.size(), 2U);
  const Parameter& first = criteria.parameters[0];
  EXPECT_EQ(cut(first.span), "n%61me:exact=%41b\\,c,%org.id|x");
  EXPECT_EQ(cut(first.name_span), "n%61me");
  EXPECT_EQ(cut(first.modifier_span), "exact");
  ASSERT_EQ(first.values.size(), 2U);
  EXPECT_EQ(cut(first.values[0].span), "%41b\\,c");
  EXPECT_EQ(cut(first.values[0].pieces[0].span), "%41b\\,c");
  EXPECT_EQ(cut(first.values[1].span), "%org.id|x");
  ASSERT_EQ(first.values[1].pieces.size(), 3U);
  EXPECT_EQ(cut(first.values[1].pieces[0].span), "%org.id");
  EXPECT_EQ(cut(first.values[1].pieces[1].span), "|");
  EXPECT_EQ(cut(first.values[1].pieces[2].span), "x");
  const Parameter& second = criteria.parameters[1];
  EXPECT_EQ(cut(second.chain_span), "b");
  EXPECT_EQ(second.values[0].span.begin, text.size());
  EXPECT_EQ(second.values[0].span.end, text.size());
}

// SPEC 5.7: the signs of a filter are its own grammar's.
TEST(Criteria, AFilterIsHandedOnAsItIs) {
  const Case cases[] = {
      {"Patient?_filter=gender+eq+male", "(Patient (_filter <\"gender eq male\">))"},
      {"Patient?_filter=a eq s|c,d$e", "(Patient (_filter <\"a eq s|c,d$e\">))"},
      {"Patient?_filter=a%20eq%20s%7Cc%2Cd%24e", "(Patient (_filter <\"a eq s|c,d$e\">))"},
      {"Patient?_filter=a eq \"\\n\\\\\\,\"",
       "(Patient (_filter <\"a eq \\\"\\\\n\\\\\\\\\\\\,\\\"\">))"},
      {"Patient?_filter=\\", "(Patient (_filter <\"\\\\\">))"},
      {"Patient?_filter=", "(Patient (_filter <>))"},
      {"Patient?_filter=a=b", "(Patient (_filter <\"a=b\">))"},
      {"Patient?_filter=a&_filter=b&c=d,e",
       "(Patient (_filter <\"a\">) (_filter <\"b\">) (c \"d\" \"e\"))"},
      {"Patient?%5Ffilter=a,b", "(Patient (_filter <\"a,b\">))"},
      {"Patient?_filter:exact=a,b", "(Patient (_filter:exact <\"a,b\">))"},
      {"Patient?_filters=a,b", "(Patient (_filters \"a\" \"b\"))"},
      {"Patient?a._filter=b,c", "(Patient (a._filter \"b\" \"c\"))"},
      {"Patient?_filter=%C3%A9\xC3\xA9", "(Patient (_filter <\"\xC3\xA9\xC3\xA9\">))"},
      {"Patient?_filter=a eq %org", "(Patient (_filter <\"a eq \"~%org>))"},
      {"Patient?_filter=%org.id", "(Patient (_filter <%org.id>))"},
      {"Patient?_filter=%org%profile.id.x", "(Patient (_filter <%org~%profile.id~\".x\">))"},
      {"Patient?_filter=(a eq %q)", "(Patient (_filter <\"(a eq \"~%q~\")\">))"},
      {"Patient?_filter=%fa", "(Patient (_filter <%fa>))"},
      {"Patient?_filter=%25org", "(Patient (_filter <\"%org\">))"},
      {"Patient?_filter=%25%org%25org", "(Patient (_filter <\"%\"~%org~\"%org\">))"},
      {"Patient?_filter=x%", "17: two hex digits after `%`"},
      {"Patient?_filter=x%80", "17: valid UTF-8"},
      {"Patient?_filter=x%C3,", "17: valid UTF-8"},
      {"Patient?_filter=x%00", "17: a character other than NUL"},
      {"Patient?_filter=x\ty", "17: a percent escape for a control character"},
      {"Patient?_filter=x?y", "17: `&` or the end of the criteria"},
      {"Patient?_filter", "15: `=`"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.outcome) << one.text;
  }
}

TEST(Criteria, PlacesOfAFilterLeadBack) {
  const std::string text = "Patient?a=b&_filter=%61+%C3%A9\xC3\xA9%org.id,%2C&c=d";
  const auto parsed = parse(text, kBound);
  ASSERT_TRUE(parsed.ok());
  const Parameter& parameter = parsed.value().parameters[1];
  EXPECT_TRUE(parameter.values.empty());
  ASSERT_TRUE(parameter.verbatim.has_value());
  const Verbatim& value = *parameter.verbatim;
  EXPECT_EQ(value.text, "a \xC3\xA9\xC3\xA9%org.id,,");
  const std::vector<std::uint32_t> places = {20, 23, 24, 27, 30, 31, 32, 33,
                                             34, 35, 36, 37, 38, 39, 40, 43};
  EXPECT_EQ(value.places, places);
  ASSERT_EQ(value.variables.size(), 1U);
  EXPECT_EQ(value.variables[0].begin, 6U);
  EXPECT_EQ(value.variables[0].end, 13U);
  for (std::uint32_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(value.place_of(i), places[i]);
  }
  EXPECT_EQ(value.place_of(1000), 43U);
  EXPECT_EQ(text.substr(value.place_of(14), 3), "%2C");
  EXPECT_EQ(text[value.place_of(15)], '&');
  EXPECT_FALSE(parsed.value().parameters[0].verbatim.has_value());
}

// What only looks like a variable is no variable.
TEST(Criteria, FiltersDifferByTheirVariables) {
  const auto tree = [](std::string_view text) { return parse(text, kBound).value(); };
  EXPECT_TRUE(tree("Patient?_filter=%org+x") == tree("Patient?_filter=%org%20x"));
  EXPECT_FALSE(tree("Patient?_filter=%org") == tree("Patient?_filter=%25org"));
  EXPECT_FALSE(tree("Patient?_filter=%org+%25org") == tree("Patient?_filter=%25org+%org"));
}

TEST(Criteria, BoundNamesDecide) {
  const auto parsed = parse("Patient?x=%41", {});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(dump(parsed.value()), "(Patient (x \"A\"))");
  const auto unbound = parse("Patient?x=%org", {});
  ASSERT_TRUE(unbound.ok());
  EXPECT_EQ(dump(unbound.value()), "(Patient (x %org))");
}

TEST(Criteria, IsBounded) {
  EXPECT_EQ(outcome("Patient?a=1", {.max_bytes = 11}), "(Patient (a \"1\"))");
  EXPECT_EQ(outcome("Patient?a=1", {.max_bytes = 10}), "10: a text no longer than the limit");
  // Wide, not deep: any number of values and parameters within the limit.
  std::string wide = "Patient?a=";
  for (int i = 0; i < 4000; ++i) {
    wide += "|,&b="[i % 2 == 0 ? 0 : 1];
  }
  EXPECT_TRUE(parse(wide, kBound).ok());
}

}  // namespace
}  // namespace fhirwall::grammar::criteria
