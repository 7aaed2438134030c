#include <random>

#include "tests/native/core/decide/support.hpp"

namespace fhirwall::decide {
namespace {

using policy::must_compile;
using policy::with_rules;

struct Case {
  std::string interaction;
  std::string resource;
  std::string decision;
};

void expect_decisions(const policy::CompiledPolicy& compiled, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(decide_text(compiled, one.interaction, one.resource), one.decision)
        << one.interaction << " " << one.resource;
  }
}

const std::string kPatient = R"({"resourceType":"Patient","id":"p"})";

// SPEC 4.1-4.3
TEST(Decide, FirstMatchingRule) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Patient","interaction":["search"],"hiddenFields":["name"]},)"
      R"({"resourceType":"Patient","criteria":"Patient?active=true","interaction":["read","update"]},)"
      R"({"resourceType":"Patient","criteria":"Patient?gender=male","interaction":["read"]},)"
      R"({"resourceType":"*","readonly":true,"criteria":"*?_id=x"})"));
  ASSERT_NE(compiled, nullptr);
  expect_decisions(
      *compiled,
      {
          {"search", kPatient, "allow 0 rule"},
          {"read", R"({"resourceType":"Patient","active":true,"gender":"male"})", "allow 1 rule"},
          {"read", R"({"resourceType":"Patient","active":false,"gender":"male"})", "allow 2 rule"},
          {"read", R"({"resourceType":"Patient","id":"x"})", "allow 3 rule"},
          {"read", R"({"id":"x","resourceType":"Patient"})", "allow 3 rule"},
          {"read", R"({"id":"x","resourceType":"Pati\u0065nt"})", "allow 3 rule"},
          {"read", kPatient, "deny -1 criteria"},
          {"update", R"({"resourceType":"Patient","active":true})", "allow 1 rule"},
          {"update", kPatient, "deny -1 criteria"},
          {"patch", R"({"resourceType":"Patient","active":true})", "allow 1 rule"},
          {"create", kPatient, "deny -1 no-rule"},
          {"delete", kPatient, "deny -1 no-rule"},
          {"read", R"({"resourceType":"Observation","id":"x"})", "allow 3 rule"},
          {"read", R"({"resourceType":"Observation","id":"y"})", "deny -1 criteria"},
          {"create", R"({"resourceType":"Observation","id":"x"})", "deny -1 no-rule"},
      });
}

// SPEC 8.1, P1
TEST(Decide, RefusesWhatIsNoKnownResource) {
  const auto compiled = must_compile(with_rules(R"({"resourceType":"*"})"));
  ASSERT_NE(compiled, nullptr);
  expect_decisions(*compiled,
                   {
                       {"read", "{}", "deny -1 unknown-type"},
                       {"read", "[]", "deny -1 unknown-type"},
                       {"read", "7", "deny -1 unknown-type"},
                       {"read", R"({"id":"x"})", "deny -1 unknown-type"},
                       {"read", R"({"resourceType":null})", "deny -1 unknown-type"},
                       {"read", R"({"resourceType":["Patient"]})", "deny -1 unknown-type"},
                       {"read", R"({"resourceType":"patient"})", "deny -1 unknown-type"},
                       {"read", R"({"resourceType":"Patient "})", "deny -1 unknown-type"},
                       {"read", R"({"resourceType":"*"})", "deny -1 unknown-type"},
                       {"read", R"({"resourceType":"Resource"})", "deny -1 unknown-type"},
                       {"read", R"({"resourceType":"HumanName"})", "deny -1 unknown-type"},
                       {"read", R"({"resourceType":""})", "deny -1 unknown-type"},
                   });
}

// SPEC 4.1: types that `*` does not cover, and types that nothing reaches.
TEST(Decide, KeepsSpecialTypesApart) {
  const auto all = must_compile(with_rules(R"({"resourceType":"*"})"));
  const auto named =
      policy::compile_text(with_rules(R"({"resourceType":"Login"},{"resourceType":"JsonWebKey"},
        {"resourceType":"DomainConfiguration"},{"resourceType":"Project"},{"resourceType":"User"})"))
          .policy;
  ASSERT_NE(all, nullptr);
  ASSERT_NE(named, nullptr);
  for (const std::string type :
       {"Project", "ProjectMembership", "User", "PasswordChangeRequest", "UserSecurityRequest",
        "Login", "JsonWebKey", "DomainConfiguration"}) {
    EXPECT_FALSE(can_text(*all, "read", type)) << type;
    EXPECT_NE(decide_text(*all, "read", R"({"resourceType":")" + type + "\"}"), "allow 0 rule");
  }
  for (const std::string type : {"Login", "JsonWebKey", "DomainConfiguration"}) {
    EXPECT_FALSE(can_text(*named, "read", type)) << type;
  }
  EXPECT_TRUE(can_text(*named, "read", "Project"));
  EXPECT_TRUE(can_text(*named, "delete", "User"));
  for (const std::string type : {"Patient", "AccessPolicy", "ClientApplication", "Binary"}) {
    EXPECT_TRUE(can_text(*all, "update", type)) << type;
  }
}

