#include <gtest/gtest.h>

#include "core/policy/compiled_policy.hpp"
#include "tests/native/core/policy/support.hpp"

// SMART scopes: what they leave of a policy (SPEC 11).
namespace fhirwall::policy {
namespace {

std::string scoped(std::string_view rules, std::string_view scopes, std::string_view more = {}) {
  return with_rules(rules, ",\"scopes\":\"" + std::string(scopes) + "\"" + std::string(more));
}

std::string rules_of(const std::string& input) {
  const auto policy = must_compile(input);
  return policy ? policy->rules_json : "refused";
}

std::string hash_of(const std::string& input) {
  const auto policy = must_compile(input);
  return policy ? policy->hash : "refused";
}

TEST(ScopedRules, HaveTheInteractionsOfBoth) {
  struct Case {
    const char* scopes;
    const char* interactions;  // of a rule that grants all
  };
  const Case cases[] = {
      {"user/Patient.c", R"("create")"},
      {"user/Patient.r", R"("read","vread","history")"},
      {"user/Patient.u", R"("update")"},
      {"user/Patient.d", R"("delete")"},
      {"user/Patient.s", R"("search")"},
      {"user/Patient.rs", R"("read","vread","search","history")"},
      {"user/Patient.read", R"("read","vread","search","history")"},
      {"user/Patient.write", R"("create","update","delete")"},
      {"system/*.cud", R"("create","update","delete")"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(
        rules_of(scoped(R"({"resourceType":"Patient"})", one.scopes)),
        R"([{"resourceType":"Patient","interaction":[)" + std::string(one.interactions) + "]}]")
        << one.scopes;
  }
  for (const char* all : {"user/Patient.cruds", "user/Patient.*", "system/*.cruds", "user/*.*"}) {
    EXPECT_EQ(rules_of(scoped(R"({"resourceType":"Patient"})", all)),
              R"([{"resourceType":"Patient"}])");
  }
}

TEST(ScopedRules, AreTheProductInOrderOfRulesThenScopes) {
  struct Case {
    const char* rules;
    const char* scopes;
    const char* expected;
  };
  const Case cases[] = {
      // Empty intersections vanish: of types, and of interactions.
      {R"({"resourceType":"Patient"},{"resourceType":"Observation"})", "user/Encounter.rs", "[]"},
      {R"({"resourceType":"Patient","readonly":true})", "user/Patient.cud", "[]"},
      {R"({"resourceType":"Patient","interaction":[]})", "user/Patient.cruds", "[]"},
      {R"({"resourceType":"Patient","interaction":["create","read","search"]},
          {"resourceType":"Observation","interaction":["update"]})",
       "system/*.read", R"([{"resourceType":"Patient","interaction":["read","search"]}])"},
      {R"({"resourceType":"Patient","readonly":true})", "user/Patient.*",
       R"([{"resourceType":"Patient","readonly":true,"interaction":["read","vread","search","history"]}])"},
      // Rule-major, then in the order of the scopes.
      {R"({"resourceType":"Observation"},{"resourceType":"Patient"})",
       "user/Patient.s user/*.r openid user/Observation.c",
       R"([{"resourceType":"Observation","interaction":["read","vread","history"]},)"
       R"({"resourceType":"Observation","interaction":["create"]},)"
       R"({"resourceType":"Patient","interaction":["search"]},)"
       R"({"resourceType":"Patient","interaction":["read","vread","history"]}])"},
      // `*` takes the scope's type, unless that is `*` too.
      // Of a narrowed rule stays what its type has.
      {R"({"resourceType":"*","hiddenFields":["birthDate","meta.tag"],"readonlyFields":["status"]})",
       "user/Patient.d user/Basic.s",
       R"([{"resourceType":"Patient","interaction":["delete"],"hiddenFields":["birthDate","meta.tag"]},)"
       R"({"resourceType":"Basic","interaction":["search"],"hiddenFields":["meta.tag"]}])"},
      // Its first step exists on the type, the path does not.
      {R"({"resourceType":"*","hiddenFields":["name.family","meta.tag"]})", "user/Organization.s",
       R"([{"resourceType":"Organization","interaction":["search"],"hiddenFields":["meta.tag"]}])"},
      {R"({"resourceType":"*","hiddenFields":["meta.tag"]})", "user/Patient.d user/*.s",
       R"([{"resourceType":"Patient","interaction":["delete"],"hiddenFields":["meta.tag"]},)"
       R"({"resourceType":"*","interaction":["search"],"hiddenFields":["meta.tag"]}])"},
      // SPEC 4.1: what `*` does not cover, no scope adds; a rule of its own is there for it.
      {R"({"resourceType":"*"})", "user/Project.cruds user/Login.cruds user/User.rs", "[]"},
      {R"({"resourceType":"Project"})", "user/Project.d",
       R"([{"resourceType":"Project","interaction":["delete"]}])"},
      // Everything else of the rule stays.
      {R"({"resourceType":"Patient","readonlyFields":["name"],"hiddenFields":["photo"],
           "writeConstraint":[{"language":"text/fhirpath","expression":"active"}]})",
       "user/Patient.u",
       R"([{"resourceType":"Patient","interaction":["update"],"hiddenFields":["photo"],)"
       R"("readonlyFields":["name"],)"
       R"("writeConstraint":[{"language":"text/fhirpath","expression":"active"}]}])"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(rules_of(scoped(one.rules, one.scopes)), one.expected) << one.scopes;
  }
}

TEST(ScopedRules, AndTheirCriteria) {
  struct Case {
    const char* rule;
    const char* scope;
    const char* expected;  // criteria
    std::size_t conditions;
  };
  const Case cases[] = {
      {R"({"resourceType":"Patient"})", "user/Patient.r?active=true", "Patient?active=true", 1},
      {R"({"resourceType":"Patient","criteria":"Patient?gender=male"})",
       "user/Patient.r?active=true&gender=male,female",
       "Patient?gender=male&active=true&gender=male,female", 2},
      {R"({"resourceType":"Patient","criteria":"Patient?gender=male"})", "patient/Patient.r",
       "Patient?gender=male&_compartment=Patient/7", 2},
      {R"({"resourceType":"Patient","criteria":"Patient?gender=male"})",
       "patient/Patient.r?active=true", "Patient?gender=male&active=true&_compartment=Patient/7",
       3},
      // Again, although the rule says so itself.
      {R"({"resourceType":"Patient","criteria":"Patient?_compartment=Patient/7"})",
       "patient/Patient.r", "Patient?_compartment=Patient/7&_compartment=Patient/7", 2},
      // The query of `*` is one of the rule's type.
      {R"({"resourceType":"Patient"})", "user/*.r?active=true", "Patient?active=true", 1},
      {R"({"resourceType":"*","criteria":"*?_tag=a"})", "user/*.r?_id=1", "*?_tag=a&_id=1", 2},
      {R"({"resourceType":"*","criteria":"*?_tag=a"})", "user/Patient.r?active=true",
       "Patient?_tag=a&active=true", 2},
      {R"({"resourceType":"*"})", "patient/*.r", "*?_compartment=Patient/7", 1},
      // `%` is an escape; what is printed parses back.
      {R"({"resourceType":"Patient"})", "user/Patient.r?name=a%2Cb%20c", "Patient?name=a,b%20c", 1},
      {R"({"resourceType":"Patient"})", "user/Patient.r?name=%c3%a9", "Patient?name=\xC3\xA9", 1},
  };
  for (const Case& one : cases) {
    const auto policy =
        must_compile(scoped(one.rule, one.scope, R"(,"launchPatient":"Patient/7")"));
    ASSERT_TRUE(policy) << one.scope;
    ASSERT_EQ(policy->rules.size(), 1u) << one.scope;
    EXPECT_EQ(policy->rules[0].conditions.size(), one.conditions) << one.scope;
    const std::string wanted = "\"criteria\":\"" + std::string(one.expected) + "\"";
    EXPECT_NE(policy->rules_json.find(wanted), std::string::npos) << policy->rules_json;
  }
}

TEST(ScopedRules, KeepTheDeprecatedCompartmentApart) {
  EXPECT_EQ(
      rules_of(scoped(R"({"resourceType":"Observation","compartment":{"reference":"Patient/1"}})",
                      "patient/Observation.s?status=final", R"(,"launchPatient":"Patient/7")")),
      R"([{"resourceType":"Observation","compartment":{"reference":"Patient/1"},)"
      R"("criteria":"Observation?status=final&_compartment=Patient/7",)"
      R"("interaction":["search"]}])");
}

TEST(ScopedRules, ShareWhatTheWholeRuleHas) {
  const auto policy = must_compile(
      scoped(R"({"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name"],
                 "readonlyFields":["photo"]},{"resourceType":"*","readonlyFields":["meta.tag"]})",
             "user/Patient.r?gender=male user/Patient.s?gender=male user/*.u"));
  ASSERT_TRUE(policy);
  ASSERT_EQ(policy->rules.size(), 6u);
  const Rule& one = policy->rules[0];
  const Rule& two = policy->rules[1];
  EXPECT_EQ(one.plan, two.plan);
  EXPECT_EQ(one.readonly_plan, two.readonly_plan);
  EXPECT_EQ(one.conditions[0], two.conditions[0]);
  EXPECT_NE(one.conditions[1], two.conditions[1]);
  EXPECT_TRUE(redact::hides_anything(*one.plan));
  EXPECT_TRUE(redact::hides_anything(*one.readonly_plan));
  // `*` as a Patient rule has the plans of `*` for Patient.
  const Rule& narrowed = policy->rules[3];
  const Rule& whole = policy->rules[5];
  ASSERT_TRUE(!narrowed.any_type && whole.any_type);
  EXPECT_EQ(fhir::type_name(narrowed.type), "Patient");
  EXPECT_EQ(narrowed.plan.get(), whole.plan_of(narrowed.type));
  EXPECT_EQ(narrowed.readonly_plan.get(), whole.readonly_plan_of(narrowed.type));
  EXPECT_TRUE(narrowed.plans.empty() && narrowed.readonly_plans.empty());
  // Compiled once for a scope and a type, whatever the number of rules.
  EXPECT_EQ(narrowed.conditions[0], one.conditions[1]);
  EXPECT_EQ(one.source_rule, 0u);
  EXPECT_EQ(narrowed.source_rule, 1u);
}

