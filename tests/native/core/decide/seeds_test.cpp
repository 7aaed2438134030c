// The documented examples of the policy language, as written in its guides.
#include "tests/native/core/decide/support.hpp"

namespace fhirwall::decide {
namespace {

using policy::CompiledPolicy;
using policy::must_compile;
using Compiled = std::shared_ptr<const CompiledPolicy>;

Compiled compile_policy(std::string_view members, std::string_view more = {}) {
  return must_compile(R"({"policies":{"resourceType":"AccessPolicy","name":"Example",)" +
                      std::string(members) + "}" + std::string(more) + "}");
}

bool reads(const CompiledPolicy& compiled, std::string_view resource) {
  return decide_text(compiled, "read", resource).starts_with("allow");
}

const std::string kReading[] = {"read", "vread", "search", "history"};
const std::string kWriting[] = {"create", "update", "delete"};

// "Once you have specified all the allow rules, add a wildcard block rule at the end."
TEST(Examples, IpAccessRules) {
  const auto compiled = compile_policy(
      R"("ipAccessRule":[{"name":"office","value":"10.0.0.5","action":"allow"},
        {"name":"vpn","value":"8.8.","action":"allow"},{"value":"*","action":"block"}])");
  ASSERT_NE(compiled, nullptr);
  EXPECT_TRUE(check_ip(*compiled, "10.0.0.5").allowed);
  EXPECT_TRUE(check_ip(*compiled, "8.8.8.8").allowed);
  EXPECT_FALSE(check_ip(*compiled, "8.7.8.8").allowed);
  EXPECT_FALSE(check_ip(*compiled, "8.80.8.8").allowed);
  EXPECT_FALSE(check_ip(*compiled, "10.0.0.6").allowed);
  EXPECT_FALSE(check_ip(*compiled, "").allowed);
  EXPECT_EQ(check_ip(*compiled, "8.7.8.8").rule, 2);
}

TEST(Examples, ResourceType) {
  const auto compiled = compile_policy(R"("resource":[{"resourceType":"Patient"}])");
  ASSERT_NE(compiled, nullptr);
  for (const std::string& interaction : kReading) {
    EXPECT_TRUE(can_text(*compiled, interaction, "Patient"));
    EXPECT_FALSE(can_text(*compiled, interaction, "Observation"));
  }
  for (const std::string& interaction : kWriting) {
    EXPECT_TRUE(can_text(*compiled, interaction, "Patient"));
  }
  EXPECT_TRUE(reads(*compiled, R"({"resourceType":"Patient","id":"1"})"));
  EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Observation","id":"1"})"));
}

TEST(Examples, CriteriaByState) {
  const auto compiled = compile_policy(
      R"("resource":[{"resourceType":"Patient","criteria":"Patient?address-state=CA"}])");
  ASSERT_NE(compiled, nullptr);
  EXPECT_TRUE(reads(*compiled, R"({"resourceType":"Patient","address":[{"state":"CA"}]})"));
  EXPECT_TRUE(
      reads(*compiled, R"({"resourceType":"Patient","address":[{"state":"NY"},{"state":"CA"}]})"));
  EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Patient","address":[{"state":"NY"}]})"));
  EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Patient","address":[{"state":"NCA"}]})"));
  EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Patient"})"));
}

TEST(Examples, CriteriaByOrganization) {
  const auto compiled = compile_policy(
      R"("resource":[{"resourceType":"Patient","criteria":"Patient?organization=Organization/123"}])");
  ASSERT_NE(compiled, nullptr);
  EXPECT_TRUE(reads(
      *compiled,
      R"({"resourceType":"Patient","managingOrganization":{"reference":"Organization/123"}})"));
  EXPECT_FALSE(reads(
      *compiled,
      R"({"resourceType":"Patient","managingOrganization":{"reference":"Organization/1234"}})"));
}

TEST(Examples, Readonly) {
  const auto compiled =
      compile_policy(R"("resource":[{"resourceType":"Patient","readonly":true}])");
  ASSERT_NE(compiled, nullptr);
  for (const std::string& interaction : kReading) {
    EXPECT_TRUE(can_text(*compiled, interaction, "Patient")) << interaction;
  }
  for (const std::string& interaction : kWriting) {
    EXPECT_FALSE(can_text(*compiled, interaction, "Patient")) << interaction;
  }
}

TEST(Examples, ReadonlyFields) {
  const auto compiled = compile_policy(
      R"("resource":[{"resourceType":"Patient","readonlyFields":["name","address"]}])");
  ASSERT_NE(compiled, nullptr);
  ASSERT_NE(compiled->rules[0].plan, nullptr);
  EXPECT_FALSE(redact::hides_anything(*compiled->rules[0].plan));
}