// SPEC 2.3, 2.7, 11.3
TEST(Decide, SaysWhyEverythingIsDenied) {
  struct Whole {
    std::string input;
    std::string decision;
  };
  const Whole cases[] = {
      {"{}", "deny -1 no-policy"},
      {R"({"options":{"allowUnrestricted":true}})", "allow 0 unrestricted"},
      {with_rules(R"({"resourceType":"*"})", R"(,"options":{"requireScopes":true})"),
       "deny -1 no-scope"},
      {R"({"options":{"allowUnrestricted":true},"membership":{"resourceType":"ProjectMembership","active":false}})",
       "deny -1 no-policy"},
      {with_rules(""), "deny -1 no-rule"},
  };
  for (const Whole& one : cases) {
    const auto compiled = must_compile(one.input);
    ASSERT_NE(compiled, nullptr);
    EXPECT_EQ(decide_text(*compiled, "read", kPatient), one.decision) << one.input;
    EXPECT_EQ(can_text(*compiled, "read", "Patient"), one.decision.starts_with("allow"));
  }
  EXPECT_FALSE(
      can_text(*must_compile(R"({"options":{"allowUnrestricted":true}})"), "read", "Login"));
}

// SPEC 8.6
TEST(Decide, RefusesPartialResourcesUnderCriteria) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Observation"},)"
      R"({"resourceType":"Patient","interaction":["read"]},)"
      R"({"resourceType":"Patient","criteria":"Patient?active=true","interaction":["update"]},)"
      R"({"resourceType":"Patient","interaction":["search"]},)"
      R"({"resourceType":"Encounter","criteria":"Encounter?status=finished"},)"
      R"({"resourceType":"Encounter"})"));
  ASSERT_NE(compiled, nullptr);
  const auto tagged = [](const std::string& type, const std::string& tag) {
    return R"({"resourceType":")" + type + R"(","meta":{"tag":)" + tag + "}}";
  };
  const std::string subsetted =
      R"([{"code":"x"},{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}])";
  expect_decisions(
      *compiled, {
                     {"read", tagged("Observation", subsetted), "allow 0 rule"},
                     {"read", tagged("Patient", subsetted), "allow 1 rule"},
                     {"search", tagged("Patient", subsetted), "deny -1 partial"},
                     {"search", kPatient, "allow 3 rule"},
                     {"read", tagged("Encounter", subsetted), "deny -1 partial"},
                     {"read", tagged("Encounter", R"([{"code":"SUBSETTED"}])"), "deny -1 partial"},
                     {"read", tagged("Encounter", R"({"code":"SUBSETTED"})"), "deny -1 partial"},
                     {"read", tagged("Encounter", R"([{"code":"subsetted"},7])"), "allow 5 rule"},
                     {"read", tagged("Encounter", "[]"), "allow 5 rule"},
                 });
}

// SPEC 10.4
TEST(Decide, RefusesBinaryByContext) {
  const std::string plain = R"({"resourceType":"Binary","id":"b"})";
  const std::string held =
      R"({"resourceType":"Binary","id":"b","securityContext":{"reference":"Patient/1"}})";
  const std::string rules = R"({"resourceType":"Binary"})";
  const auto closed = must_compile(with_rules(rules));
  const auto open =
      must_compile(with_rules(rules, R"(,"options":{"binaryWithoutContext":"allow"})"));
  const auto all =
      must_compile(R"({"options":{"allowUnrestricted":true,"binaryWithoutContext":"deny"}})");
  ASSERT_TRUE(closed && open && all);
  expect_decisions(
      *closed, {{"read", plain, "deny 0 binary-context"}, {"read", held, "deny 0 binary-context"}});
  expect_decisions(*open, {{"read", plain, "allow 0 rule"},
                           {"read", held, "deny 0 binary-context"},
                           {"read", R"({"resourceType":"Binary","securityContext":null})",
                            "deny 0 binary-context"}});
  expect_decisions(*all, {{"read", plain, "deny 0 binary-context"}});
  // A Binary is never searched.
  expect_decisions(*open, {{"search", plain, "deny -1 no-rule"}});
  EXPECT_FALSE(can_text(*open, "search", "Binary"));
  EXPECT_TRUE(can_text(*open, "read", "Binary"));
}

