#include <algorithm>

#include "tests/native/core/policy/support.hpp"

namespace fhirwall::policy {
namespace {

// `Type@source.rule ` of every rule, `*` included.
std::string rules_of(const CompiledPolicy& policy) {
  std::string out;
  for (const Rule& rule : policy.rules) {
    out += rule.any_type ? std::string("*") : std::string(fhir::type_name(rule.type));
    out += "@" + policy.sources[rule.source_policy].reference + "." +
           std::to_string(rule.source_rule) + " ";
  }
  return out;
}

const std::string kPolicies =
    R"("policies":[
      {"resourceType":"AccessPolicy","id":"a","name":"A","resource":[{"resourceType":"Patient"},
        {"resourceType":"Observation"}]},
      {"resourceType":"AccessPolicy","id":"b","resource":[{"resourceType":"Encounter"}]},
      {"resourceType":"AccessPolicy","resource":[{"resourceType":"*"}]}])";

// SPEC 2.1, 16
TEST(Assembly, TakesPoliciesInOrder) {
  struct Case {
    std::string input;
    std::string rules;
  };
  const Case cases[] = {
      {"{" + kPolicies + "}",
       "Patient@AccessPolicy/a.0 Observation@AccessPolicy/a.1 Encounter@AccessPolicy/b.0 "
       "*@policies[2].0 "},
      {"{" + kPolicies +
           R"(,"membership":{"resourceType":"ProjectMembership","access":[
             {"policy":{"reference":"AccessPolicy/a"}}],"accessPolicy":{"reference":"AccessPolicy/b"}}})",
       "Encounter@AccessPolicy/b.0 Patient@AccessPolicy/a.0 Observation@AccessPolicy/a.1 "},
      {"{" + kPolicies +
           R"(,"membership":{"resourceType":"ProjectMembership","access":[
             {"policy":{"reference":"AccessPolicy/b"}},{"policy":{"reference":"AccessPolicy/b"}}]}})",
       "Encounter@AccessPolicy/b.0 Encounter@AccessPolicy/b.0 "},
      {R"({"policies":{"resourceType":"AccessPolicy","resource":[{"resourceType":"Patient"}]}})",
       "Patient@policies.0 "},
  };
  for (const Case& one : cases) {
    const auto policy = must_compile(one.input);
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(rules_of(*policy), one.rules);
    EXPECT_FALSE(policy->denies_everything);
  }
}

// SPEC 2.3, 2.7, 11.3
TEST(Assembly, DeniesEverythingWithoutAPolicy) {
  struct Case {
    std::string input;
    bool denies;
    bool unrestricted;
  };
  const std::string membership = R"("membership":{"resourceType":"ProjectMembership")";
  const std::string uses = R"(,"accessPolicy":{"reference":"AccessPolicy/b"})";
  const Case cases[] = {
      {"{}", true, false},
      {R"({"policies":[]})", true, false},
      {R"({"policies":[],"options":{"allowUnrestricted":true}})", false, true},
      {R"({"policies":[{"resourceType":"AccessPolicy"}],"options":{"allowUnrestricted":true}})",
       false, false},
      {"{" + kPolicies + "," + membership + "}}", true, false},
      {"{" + kPolicies + "," + membership + R"(,"access":[]}})", true, false},
      {"{" + kPolicies + "," + membership + uses + "}}", false, false},
      {"{" + kPolicies + "," + membership + uses + R"(,"active":true}})", false, false},
      {"{" + kPolicies + "," + membership + uses + R"(,"active":false}})", true, false},
      {"{" + membership + R"(,"active":false},"options":{"allowUnrestricted":true}})", true, true},
      {"{" + kPolicies + R"(,"options":{"requireScopes":true}})", true, false},
      {"{" + kPolicies + R"(,"scopes":"openid","options":{"requireScopes":true}})", true, false},
      {"{" + kPolicies + R"(,"scopes":"openid"})", false, false},
  };
  for (const Case& one : cases) {
    const auto policy = must_compile(one.input);
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(policy->denies_everything, one.denies) << one.input;
    EXPECT_EQ(policy->unrestricted, one.unrestricted) << one.input;
  }
}

