#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

std::string message_of(std::string_view criteria, const Given& setup = {}) {
  Issues issues;
  const auto compiled = compile_with(criteria, setup, issues);
  EXPECT_FALSE(compiled) << criteria;
  return issues.list().empty() ? "" : issues.list().front().message;
}

TEST(Criteria, Refusals) {
  const struct {
    const char* criteria;
    const char* expected;
  } rows[] = {
      {"Patient?nope=1", "unknown-parameter@8"},
      {"Patient?nope:not=1", "unknown-parameter@8"},
      {"Patient?_has:Observation:patient:code=1", "unsupported-parameter@8"},
      {"Patient?organization.name=x", "unsupported-parameter@8"},
      {"Patient?_filter=gender co fem", "unsupported-modifier@23"},
      {"Patient?_text=x", "unsupported-parameter@8"},
      {"Patient?_content=x", "unsupported-parameter@8"},
      {"Patient?_list=1", "unsupported-parameter@8"},
      {"Location?near=1|2|5", "unsupported-parameter@9"},
      {"Observation?value-quantity:not=120", "unsupported-modifier@27"},
      {"Observation?code:in=http://v", "unsupported-modifier@17"},
      {"Observation?code:not-in=http://v", "unsupported-modifier@17"},
      {"Observation?code:above=x", "unsupported-modifier@17"},
      {"Observation?code:below=x", "unsupported-modifier@17"},
      {"Observation?code:of-type=x", "unsupported-modifier@17"},
      {"Observation?code:exact=x", "unsupported-modifier@17"},
      {"Patient?gender:of-type=a|b|c", "unsupported-modifier@15"},
      {"Patient?gender:text=a", "unsupported-modifier@15"},
      {"Patient?phone:text=a", "unsupported-modifier@14"},
      {"Patient?name:text=a", "unsupported-modifier@13"},
      {"ValueSet?url:in=a", "unsupported-modifier@13"},
      {"ActivityDefinition?depends-on:below=http://a", "unsupported-modifier@30"},
      {"RiskAssessment?probability:not=1", "unsupported-modifier@27"},
      {"Observation?code-value-quantity:exact=a$1", "unsupported-modifier@32"},
      {"Patient?_compartment:missing=true", "unsupported-modifier@21"},
      {"Patient?birthdate:exact=1990", "unsupported-modifier@18"},
      {"Patient?gender:=x", "criteria-syntax@15"},
      // every problem is reported, not the first alone (SPEC 1.3)
      {"Patient?nope=1&gender=&birthdate=x",
       "unknown-parameter@8 invalid-value@22 invalid-value@33"},
      {"Patient", "criteria-syntax@7"},
      {"Patient?", "criteria-syntax@8"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(match(row.criteria, "{}"), row.expected) << row.criteria;
  }
}

TEST(Criteria, ResultParameters) {
  constexpr const char* kFemale = R"({"resourceType":"Patient","gender":"female"})";
  for (const char* name : {"_count", "_sort", "_include", "_revinclude", "_summary", "_elements",
                           "_total", "_format", "_", "_type", "_offset", "_cursor", "_fields"}) {
    const std::string alone = std::string("Patient?") + name + "=1";
    EXPECT_EQ(match(alone, kFemale), "result-parameter@8") << name;
    const std::string beside = alone + "&gender=female";
    EXPECT_EQ(match(beside, kFemale), "yes") << name;
    Issues issues;
    const auto compiled = compile_with(beside, {}, issues);
    ASSERT_TRUE(compiled);
    ASSERT_EQ(issues.list().size(), 1u);
    EXPECT_EQ(issues.list()[0].severity, Severity::kWarning);
    EXPECT_EQ(issues.list()[0].code, IssueCode::kResultParameter);
    EXPECT_EQ(bound_text(*compiled), "Patient?gender=female");
  }
  EXPECT_EQ(match("Patient?_count=1&_sort=x", kFemale), "result-parameter@8 result-parameter@17");
}

TEST(Criteria, OwnTypeOnly) {
  Issues issues;
  CompileOptions options;
  EXPECT_FALSE(compile("Observation?status=final", fhir::find_resource_type("Patient"), options,
                       "p", issues));
  EXPECT_FALSE(compile("*?_id=1", fhir::find_resource_type("Patient"), options, "p", issues));
  EXPECT_FALSE(compile("Patient?_id=1", fhir::well_known().resource, options, "p", issues));
  ASSERT_EQ(issues.list().size(), 3u);
  for (const Issue& issue : issues.list()) {
    EXPECT_EQ(issue.code, IssueCode::kCriteriaType);
    EXPECT_EQ(issue.path, "p");
  }
  // A resource of another type never matches.
  EXPECT_EQ(match("Observation?status=final", R"({"resourceType":"Patient","status":"final"})"),
            "no");
  EXPECT_EQ(match("Observation?status:not=final", R"({"resourceType":"Patient"})"), "no");
}

TEST(Criteria, MessagesNameTheParameter) {
  const struct {
    const char* criteria;
    const char* expected;
  } rows[] = {
      {"Patient?nope=1", "`Patient` has no search parameter `nope`"},
      {"Patient?brithdate=1",
       "`Patient` has no search parameter `brithdate`; did you mean `birthdate`?"},
      {"Patient?birthDate=1",
       "`Patient` has no search parameter `birthDate`; did you mean `birthdate`?"},
      {"Patient?address_state=1",
       "`Patient` has no search parameter `address_state`; did you mean `address-state`?"},
      {"*?_lastupdate=1",
       "`*` has no search parameter `_lastupdate`; did you mean `_lastUpdated`?"},
      {"Patient?xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=1",
       "`Patient` has no search parameter "
       "`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`"},
      {"Patient?gender:exact=1",
       "`gender` does not take the modifier `exact`; it takes `missing`, `not`"},
      {"Patient?gender:of-type=a|b|c",
       "`gender` does not take the modifier `of-type`; it takes `missing`, `not`"},
      {"Patient?identifier:exact=1",
       "`identifier` does not take the modifier `exact`; it takes `missing`, `not`, `text`, "
       "`of-type`"},
      {"Patient?name:text=1",
       "`name` does not take the modifier `text`; it takes `missing`, `not`, `exact`, `contains`"},
      {"ValueSet?url:exact=1",
       "`url` does not take the modifier `exact`; it takes `missing`, `not`, `above`, `below`"},
      {"Patient?organization:Patient=1",
       "`organization` does not take the modifier `Patient`; it takes `missing`, `not`, "
       "`identifier`, `text` and the types that it may refer to"},
      {"Patient?birthdate:not=1990",
       "`birthdate` does not take the modifier `not`; it takes `missing`, and `ne` in front of its "
       "value"},
      {"Observation?code-value-quantity:exact=a$1",
       "`code-value-quantity` does not take the modifier `exact`; it takes `missing`, `not`"},
      {"Patient?_project:missing=true",
       "`_project` does not take the modifier `missing`; it takes `not`"},
      {"Observation?code:in=http://v",
       "`code` does not take the modifier `in`: it needs a terminology server"},
      {"Observation?code:below=x",
       "`code` does not take the modifier `below`: it needs a terminology server"},
      {"Location?near=1|2|5",
       "`near` cannot be used in criteria: distances on the globe are left to a server"},
      {"Patient?_text=x",
       "`_text` cannot be used in criteria: the text that it searches is a server's index"},
      {"Patient?_content=x",
       "`_content` cannot be used in criteria: the text that it searches is a server's index"},
      {"Patient?_list=1",
       "`_list` cannot be used in criteria: it reads another resource, the List"},
      {"Patient?_query=x",
       "`_query` cannot be used in criteria: it names a query that a server defines"},
      {"Observation?value-quantity=high",
       "a quantity is expected: `5.4`, `ge5.4||mg` or `5.4|http://unitsofmeasure.org|mg`"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(message_of(row.criteria), row.expected) << row.criteria;
  }
}

TEST(Missing, EveryType) {
  check("Patient",
        {
            {"gender:missing=true", "", "yes"},
            {"gender:missing=true", R"("gender":"male")", "no"},
            {"gender:missing=false", R"("gender":"male")", "yes"},
            {"gender:missing=false", "", "no"},
            {"gender:missing=true", R"("_gender":{"id":"x"})", "yes"},
            {"gender:missing=false", R"("_gender":{"id":"x"})", "no"},
            // malformed: neither there nor missing
            {"gender:missing=true", R"("gender":5)", "no"},
            {"gender:missing=false", R"("gender":5)", "no"},
            {"gender:missing=true", R"("gender":null)", "no"},
            {"name:missing=true", R"("name":[])", "yes"},
            {"name:missing=false", R"("name":[{}])", "yes"},
            {"birthdate:missing=false", R"("birthDate":"1990")", "yes"},
            {"organization:missing=true", "", "yes"},
            {"organization:missing=false", R"("managingOrganization":{"display":"x"})", "yes"},
            {"_profile:missing=true", "", "yes"},
            {"gender:missing=banana", "", "invalid-value@23"},
            {"gender:missing=", "", "invalid-value@23"},
            {"gender:missing=TRUE", "", "invalid-value@23"},
            {"gender:missing=true,false", "", "invalid-value@8"},
        });
  check("Observation",
        {
            {"value-quantity:missing=false", R"("valueQuantity":{"value":1})", "yes"},
            {"value-quantity:missing=true", "", "yes"},
            {"value-quantity:missing=true", R"("valueString":"x")", "yes"},
            {"patient:missing=true", R"("subject":{"reference":"Group/1"})", "yes"},
            {"patient:missing=true", R"("subject":{"reference":"urn:uuid:1"})", "no"},
        });
}

const Given kVariables = {.bindings = {{"profile", "Practitioner/p1", "p1"},
                                       {"org", "Organization/o1", "o1"},
                                       {"org_unit", "Organization/u1", "u1"},
                                       {"text", "a,b|c$d&e%f\"g\\h", ""},
                                       {"prefixed", "ge2020", ""},
                                       {"day", "2020-01-02", ""},
                                       {"empty", "", ""}},
                          .base_urls = {},
                          .purpose = Purpose::kRead};

TEST(Variables, BindAsValues) {
  constexpr const char* kPatient =
      R"("id":"p1","generalPractitioner":[{"reference":"Practitioner/p1"}],"birthDate":"2020-01-02",)"
      R"("identifier":[{"system":"urn:x","value":"o1"},{"value":"a,b|c$d&e%f\"g\\h"}],)"
      R"("managingOrganization":{"reference":"Organization/o1"})";
  check("Patient",
        {
            {"general-practitioner=%profile", kPatient, "yes"},
            {"general-practitioner=%profile.id", kPatient, "yes"},
            {"general-practitioner=Practitioner/%profile.id", kPatient, "yes"},
            {"organization=%org", kPatient, "yes"},
            {"organization=%org_unit", kPatient, "no"},
            {"organization=%profile,%org", kPatient, "yes"},
            {"_id=%profile.id", kPatient, "yes"},
            {"_id=%profile", kPatient, "no"},
            {"identifier=urn:x|%org.id", kPatient, "yes"},
            {"identifier=urn:y|%org.id", kPatient, "no"},
            // one literal value: never split (SPEC 3.3)
            {"identifier=%text", kPatient, "yes"},
            {"identifier=a\\,b\\|c\\$d%26e%25f\"g\\\\h", kPatient, "yes"},
            {"birthdate=%day", kPatient, "yes"},
            {"birthdate=gt%day", kPatient, "no"},
            {"birthdate=ge%day", kPatient, "yes"},
            {"birthdate=%prefixed", kPatient, "invalid-value@18"},
            {"name=%nope", kPatient, "unbound-variable@13"},
            {"name=%empty", kPatient, "unbound-variable@13"},
            {"name=%text.id", kPatient, "unbound-variable@13"},
            {"name:not=%nope", kPatient, "unbound-variable@17"},
            {"name=%nope,%empty", kPatient, "unbound-variable@13 unbound-variable@19"},
        },
        kVariables);
}

