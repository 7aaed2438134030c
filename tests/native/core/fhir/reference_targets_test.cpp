#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "core/fhir/model.hpp"

namespace fhirwall::fhir {
namespace {

TEST(ReferenceTargets, OfElements) {
  const struct {
    const char* type;
    const char* element;
    const char* targets;
  } rows[] = {
      {"Observation", "subject", "Device Group Location Patient"},
      {"Observation", "focus", ""},  // any
      {"Encounter", "subject", "Group Patient"},
      {"Encounter.participant", "individual", "Practitioner PractitionerRole RelatedPerson"},
      {"Patient", "managingOrganization", "Organization"},
      {"Patient.link", "other", "Patient RelatedPerson"},
      {"Annotation", "author", "Organization Patient Practitioner RelatedPerson"},  // author[x]
      {"Identifier", "assigner", "Organization"},
      {"Extension", "value", ""},
      {"EvidenceVariable.characteristic", "definition", "Group"},
      {"Binary", "securityContext", ""},
      {"ProjectMembership", "user", "Bot ClientApplication User"},
      {"Meta", "compartment", ""},
      {"Patient", "name", ""},  // no Reference
      {"Patient", "gender", ""},
  };
  for (const auto& row : rows) {
    const Element* element = find_element(find_type(row.type), row.element);
    ASSERT_NE(element, nullptr) << row.type << "." << row.element;
    std::string text;
    for (const TypeId target : reference_targets(*element)) {
      text += text.empty() ? "" : " ";
      text += type_name(target);
    }
    EXPECT_EQ(text, row.targets) << row.type << "." << row.element;
  }
}

TEST(ReferenceTargets, AreResourceTypesOfReferences) {
  std::size_t named = 0;
  for (std::uint16_t id = 1; !type_name(TypeId{id}).empty(); ++id) {
    const TypeId type{id};
    for (const Element* element : elements(type)) {
      const auto targets = reference_targets(*element);
      named += targets.empty() ? 0 : 1;
      EXPECT_TRUE(std::is_sorted(targets.begin(), targets.end()));
      const auto types = element->types;
      EXPECT_TRUE(targets.empty() ||
                  std::find(types.begin(), types.end(), well_known().reference) != types.end())
          << type_name(type) << "." << element->name.view();
      for (const TypeId target : targets) {
        EXPECT_EQ(type_kind(target), TypeKind::kResource);
      }
    }
  }
  EXPECT_GT(named, 600U);
}

}  // namespace
}  // namespace fhirwall::fhir
