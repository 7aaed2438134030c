#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

const Given kBase = {.bindings = {}, .base_urls = {"https://ehr/fhir"}, .purpose = Purpose::kRead};

std::string subject(const std::string& reference) {
  return R"("subject":{"reference":")" + reference + "\"}";
}

void check_subject(const char* query, const std::string& reference, const char* expected,
                   const Given& setup = {}) {
  const std::string json = R"({"resourceType":"Observation",)" + subject(reference) + "}";
  EXPECT_EQ(match(std::string("Observation?") + query, json, setup), expected)
      << query << " on " << reference;
}

TEST(Reference, Forms) {
  const struct {
    const char* query;
    const char* reference;
    const char* expected;
  } rows[] = {
      {"subject=Patient/1", "Patient/1", "yes"},
      {"subject=Patient/1", "Patient/12", "no"},
      {"subject=Patient/1", "Group/1", "no"},
      {"subject=Patient/1", "Patient/1/_history/2", "yes"},
      {"subject=Patient/1/_history/2", "Patient/1/_history/2", "yes"},
      {"subject=Patient/1/_history/2", "Patient/1/_history/3", "no"},
      {"subject=Patient/1/_history/2", "Patient/1", "no"},
      {"subject=Patient/1", "https://ehr/fhir/Patient/1", "no"},
      {"subject=https://ehr/fhir/Patient/1", "https://ehr/fhir/Patient/1", "yes"},
      {"subject=https://ehr/fhir/Patient/1", "Patient/1", "no"},
      {"subject=1", "Patient/1", "yes"},
      {"subject=1", "Group/1", "yes"},
      {"subject=1", "Practitioner/1", "no"},
      {"subject=1", "Patient/2", "no"},
      {"subject=1", "https://x/Patient/1", "no"},
      {"patient=1", "Patient/1", "yes"},
      {"patient=1", "Group/1", "no"},
      {"patient=Group/1", "Group/1", "no"},
      {"patient=https://x/Patient/1", "https://x/Patient/1", "yes"},
      {"subject=#p", "#p", "yes"},
      {"subject=urn:uuid:1", "urn:uuid:1", "yes"},
      {"subject=urn:uuid:1", "urn:uuid:2", "no"},
      {"subject=Patient/2,Patient/1", "Patient/1", "yes"},
      {"subject=Patient/1&subject=Patient/2", "Patient/1", "no"},
      {"subject:Patient=1", "Patient/1", "yes"},
      {"subject:Patient=1", "Group/1", "no"},
      {"subject:Patient=Patient/1", "Patient/1", "yes"},
      {"subject:Group=Patient/1", "Patient/1", "invalid-value@26"},
      {"subject:Practitioner=1", "Patient/1", "unsupported-modifier@20"},
      {"subject:Patient.name=x", "Patient/1", "unsupported-parameter@12"},
      {"subject.name=x", "Patient/1", "unsupported-parameter@12"},
      {"subject=", "Patient/1", "invalid-value@20"},
      {"subject=Patient?identifier=1", "Patient/1", "criteria-syntax@27"},
      {"subject=Patient%3Fidentifier%3D1", "Patient/1", "invalid-value@20"},
      {"subject=a b", "Patient/1", "invalid-value@20"},
      {"subject=Patient/1|2", "Patient/1", "invalid-value@20"},
  };
  for (const auto& row : rows) {
    check_subject(row.query, row.reference, row.expected);
  }
}

TEST(Reference, UnderAConfiguredBase) {
  check_subject("subject=Patient/1", "https://ehr/fhir/Patient/1", "yes", kBase);
  check_subject("subject=https://ehr/fhir/Patient/1", "Patient/1", "yes", kBase);
  check_subject("subject=Patient/1", "https://other/Patient/1", "no", kBase);
}