// SPEC 7.3, 7.4: what a rule hides still counts where scopes took the rule away.
TEST(ScopedRules, StillHideWhatTheyNoLongerGrant) {
  const auto policy = must_compile(
      scoped(R"({"resourceType":"Organization","hiddenFields":["name"]},{"resourceType":"Patient"},
                {"resourceType":"*","hiddenFields":["meta.tag"]})",
             "user/Patient.rs"));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->rules_json,
            R"([{"resourceType":"Patient","interaction":["read","vread","search","history"]},)"
            R"({"resourceType":"Patient","interaction":["read","vread","search","history"],)"
            R"("hiddenFields":["meta.tag"]}])");
  ASSERT_EQ(policy->rules.size(), 4u);
  EXPECT_EQ(policy->rules[2].interactions, 0);
  EXPECT_EQ(policy->rules[3].interactions, 0);
  const fhir::TypeId organization = fhir::find_resource_type("Organization");
  const auto& of_organization = policy->rules_by_type[fhir::resource_index(organization)];
  ASSERT_EQ(of_organization.size(), 2u);
  for (const std::uint16_t index : of_organization) {
    EXPECT_TRUE(redact::hides_anything(*policy->rules[index].plan_of(organization)));
  }
  // And the hash tells.
  const char* rules[] = {
      R"({"resourceType":"Organization","hiddenFields":["name"]},{"resourceType":"Patient"})",
      R"({"resourceType":"Organization","hiddenFields":["alias"]},{"resourceType":"Patient"})",
      R"({"resourceType":"Patient"})"};
  EXPECT_NE(hash_of(scoped(rules[0], "user/Patient.rs")),
            hash_of(scoped(rules[1], "user/Patient.rs")));
  EXPECT_NE(hash_of(scoped(rules[0], "user/Patient.rs")),
            hash_of(scoped(rules[2], "user/Patient.rs")));
}

