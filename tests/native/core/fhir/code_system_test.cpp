#include "core/fhir/code_system.hpp"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace fhirwall::fhir {
namespace {

// `Patient.contact.gender`: all but the last name is the type.
const Element* element_at(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return find_element(find_type(path.substr(0, dot)), path.substr(dot + 1));
}

TEST(CodeSystem, OfElements) {
  const struct {
    const char* path;
    const char* system;
  } rows[] = {
      {"Patient.gender", "http://hl7.org/fhir/administrative-gender"},
      {"Patient.contact.gender", "http://hl7.org/fhir/administrative-gender"},
      {"Practitioner.gender", "http://hl7.org/fhir/administrative-gender"},
      {"Observation.status", "http://hl7.org/fhir/observation-status"},
      {"Encounter.status", "http://hl7.org/fhir/encounter-status"},
      {"Encounter.statusHistory.status", "http://hl7.org/fhir/encounter-status"},
      {"AllergyIntolerance.type", "http://hl7.org/fhir/allergy-intolerance-type"},
      {"AllergyIntolerance.category", "http://hl7.org/fhir/allergy-intolerance-category"},
      {"Appointment.status", "http://hl7.org/fhir/appointmentstatus"},
      {"Appointment.participant.status", "http://hl7.org/fhir/participationstatus"},
      {"Bundle.type", "http://hl7.org/fhir/bundle-type"},
      {"Composition.confidentiality", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"},
      {"DiagnosticReport.status", "http://hl7.org/fhir/diagnostic-report-status"},
      {"DocumentReference.status", "http://hl7.org/fhir/document-reference-status"},
      {"DocumentReference.docStatus", "http://hl7.org/fhir/composition-status"},
      {"DocumentReference.relatesTo.code", "http://hl7.org/fhir/document-relationship-type"},
      {"MedicationAdministration.status",
       "http://terminology.hl7.org/CodeSystem/medication-admin-status"},
      {"MedicationRequest.intent", "http://hl7.org/fhir/CodeSystem/medicationrequest-intent"},
      {"MedicationRequest.status", "http://hl7.org/fhir/CodeSystem/medicationrequest-status"},
      {"ServiceRequest.status", "http://hl7.org/fhir/request-status"},
      {"ServiceRequest.intent", "http://hl7.org/fhir/request-intent"},
      {"Task.status", "http://hl7.org/fhir/task-status"},
      {"Task.priority", "http://hl7.org/fhir/request-priority"},
      {"CapabilityStatement.rest.resource.type", "http://hl7.org/fhir/resource-types"},
      // the definitions leave the binding out, R4 has it
      {"EvidenceVariable.characteristic.groupMeasure", "http://hl7.org/fhir/group-measure"},
      // of data types
      {"ContactPoint.system", "http://hl7.org/fhir/contact-point-system"},
      {"ContactPoint.use", "http://hl7.org/fhir/contact-point-use"},
      {"HumanName.use", "http://hl7.org/fhir/name-use"},
      {"Address.use", "http://hl7.org/fhir/address-use"},
      {"Identifier.use", "http://hl7.org/fhir/identifier-use"},
      {"Quantity.comparator", "http://hl7.org/fhir/quantity-comparator"},
      {"Age.comparator", "http://hl7.org/fhir/quantity-comparator"},
      {"Narrative.status", "http://hl7.org/fhir/narrative-status"},
      {"Timing.repeat.durationUnit", "http://unitsofmeasure.org"},
      // ValueSets that are one whole system which FHIR does not define
      {"Attachment.contentType", "urn:ietf:bcp:13"},
      {"Binary.contentType", "urn:ietf:bcp:13"},
      {"Money.currency", "urn:iso:std:iso:4217"},
      // Medplum's
      {"ClientApplication.status", "https://medplum.com/fhir/CodeSystem/client-application-status"},
      // bound, but not with strength `required`
      {"Attachment.language", ""},
      {"Patient.language", ""},
      {"Expression.language", ""},
      // no binding
      {"Coding.code", ""},
      {"Quantity.code", ""},
      {"SearchParameter.code", ""},
      {"Patient.resourceType", ""},
      // several systems
      {"Task.intent", ""},
      {"DataRequirement.type", ""},
      {"Timing.repeat.when", ""},
      // a ValueSet of another FHIR version
      {"SubscriptionStatus.type", ""},
      // no `code`: a Coding or CodeableConcept says its system, the others have none
      {"Patient.maritalStatus", ""},
      {"Condition.clinicalStatus", ""},
      {"Patient.active", ""},
      {"Patient.birthDate", ""},
      {"Patient.deceased", ""},
  };
  for (const auto& row : rows) {
    const Element* element = element_at(row.path);
    ASSERT_NE(element, nullptr) << row.path;
    EXPECT_EQ(implicit_system(*element), row.system) << row.path;
    EXPECT_EQ(implicit_system(*element, "any code"), row.system) << row.path;
  }
}

TEST(CodeSystem, OfCodesWhereTheValueSetHasSeveral) {
  const struct {
    const char* path;
    const char* code;
    const char* system;
  } rows[] = {
      {"Task.intent", "unknown", "http://hl7.org/fhir/task-intent"},
      {"Task.intent", "order", "http://hl7.org/fhir/request-intent"},
      {"Task.intent", "option", "http://hl7.org/fhir/request-intent"},
      {"Task.intent", "original-order", "http://hl7.org/fhir/request-intent"},
      // a code of the system, but not of the ValueSet
      {"Task.intent", "directive", ""},
      {"Task.intent", "Order", ""},
      {"Task.intent", "orde", ""},
      {"Task.intent", "", ""},
      {"Timing.repeat.when", "MORN", "http://hl7.org/fhir/event-timing"},
      {"Timing.repeat.when", "MORN.early", "http://hl7.org/fhir/event-timing"},
      {"Timing.repeat.when", "C", "http://terminology.hl7.org/CodeSystem/v3-TimingEvent"},
      {"Timing.repeat.when", "PCV", "http://terminology.hl7.org/CodeSystem/v3-TimingEvent"},
      {"Timing.repeat.when", "order", ""},
      {"DetectedIssue.status", "final", "http://hl7.org/fhir/observation-status"},
      {"DetectedIssue.status", "mitigated", "http://hl7.org/fhir/detectedissue-status"},
      // one system: whatever the code is
      {"Patient.gender", "male", "http://hl7.org/fhir/administrative-gender"},
      {"Patient.gender", "order", "http://hl7.org/fhir/administrative-gender"},
      {"DataRequirement.type", "Patient", ""},
      {"Coding.code", "order", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(implicit_system(*element_at(row.path), row.code), row.system)
        << row.path << ' ' << row.code;
  }
}

// Only `code` elements have one, it is a URI, and it is whole: no two run together.
TEST(CodeSystem, EveryElement) {
  std::size_t bound = 0;
  std::set<std::string_view> systems;
  for (std::uint16_t id = 1; !type_name(TypeId{id}).empty(); ++id) {
    for (const Element* element : elements(TypeId{id})) {
      const std::string_view system = implicit_system(*element);
      if (system.empty()) {
        continue;
      }
      ++bound;
      systems.insert(system);
      const std::string where =
          std::string(type_name(TypeId{id})) + '.' + std::string(element->name);
      EXPECT_EQ(element->types.size(), 1U) << where;
      EXPECT_EQ(element->types.front(), well_known().code) << where;
      EXPECT_TRUE(system.starts_with("http://") || system.starts_with("https://medplum.com/") ||
                  system.starts_with("urn:"))
          << where << ' ' << system;
      EXPECT_EQ(system.rfind("://"), system.find("://")) << where << ' ' << system;
      EXPECT_EQ(system.find("urn:", 1), std::string_view::npos) << where << ' ' << system;
    }
  }
  EXPECT_GE(bound, 373U);
  EXPECT_EQ(systems.size(), 227U);
}

}  // namespace
}  // namespace fhirwall::fhir