// SPEC 2.5
TEST(Assembly, AddsDefaultTypesOnRequest) {
  const auto policy = must_compile(
      R"({"policies":[{"resourceType":"AccessPolicy","id":"p","resource":[
        {"resourceType":"StructureDefinition","interaction":["search"]},{"resourceType":"*"}]}],
        "options":{"defaultResourceTypes":true}})");
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(rules_of(*policy),
            "StructureDefinition@AccessPolicy/p.0 *@AccessPolicy/p.1 "
            "SearchParameter@options.defaultResourceTypes.0 ");
  EXPECT_EQ(policy->rules[2].interactions, kReadInteractions);
  EXPECT_TRUE(must_compile(R"({"options":{"defaultResourceTypes":true}})")->denies_everything);
  EXPECT_EQ(rules_of(*must_compile(R"({"options":{"defaultResourceTypes":true}})")), "");
}

// SPEC 4.4: admin types go when there is a membership, whoever it is.
TEST(Assembly, TakesAdminTypesFromMembers) {
  const std::string policies =
      R"("policies":[{"resourceType":"AccessPolicy","id":"p","resource":[
        {"resourceType":"Project"},{"resourceType":"ProjectMembership"},{"resourceType":"User"},
        {"resourceType":"PasswordChangeRequest"},{"resourceType":"UserSecurityRequest"},
        {"resourceType":"Patient"}]}])";
  EXPECT_EQ(must_compile("{" + policies + "}")->rules.size(), 6u);
  for (const std::string admin : {"true", "false"}) {
    const auto policy = must_compile(
        "{" + policies + R"(,"membership":{"resourceType":"ProjectMembership","admin":)" + admin +
        R"(,"accessPolicy":{"reference":"AccessPolicy/p"}}})");
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(rules_of(*policy), "Patient@AccessPolicy/p.5 ");
  }
}

// SPEC 4.1
TEST(Assembly, IndexesRulesByType) {
  const auto policy =
      compile_text(
          with_rules(
              R"({"resourceType":"*"},{"resourceType":"Project"},{"resourceType":"Login"},{"resourceType":"Patient"})"))
          .policy;
  ASSERT_NE(policy, nullptr);
  const auto of = [&](std::string_view name) {
    return policy->rules_by_type[fhir::resource_index(fhir::find_resource_type(name))];
  };
  using Indices = std::vector<std::uint16_t>;
  EXPECT_EQ(of("Patient"), (Indices{0, 3}));
  EXPECT_EQ(of("AccessPolicy"), (Indices{0}));
  EXPECT_EQ(of("Project"), (Indices{1}));
  EXPECT_EQ(of("Login"), Indices{});
  for (const std::string_view name : {"ProjectMembership", "User", "PasswordChangeRequest",
                                      "UserSecurityRequest", "JsonWebKey", "DomainConfiguration"}) {
    const fhir::TypeId type = fhir::find_resource_type(name);
    if (type != fhir::TypeId::kNone) {
      EXPECT_EQ(of(name), Indices{}) << name;
    }
  }
  // Every rule of every type has a plan.
  for (std::size_t type = 0; type < policy->rules_by_type.size(); ++type) {
    for (const std::uint16_t index : policy->rules_by_type[type]) {
      const Rule& rule = policy->rules[index];
      EXPECT_NE(rule.any_type ? rule.plans[type] : rule.plan, nullptr);
    }
  }
}

// SPEC 16: the assembled rules as an author would write them.
TEST(Assembly, WritesTheRules) {
  const auto policy = must_compile(
      R"({"profile":{"reference":"Practitioner/7","display":"x"},"policies":[
        {"resourceType":"AccessPolicy","resource":[
          {"hiddenFields":["name"],"readonly":true,"resourceType":"Patient",
           "criteria":"Patient?general-practitioner=%profile"},
          {"resourceType":"*"},
          {"resourceType":"Observation","interaction":["search","create","read"],
           "compartment":{"reference":"Patient/1"},"readonlyFields":["status"]},
          {"resourceType":"Encounter","interaction":[]}]}]})");
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(
      policy->rules_json,
      R"([{"resourceType":"Patient","criteria":"Patient?general-practitioner=Practitioner/7",)"
      R"("readonly":true,"interaction":["read","vread","search","history"],"hiddenFields":["name"]},)"
      R"({"resourceType":"*"},)"
      R"({"resourceType":"Observation","compartment":{"reference":"Patient/1"},)"
      R"("interaction":["read","search","create"],"readonlyFields":["status"]},)"
      R"({"resourceType":"Encounter","interaction":[]}])");
}

std::string hash_of(const std::string& input) {
  const CompileOutcome outcome = compile_text(input);
  EXPECT_NE(outcome.policy, nullptr) << input;
  return outcome.policy ? outcome.policy->hash : "";
}

