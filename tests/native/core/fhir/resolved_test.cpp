#include "core/fhir/resolved.hpp"

#include <string>

#include <gtest/gtest.h>

#include "core/fhir/partial.hpp"

namespace fhirwall::fhir {
namespace {

// `Patient/1` for each row, in order, with spaces between; the error's name instead if there is
// one.
std::string rows_of(std::string_view json) {
  Resolved resolved;
  if (const Error error = resolved.load(json, Limits{})) {
    EXPECT_TRUE(resolved.rows().empty());
    return std::string(error_name(error.code)) + "@" + std::to_string(error.offset);
  }
  std::string out;
  for (const Resolved::Row& row : resolved.rows()) {
    out.append(out.empty() ? "" : " ").append(type_name(row.type)).append("/").append(row.id);
    EXPECT_EQ(resolved.find(row.type, row.id), row.node);
  }
  return out;
}

TEST(Resolved, WhatIsAnAnswer) {
  struct Case {
    const char* json;
    const char* expected;
  };
  const Case cases[] = {
      {R"({})", ""},
      {R"({"Patient/1":{"resourceType":"Patient","id":"1"}})", "Patient/1"},
      {R"({"Patient\/1":{"id":"1","resourceType":"Patient"}})", "Patient/1"},
      {R"({"Patient/2":{"resourceType":"Patient","id":"2"},)"
       R"("Patient/1":{"resourceType":"Patient","id":"1"},)"
       R"("Account/9":{"resourceType":"Account","id":"9"}})",
       "Account/9 Patient/1 Patient/2"},
      {R"({"Patient/1":null})", ""},
      {R"({"Patient/1":"Patient"})", ""},
      {R"({"Patient/1":[]})", ""},
      {R"({"Patient/1":{"resourceType":"Patient"}})", ""},
      {R"({"Patient/1":{"resourceType":"Patient","id":1}})", ""},
      {R"({"Patient/1":{"resourceType":"Patient","id":"2"}})", ""},
      {R"({"Patient/1":{"resourceType":"Person","id":"1"}})", ""},
      {R"({"Person/1":{"resourceType":"Patient","id":"1"}})", ""},
      {R"({"Nothing/1":{"resourceType":"Nothing","id":"1"}})", ""},
      {R"({"Patient/1/_history/2":{"resourceType":"Patient","id":"1"}})", ""},
      {R"({"https://x/Patient/1":{"resourceType":"Patient","id":"1"}})", ""},
      {R"({"Patient/1":{"resourceType":"Patient","id":"1","meta":{"tag":[{"code":"SUBSETTED"}]}}})",
       ""},
      // searches
      {R"({"Patient?name=x":{"resourceType":"Bundle","entry":[)"
       R"({"resource":{"resourceType":"Patient","id":"3"}},)"
       R"({"resource":{"resourceType":"Person","id":"3"}},{"resource":5},7,{}]}})",
       "Patient/3 Person/3"},
      {R"({"Patient?name=x":{"resourceType":"Patient","id":"3"}})", ""},
      {R"({"Patient?name=x":{"entry":[{"resource":{"resourceType":"Patient","id":"3"}}]}})", ""},
      {R"({"Patient?name=x":{"resourceType":"Bundle","entry":)"
       R"({"resource":{"resourceType":"Patient","id":"3"}}}})",
       ""},
      {R"({"Patient/b":{"resourceType":"Bundle","entry":[)"
       R"({"resource":{"resourceType":"Patient","id":"3"}}]}})",
       ""},
      // malformed as a whole
      {R"([])", "not-an-object@0"},
      {R"({"Patient/1":{"resourceType":"Patient","id":"1"})", "invalid-json@48"},
      {R"({"a":1,"a":2})", "duplicate-key@7"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(rows_of(one.json), one.expected) << one.json;
  }
}

TEST(Resolved, TheFirstAnswerCounts) {
  Resolved resolved;
  ASSERT_FALSE(resolved.load(R"({"Patient/1":{"resourceType":"Patient","id":"1","gender":"male"},)"
                             R"("Patient?x":{"resourceType":"Bundle","entry":[{"resource":)"
                             R"({"resourceType":"Patient","id":"1","gender":"female"}}]}})",
                             Limits{}));
  ASSERT_EQ(resolved.rows().size(), 1U);
  const auto gender = resolved.document().find(resolved.rows().front().node, "gender");
  EXPECT_TRUE(resolved.document().string_is(gender, "male"));
}

TEST(Resolved, RemembersWhatWasAsked) {
  Resolved resolved;
  EXPECT_FALSE(resolved.was_asked("Patient/1"));
  ASSERT_FALSE(resolved.load(R"({"Patient/2":null,"Patient/1":{},"Account?a=b":5})", Limits{}));
  for (const char* const name : {"Patient/1", "Patient/2", "Account?a=b"}) {
    EXPECT_TRUE(resolved.was_asked(name)) << name;
  }
  EXPECT_FALSE(resolved.was_asked("Patient/3"));
  EXPECT_FALSE(resolved.was_asked(""));
  EXPECT_EQ(resolved.find(find_resource_type("Patient"), "1"), json::kNoNode);
}

TEST(Resolved, HoldsNothingAfterAWipe) {
  Resolved resolved;
  ASSERT_FALSE(resolved.load(R"({"Patient/1":{"resourceType":"Patient","id":"1"}})", Limits{}));
  resolved.wipe();
  EXPECT_TRUE(resolved.rows().empty());
  EXPECT_FALSE(resolved.was_asked("Patient/1"));
  EXPECT_EQ(resolved.find(find_resource_type("Patient"), "1"), json::kNoNode);
  ASSERT_FALSE(resolved.load(R"({"Patient/2":{"resourceType":"Patient","id":"2"}})", Limits{}));
  EXPECT_EQ(resolved.rows().size(), 1U);
}

TEST(Resolved, Bounds) {
  Resolved resolved;
  Limits small;
  small.max_body_bytes = 10;
  EXPECT_EQ(resolved.load(R"({"Patient/1":null})", small).code, ErrorCode::kTooLarge);
  // Resources may be as deep as anywhere else: what is around them is not counted.
  Limits shallow;
  shallow.max_depth = 2;
  EXPECT_FALSE(resolved.load(R"({"Patient/1":{"meta":{}}})", shallow));
}

TEST(Resolved, Partial) {
  struct Case {
    const char* json;
    bool expected;
  };
  const Case cases[] = {
      {R"({"meta":{"tag":[{"code":"x"},{"code":"SUBSETTED"}]}})", true},
      {R"({"meta":{"tag":{"code":"SUBSETTED"}}})", true},
      {R"({"meta":{"tag":[{"code":"subsetted"}]}})", false},
      {R"({"meta":{"tag":["SUBSETTED"]}})", false},
      {R"({"meta":{}})", false},
      {R"({"meta":5})", false},
      {R"({})", false},
  };
  for (const Case& one : cases) {
    std::string padded(one.json);
    padded.resize(padded.size() + json::kPadding, ' ');
    json::Parser parser;
    ASSERT_FALSE(parser.parse({padded.data(), std::string_view(one.json).size()}, Limits{}));
    EXPECT_EQ(is_partial(parser.document(), 0), one.expected) << one.json;
  }
}

}  // namespace
}  // namespace fhirwall::fhir
