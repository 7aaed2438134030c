#include "tests/native/core/policy/support.hpp"

namespace fhirwall::policy {
namespace {

struct Case {
  std::string input;
  std::vector<std::string> issues;  // sorted
};

void expect_issues(const Case& one) {
  const CompileOutcome outcome = compile_text(one.input);
  EXPECT_EQ(lines_of(outcome.issues), one.issues) << one.input;
  const bool refused =
      std::any_of(one.issues.begin(), one.issues.end(),
                  [](const std::string& line) { return line.starts_with("error "); });
  EXPECT_EQ(outcome.policy == nullptr, refused) << one.input;
  for (const Issue& issue : outcome.issues.list()) {
    EXPECT_FALSE(issue.message.empty());
    EXPECT_FALSE(issue.message.ends_with('.')) << issue.message;
    EXPECT_EQ(issue.message.find('\n'), std::string::npos) << issue.message;
  }
}

// One rule: `{"resourceType":"Patient",<members>}`.
std::string patient_rule(std::string_view members) {
  return with_rules(R"({"resourceType":"Patient",)" + std::string(members) + "}");
}

std::string access(std::string_view members, std::string_view policy_members = "\"resource\":[]") {
  return R"({"policies":[{"resourceType":"AccessPolicy","id":"p",)" + std::string(policy_members) +
         R"(}],"membership":{"resourceType":"ProjectMembership","profile":{"reference":"Practitioner/1"},)"
         R"("access":[{"policy":{"reference":"AccessPolicy/p"},)" +
         std::string(members) + "}]}}";
}

// SPEC 1.3, 16
TEST(CompileIssues, Input) {
  const Case cases[] = {
      {"", {"error invalid-json  @0"}},
      {"{", {"error invalid-json  @1"}},
      {R"({"policies":[],"policies":[]})", {"error invalid-json  @15"}},
      {"[]", {"error wrong-type  @0"}},
      {"null", {"error wrong-type  @0"}},
      {R"({"policy":[]})", {"error unknown-property policy @0"}},
      {R"({"policies":"x"})", {"error wrong-type policies @0"}},
      {R"({"policies":[1,null]})",
       {"error wrong-type policies[0] @0", "error wrong-type policies[1] @0"}},
      {R"({"policies":null,"membership":null,"profile":null,"options":null,"scopes":null})", {}},
      {R"({"policies":{"resourceType":"AccessPolicy","foo":1}})",
       {"error unknown-property policies.foo @0"}},
      {R"({"policies":[{"name":"x"}]})", {"error missing-property policies[0].resourceType @0"}},
      {R"({"policies":[{"resourceType":"Patient"}]})",
       {"error unknown-resource-type policies[0].resourceType @0"}},
      {R"({"profile":7})", {"error wrong-type profile @0"}},
      {R"({"profile":"Practitioner"})", {"error invalid-value profile @0"}},
      {R"({"profile":{"reference":"#x"}})", {"error invalid-value profile.reference @0"}},
      {R"({"profile":{"reference":"Practitioner/1","foo":1}})",
       {"error unknown-property profile.foo @0"}},
  };
  for (const Case& one : cases) {
    expect_issues(one);
  }
}

// SPEC 1.2, 1.3, 2.4, 4.1
TEST(CompileIssues, Rules) {
  const std::string rule = "policies[0].resource[0]";
  const Case cases[] = {
      {with_rules("{}"), {"error missing-property " + rule + ".resourceType @0"}},
      {with_rules("7"), {"error wrong-type " + rule + " @0"}},
      {R"({"policies":[{"resourceType":"AccessPolicy","resource":{}}]})",
       {"error wrong-type policies[0].resource @0"}},
      {R"({"policies":[{"resourceType":"AccessPolicy","resource":{"a":{"b":1}}}]})",
       {"error wrong-type policies[0].resource @0"}},
      {with_rules(R"({"resourceType":"patient"})"),
       {"error unknown-resource-type " + rule + ".resourceType @0"}},
      {with_rules(R"({"resourceType":"DomainResource"})"),
       {"error unknown-resource-type " + rule + ".resourceType @0"}},
      {with_rules(R"({"resourceType":"%type"})"),
       {"error variable-not-allowed " + rule + ".resourceType @0"}},
      {with_rules(R"({"resourceType":"Login"})"),
       {"warning unknown-resource-type " + rule + ".resourceType @0"}},
      {patient_rule(R"("foo":1)"), {"error unknown-property " + rule + ".foo @0"}},
      {patient_rule(R"("readonly":"true")"), {"error wrong-type " + rule + ".readonly @0"}},
      {patient_rule(R"("interaction":"read")"), {"error wrong-type " + rule + ".interaction @0"}},
      {patient_rule(R"("interaction":["read","Read","patch","*"])"),
       {"error unknown-interaction " + rule + ".interaction[1] @0",
        "error unknown-interaction " + rule + ".interaction[2] @0",
        "error unknown-interaction " + rule + ".interaction[3] @0"}},
      {patient_rule(R"("readonly":true,"interaction":["read","update"])"),
       {"error readonly-conflict " + rule + ".interaction @0"}},
      {patient_rule(R"("readonly":true,"interaction":["read","search"])"), {}},
      {patient_rule(R"("readonly":false,"interaction":["update"])"), {}},
      // What FHIR lets every element carry is ignored, but not what may change its meaning.
      {patient_rule(R"("id":"1","extension":[])"), {}},
      {patient_rule(R"("modifierExtension":[])"),
       {"error unsupported-feature " + rule + ".modifierExtension @0"}},
      {patient_rule(R"("_criteria":{"extension":[]})"),
       {"error unknown-property " + rule + "._criteria @0"}},
      {R"({"policies":[{"resourceType":"AccessPolicy","meta":{},"language":"en","text":{},
        "implicitRules":"x","contained":[],"basedOn":[],"name":"n","extension":[]}]})",
       {}},
      {patient_rule(R"("criteria":7)"),
       {"error criteria-syntax " + rule + ".criteria @0",
        "error wrong-type " + rule + ".criteria @0"}},
      {patient_rule(R"("compartment":"Patient/1")"),
       {"error wrong-type " + rule + ".compartment @0"}},
      {patient_rule(R"("compartment":[{"reference":"Patient/1"}])"),
       {"error wrong-type " + rule + ".compartment @0"}},
      {patient_rule(R"("compartment":{"display":"x"})"),
       {"error missing-property " + rule + ".compartment.reference @0"}},
  };
  for (const Case& one : cases) {
    expect_issues(one);
  }
}

