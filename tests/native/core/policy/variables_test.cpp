#include "core/policy/variables.hpp"

#include "tests/native/core/policy/support.hpp"

namespace fhirwall::policy {
namespace {

// SPEC 3.1: `%` and a letter or `_`, then letters, digits, `_`, `-`, longest match; `.id` belongs
// to it.
TEST(Variables, AreTokens) {
  struct Case {
    std::string text;
    std::string tokens;  // each `name[.id]@begin-end `
  };
  const Case cases[] = {
      {"", ""},
      {"plain", ""},
      {"%", ""},
      {"100%", ""},
      {"%%a", "a@1-3 "},
      {"%1a", ""},
      {"%_", "_@0-2 "},
      {"%org", "org@0-4 "},
      {"%org_unit", "org_unit@0-9 "},
      {"%a-b.c", "a-b@0-4 "},
      {"x%a.id/%b", "a.id@1-6 b@7-9 "},
      {"%a.idx", "a.id@0-5 "},
      {"%a%b", "a@0-2 b@2-4 "},
  };
  for (const Case& one : cases) {
    std::string tokens;
    for (auto token = find_variable(one.text, 0); token;
         token = find_variable(one.text, token->end)) {
      tokens += std::string(token->name) + (token->with_id ? ".id" : "") + "@" +
                std::to_string(token->begin) + "-" + std::to_string(token->end) + " ";
    }
    EXPECT_EQ(tokens, one.tokens) << one.text;
  }
}

// `name=value/id` of every binding.
std::string bindings_of(std::string_view profile, const std::vector<SourceParameter>& parameters,
                        Issues& issues) {
  SourceAccess access;
  access.parameters = parameters;
  std::optional<SourceText> text;
  if (!profile.empty()) {
    text = SourceText{std::string(profile), "profile"};
  }
  const std::vector<std::string> base_urls = {"https://example.com/fhir"};
  std::string out;
  for (const search::Binding& binding : make_bindings(text, &access, base_urls, issues)) {
    out += binding.name + "=" + binding.value + "|" + binding.id + " ";
  }
  return out;
}

SourceParameter string_parameter(std::string_view name, std::string_view value) {
  SourceParameter parameter;
  parameter.name = name;
  parameter.value_string = SourceText{std::string(value), {}};
  return parameter;
}

SourceParameter reference_parameter(std::string_view name, std::string_view value) {
  SourceParameter parameter;
  parameter.name = name;
  parameter.value_reference = SourceText{std::string(value), {}};
  return parameter;
}

// SPEC 3.2, 3.3, 3.4
TEST(Variables, AreBoundPerEntry) {
  struct Case {
    std::string profile;
    std::vector<SourceParameter> parameters;
    std::string bindings;
  };
  const Case cases[] = {
      {"", {}, ""},
      {"Practitioner/1", {}, "profile=Practitioner/1|1 "},
      {"Patient/1", {}, "profile=Patient/1|1 patient=Patient/1|1 "},
      {"https://example.com/fhir/Patient/1",
       {},
       "profile=https://example.com/fhir/Patient/1|1 "
       "patient=https://example.com/fhir/Patient/1|1 "},
      {"Patient/1",
       {reference_parameter("patient", "Patient/9")},
       "patient=Patient/9|9 profile=Patient/1|1 "},
      // An empty parameter stays unbound, also where a built-in would have stood in.
      {"Patient/1", {string_parameter("patient", "")}, "profile=Patient/1|1 "},
      {"", {reference_parameter("org", "")}, ""},
      {"", {string_parameter("s", "Organization/1")}, "s=Organization/1| "},
      {"", {reference_parameter("r", "urn:uuid:1")}, "r=urn:uuid:1| "},
      {"", {string_parameter("s", R"(a,b&c|d"e%f)")}, R"(s=a,b&c|d"e%f| )"},
  };
  for (const Case& one : cases) {
    Issues issues;
    EXPECT_EQ(bindings_of(one.profile, one.parameters, issues), one.bindings) << one.profile;
    EXPECT_TRUE(issues.list().empty()) << one.profile;
  }
}

// SPEC 3.3: values, never text. The rule has one value whatever the parameter holds.
TEST(Variables, AreValuesInCriteria) {
  struct Case {
    std::string value;
    std::string criteria;
  };
  const Case cases[] = {
      {"CA", "Patient?address-state=CA"},
      {"CA,NY", R"(Patient?address-state=CA\,NY)"},
      {"CA&active=true", "Patient?address-state=CA%26active%3Dtrue"},
      {"%profile", "Patient?address-state=%25profile"},
  };
  for (const Case& one : cases) {
    const auto policy = must_compile(
        R"({"policies":[{"resourceType":"AccessPolicy","id":"t","resource":[
          {"resourceType":"Patient","criteria":"Patient?address-state=%state"}]}],
          "membership":{"resourceType":"ProjectMembership","access":[{"policy":
          {"reference":"AccessPolicy/t"},"parameter":[{"name":"state","valueString":")" +
        one.value + "\"}]}]}}");
    ASSERT_NE(policy, nullptr);
    ASSERT_EQ(policy->rules.size(), 1u);
    const std::string& text = search::bound_text(*policy->rules[0].conditions.at(0));
    EXPECT_EQ(text, one.criteria);
    // What is printed compiles to the same rule again.
    const auto again = must_compile(with_rules(
        R"({"resourceType":"Patient","criteria":")" +
        std::string(one.value == "CA,NY" ? R"(Patient?address-state=CA\\,NY)" : text) + "\"}"));
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(search::bound_text(*again->rules[0].conditions.at(0)), one.criteria);
  }
}

// SPEC 3.5: in constraints, as environment variables or as whole string literals; references bind
// as text, with quotes and backslashes escaped.
TEST(Variables, AreLiteralsInConstraints) {
  struct Case {
    std::string expression;
    std::string bound;
  };
  const Case cases[] = {
      {"managingOrganization.reference = '%org'",
       "managingOrganization.reference = 'Organization/1'"},
      {"managingOrganization.reference = %org",
       "managingOrganization.reference = 'Organization/1'"},
      {"id = '%org.id' or id = %org.id", "id = '1' or id = '1'"},
      {"%before.id = %after.id and id = %s", R"(%before.id = %after.id and id = 'it\'s \\ me')"},
      {"id = '100%'", "id = '100%'"},
  };
  for (const Case& one : cases) {
    const auto policy = must_compile(
        R"({"policies":[{"resourceType":"AccessPolicy","id":"t","resource":[
          {"resourceType":"Patient","writeConstraint":[{"language":"text/fhirpath","expression":")" +
        one.expression + R"("}]}]}],
          "membership":{"resourceType":"ProjectMembership","access":[{"policy":
          {"reference":"AccessPolicy/t"},"parameter":[
          {"name":"org","valueReference":{"reference":"Organization/1"}},
          {"name":"s","valueString":"it's \\ me"}]}]}})");
    ASSERT_NE(policy, nullptr);
    const Padded json(policy->rules_json);
    json::Parser parser;
    ASSERT_FALSE(parser.parse(json.view(), Limits{}));
    const json::Document& document = parser.document();
    const json::NodeIndex list = document.find(1, "writeConstraint");
    ASSERT_NE(list, json::kNoNode) << policy->rules_json;
    std::string scratch;
    EXPECT_EQ(document.string(document.find(list + 1, "expression"), scratch), one.bound);
  }
}

}  // namespace
}  // namespace fhirwall::policy