TEST(ScopedRules, IncludeThoseThatOptionsAdd) {
  EXPECT_EQ(rules_of(R"({"scopes":"user/Patient.r","options":{"allowUnrestricted":true}})"),
            R"([{"resourceType":"Patient","interaction":["read","vread","history"]}])");
  const std::string defaults = R"(,"options":{"defaultResourceTypes":true})";
  EXPECT_EQ(
      rules_of(scoped(R"({"resourceType":"Patient"})", "user/SearchParameter.cruds", defaults)),
      R"([{"resourceType":"SearchParameter","readonly":true,)"
      R"("interaction":["read","vread","search","history"]}])");
  // SPEC 2.5: whether they are added is asked before scopes: neither does a rule that a scope took
  // away bring them back, nor a `*` rule that a scope made typed keep them away.
  EXPECT_EQ(rules_of(scoped(R"({"resourceType":"SearchParameter","interaction":["create"]})",
                            "user/SearchParameter.r", defaults)),
            "[]");
  EXPECT_EQ(rules_of(scoped(R"({"resourceType":"*"})", "user/SearchParameter.s", defaults)),
            R"([{"resourceType":"SearchParameter","interaction":["search"]},)"
            R"({"resourceType":"SearchParameter","readonly":true,"interaction":["search"]}])");
  const auto policy =
      must_compile(R"({"scopes":"user/Patient.r","options":{"allowUnrestricted":true}})");
  ASSERT_TRUE(policy);
  EXPECT_FALSE(policy->unrestricted);
  EXPECT_FALSE(policy->denies_everything);
}

