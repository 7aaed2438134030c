#include "core/fhir/compartment.hpp"

#include <string>

#include <gtest/gtest.h>

#include "core/fhir/search_param.hpp"

namespace fhirwall::fhir {
namespace {

std::string params(const char* compartment, const char* type) {
  std::string text;
  for (const std::string_view code : compartment_params(find_type(compartment), find_type(type))) {
    text += text.empty() ? "" : " ";
    text += code;
  }
  return text;
}

// SPEC 5.6
TEST(Compartment, Params) {
  const struct {
    const char* compartment;
    const char* type;
    const char* params;
  } rows[] = {
      {"Patient", "Observation", "subject performer"},
      {"Patient", "Appointment", "actor"},
      {"Patient", "AllergyIntolerance", "patient recorder asserter"},
      {"Patient", "Patient", "link"},
      {"Patient", "Coverage", "policy-holder subscriber beneficiary payor"},
      {"Patient", "Group", "member"},
      {"Patient", "Organization", ""},
      {"Patient", "Medication", ""},
      {"Patient", "Bundle", ""},
      {"Practitioner", "Observation", "performer"},
      {"Practitioner", "Encounter", "practitioner participant"},
      {"Practitioner", "Practitioner", ""},
      {"Encounter", "Observation", "encounter"},
      {"Encounter", "Encounter", ""},
      {"Encounter", "Patient", ""},
      {"RelatedPerson", "Patient", "link"},
      {"RelatedPerson", "RelatedPerson", ""},
      {"Device", "Observation", "subject device"},
      {"Organization", "Observation", ""},
      {"Patient", "Resource", ""},
      {"Patient", "HumanName", ""},
      {"Patient", "Patient.contact", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(params(row.compartment, row.type), row.params) << row.compartment << ' ' << row.type;
  }
  EXPECT_TRUE(compartment_params(TypeId::kNone, well_known().patient).empty());
  EXPECT_TRUE(compartment_params(well_known().patient, TypeId::kNone).empty());
}

TEST(Compartment, FiveDefinitionsOfReferences) {
  std::string found;
  for (const TypeId compartment : resource_types()) {
    if (!has_compartment_definition(compartment)) {
      continue;
    }
    std::size_t members = 0;
    for (const TypeId type : resource_types()) {
      const auto codes = compartment_params(compartment, type);
      members += codes.empty() ? 0 : 1;
      for (const std::string_view code : codes) {
        const SearchParam* param = find_search_param(type, code);
        ASSERT_NE(param, nullptr) << type_name(type) << ' ' << code;
        EXPECT_EQ(param->type, ParamType::kReference) << type_name(type) << ' ' << code;
      }
    }
    found += std::string(type_name(compartment)) + " " + std::to_string(members) + "; ";
  }
  EXPECT_EQ(found, "Device 32; Encounter 24; Patient 67; Practitioner 58; RelatedPerson 31; ");
  EXPECT_FALSE(has_compartment_definition(TypeId::kNone));
  EXPECT_FALSE(has_compartment_definition(well_known().resource));
}

}  // namespace
}  // namespace fhirwall::fhir
