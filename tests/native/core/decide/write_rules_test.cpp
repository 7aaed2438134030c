#include <string>

#include <gtest/gtest.h>

#include "core/decide/write.hpp"
#include "write_support.hpp"

namespace fhirwall::decide {
namespace {

using policy::Interaction;
using policy::must_compile;
using policy::with_rules;

// SPEC 9.6
TEST(Write, AppliesPatches) {
  const char* rules =
      R"({"resourceType":"Patient","hiddenFields":["birthDate"],"readonlyFields":["gender"]})";
  const std::string stored =
      R"({"resourceType":"Patient","id":"1","gender":"male","birthDate":"2000","active":true})";
  const auto compiled = must_compile(with_rules(rules));
  const struct {
    const char* patch;
    const char* outcome;  // up to the body
    const char* holds;
  } table[] = {
      {R"([{"op":"replace","path":"/active","value":false}])", "allow 0 {", R"("active":false)"},
      {R"([{"op":"replace","path":"/active","value":false}])", "allow 0 {",
       R"("birthDate":"2000")"},
      {R"([{"op":"replace","path":"/gender","value":"female"}])",
       "deny patch-protected error:patch-protected@patch[0]", ""},
      {R"([{"op":"test","path":"/birthDate","value":"2000"}])",
       "deny patch-protected error:patch-protected@patch[0]", ""},
      {R"([{"op":"copy","from":"/birthDate","path":"/deceasedDateTime"}])",
       "deny patch-protected error:patch-protected@patch[0]", ""},
      {R"([{"op":"add","path":"/language","value":"de"},{"op":"remove","path":"/name"}])",
       "deny patch error:patch-not-found@patch[1]", ""},
      {R"([{"op":"replace","path":"/id","value":"2"}])", "deny identity", ""},
      {R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Patient.active"},{"name":"value","valueBoolean":false}]}]})",
       "allow 0 {", R"("active":false)"},
      {"[{", "error invalid-json", ""},
  };
  for (const auto& row : table) {
    const std::string outcome =
        outcome_of(*compiled, {Interaction::kUpdate, stored, "", row.patch});
    EXPECT_TRUE(outcome.starts_with(row.outcome)) << row.patch << ' ' << outcome;
    EXPECT_NE(outcome.find(row.holds), std::string::npos) << row.patch << ' ' << outcome;
  }
  // Of `meta` a patch sees what the caller may read: clients test the version they know.
  const std::string versioned =
      R"({"resourceType":"Patient","id":"1","meta":{"versionId":"3","project":"p","accounts":[{"reference":"Organization/1"}]},"birthDate":"2000"})";
  const auto patched = [&](const char* operations) {
    return outcome_of(*compiled, {Interaction::kUpdate, versioned, "", operations});
  };
  EXPECT_EQ(
      patched(R"([{"op":"test","path":"/meta/versionId","value":"3"}])"),
      R"(allow 0 {"resourceType":"Patient","id":"1","birthDate":"2000","meta":{"project":"p","account":{"reference":"Organization/1"},"accounts":[{"reference":"Organization/1"}]}})");
  EXPECT_EQ(patched(R"([{"op":"test","path":"/meta/versionId","value":"4"}])"),
            "deny patch error:patch-test-failed@patch[0]");
  for (const char* hidden : {"project", "accounts"}) {
    EXPECT_EQ(patched(std::string(R"([{"op":"copy","path":"/language","from":"/meta/)")
                          .append(hidden)
                          .append(R"("}])")
                          .c_str()),
              "deny patch error:patch-not-found@patch[0]");
  }
}