// SPEC 11.3
TEST(Scopes, LeaveThePolicyAloneWhereNoneIsOfResources) {
  const std::string rule = R"({"resourceType":"Patient"})";
  const std::string required = R"(,"options":{"requireScopes":true})";
  struct Case {
    std::string input;
    bool lacks_scopes;
    std::size_t rules;
  };
  const Case cases[] = {
      {scoped(rule, "openid launch/patient"), false, 1},
      {scoped(rule, ""), false, 1},
      {scoped(rule, "openid launch/patient", required), true, 1},
      {scoped(rule, "", required), true, 1},
      {with_rules(rule, required), true, 1},
      {scoped(rule, "user/Patient.r", required), false, 1},
      {scoped(rule, "user/Observation.r", required), false, 0},
  };
  for (const Case& one : cases) {
    const auto policy = must_compile(one.input);
    ASSERT_TRUE(policy) << one.input;
    EXPECT_EQ(policy->lacks_scopes, one.lacks_scopes) << one.input;
    EXPECT_EQ(policy->denies_everything, one.lacks_scopes) << one.input;
    EXPECT_EQ(policy->rules.size(), one.rules) << one.input;
  }
}

// SPEC 11.1: grants nothing, but counts as a resource scope.
TEST(Scopes, OfUnknownTypesGrantNothing) {
  const CompileOutcome outcome =
      compile_text(scoped(R"({"resourceType":"*"})", "openid user/Foo.cruds?x=1",
                          R"(,"options":{"requireScopes":true})"));
  EXPECT_EQ(lines_of(outcome.issues),
            std::vector<std::string>{"warning unknown-resource-type scopes @12"});
  ASSERT_TRUE(outcome.policy);
  EXPECT_FALSE(outcome.policy->lacks_scopes);
  EXPECT_TRUE(outcome.policy->rules.empty());
  EXPECT_EQ(outcome.policy->rules_json, "[]");
}