TEST(Reference, CarefulNot) {
  const struct {
    const char* query;
    const char* reference;
    const char* expected;
  } rows[] = {
      {"subject:not=Patient/1", "Patient/2", "yes"},
      {"subject:not=Patient/1", "Patient/1", "no"},
      {"subject:not=Patient/1", "Patient/1/_history/3", "no"},
      {"subject:not=Patient/1/_history/2", "Patient/1/_history/3", "no"},
      {"subject:not=Patient/1", "https://x/Patient/1", "no"},
      {"subject:not=Patient/1", "https://x/Patient/2", "yes"},
      {"subject:not=1", "Practitioner/1", "no"},
      {"subject:not=https://x/Patient/1", "Patient/1", "no"},
      // nobody knows what these point to
      {"subject:not=Patient/1", "urn:uuid:5", "no"},
      {"subject:not=Patient/1", "https://x/y", "no"},
      {"subject:not=Patient/1", "#p", "no"},
      {"subject:not=Patient/1", "Patient?identifier=1", "no"},
      {"subject:not=Patient/1", "nonsense", "no"},
      {"patient:not=Patient/1", "Patient/2", "yes"},
      {"patient:not=Patient/1", "Group/1", "yes"},
      {"patient:not=Patient/1", "urn:uuid:5", "no"},
  };
  for (const auto& row : rows) {
    check_subject(row.query, row.reference, row.expected);
  }
  check("Observation",
        {
            {"subject:not=Patient/1", "", "yes"},
            {"subject:not=Patient/1", R"("subject":{"display":"x"})", "no"},
            {"subject:not=Patient/1", R"("subject":{"identifier":{"value":"1"}})", "no"},
            {"subject:not=Patient/1", R"("subject":{"reference":1})", "no"},
            {"subject:not=Patient/1", R"("subject":"Patient/2")", "no"},
            {"subject:not=Patient/1", R"("subject":[{"reference":"Patient/2"}])", "no"},
            {"subject:not=Patient/1",
             R"("contained":[{"resourceType":"Group","id":"g"}],"subject":{"reference":"#g"})",
             "yes"},
            {"performer:not=Patient/1",
             R"("performer":[{"reference":"Patient/2"},{"reference":"Patient/1"}])", "no"},
            {"performer=Patient/1", R"("performer":[{"reference":5},{"reference":"Patient/1"}])",
             "yes"},
        });
}

TEST(Reference, Canonical) {
  constexpr const char* kPlain = R"("questionnaire":"http://q")";
  constexpr const char* kVersion = R"("questionnaire":"http://q|2")";
  check("QuestionnaireResponse",
        {
            {"questionnaire=http://q", kPlain, "yes"},
            {"questionnaire=http://q", kVersion, "yes"},
            {"questionnaire=http://q|2", kVersion, "yes"},
            {"questionnaire=http://q|1", kVersion, "no"},
            {"questionnaire=http://q|2", kPlain, "no"},
            {"questionnaire=http://qq", kVersion, "no"},
            {"questionnaire=Questionnaire/1", R"("questionnaire":"Questionnaire/1")", "yes"},
            {"questionnaire:not=http://q|1", kVersion, "no"},
            {"questionnaire:not=http://r", kVersion, "yes"},
            {"questionnaire:not=http://r", R"("questionnaire":{})", "no"},
        });
}

TEST(Reference, IdentifierModifier) {
  constexpr const char* kLogical = R"("subject":{"identifier":{"system":"s","value":"7"}})";
  check("Observation", {
                           {"subject:identifier=s|7", kLogical, "yes"},
                           {"subject:identifier=7", kLogical, "yes"},
                           {"subject:identifier=|7", kLogical, "no"},
                           {"subject:identifier=8", kLogical, "no"},
                           {"subject:identifier=7", R"("subject":{"reference":"Patient/7"})", "no"},
                           {"subject:identifier=7", R"("subject":{"identifier":"7"})", "no"},
                       });
}

TEST(Reference, InlinedResource) {
  constexpr const char* kDocument =
      R"("type":"document","entry":[{"resource":{"resourceType":"Composition","id":"c"}}])";
  check("Bundle", {{"composition=Composition/c", kDocument, "yes"},
                   {"composition=c", kDocument, "yes"},
                   {"composition=Composition/d", kDocument, "no"}});
}

}  // namespace
}  // namespace fhirwall::search::test