TEST(Examples, HiddenFields) {
  const auto compiled = compile_policy(
      R"("resource":[{"resourceType":"Patient","readonly":true,"hiddenFields":["name","address"]}])");
  ASSERT_NE(compiled, nullptr);
  const redact::Plan& plan = *compiled->rules[0].plan;
  EXPECT_TRUE(redact::hides_anything(plan));
  const std::vector<std::string>& hidden = redact::hidden_paths(plan);
  EXPECT_NE(std::find(hidden.begin(), hidden.end(), "name"), hidden.end());
  EXPECT_NE(std::find(hidden.begin(), hidden.end(), "address"), hidden.end());
}

TEST(Examples, WriteConstraint) {
  const auto compiled = compile_policy(
      R"x("resource":[{"resourceType":"Observation","writeConstraint":[
        {"language":"text/fhirpath","expression":"%before.exists() implies %before.status != 'final'"},
        {"language":"text/fhirpath","expression":"status = 'final' implies subject.exists()"}]}])x");
  ASSERT_NE(compiled, nullptr);
  EXPECT_TRUE(can_text(*compiled, "update", "Observation"));
}

TEST(Examples, PatientCompartment) {
  const auto compiled = compile_policy(
      R"("resource":[{"resourceType":"Observation","criteria":"Observation?_compartment=Patient/xyz"}])");
  ASSERT_NE(compiled, nullptr);
  EXPECT_TRUE(
      reads(*compiled, R"({"resourceType":"Observation","subject":{"reference":"Patient/xyz"}})"));
  EXPECT_FALSE(
      reads(*compiled, R"({"resourceType":"Observation","subject":{"reference":"Patient/xy"}})"));
  EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Observation"})"));
}

TEST(Examples, GeneralPractitionerIsTheCaller) {
  const auto compiled = compile_policy(
      R"("resource":[{"resourceType":"Patient","criteria":"Patient?general-practitioner=%profile"}])",
      R"(,"profile":{"reference":"Practitioner/dr-1"})");
  ASSERT_NE(compiled, nullptr);
  EXPECT_TRUE(reads(
      *compiled,
      R"({"resourceType":"Patient","generalPractitioner":[{"reference":"Practitioner/dr-1"}]})"));
  EXPECT_FALSE(reads(
      *compiled,
      R"({"resourceType":"Patient","generalPractitioner":[{"reference":"Practitioner/dr-2"}]})"));
}

// One policy, two entries with another organization each.
TEST(Examples, ParameterizedPolicy) {
  const auto compiled = must_compile(R"({
    "policies":[{"resourceType":"AccessPolicy","id":"123","name":"Parameterized Access Policy",
      "resource":[
        {"resourceType":"Patient","criteria":"Patient?organization=%provider_organization"},
        {"resourceType":"DiagnosticReport","criteria":"DiagnosticReport?performer=%provider_organization"}]}],
    "membership":{"resourceType":"ProjectMembership","access":[
      {"policy":{"reference":"AccessPolicy/123","display":"Parameterized Access Policy"},
       "parameter":[{"name":"provider_organization","valueReference":{"reference":"Organization/abc"}}]},
      {"policy":{"reference":"AccessPolicy/123","display":"Parameterized Access Policy"},
       "parameter":[{"name":"provider_organization","valueReference":{"reference":"Organization/def"}}]}]}})");
  ASSERT_NE(compiled, nullptr);
  const auto patient = [](std::string_view organization) {
    return R"({"resourceType":"Patient","managingOrganization":{"reference":"Organization/)" +
           std::string(organization) + "\"}}";
  };
  const auto report = [](std::string_view organization) {
    return R"({"resourceType":"DiagnosticReport","performer":[{"reference":"Organization/)" +
           std::string(organization) + "\"}]}";
  };
  EXPECT_EQ(decide_text(*compiled, "read", patient("abc")), "allow 0 rule");
  EXPECT_EQ(decide_text(*compiled, "read", patient("def")), "allow 2 rule");
  EXPECT_EQ(decide_text(*compiled, "read", patient("ghi")), "deny -1 criteria");
  EXPECT_EQ(decide_text(*compiled, "read", report("abc")), "allow 1 rule");
  EXPECT_EQ(decide_text(*compiled, "read", report("def")), "allow 3 rule");
  EXPECT_EQ(decide_text(*compiled, "read", report("ghi")), "deny -1 criteria");
}