// SPEC 11.4
TEST(Scopes, OfPatientsNeedOne) {
  const auto criteria_of = [](std::string_view more) {
    const auto policy =
        must_compile(scoped(R"({"resourceType":"Observation"})", "patient/Observation.s", more));
    if (!policy) {
      return std::string("refused");
    }
    const std::string& json = policy->rules_json;
    const std::size_t begin = json.find("Patient/");
    return json.substr(begin, json.find('"', begin) - begin);
  };
  EXPECT_EQ(criteria_of(R"(,"profile":"Patient/1")"), "Patient/1");
  EXPECT_EQ(criteria_of(R"(,"launchPatient":"Patient/2")"), "Patient/2");
  EXPECT_EQ(criteria_of(R"(,"launchPatient":{"reference":"Patient/2"})"), "Patient/2");
  EXPECT_EQ(criteria_of(R"(,"launchPatient":"Patient/2","profile":"Patient/1")"), "Patient/2");
  EXPECT_EQ(criteria_of(R"(,"launchPatient":"Patient/2","profile":"Practitioner/1")"), "Patient/2");
  EXPECT_EQ(criteria_of(R"(,"launchPatient":null,"profile":"Patient/1")"), "Patient/1");
  EXPECT_EQ(criteria_of(R"(,"launchPatient":"https://example.com/fhir/Patient/2",
                            "options":{"baseUrls":["https://example.com/fhir"]})"),
            "Patient/2");
  // A membership's profile.
  EXPECT_NE(
      rules_of(
          R"({"policies":{"resourceType":"AccessPolicy","id":"p","resource":[{"resourceType":"Observation"}]},
                "membership":{"resourceType":"ProjectMembership","profile":{"reference":"Patient/5"},
                "accessPolicy":{"reference":"AccessPolicy/p"}},"scopes":"patient/*.s"})")
          .find("Observation?_compartment=Patient/5"),
      std::string::npos);
}