TEST(Hash, IsEqualForEqualInputs) {
  const std::string hash = hash_of(
      R"({"profile":"Patient/1","policies":[{"resourceType":"AccessPolicy","id":"p","name":"n","resource":
        [{"resourceType":"Patient","criteria":"Patient?_id=%profile.id","interaction":["read","search"],
          "hiddenFields":["name"]}],"ipAccessRule":[{"value":"8.8.","action":"allow"}]}],
        "options":{"closure":"strict"}})");
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(hash.find_first_not_of("0123456789abcdef"), std::string::npos);
  // Other key order, white space, escapes, ways to say the same, and things without effect.
  EXPECT_EQ(
      hash,
      hash_of("{\"policies\":[{\"ipAccessRule\":[ {\"action\":\"allow\",\"value\":\" 8.8. \","
              "\"name\":\"dns\"} ],\n"
              "\"resource\":[{\"hiddenFields\":[\"n\\u0061me\"],\"interaction\":[\"search\","
              "\"read\"],\"criteria\":\"Patient?_id=%profile.id\",\"resourceType\":\"Patient\","
              "\"readonly\":false}],\"id\":\"p\",\"resourceType\":\"AccessPolicy\"}],"
              "\"profile\":{\"reference\":\"Patient/1\"},\"scopes\":\"openid\"}"));
}

TEST(Hash, ChangesWithEverythingThatCounts) {
  const auto input = [](std::string_view rule, std::string_view policy, std::string_view more) {
    return R"({"policies":[{"resourceType":"AccessPolicy","id":"p","resource":[{"resourceType":"Patient")" +
           std::string(rule) + "}]" + std::string(policy) + "}]" + std::string(more) + "}";
  };
  const std::string inputs[] = {
      input("", "", ""),
      input(R"(,"readonly":true)", "", ""),
      input(R"(,"interaction":["read"])", "", ""),
      input(R"(,"interaction":[])", "", ""),
      input(R"(,"criteria":"Patient?active=true")", "", ""),
      input(R"(,"criteria":"Patient?active=false")", "", ""),
      input(R"(,"criteria":"Patient?_id=%profile.id")", "", R"(,"profile":"Patient/1")"),
      input(R"(,"criteria":"Patient?_id=%profile.id")", "", R"(,"profile":"Patient/2")"),
      input(R"(,"compartment":{"reference":"Patient/1"})", "", ""),
      input(R"(,"hiddenFields":["name"])", "", ""),
      input(R"(,"hiddenFields":["address"])", "", ""),
      input(R"(,"readonlyFields":["name"])", "", ""),
      input(R"(,"writeConstraint":[{"language":"text/fhirpath","expression":"true"}])", "", ""),
      input(
          R"(,"writeConstraint":[{"language":"text/fhirpath","expression":"id = '%profile.id'"}])",
          "", R"(,"profile":"Patient/1")"),
      input(
          R"(,"writeConstraint":[{"language":"text/fhirpath","expression":"id = '%profile.id'"}])",
          "", R"(,"profile":"Patient/2")"),
      input("},{\"resourceType\":\"Observation\"", "", ""),
      input("", R"(,"compartment":{"reference":"Organization/1"})", ""),
      input("", R"(,"ipAccessRule":[{"value":"8.8.","action":"allow"}])", ""),
      input("", R"(,"ipAccessRule":[{"value":"8.8.","action":"block"}])", ""),
      input("", R"(,"ipAccessRule":[{"value":"8.9.","action":"block"}])", ""),
      input("", "", R"(,"options":{"closure":"fields-only"})"),
      input("", "", R"(,"options":{"unknownElements":"keep"})"),
      input("", "", R"(,"options":{"extendedMeta":true})"),
      input("", "", R"(,"options":{"binaryWithoutContext":"allow"})"),
      input("", "", R"(,"options":{"defaultResourceTypes":true})"),
      input("", "", R"(,"options":{"requireScopes":true})"),
      input("", "", R"(,"options":{"baseUrls":["https://example.com"]})"),
      "{}",
      R"({"options":{"allowUnrestricted":true}})",
  };
  std::vector<std::string> hashes;
  for (const std::string& one : inputs) {
    const std::string hash = hash_of(one);
    EXPECT_EQ(std::find(hashes.begin(), hashes.end(), hash), hashes.end()) << one;
    hashes.push_back(hash);
  }
  // A profile that no rule uses changes nothing.
  EXPECT_EQ(hashes[0], hash_of(input("", "", R"(,"profile":"Patient/1")")));
}

}  // namespace
}  // namespace fhirwall::policy