// SPEC 4.5, 5.6: and-ed with criteria.
TEST(Decide, AndsTheDeprecatedCompartment) {
  const auto compiled = must_compile(
      with_rules(R"({"resourceType":"Observation","criteria":"Observation?status=final",)"
                 R"("compartment":{"reference":"Patient/1"}})"));
  ASSERT_NE(compiled, nullptr);
  const auto observation = [](std::string_view status, std::string_view patient) {
    return R"({"resourceType":"Observation","status":")" + std::string(status) +
           R"(","subject":{"reference":"Patient/)" + std::string(patient) + "\"}}";
  };
  expect_decisions(*compiled, {{"read", observation("final", "1"), "allow 0 rule"},
                               {"read", observation("final", "2"), "deny -1 criteria"},
                               {"read", observation("draft", "1"), "deny -1 criteria"}});
}

// SPEC 12.1: every list by itself, all must allow.
TEST(CheckIp, AsksEveryPolicy) {
  const auto with_lists = [](std::string_view first, std::string_view second) {
    return must_compile(
        R"({"policies":[{"resourceType":"AccessPolicy","ipAccessRule":[)" + std::string(first) +
        R"(]},{"resourceType":"AccessPolicy","ipAccessRule":[)" + std::string(second) + "]}]}");
  };
  const std::string allow_all = R"({"value":"*","action":"allow"})";
  const std::string block_all = R"({"value":"*","action":"block"})";
  const std::string block_six = R"({"value":"6.6.6.6","action":"block"})";
  struct Row {
    std::string first;
    std::string second;
    std::string address;
    bool allowed;
    int source;
    int rule;
  };
  const Row rows[] = {
      {"", "", "6.6.6.6", true, -1, -1},
      {"", "", "", true, -1, -1},
      {allow_all, block_six, "6.6.6.6", false, 1, 0},
      {allow_all, block_six, "7.7.7.7", true, 0, 0},
      {block_all, allow_all, "7.7.7.7", false, 0, 0},
      {"", block_six + "," + allow_all, "7.7.7.7", true, 1, 1},
      {allow_all, "", "", false, 0, -1},
  };
  for (const Row& row : rows) {
    const auto compiled = with_lists(row.first, row.second);
    ASSERT_NE(compiled, nullptr);
    const IpOutcome outcome = check_ip(*compiled, row.address);
    EXPECT_EQ(outcome.allowed, row.allowed) << row.first << row.second << row.address;
    EXPECT_EQ(outcome.source, row.source) << row.first << row.second << row.address;
    EXPECT_EQ(outcome.rule, row.rule) << row.first << row.second << row.address;
  }
}

// Entries only grant (SPEC 2.1): one rule more never shrinks can().
TEST(Decide, MoreRulesNeverTakeAway) {
  const std::string types[] = {"Patient", "Observation", "Encounter", "Binary", "Project"};
  const std::string rules[] = {
      R"({"resourceType":"Patient"})",
      R"({"resourceType":"Patient","readonly":true})",
      R"({"resourceType":"*","interaction":["search"]})",
      R"({"resourceType":"*","criteria":"*?_id=1","interaction":["delete","vread"]})",
      R"({"resourceType":"Observation","criteria":"Observation?status=final"})",
      R"({"resourceType":"Encounter","interaction":[]})",
      R"({"resourceType":"Encounter","interaction":["create"],"hiddenFields":["status"]})",
      R"({"resourceType":"Project","interaction":["history","update"]})",
  };
  std::mt19937 random(20240611);
  for (int round = 0; round < 200; ++round) {
    std::string list;
    std::vector<bool> before(5 * 7, false);
    for (int step = 0; step < 4; ++step) {
      list += (list.empty() ? "" : ",") + rules[random() % std::size(rules)];
      const auto compiled = must_compile(with_rules(list));
      ASSERT_NE(compiled, nullptr);
      for (std::size_t i = 0; i < before.size(); ++i) {
        const bool now = can(*compiled, static_cast<policy::Interaction>(i % 7),
                             fhir::find_resource_type(types[i / 7]));
        EXPECT_TRUE(now || !before[i]) << list;
        before[i] = now;
      }
    }
  }
}

// SPEC 9.1, 9.8: what `read` asks of other resources is asked for versions and for writes, too.
TEST(References, AreThoseOfReadAsWell) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Observation","interaction":["vread","history","update","search"]},)"
      R"({"resourceType":"Observation","interaction":["read"],"criteria":"Observation?subject:Patient.active=true"})",
      R"(,"options":{"resolve":true})"));
  ASSERT_NE(compiled, nullptr);
  const policy::Padded text(
      R"({"resourceType":"Observation","subject":{"reference":"Patient/1"}})");
  json::Parser parser;
  ASSERT_FALSE(parser.parse(text.view(), Limits{}));
  const std::vector<std::string> patient = {"Patient/1"};
  for (const char* interaction : {"read", "vread", "history", "update", "search"}) {
    Scratch scratch;
    std::vector<std::string> wanted;
    EXPECT_FALSE(references(*compiled, *policy::find_interaction(interaction), parser.document(), 0,
                            scratch, wanted));
    EXPECT_EQ(wanted == patient, std::string_view(interaction) != "search") << interaction;
  }
}

}  // namespace
}  // namespace fhirwall::decide