TEST(Scopes, ReportWhatIsWrong) {
  struct Case {
    std::string input;
    std::vector<std::string> issues;
  };
  const std::string observation = R"({"resourceType":"Observation"})";
  const auto with = [&](const char* scopes, const char* more = "") {
    return scoped(observation, scopes, more);
  };
  const Case cases[] = {
      {with("openid user/Observation.sr"), {"error scope-syntax scopes @25"}},
      {with("Patient/Observation.rs"), {"error scope-syntax scopes @0"}},
      {with("openid\\tprofile"), {"error scope-syntax scopes @6"}},
      {with("user/Observation.rs?"), {"error scope-syntax scopes @20"}},
      // Queries, also where no rule asks for them.
      {with("openid user/Observation.rs?cod=x"), {"error unknown-parameter scopes @27"}},
      {with("user/Patient.rs?active=true&birthdate=x"), {"error invalid-value scopes @38"}},
      {with("user/Observation.rs?status:in=x"), {"error unsupported-modifier scopes @27"}},
      {with("user/Observation.rs?a?b"), {"error criteria-syntax scopes @21"}},
      {with("user/Observation.rs?=x"), {"error criteria-syntax scopes @20"}},
      {with("user/Observation.rs?_count=1"), {"error result-parameter scopes @20"}},
      {with("user/Observation.rs?status=final&_count=1"), {"warning result-parameter scopes @33"}},
      {with("user/*.rs?birthdate=2020"), {"error unknown-parameter scopes @10"}},
      {scoped(R"({"resourceType":"*"})", "user/*.rs?birthdate=2020"),
       {"error unknown-parameter scopes @10"}},
      // Variables are no part of it, bound or not.
      {with("user/Observation.rs?subject=%profile", R"(,"profile":"Patient/1")"),
       {"error variable-not-allowed scopes @28"}},
      {with("user/Observation.rs?subject=%q"), {"error variable-not-allowed scopes @28"}},
      // The patient.
      {with("openid patient/Observation.rs patient/*.rs"), {"error missing-patient scopes @7"}},
      {with("patient/Encounter.rs", R"(,"profile":"Practitioner/1")"),
       {"error missing-patient scopes @0"}},
      {with("patient/Foo.rs"),
       {"error missing-patient scopes @0", "warning unknown-resource-type scopes @8"}},
      {with("patient/*.rs", R"(,"launchPatient":"Patient/","profile":"Patient/1")"),
       {"error invalid-value launchPatient @0"}},
      {with("patient/*.rs", R"(,"launchPatient":"","profile":"Patient/1")"),
       {"error invalid-value launchPatient @0"}},
      {with("patient/*.rs", R"(,"launchPatient":"Group/1","profile":"Patient/1")"),
       {"error invalid-value launchPatient @0"}},
      {with("patient/*.rs", R"(,"launchPatient":"https://example.com/Patient/1")"),
       {"error invalid-value launchPatient @0"}},
      {with("patient/*.rs", R"(,"launchPatient":{"reference":"Group/1"})"),
       {"error invalid-value launchPatient.reference @0"}},
      {with("patient/*.rs", R"(,"launchPatient":{},"profile":"Patient/1")"),
       {"error missing-property launchPatient.reference @0"}},
      {with("patient/*.rs", R"(,"launchPatient":[],"profile":"Patient/1")"),
       {"error wrong-type launchPatient @0"}},
      // Bad input whether or not a scope asks for it.
      {with("", R"(,"launchPatient":"Group/1")"), {"error invalid-value launchPatient @0"}},
      {with("user/*.rs", R"(,"launchPatient":5)"), {"error wrong-type launchPatient @0"}},
      {with_rules(observation, R"(,"launchPatient":"Patient/1")"), {}},
      {with_rules(observation, R"(,"scopes":["user/*.rs"])"), {"error wrong-type scopes @0"}},
  };
  for (const Case& one : cases) {
    const CompileOutcome outcome = compile_text(one.input);
    EXPECT_EQ(lines_of(outcome.issues), one.issues) << one.input;
    EXPECT_EQ(outcome.policy == nullptr, outcome.issues.has_errors()) << one.input;
  }
}

// SPEC P8
TEST(Scopes, AreBounded) {
  const std::string rules =
      R"({"resourceType":"Patient"},{"resourceType":"Patient","readonly":true})";
  Limits limits;
  limits.max_rules = 4;
  const auto lines = [&](const std::string& input) {
    return lines_of(compile(input, limits).issues);
  };
  EXPECT_EQ(lines(scoped(rules, "user/*.r user/*.s")), std::vector<std::string>{});
  EXPECT_EQ(lines(scoped(rules, "user/*.r user/*.s user/*.r user/*.s")),
            std::vector<std::string>{"error limit-exceeded scopes @0"});
  limits = Limits();
  limits.max_expression_bytes = 10;
  EXPECT_EQ(lines(scoped("", "user/*.rs x")),
            std::vector<std::string>{"error limit-exceeded scopes @10"});
}

TEST(Scopes, ChangeTheHash) {
  const std::string rule = R"({"resourceType":"Patient"})";
  const std::string inputs[] = {
      with_rules(rule),
      scoped(rule, "user/*.cruds"),
      scoped(rule, "system/*.cruds"),
      scoped(rule, "user/Patient.cruds"),
      scoped(rule, "user/Patient.rs"),
      scoped(rule, "user/Patient.rs user/Patient.rs"),
      scoped(rule, "user/Patient.rs?active=true"),
      scoped(rule, "patient/Patient.rs", R"(,"launchPatient":"Patient/1")"),
      scoped(rule, "patient/Patient.rs", R"(,"launchPatient":"Patient/2")"),
      with_rules(rule, R"(,"launchPatient":"Patient/1")"),
  };
  std::vector<std::string> hashes;
  for (const std::string& one : inputs) {
    const std::string hash = hash_of(one);
    EXPECT_EQ(std::find(hashes.begin(), hashes.end(), hash), hashes.end()) << one;
    hashes.push_back(hash);
  }
  // Other tokens, other spacing and the words of version 1 change nothing.
  EXPECT_EQ(hash_of(scoped(rule, "user/Patient.rs")),
            hash_of(scoped(rule, " openid  user/Patient.read ")));
}

}  // namespace
}  // namespace fhirwall::policy