// Both spellings of the partnership: by criteria, and by the deprecated `compartment`.
TEST(Examples, HealthcarePartnership) {
  const std::string account = R"("reference":"Organization/abc-123")";
  const std::string head =
      R"("compartment":{)" + account + R"(,"display":"Example Customer Organization"},)";
  const Compiled variants[] = {
      compile_policy(
          head +
          R"("resource":[{"resourceType":"Patient","criteria":"Patient?_compartment=Organization/abc-123","readonly":true}])"),
      compile_policy(head +
                     R"("resource":[{"resourceType":"Patient","readonly":true,"compartment":{)" +
                     account + R"(,"display":"Example Customer Organization"}}])"),
  };
  for (const Compiled& compiled : variants) {
    ASSERT_NE(compiled, nullptr);
    EXPECT_TRUE(reads(*compiled, R"({"resourceType":"Patient","id":"p","meta":{"account":{)" +
                                     account + "},\"compartment\":[{" + account + "}]}}"));
    EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Patient","id":"p","meta":{"compartment":[
      {"reference":"Organization/other"}]}})"));
    EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Patient","id":"p"})"));
    EXPECT_FALSE(can_text(*compiled, "update", "Patient"));
  }
}

const std::string_view kCompartmentTypes[] = {
    "Patient",       "Observation", "DiagnosticReport", "MedicationRequest", "Coverage",
    "PaymentNotice", "CarePlan",    "Immunization",     "Communication"};

// `rule_of(type)` is the rule for a type of the compartment.
template <typename RuleOf>
std::string patient_template(RuleOf&& rule_of) {
  std::string rules;
  for (const std::string_view type : kCompartmentTypes) {
    rules += rule_of(std::string(type)) + ",";
  }
  return R"({"resourceType":"AccessPolicy","name":"Patient Access Policy Template",
    "id":"patient-access-policy-template","compartment":{"reference":"%patient"},"resource":[)" +
         rules +
         R"({"resourceType":"Organization","readonly":true},{"resourceType":"Practitioner","readonly":true},
            {"resourceType":"Schedule","readonly":true},{"resourceType":"Slot","readonly":true},
            {"resourceType":"Binary"}]})";
}

std::string by_criteria(const std::string& type) {
  return R"({"resourceType":")" + type + R"(","criteria":")" + type + R"(?_compartment=%patient"})";
}
std::string by_compartment(const std::string& type) {
  return R"({"resourceType":")" + type + R"(","compartment":{"reference":"%patient"}})";
}

TEST(Examples, PatientAccess) {
  for (const std::string& policy :
       {patient_template(by_criteria), patient_template(by_compartment)}) {
    const auto compiled =
        must_compile(R"({"profile":"Patient/homer","policies":[)" + policy + "]}");
    ASSERT_NE(compiled, nullptr);
    EXPECT_TRUE(reads(*compiled, R"({"resourceType":"Patient","id":"homer"})"));
    EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Patient","id":"marge"})"));
    EXPECT_TRUE(reads(*compiled,
                      R"({"resourceType":"Observation","subject":{"reference":"Patient/homer"}})"));
    EXPECT_FALSE(reads(
        *compiled, R"({"resourceType":"Observation","subject":{"reference":"Patient/marge"}})"));
    EXPECT_TRUE(reads(
        *compiled, R"({"resourceType":"Immunization","patient":{"reference":"Patient/homer"}})"));
    EXPECT_TRUE(reads(*compiled, R"({"resourceType":"Organization","id":"o"})"));
    EXPECT_FALSE(can_text(*compiled, "update", "Organization"));
    EXPECT_TRUE(can_text(*compiled, "read", "Binary"));
    EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Encounter","id":"e"})"));
    // Not for anybody else: `%patient` is the profile only of a Patient (SPEC 3.2).
    EXPECT_EQ(
        policy::compile_text(R"({"profile":"Practitioner/1","policies":[)" + policy + "]}").policy,
        nullptr);
  }
}

TEST(Examples, CaregiverAccess) {
  const auto compiled = must_compile(
      R"({"policies":[)" + patient_template(by_criteria) +
      R"(],"membership":{"resourceType":"ProjectMembership","profile":{"reference":"RelatedPerson/mum"},
        "access":[
        {"policy":{"reference":"AccessPolicy/patient-access-policy-template"},
         "parameter":[{"name":"patient","valueReference":{"reference":"Patient/xyz"}}]},
        {"policy":{"reference":"AccessPolicy/patient-access-policy-template"},
         "parameter":[{"name":"patient","valueReference":{"reference":"Patient/uvw"}}]}]}})");
  ASSERT_NE(compiled, nullptr);
  EXPECT_TRUE(reads(*compiled, R"({"resourceType":"Patient","id":"xyz"})"));
  EXPECT_TRUE(reads(*compiled, R"({"resourceType":"Patient","id":"uvw"})"));
  EXPECT_FALSE(reads(*compiled, R"({"resourceType":"Patient","id":"mum"})"));
  EXPECT_TRUE(reads(
      *compiled, R"({"resourceType":"DiagnosticReport","subject":{"reference":"Patient/uvw"}})"));
  EXPECT_FALSE(reads(
      *compiled, R"({"resourceType":"DiagnosticReport","subject":{"reference":"Patient/abc"}})"));
}

}  // namespace
}  // namespace fhirwall::decide