TEST(BoundText, ParsesBackToTheSame) {
  const struct {
    const char* criteria;
    const char* expected;
  } rows[] = {
      {"Patient?general-practitioner=%profile", "Patient?general-practitioner=Practitioner/p1"},
      {"Patient?organization=%org.id,x", "Patient?organization=o1,x"},
      {"Patient?address-state=CA\\,NY", "Patient?address-state=CA\\,NY"},
      {"Patient?name=%text", "Patient?name=a\\,b\\|c\\$d%26e%25f\"g\\\\h"},
      {"Patient?identifier=urn:x|%org.id&name:not=A+B",
       "Patient?identifier=urn:x|o1&name:not=A%20B"},
      {"*?_tag=a|b", "*?_tag=a|b"},
      {"Patient?phone=%2B1", "Patient?phone=%2B1"},
  };
  for (const auto& row : rows) {
    Issues issues;
    const auto compiled = compile_with(row.criteria, kVariables, issues);
    ASSERT_TRUE(compiled) << row.criteria;
    EXPECT_EQ(bound_text(*compiled), row.expected);
    const auto again = compile_with(bound_text(*compiled), kVariables, issues);
    ASSERT_TRUE(again) << row.expected;
    EXPECT_EQ(bound_text(*again), row.expected);
  }
}

}  // namespace
}  // namespace fhirwall::search::test
