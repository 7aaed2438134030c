#include "grammar/scope/parse.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "grammar/scope/dump.hpp"

namespace fhirwall::grammar::scope {
namespace {

std::string outcome(const Parsed<Scopes>& parsed) {
  return parsed.ok()
             ? dump(parsed.value())
             : std::to_string(parsed.error().offset) + ": " + std::string(parsed.error().expected);
}

// From a block of exactly its size, so that a sanitizer sees a byte read too many.
std::string outcome_of(std::string_view text) {
  const auto block = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), block.get());
  return outcome(parse({block.get(), text.size()}));
}

std::string at(int offset, const char* expected) {
  return std::to_string(offset) + ": " + expected;
}

// SPEC 11.1
TEST(Scopes, AcceptsBothVersions) {
  struct Case {
    const char* text;
    const char* tree;
  };
  const Case cases[] = {
      {"patient/Observation.rs", "patient/Observation.rs"},
      {"user/Patient.r", "user/Patient.r"},
      {"system/Encounter.cud", "system/Encounter.cud"},
      {"user/Appointment.cruds", "user/Appointment.cruds"},
      {"system/*.s", "system/*.s"},
      {"user/Patient.c", "user/Patient.c"},
      {"user/Patient.u", "user/Patient.u"},
      {"user/Patient.d", "user/Patient.d"},
      {"user/Patient.rus", "user/Patient.rus"},
      // Version 1.
      {"patient/*.read", "patient/*.rs"},
      {"user/Patient.write", "user/Patient.cud"},
      {"system/*.*", "system/*.cruds"},
      {"patient/Observation.*", "patient/Observation.cruds"},
      // Known or not: the grammar has no list of types.
      {"user/Foo.rs", "user/Foo.rs"},
      {"user/observation.rs", "user/observation.rs"},
      {"user/R4.rs", "user/R4.rs"},
      // Queries, of every form.
      {"patient/Observation.rs?category=laboratory", "patient/Observation.rs?category=laboratory"},
      {"patient/Observation.rs?category=a&status=final",
       "patient/Observation.rs?category=a&status=final"},
      {"patient/Condition.rs?category=http://x|problem-list-item",
       "patient/Condition.rs?category=http://x|problem-list-item"},
      {"user/Patient.read?name=%20a,b.c/d?x", "user/Patient.rs?name=%20a,b.c/d?x"},
      {"user/Patient.*??", "user/Patient.cruds??"},
      {"user/Patient.r?name=\xC3\xA9", "user/Patient.r?name=\xC3\xA9"},
      // Several, and other tokens.
      {"openid fhirUser launch/patient offline_access patient/Observation.rs user/*.read",
       "patient/Observation.rs user/*.rs"},
      {"  user/A.r   user/A.r  ", "user/A.r user/A.r"},
      {"", ""},
      {"   ", ""},
      {"openid", ""},
      {"launch/patient", ""},
      {"patient", ""},
      {"user system", ""},
      {"/patient/Observation.rs", ""},
      {"x/y.z", ""},
      {"agent/Observation.rs", ""},
      {"xpatient/Observation.rs", ""},
      {"https://example.com/user/Patient.rs", ""},
      {"patients/Observation.rs", ""},
      {"?patient/Observation.rs", ""},
      {"\xC3\xA9/user", ""},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome_of(one.text), one.tree) << one.text;
  }
}