// SPEC 5, 4.1: the criteria's own issues arrive with the path of the rule.
TEST(CompileIssues, Criteria) {
  const std::string rule = "policies[0].resource[0]";
  const Case cases[] = {
      {patient_rule(R"("criteria":"")"), {"error criteria-syntax " + rule + ".criteria @0"}},
      {patient_rule(R"("criteria":"Observation?status=final")"),
       {"error criteria-type " + rule + ".criteria @0"}},
      {patient_rule(R"("criteria":"Patient?nope=1")"),
       {"error unknown-parameter " + rule + ".criteria @8"}},
      {patient_rule(R"("criteria":"Patient?_count=1")"),
       {"error result-parameter " + rule + ".criteria @8"}},
      {patient_rule(R"("criteria":"Patient?active=true&_count=1")"),
       {"warning result-parameter " + rule + ".criteria @20"}},
      {patient_rule(R"("criteria":"Patient?birthdate=foo")"),
       {"error invalid-value " + rule + ".criteria @18"}},
      {patient_rule(R"("criteria":"Patient?gender:in=http://x")"),
       {"error unsupported-modifier " + rule + ".criteria @15"}},
      {patient_rule(R"("criteria":"Patient?organization.name=x")"),
       {"error unsupported-parameter " + rule + ".criteria @8"}},
      {patient_rule(R"("criteria":"Patient?organization=%org")"),
       {"error unbound-variable " + rule + ".criteria @21"}},
      {with_rules(R"({"resourceType":"*","criteria":"Patient?active=true"})"),
       {"error criteria-type " + rule + ".criteria @0"}},
      {patient_rule(R"("compartment":{"reference":"%org"})"),
       {"error unbound-variable " + rule + ".compartment.reference @0"}},
  };
  for (const Case& one : cases) {
    expect_issues(one);
  }
}

// SPEC 7.1
TEST(CompileIssues, Fields) {
  const std::string rule = "policies[0].resource[0]";
  const Case cases[] = {
      {patient_rule(R"("hiddenFields":["name","address.line","Patient.telecom","deceased[x]"])"),
       {}},
      {patient_rule(R"("hiddenFields":"name")"), {"error wrong-type " + rule + ".hiddenFields @0"}},
      {patient_rule(R"("hiddenFields":["nmae","name.nope",7])"),
       {"error unknown-path " + rule + ".hiddenFields[0] @0",
        "error unknown-path " + rule + ".hiddenFields[1] @5",
        "error wrong-type " + rule + ".hiddenFields[2] @0"}},
      {patient_rule(R"("hiddenFields":["name..given",""])"),
       {"error path-syntax " + rule + ".hiddenFields[0] @5",
        "error path-syntax " + rule + ".hiddenFields[1] @0"}},
      {patient_rule(R"("hiddenFields":["id","resourceType","Patient.id","contact.id"])"),
       {"error protected-path " + rule + ".hiddenFields[0] @0",
        "error protected-path " + rule + ".hiddenFields[1] @0",
        "error protected-path " + rule + ".hiddenFields[2] @0"}},
      {patient_rule(R"("readonlyFields":["id","nope"])"),
       {"error unknown-path " + rule + ".readonlyFields[1] @0"}},
      {patient_rule(R"("hiddenFields":["x%name"])"),
       {"error variable-not-allowed " + rule + ".hiddenFields[0] @1"}},
      {patient_rule(R"("interaction":["%x"])"),
       {"error variable-not-allowed " + rule + ".interaction[0] @0"}},
      // On `*`: on at least one type.
      {with_rules(R"({"resourceType":"*","hiddenFields":["birthDate","text","Patient.name"]})"),
       {}},
      {with_rules(R"({"resourceType":"*","hiddenFields":["nope","id","Observation.id"]})"),
       {"error protected-path " + rule + ".hiddenFields[1] @0",
        "error protected-path " + rule + ".hiddenFields[2] @0",
        "error unknown-path " + rule + ".hiddenFields[0] @0"}},
  };
  for (const Case& one : cases) {
    expect_issues(one);
  }
}

// SPEC 1.2, 3.5, 6.2
TEST(CompileIssues, WriteConstraints) {
  const std::string item = "policies[0].resource[0].writeConstraint[0]";
  const auto constraint = [](std::string_view members) {
    return access("\"parameter\":[]",
                  R"("resource":[{"resourceType":"Patient","writeConstraint":[)" +
                      std::string(members) + "]}]");
  };
  const auto expression = [&](std::string_view text) {
    return constraint(R"({"language":"text/fhirpath","expression":")" + std::string(text) + "\"}");
  };
  const Case cases[] = {
      {expression("%before.exists() implies %before.status != 'final'"), {}},
      {expression("generalPractitioner.reference = '%profile'"), {}},
      {expression("generalPractitioner.reference.endsWith(%profile.id)"), {}},
      {expression("name.matches('100%')"), {}},
      {expression("birthDate.lowBoundary(8) < @2000-01-01"), {}},
      {expression("defineVariable('n', name).select(%n.exists())"), {}},
      {expression("gender.memberOf('x')"),
       {"error fhirpath-unsupported " + item + ".expression @7"}},
      {expression("%profile.gender = 'x'"), {"error unknown-path " + item + ".expression @0"}},
      {expression("nam.empty()"), {"error unknown-path " + item + ".expression @0"}},
      {expression("Practitioner.name.empty()"), {"error fhirpath-type " + item + ".expression @0"}},
      {expression("name.nosuch()"), {"error unknown-function " + item + ".expression @5"}},
      {expression("name.substring()"), {"error fhirpath-arity " + item + ".expression @5"}},
      {expression("name.ofType(Nosuch)"), {"error fhirpath-type " + item + ".expression @12"}},
      {expression("status != "), {"error fhirpath-syntax " + item + ".expression @10"}},
      {expression("%org = 'x'"), {"error unbound-variable " + item + ".expression @0"}},
      {expression("id = '%org' or id = '%org.id'"),
       {"error unbound-variable " + item + ".expression @20",
        "error unbound-variable " + item + ".expression @5"}},
      {expression("id = 'Patient/%profile'"),
       {"error variable-not-allowed " + item + ".expression @5"}},
      {expression("id = 'Patient/%patient'"),
       {"error variable-not-allowed " + item + ".expression @5"}},
      {expression("id = '%nothing of %profile'"),
       {"error variable-not-allowed " + item + ".expression @5"}},
      {expression("id = '100 %nothing'"), {}},
      {constraint("7"), {"error wrong-type " + item + " @0"}},
      {constraint(R"({"language":"text/fhirpath"})"),
       {"error missing-property " + item + ".expression @0"}},
      {constraint(R"({"expression":"true"})"), {"error missing-property " + item + ".language @0"}},
      {constraint(R"({"language":"text/cql","expression":"true","name":"n","foo":1})"),
       {"error invalid-value " + item + ".language @0",
        "error unknown-property " + item + ".foo @0"}},
  };
  for (const Case& one : cases) {
    expect_issues(one);
  }
}