// SPEC 10.4: leaving the context out would show the content to all who may read a Binary.
TEST(Write, KeepsTheContextOfABinary) {
  const std::string stored =
      R"({"resourceType":"Binary","id":"b","contentType":"text/plain","securityContext":{"reference":"Patient/1"}})";
  const Asked asked = {Interaction::kUpdate, stored,
                       R"({"resourceType":"Binary","id":"b","contentType":"text/html" } )", ""};
  const char* rules = R"({"resourceType":"Binary"},{"resourceType":"Patient"})";
  const char* options = R"(,"options":{"resolve":true,"binaryWithoutContext":"allow"})";
  const auto compiled = must_compile(with_rules(rules, options));
  EXPECT_EQ(outcome_of(*compiled, asked), "deny not-readable");
  EXPECT_EQ(
      outcome_of(*compiled, asked, R"({"Patient/1":{"resourceType":"Patient","id":"1"}})"),
      R"(allow 0 {"resourceType":"Binary","id":"b","contentType":"text/html","securityContext":{"reference":"Patient/1"} })");
  // Nor may it become one that the writer cannot read.
  const Asked moved = {
      Interaction::kUpdate, stored,
      R"({"resourceType":"Binary","id":"b","securityContext":{"reference":"Patient/2"}})", ""};
  EXPECT_EQ(outcome_of(*compiled, moved, R"({"Patient/1":{"resourceType":"Patient","id":"1"}})"),
            "deny result");
}

// What a submission contains is the submitter's invention.
TEST(Write, FollowsNoChainIntoTheSubmission) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Observation","criteria":"Observation?subject:Patient.active=true"})",
      R"(,"options":{"resolve":true})"));
  const char* fetched = R"({"Patient/1":{"resourceType":"Patient","id":"1","active":true}})";
  const auto create = [&](const char* body) {
    return outcome_of(*compiled, {Interaction::kCreate, "", body, ""}, fetched);
  };
  EXPECT_EQ(create(R"({"resourceType":"Observation","subject":{"reference":"Patient/1"}})"),
            R"(allow 0 {"resourceType":"Observation","subject":{"reference":"Patient/1"}})");
  EXPECT_EQ(
      create(
          R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"c","active":true}],"subject":{"reference":"#c"}})"),
      "deny result");
}

// A rule whose lists cannot be applied must not be passed over for a laxer one that follows.
TEST(Write, KeepsTheOrderOfRules) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Patient","criteria":"Patient?active=true","readonlyFields":["gender"]},{"resourceType":"Patient"})"));
  const std::string stored = R"({"resourceType":"Patient","id":"1","active":true,"gender":"male"})";
  EXPECT_EQ(
      outcome_of(*compiled,
                 {Interaction::kUpdate, stored,
                  R"({"resourceType":"Patient","id":"1","active":true,"gender":"other"})", ""}),
      "deny conflict error:readonly-element@gender");
  EXPECT_EQ(outcome_of(*compiled, {Interaction::kUpdate, stored, "",
                                   R"([{"op":"replace","path":"/gender","value":"other"}])"}),
            "deny patch-protected error:patch-protected@patch[0]");
  // The lists of the rule for the stored version apply, also when another decides the result.
  EXPECT_EQ(outcome_of(*compiled, {Interaction::kUpdate, stored,
                                   R"({"resourceType":"Patient","id":"1","gender":"other"})", ""}),
            "deny conflict error:readonly-element@gender");
  // A rule that does not match what it makes of the submission decides all the same if it matches
  // what a later one would store: nobody gets past its constraint by changing what it protects.
  const auto guarded = must_compile(with_rules(
      R"({"resourceType":"Patient","criteria":"Patient?active=true","readonlyFields":["active"],"writeConstraint":[{"language":"text/fhirpath","expression":"name.count() > 0"}]},{"resourceType":"Patient"})"));
  const std::string active = R"({"resourceType":"Patient","id":"1","active":true})";
  const std::string bare = R"({"resourceType":"Patient","id":"1"})";
  EXPECT_EQ(outcome_of(*guarded, {Interaction::kUpdate, bare, active, ""}), "deny result");
  EXPECT_EQ(outcome_of(*guarded, {Interaction::kCreate, "", active, ""}), "deny result");
  const std::string inactive = R"({"resourceType":"Patient","active":false})";
  EXPECT_EQ(outcome_of(*guarded, {Interaction::kCreate, "", inactive, ""}), "allow 1 " + inactive);
}