// SPEC 11.1: a malformed resource scope refuses, at its place.
TEST(Scopes, RefusesTheRestWithItsPlace) {
  constexpr char kLevel[] = "`patient`, `user` or `system`, all in lower case";
  constexpr char kType[] = "a resource type or `*`";
  constexpr char kAccess[] = "`read`, `write`, `*`, or of `cruds`";
  constexpr char kEnd[] = "the rest of `cruds` in order, `?`, a space or the end";
  struct Case {
    const char* text;
    std::string error;
  };
  const Case cases[] = {
      {"patient/", at(8, kType)},
      {"openid user/", at(12, kType)},
      {"user/ Patient.r", at(5, kType)},
      {"user//Patient.r", at(5, kType)},
      {"user/.r", at(5, kType)},
      {"user/1.r", at(5, kType)},
      {"user/%2A.r", at(5, kType)},
      {"user/Patient", at(12, "`.`")},
      {"user/Patient r", at(12, "`.`")},
      {"user/**.r", at(6, "`.`")},
      {"user/Patient/1.r", at(12, "`.`")},
      {"user/Patient-x.r", at(12, "`.`")},
      {"user/Patient?x=1", at(12, "`.`")},
      {"user/Patient.", at(13, kAccess)},
      {"user/Patient. r", at(13, kAccess)},
      {"user/Patient.?x=1", at(13, kAccess)},
      {"user/Patient.x", at(13, kAccess)},
      {"user/Patient.RS", at(13, kAccess)},
      {"user/Patient.Read", at(13, kAccess)},
      {"user/Patient.sr", at(14, kEnd)},
      {"user/Patient.rr", at(14, kEnd)},
      {"user/Patient.chum", at(14, kEnd)},
      {"user/Patient.c*", at(14, kEnd)},
      {"user/Patient.*c", at(14, kEnd)},
      {"user/Patient.**", at(14, kEnd)},
      {"user/Patient.reads", at(14, kEnd)},
      {"user/Patient.re", at(14, kEnd)},
      {"user/Patient.writ", at(13, kAccess)},
      {"user/Patient.read.write", at(17, kEnd)},
      {"user/Patient.rs,user/A.rs", at(15, kEnd)},
      {"user/Patient.rs&x=1", at(15, kEnd)},
      {"user/Patient.rs?", at(16, "a search query")},
      {"user/Patient.rs? user/A.r", at(16, "a search query")},
      {"Patient/Observation.rs", at(0, kLevel)},
      {"openid USER/*.read", at(7, kLevel)},
      {"sYstem/x", at(0, kLevel)},
      {"user/A.r system/", at(16, kType)},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome_of(one.text), one.error) << one.text;
  }
}

// SPEC 11.1: splitting is on spaces; any other white space refuses, wherever it stands.
TEST(Scopes, RefusesOtherWhiteSpaceAndControls) {
  struct Case {
    std::string_view text;
    int offset;
  };
  const Case cases[] = {
      {"openid\tuser/A.r", 6},
      {"openid\n", 6},
      {"\ruser/A.r", 0},
      {"a \v", 2},
      {"a\f", 1},
      {std::string_view("a\0b", 3), 1},
      {"a\x1F", 1},
      {"a\x7F", 1},
      {"openid\xC2\xA0user/A.r", 6},
      {"a\xC2\x85", 1},
      {"a\xE1\x9A\x80", 1},
      {"a\xE2\x80\x80", 1},
      {"a\xE2\x80\x8A", 1},
      {"a\xE2\x80\xA8", 1},
      {"a\xE2\x80\xA9", 1},
      {"a\xE2\x80\xAF", 1},
      {"a\xE2\x81\x9F", 1},
      {"a\xE3\x80\x80", 1},
      {"user/A.r?name=a\tb", 15},
      // The first problem of the text, even where a scope before it is malformed.
      {"user/ \t", 6},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome_of(one.text), at(one.offset, "a space between scopes")) << one.text;
  }
  EXPECT_EQ(outcome_of("a\xFF"), at(1, "valid UTF-8"));
}

TEST(Scopes, KeepsWhereEachPartStands) {
  const auto parsed = parse(" openid  user/Patient.rs?name=a patient/*.*");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed.value().resources.size(), 2u);
  const ResourceScope& first = parsed.value().resources[0];
  EXPECT_EQ(first.level, Level::kUser);
  EXPECT_EQ(first.span.begin, 9u);
  EXPECT_EQ(first.span.end, 31u);
  EXPECT_EQ(first.type, "Patient");
  EXPECT_EQ(first.type_span.begin, 14u);
  EXPECT_EQ(first.type_span.end, 21u);
  EXPECT_EQ(first.access, kRead | kSearch);
  EXPECT_TRUE(first.has_query);
  EXPECT_EQ(first.query, "name=a");
  EXPECT_EQ(first.query_span.begin, 25u);
  EXPECT_EQ(first.query_span.end, 31u);
  const ResourceScope& second = parsed.value().resources[1];
  EXPECT_EQ(second.level, Level::kPatient);
  EXPECT_EQ(second.span.begin, 32u);
  EXPECT_EQ(second.span.end, 43u);
  EXPECT_EQ(second.type, "*");
  EXPECT_EQ(second.access, 31u);
  EXPECT_FALSE(second.has_query);
}

TEST(Scopes, BoundsTheLength) {
  const auto fits = parse("user/A.r", {.max_bytes = 8});
  EXPECT_TRUE(fits.ok());
  const auto parsed = parse("user/A.r", {.max_bytes = 7});
  ASSERT_FALSE(parsed.ok());
  EXPECT_TRUE(parsed.error().limit);
  EXPECT_EQ(parsed.error().offset, 7u);
  // No recursion, whatever the number of tokens.
  std::string many;
  for (int i = 0; i < 1000; ++i) {
    many += "user/A.r ";
  }
  const auto all = parse(many);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all.value().resources.size(), 1000u);
}

}  // namespace
}  // namespace fhirwall::grammar::scope