// SPEC 12.1, 12.2, 3.5
TEST(CompileIssues, IpRules) {
  const std::string item = "policies[0].ipAccessRule[0]";
  const auto rules = [](std::string_view items) {
    return access(
        "\"parameter\":[{\"name\":\"net\",\"valueString\":\"10.0.0.0/8\"},"
        "{\"name\":\"bad\",\"valueString\":\"10.0.0.1/8\"}]",
        "\"ipAccessRule\":[" + std::string(items) + "]");
  };
  const Case cases[] = {
      {rules(R"({"value":"8.8.","action":"allow","name":"dns"},{"value":"*","action":"block"})"),
       {}},
      {rules(R"({"value":"%net","action":"allow"})"), {}},
      {rules(R"({"value":"8.8","action":"allow"})"),
       {"warning ambiguous-ip-prefix " + item + ".value @0"}},
      {rules(R"({"value":"10.0.0.*","action":"block"})"),
       {"error invalid-ip-rule " + item + ".value @7"}},
      {rules(R"({"value":"%bad","action":"block"})"),
       {"error invalid-ip-rule " + item + ".value @0"}},
      {rules(R"({"value":" %nope","action":"block"})"),
       {"error unbound-variable " + item + ".value @1"}},
      {rules(R"({"value":"%net.id","action":"block"})"),
       {"error unbound-variable " + item + ".value @0"}},
      {rules(R"({"value":"1.%net","action":"block"})"),
       {"error variable-not-allowed " + item + ".value @2"}},
      {rules(R"({"value":"*"})"), {"error missing-property " + item + ".action @0"}},
      {rules(R"({"action":"allow"})"), {"error missing-property " + item + ".value @0"}},
      {rules(R"({"value":"*","action":"deny","foo":1})"),
       {"error invalid-value " + item + ".action @0",
        "error unknown-property " + item + ".foo @0"}},
      {rules(R"({"value":1,"action":true},null)"),
       {"error wrong-type " + item + ".action @0", "error wrong-type " + item + ".value @0",
        "error wrong-type policies[0].ipAccessRule[1] @0"}},
  };
  for (const Case& one : cases) {
    expect_issues(one);
  }
}

