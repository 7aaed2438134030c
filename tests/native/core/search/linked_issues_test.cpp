#include "tests/native/core/search/linked_support.hpp"

// What is refused of chains and `_has`, and where (SPEC 5.8, 1.3).
namespace fhirwall::search::test {
namespace {

std::vector<std::string> issues_of(const std::string& criteria, bool resolves = true) {
  CompileOptions options;
  options.resolves = resolves;
  Issues issues;
  const auto compiled = compile(criteria, type_of(criteria), options, "criteria", issues);
  std::vector<std::string> out;
  for (const Issue& issue : issues.list()) {
    out.push_back(std::string(issue_name(issue.code)) + "@" + std::to_string(issue.offset) + " " +
                  issue.message);
  }
  EXPECT_EQ(compiled == nullptr, issues.has_errors()) << criteria;
  return out;
}

struct Case {
  const char* criteria;
  const char* expected;  // the one issue
};

void check_issues(std::initializer_list<Case> cases, bool resolves = true) {
  for (const Case& one : cases) {
    const std::vector<std::string> found = issues_of(one.criteria, resolves);
    ASSERT_EQ(found.size(), 1U) << one.criteria << (found.empty() ? "" : ": " + found.back());
    EXPECT_EQ(found.front(), one.expected) << one.criteria;
  }
}

TEST(LinkedIssues, NeedTheOption) {
  check_issues(
      {{"Observation?subject:Patient.name=x",
        "unsupported-parameter@12 `subject` reads other resources, which needs the option "
        "`resolve`"},
       {"Observation?code=1&subject.name=x",
        "unsupported-parameter@19 `subject` reads other resources, which needs the option "
        "`resolve`"},
       {"Patient?_has:Observation:patient:code=x",
        "unsupported-parameter@8 `_has` reads other resources, which needs the option `resolve`"}},
      false);
}

TEST(LinkedIssues, Chains) {
  check_issues({
      {"Observation?subjekt.name=x",
       "unknown-parameter@12 `Observation` has no search parameter `subjekt`; did you mean "
       "`subject`?"},
      {"Observation?subject:Patient.nane=x",
       "unknown-parameter@28 `Patient` has no search parameter `nane`; did you mean `name`?"},
      {"Observation?subject:Patient.organization.nane=x",
       "unknown-parameter@41 `Organization` has no search parameter `nane`; did you mean `name`?"},
      {"Observation?subject.nothing-like-it=x",
       "unknown-parameter@20 no type that is reached has a search parameter `nothing-like-it`"},
      {"Observation?code.name=x",
       "unsupported-parameter@12 `code` cannot be chained: it holds no references"},
      {"Observation?subject:Patient.name.family=x",
       "unsupported-parameter@28 `name` cannot be chained: it holds no references"},
      {"PlanDefinition?definition.name=x",
       "unsupported-parameter@15 `definition` cannot be chained: it holds no references"},
      {"StructureDefinition?base.name=x",
       "unsupported-parameter@20 `base` cannot be chained: it holds no references"},
      {"Patient?_compartment.name=x",
       "unsupported-parameter@8 `_compartment` cannot be chained: it holds no references"},
      {"Observation?subject:missing.name=x",
       "unsupported-modifier@20 `missing` is no resource type: only a type may stand between a "
       "reference and `.`"},
      {"Observation?subject:not.name=x",
       "unsupported-modifier@20 `not` is no resource type: only a type may stand between a "
       "reference and `.`"},
      {"Observation?subject:Patient.organization:missing.name=x",
       "unsupported-modifier@41 `missing` is no resource type: only a type may stand between a "
       "reference and `.`"},
      {"Observation?subject:Organization.name=x",
       "unsupported-modifier@20 `subject` does not take the modifier `Organization`; it takes "
       "`missing`, `not`, `identifier`, `text` and the types that it may refer to"},
      {"Observation?subject:Patient._compartment=Patient/1",
       "unsupported-parameter@28 `_compartment` cannot stand behind a reference"},
      {"Observation?subject:Patient.gender:in=x",
       "unsupported-modifier@35 `gender` does not take the modifier `in`: it needs a terminology "
       "server"},
      {"Observation?subject:Patient.birthdate=soon",
       "invalid-value@38 a date is expected, e.g. `2024-02-29`, `ge2024-02` or "
       "`lt2024-02-29T12:00Z`"},
      {"Observation?subject:Patient._count=5",
       "unknown-parameter@28 `Patient` has no search parameter `_count`; did you mean "
       "`_account`?"},
      {"Observation?encounter.patient.organization.partof.name=x",
       "unsupported-parameter@43 a chain follows at most 3 references"},
  });
}

TEST(LinkedIssues, Has) {
  check_issues({
      {"Patient?_has=x", "unsupported-parameter@8 expected `_has:Type:reference:parameter`"},
      {"Patient?_has:Observation=x",
       "unsupported-parameter@8 expected `_has:Type:reference:parameter`"},
      {"Patient?_has:Observation:patient=x",
       "unsupported-parameter@8 expected `_has:Type:reference:parameter`"},
      {"Patient?_has:Observatoin:patient:code=x",
       "unknown-resource-type@13 unknown resource type `Observatoin`"},
      {"Patient?_has:Observation:patent:code=x",
       "unknown-parameter@25 `Observation` has no search parameter `patent`; did you mean "
       "`patient`?"},
      {"Patient?_has:Observation:patient:kode=x",
       "unknown-parameter@33 `Observation` has no search parameter `kode`; did you mean `code`?"},
      {"Patient?_has:Observation:code:status=x",
       "unsupported-parameter@25 `code` cannot be chained: it holds no references"},
      {"Practitioner?_has:Observation:patient:code=x",
       "unsupported-parameter@30 `patient` of `Observation` never refers to `Practitioner`"},
      {"*?_has:Observation:patient:code=x",
       "unsupported-parameter@19 `patient` of `Observation` never refers to `*`"},
      {"Patient?_has:Observation:patient:_has:AuditEvent:entity:_has:AuditEvent:entity:"
       "_has:AuditEvent:entity:action=R",
       "unsupported-parameter@79 a chain follows at most 3 references"},
  });
}

TEST(LinkedIssues, EscapedNamesAreReportedWhereTheirPartBegins) {
  check_issues({{"Observation?subject:Patient.%6Eane=x",
                 "unknown-parameter@28 `Patient` has no search parameter `nane`; did you mean "
                 "`name`?"}});
}

// A type without the parameter is no problem as long as another one has it.
TEST(LinkedIssues, OneTypeThatHasTheParameterIsEnough) {
  for (const char* const criteria :
       {"Observation?subject.name=x", "Observation?subject.family=x",
        "Observation?subject.organization.name=x", "Provenance?target.status=x",
        "Observation?subject._has:Group:member:actual=true", "Bundle?composition.title=x",
        "Observation?subject:Patient.name:exact=x&_count=5"}) {
    for (const std::string& issue : issues_of(criteria)) {
      EXPECT_NE(issue.find("is ignored"), std::string::npos) << criteria << ": " << issue;
    }
  }
}

TEST(LinkedIssues, BoundTextParsesBackToTheSame) {
  for (const char* const criteria :
       {"Observation?subject:Patient.name:exact=x", "Observation?subject.name=x,y",
        "Patient?_has:Observation:patient:_has:AuditEvent:entity:action=R&active=true",
        "Observation?encounter.subject:Patient.organization:Organization.name=a"}) {
    const Linking first(criteria);
    const std::string text = bound_text(*first.compiled);
    const Linking second(text);
    EXPECT_EQ(bound_text(*second.compiled), text) << criteria;
  }
}

TEST(LinkedIssues, VariablesAreValues) {
  const Given given{.bindings = {{"name", "a,b", ""}}, .base_urls = {}, .purpose = Purpose::kRead};
  Linking linking("Observation?subject:Patient.name=%name", given);
  linking.fetch(R"({"Patient/1":{"resourceType":"Patient","id":"1","name":[{"text":"b"}]},)"
                R"("Patient/2":{"resourceType":"Patient","id":"2","name":[{"text":"a,b c"}]}})");
  EXPECT_EQ(linking.match(R"({"resourceType":"Observation","subject":{"reference":"Patient/1"}})"),
            "no");
  EXPECT_EQ(linking.match(R"({"resourceType":"Observation","subject":{"reference":"Patient/2"}})"),
            "yes");
}

}  // namespace
}  // namespace fhirwall::search::test