// SPEC 7.4, 9.6: what the rules of its own type hide of a resource inside is neither shown by a
// patch nor lost by an update.
TEST(Write, TouchesNoHiddenResourceInside) {
  const std::string patient = R"({"resourceType":"Patient","id":"c","birthDate":"2000"})";
  const std::string observation =
      R"({"resourceType":"Observation","id":"1","contained":[)" + patient + "]}";
  const std::string medication =
      R"({"resourceType":"Observation","id":"1","contained":[{"resourceType":"Medication"}]})";
  const std::string parameters =
      R"({"resourceType":"Parameters","id":"1","parameter":[{"name":"p","resource":)" + patient +
      "}]}";
  const std::string bare = R"({"resourceType":"Observation","id":"1"})";
  const auto copy = [](const char* from) {
    return std::string(R"([{"op":"copy","path":"/language","from":")") + from + "\"}]";
  };
  const std::string from_contained = copy("/contained/0/birthDate");
  const struct {
    const char* rules;
    Asked asked;
    const char* outcome;  // how it begins
  } table[] = {
      {R"({"resourceType":"*"},{"resourceType":"Patient","hiddenFields":["birthDate"]})",
       {Interaction::kUpdate, observation, "", from_contained},
       "deny patch error:patch-not-found"},
      {R"({"resourceType":"*"},{"resourceType":"Patient","hiddenFields":["birthDate"]})",
       {Interaction::kUpdate, observation, bare, ""},
       "deny alignment"},
      {R"({"resourceType":"*"},{"resourceType":"Patient","hiddenFields":["birthDate"]})",
       {Interaction::kUpdate, medication, bare, ""},
       "allow 0"},
      {R"({"resourceType":"*"},{"resourceType":"Patient","hiddenFields":["birthDate"]})",
       {Interaction::kUpdate, parameters, "", copy("/parameter/0/resource/birthDate")},
       "allow 0"},
      {R"({"resourceType":"Parameters"},{"resourceType":"Patient","hiddenFields":["birthDate"]})",
       {Interaction::kUpdate, parameters, "", copy("/parameter/0/resource/birthDate")},
       "deny patch error:patch-not-found"},
      {R"({"resourceType":"Parameters"},{"resourceType":"Patient","criteria":"Patient?active=true"})",
       {Interaction::kUpdate, parameters, "", copy("/parameter/0/resource/birthDate")},
       "deny patch error:patch-not-found"},
      // A person that the caller may not read.
      {R"({"resourceType":"Observation"})",
       {Interaction::kUpdate, observation, "", from_contained},
       "deny patch error:patch-not-found"},
      {R"({"resourceType":"Observation"},{"resourceType":"Patient","readonly":true})",
       {Interaction::kUpdate, observation, "", from_contained},
       "allow 0"},
      {R"({"resourceType":"*"})",
       {Interaction::kUpdate, observation, "", from_contained},
       "allow 0"},
      // What the container's own rule hides changes nothing of it.
      {R"({"resourceType":"Observation","hiddenFields":["note"]})",
       {Interaction::kUpdate, observation, "", from_contained},
       "deny patch error:patch-not-found"},
      {R"({"resourceType":"Observation","hiddenFields":["note"]})",
       {Interaction::kUpdate, observation, bare, ""},
       "allow 0"},
  };
  for (const auto& row : table) {
    const std::string outcome = outcome_of(*must_compile(with_rules(row.rules)), row.asked);
    EXPECT_TRUE(outcome.starts_with(row.outcome)) << row.rules << ' ' << outcome;
  }
}

}  // namespace
}  // namespace fhirwall::decide