// SPEC 2.2, 3.2, 3.4, 16
TEST(CompileIssues, Memberships) {
  const std::string item = "membership.access[0]";
  const std::string parameter = item + ".parameter[0]";
  const auto membership = [](std::string_view members) {
    return R"({"policies":[],"membership":{"resourceType":"ProjectMembership")" +
           std::string(members) + "}}";
  };
  const auto named = [&](std::string_view name) {
    return access(R"("parameter":[{"name":")" + std::string(name) + R"(","valueString":"x"}])");
  };
  const Case cases[] = {
      {R"({"membership":[]})", {"error wrong-type membership @0"}},
      {R"({"membership":{}})", {"error missing-property membership.resourceType @0"}},
      {membership(R"(,"foo":1,"active":"yes","admin":0,"userName":"u","user":{})"),
       {"error unknown-property membership.foo @0", "error wrong-type membership.active @0",
        "error wrong-type membership.admin @0"}},
      {membership(R"(,"accessPolicy":{"reference":"AccessPolicy/x"})"),
       {"error missing-policy membership.accessPolicy.reference @0"}},
      {membership(R"(,"accessPolicy":{"display":"x"})"),
       {"error missing-property membership.accessPolicy.reference @0"}},
      {membership(R"(,"access":[{}])"), {"error missing-property " + item + ".policy @0"}},
      {membership(R"(,"access":[7,[{}]])"),
       {"error wrong-type membership.access[0] @0", "error wrong-type membership.access[1] @0"}},
      {membership(R"(,"access":[{"policy":{"reference":"http://x/AccessPolicy/p"}}])"),
       {"error missing-policy " + item + ".policy.reference @0"}},
      {R"({"policies":[{"resourceType":"AccessPolicy","id":"p"},{"resourceType":"AccessPolicy","id":"p"}],
        "membership":{"resourceType":"ProjectMembership","accessPolicy":{"reference":"AccessPolicy/p"}}})",
       {"error inconsistent-input policies[1].id @0"}},
      // Policies that the membership does not name are ignored, whatever is in them.
      {R"({"policies":[{"resourceType":"AccessPolicy","id":"p"},{"resourceType":"AccessPolicy","foo":1}],
        "membership":{"resourceType":"ProjectMembership","accessPolicy":{"reference":"AccessPolicy/p"}}})",
       {}},
      {R"({"profile":"Patient/2","membership":{"resourceType":"ProjectMembership",
        "profile":{"reference":"Patient/1"}}})",
       {"error inconsistent-input profile @0"}},
      {R"({"profile":"Patient/1","membership":{"resourceType":"ProjectMembership",
        "profile":{"reference":"Patient/1/_history/2"}}})",
       {}},
      {access(R"("parameter":[{"valueString":"x"}])"),
       {"error invalid-parameter " + parameter + ".name @0",
        "error missing-property " + parameter + ".name @0"}},
      {access(R"("parameter":[{"name":"a"}])"),
       {"error missing-property " + parameter + ".value[x] @0"}},
      {access(
           R"("parameter":[{"name":"a","valueString":"x","valueReference":{"reference":"Patient/1"}}])"),
       {"warning invalid-parameter " + parameter + " @0"}},
      {access(R"("parameter":[{"name":"a","valueString":7}])"),
       {"error wrong-type " + parameter + ".valueString @0"}},
      {access(R"("parameter":[{"name":"a","valueInteger":7}])"),
       {"error missing-property " + parameter + ".value[x] @0",
        "error unknown-property " + parameter + ".valueInteger @0"}},
      {access(R"("parameter":[{"name":"a","valueString":"x"},{"name":"a","valueString":"y"}])"),
       {"error invalid-parameter " + item + ".parameter[1].name @0"}},
      {named("profile"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("before"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("after"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("resource"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("rootResource"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("context"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("ucum"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("sct"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("loinc"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("vs-x"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("ext-x"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("1a"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("a.id"), {"error invalid-parameter " + parameter + ".name @0"}},
      {named("patient"), {}},
      {named("_a-1"), {}},
  };
  for (const Case& one : cases) {
    expect_issues(one);
  }
}

// SPEC 16, 11.1, 11.3; `operations` belongs to a gateway and is refused.
TEST(CompileIssues, OptionsAndFeatures) {
  const auto options = [](std::string_view members) {
    return "{\"options\":{" + std::string(members) + "}}";
  };
  const Case cases[] = {
      {options(R"("allowUnrestricted":true,"requireScopes":false,"defaultResourceTypes":true,
        "closure":"fields-only","unknownElements":"keep","extendedMeta":true,
        "binaryWithoutContext":"allow","baseUrls":["https://example.com/fhir/"],"now":"2024-01-01T00:00:00Z",
        "mark":"none","absent":"remove","readonlyConflict":"refuse","exactTotals":false,
        "superAdminTypes":false,"operations":{},"searchParameters":[],"compartmentDefinitions":[]
        )"),
       {}},
      {R"({"options":[]})", {"error wrong-type options @0"}},
      {options(R"("allowunrestricted":true)"),
       {"error unknown-option options.allowunrestricted @0"}},
      {options(R"("allowUnrestricted":"yes")"), {"error wrong-type options.allowUnrestricted @0"}},
      {options(R"("closure":"loose")"), {"error invalid-value options.closure @0"}},
      {options(R"("now":"yesterday")"), {"error invalid-value options.now @0"}},
      {options(R"("now":"2026-01-02")"), {"error invalid-value options.now @0"}},
      {options(R"("now":"2026-01-02T03:04:05")"), {"error invalid-value options.now @0"}},
      {options(R"("now":"2026-02-30T03:04:05Z")"), {"error invalid-value options.now @0"}},
      {options(R"("baseUrls":["ftp://x","https://","https://x/y?z"])"),
       {"error invalid-value options.baseUrls[0] @0", "error invalid-value options.baseUrls[1] @0",
        "error invalid-value options.baseUrls[2] @0"}},
      {options(R"("contained":"strict","displays":"strict","mark":"none","absent":"remove")"), {}},
      {options(R"("contained":"policy","displays":"keep","mark":"subsetted","absent":"mask")"), {}},
      {options(R"("contained":"keep","mark":"redacted","exactTotals":true)"), {}},
      {options(R"("contained":"cut")"), {"error invalid-value options.contained @0"}},
      {options(R"("contained":true)"), {"error wrong-type options.contained @0"}},
      {options(R"("displays":"policy")"), {"error invalid-value options.displays @0"}},
      {options(R"("displays":"")"), {"error invalid-value options.displays @0"}},
      {options(R"("superAdminTypes":true)"), {}},
      {options(R"("mark":"Redacted")"), {"error invalid-value options.mark @0"}},
      {options(R"("absent":"masked")"), {"error invalid-value options.absent @0"}},
      {options(R"("exactTotals":"yes")"), {"error wrong-type options.exactTotals @0"}},
      {options(R"("readonlyConflict":"restore")"), {}},
      {options(R"("compartmentDefinitions":true)"),
       {"error wrong-type options.compartmentDefinitions @0"}},
      {options(R"("searchParameters":true)"), {"error wrong-type options.searchParameters @0"}},
      {options(R"("operations":{"$x":{}})"), {"error unsupported-feature options.operations @0"}},
      {options(R"("operations":["$x"])"), {"error unsupported-feature options.operations @0"}},
      {options(R"("operations":"$x")"), {"error unsupported-feature options.operations @0"}},
      {options(R"("operations":true)"), {"error unsupported-feature options.operations @0"}},
      {options(R"("operations":1)"), {"error unsupported-feature options.operations @0"}},
      {options(R"("operations":[])"), {}},
      {options(R"("operations":false)"), {}},
      {R"({"scopes":"openid fhirUser launch/patient patient"})", {}},
      {R"({"scopes":"openid\tprofile"})", {"error scope-syntax scopes @6"}},
      {R"({"scopes":[]})", {"error wrong-type scopes @0"}},
  };
  for (const Case& one : cases) {
    expect_issues(one);
  }
}

// SPEC 1.3: every issue, not the first; nothing compiled.
TEST(CompileIssues, AllAtOnce) {
  expect_issues({R"({"policies":[
        {"resourceType":"AccessPolicy","foo":1,"resource":[
          {"resourceType":"Patient","criteria":"Patient?nope=1","hiddenFields":["nope"]},
          {"resourceType":"Nope"},
          {"resourceType":"Observation","interaction":["peek"],
           "writeConstraint":[{"language":"text/fhirpath","expression":"("}]}],
         "ipAccessRule":[{"value":"x","action":"allow"}]},
        {"resourceType":"AccessPolicy","resource":[{"resourceType":"Patient","criteria":"Patient?_id=%x"}]}],
       "options":{"nope":1}})",
                 {"error fhirpath-syntax policies[0].resource[2].writeConstraint[0].expression @1",
                  "error invalid-ip-rule policies[0].ipAccessRule[0].value @0",
                  "error unbound-variable policies[1].resource[0].criteria @12",
                  "error unknown-interaction policies[0].resource[2].interaction[0] @0",
                  "error unknown-option options.nope @0",
                  "error unknown-parameter policies[0].resource[0].criteria @8",
                  "error unknown-path policies[0].resource[0].hiddenFields[0] @0",
                  "error unknown-property policies[0].foo @0",
                  "error unknown-resource-type policies[0].resource[1].resourceType @0"}});
}

// A policy that is used twice is reported once.
TEST(CompileIssues, OnceForEachPlace) {
  expect_issues({R"({"policies":[{"resourceType":"AccessPolicy","id":"p","resource":[
          {"resourceType":"Patient","criteria":"Patient?nope=%org"}]}],
        "membership":{"resourceType":"ProjectMembership","access":[
          {"policy":{"reference":"AccessPolicy/p"},"parameter":[{"name":"org","valueString":"a"}]},
          {"policy":{"reference":"AccessPolicy/p"},"parameter":[{"name":"org","valueString":"b"}]}]}})",
                 {"error unknown-parameter policies[0].resource[0].criteria @8"}});
}

// SPEC P8
TEST(CompileIssues, Limits) {
  Limits limits;
  limits.max_rules = 2;
  const std::string rule = R"({"resourceType":"Patient"})";
  EXPECT_NE(compile(with_rules(rule + "," + rule), limits).policy, nullptr);
  EXPECT_EQ(lines_of(compile(with_rules(rule + "," + rule + "," + rule), limits).issues),
            std::vector<std::string>{"error limit-exceeded policies @0"});
  const auto entries = [](int count) {
    const std::string entry = R"({"policy":{"reference":"AccessPolicy/p"}})";
    std::string list = entry;
    for (int i = 1; i < count; ++i) {
      list += "," + entry;
    }
    return R"({"policies":[{"resourceType":"AccessPolicy","id":"p","resource":[]}],)"
           R"("membership":{"resourceType":"ProjectMembership","access":[)" +
           list + "]}}";
  };
  EXPECT_NE(compile(entries(2), limits).policy, nullptr);
  EXPECT_EQ(lines_of(compile(entries(3), limits).issues),
            std::vector<std::string>{"error limit-exceeded membership.access @0"});
  limits.max_policy_bytes = 10;
  EXPECT_EQ(lines_of(compile(with_rules(rule), limits).issues),
            std::vector<std::string>{"error limit-exceeded  @0"});
  limits = Limits{};
  limits.max_issues = 3;
  const CompileOutcome many = compile(R"({"options":{"a":1,"b":1,"c":1,"d":1,"e":1}})", limits);
  EXPECT_EQ(many.issues.list().size(), 3u);
  EXPECT_EQ(many.issues.omitted(), 2u);
  EXPECT_EQ(many.policy, nullptr);
}

// The bounds of bodies do not hold for policies, which have their own.
TEST(Issues, BodyBoundsAreForBodies) {
  Limits limits;
  limits.max_body_bytes = 10;
  limits.max_nodes = 2;
  const std::string_view input =
      R"({"policies":[{"resourceType":"AccessPolicy","resource":[{"resourceType":"Patient"}]}]})";
  EXPECT_NE(compile(input, limits).policy, nullptr);
  limits.max_policy_bytes = 20;
  const CompileOutcome outcome = compile(input, limits);
  EXPECT_EQ(outcome.policy, nullptr);
  ASSERT_EQ(outcome.issues.list().size(), 1u);
  EXPECT_EQ(outcome.issues.list()[0].code, IssueCode::kLimitExceeded);
}

}  // namespace
}  // namespace fhirwall::policy
