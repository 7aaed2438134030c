#include "core/fhir/model.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fhirwall::fhir {
namespace {

TypeId type_of(std::string_view name) {
  const TypeId type = find_type(name);
  EXPECT_NE(type, TypeId::kNone) << name;
  return type;
}

std::vector<TypeId> every_type() {
  std::vector<TypeId> types;
  for (std::uint16_t id = 1; !type_name(TypeId{id}).empty(); ++id) {
    types.push_back(TypeId{id});
  }
  return types;
}

std::string capitalised(std::string_view name) {
  std::string text(name);
  text[0] = static_cast<char>(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 32 : text[0]);
  return text;
}

TEST(Model, Counts) {
  std::size_t kinds[5] = {};
  for (const TypeId type : every_type()) {
    ++kinds[static_cast<std::size_t>(type_kind(type))];
  }
  EXPECT_EQ(kinds[static_cast<std::size_t>(TypeKind::kPrimitive)], 20U);
  EXPECT_EQ(kinds[static_cast<std::size_t>(TypeKind::kComplex)], 40U);  // R4's 39, IdentityProvider
  EXPECT_EQ(kinds[static_cast<std::size_t>(TypeKind::kBackbone)], 510U);
  EXPECT_EQ(kinds[static_cast<std::size_t>(TypeKind::kAbstract)], 4U);
  // 146 of R4, SubscriptionStatus, 24 of Medplum, PasswordChangeRequest.
  EXPECT_EQ(kinds[static_cast<std::size_t>(TypeKind::kResource)], 172U);
  EXPECT_EQ(resource_types().size(), 172U);
}

TEST(Model, NamesAndIdsAreOneToOne) {
  std::set<std::string_view> names;
  for (const TypeId type : every_type()) {
    EXPECT_EQ(find_type(type_name(type)), type) << type_name(type);
    EXPECT_TRUE(names.insert(type_name(type)).second) << type_name(type);
  }
  EXPECT_EQ(type_name(TypeId::kNone), "");
  EXPECT_EQ(type_name(TypeId{60000}), "");
}

TEST(Model, UnknownTypes) {
  for (const char* name : {"",
                           "patient",
                           "PATIENT",
                           "Patient ",
                           "Patien",
                           "Patients",
                           "String",
                           "Code",
                           "quantity",
                           "HumanName.text",
                           "Patient.name",
                           "Patient.",
                           ".contact",
                           "Patient.contact.name",
                           "x",
                           "MetadataResource",
                           "ViewDefinition",
                           "SimpleQuantity",
                           "MoneyQuantity",
                           "System.String"}) {
    EXPECT_EQ(find_type(name), TypeId::kNone) << name;
    EXPECT_EQ(find_resource_type(name), TypeId::kNone) << name;
  }
  EXPECT_EQ(find_type(std::string(5000, 'P')), TypeId::kNone);
}

TEST(Model, OnlyConcreteResourcesAreResourceTypes) {
  for (const TypeId type : every_type()) {
    const TypeId found = find_resource_type(type_name(type));
    EXPECT_EQ(found != TypeId::kNone, type_kind(type) == TypeKind::kResource) << type_name(type);
  }
  // SPEC 4.1 names these.
  for (const char* name :
       {"Project", "ProjectMembership", "User", "PasswordChangeRequest", "UserSecurityRequest",
        "Login", "JsonWebKey", "DomainConfiguration", "AccessPolicy", "Bot", "ClientApplication",
        "Patient", "Observation", "Bundle", "Binary", "Parameters", "OperationOutcome"}) {
    EXPECT_NE(find_resource_type(name), TypeId::kNone) << name;
  }
}

TEST(Model, ResourceIndexIsDenseAndAscending) {
  std::uint32_t expected = 0;
  std::string_view before;
  for (const TypeId type : resource_types()) {
    EXPECT_EQ(resource_index(type), expected++);
    EXPECT_LT(before, type_name(type));
    before = type_name(type);
  }
}

TEST(Model, Bases) {
  const struct {
    const char* type;
    const char* base;
  } rows[] = {
      {"Resource", ""},
      {"Element", ""},
      {"DomainResource", "Resource"},
      {"Patient", "DomainResource"},
      {"Project", "DomainResource"},
      {"PasswordChangeRequest", "DomainResource"},
      {"Bundle", "Resource"},
      {"Binary", "Resource"},
      {"Parameters", "Resource"},
      {"BackboneElement", "Element"},
      {"HumanName", "Element"},
      {"Age", "Quantity"},
      {"Duration", "Quantity"},
      {"Timing", "BackboneElement"},
      {"Timing.repeat", "Element"},
      {"Dosage.doseAndRate", "Element"},
      {"Patient.contact", "BackboneElement"},
      {"code", "string"},
      {"id", "string"},
      {"markdown", "string"},
      {"canonical", "uri"},
      {"uuid", "uri"},
      {"positiveInt", "integer"},
      {"string", "Element"},
      {"instant", "Element"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(type_name(base_type(type_of(row.type))), row.base) << row.type;
  }
  EXPECT_EQ(base_type(TypeId::kNone), TypeId::kNone);
}

TEST(Model, IsA) {
  EXPECT_TRUE(is_a(type_of("Patient"), type_of("Patient")));
  EXPECT_TRUE(is_a(type_of("Patient"), type_of("Resource")));
  EXPECT_TRUE(is_a(type_of("Age"), type_of("Element")));
  EXPECT_TRUE(is_a(type_of("Patient.contact"), type_of("BackboneElement")));
  EXPECT_FALSE(is_a(type_of("Bundle"), type_of("DomainResource")));
  EXPECT_FALSE(is_a(type_of("Resource"), type_of("Patient")));
  EXPECT_FALSE(is_a(type_of("Patient"), type_of("Element")));
  EXPECT_FALSE(is_a(TypeId::kNone, type_of("Element")));
  EXPECT_FALSE(is_a(type_of("Patient"), TypeId::kNone));
}

// `type key` -> `concrete type` with flags: * repeats, ! required, ? choice, _ sibling, s summary
// text, d display of code; `-` when the model does not know the key.
std::string describe(TypeId type, std::string_view key) {
  const Child child = find_child(type, key);
  if (child.element == nullptr) {
    return "-";
  }
  std::string text(type_name(child.type));
  text += child.element->repeats ? "*" : "";
  text += child.element->required ? "!" : "";
  text += child.element->choice ? "?" : "";
  text += child.sibling ? "_" : "";
  text += child.element->summary_text ? "s" : "";
  text += child.element->display_of_code ? "d" : "";
  return text;
}

TEST(Model, Children) {
  const struct {
    const char* type;
    const char* key;
    const char* child;
  } rows[] = {
      {"Patient", "resourceType", "code!"},
      {"Patient", "id", "id"},
      {"Patient", "_id", "id_"},
      {"Patient", "meta", "Meta"},
      {"Patient", "implicitRules", "uri"},
      {"Patient", "text", "Narrative"},
      {"Patient", "contained", "Resource*"},
      {"Patient", "extension", "Extension*"},
      {"Patient", "modifierExtension", "Extension*"},
      {"Patient", "name", "HumanName*"},
      {"Patient", "active", "boolean"},
      {"Patient", "_active", "boolean_"},
      {"Patient", "birthDate", "date"},
      {"Patient", "_birthDate", "date_"},
      {"Patient", "deceasedBoolean", "boolean?"},
      {"Patient", "deceasedDateTime", "dateTime?"},
      {"Patient", "_deceasedDateTime", "dateTime?_"},
      {"Patient", "contact", "Patient.contact*"},
      {"Patient", "generalPractitioner", "Reference*"},
      {"Patient", "link", "Patient.link*"},
      {"Patient.contact", "name", "HumanName"},
      {"Patient.contact", "id", "string"},
      {"Patient.contact", "modifierExtension", "Extension*"},
      {"Patient.link", "other", "Reference!"},
      {"Observation", "valueQuantity", "Quantity?"},
      {"Observation", "valueCodeableConcept", "CodeableConcept?"},
      {"Observation", "valueString", "string?"},
      {"Observation", "_valueString", "string?_"},
      {"Observation", "valueDateTime", "dateTime?"},
      {"Observation", "valueSampledData", "SampledData?"},
      {"Observation", "effectiveInstant", "instant?"},
      {"Observation", "effectiveTiming", "Timing?"},
      {"Observation", "code", "CodeableConcept!"},
      {"Observation", "referenceRange", "Observation.referenceRange*"},
      {"Observation", "component", "Observation.component*"},
      {"Observation.component", "referenceRange", "Observation.referenceRange*"},
      {"Observation.component", "valueRatio", "Ratio?"},
      {"Extension", "url", "uri!"},
      {"Extension", "valueCode", "code?"},
      {"Extension", "valueBase64Binary", "base64Binary?"},
      {"Extension", "valueMeta", "Meta?"},
      {"Extension", "valueReference", "Reference?"},
      {"Extension", "extension", "Extension*"},
      {"Narrative", "div", "xhtml!"},
      {"HumanName", "text", "strings"},
      {"HumanName", "given", "string*"},
      {"HumanName", "_given", "string*_"},
      {"Address", "text", "strings"},
      {"CodeableConcept", "text", "strings"},
      {"Coding", "display", "stringd"},
      {"Reference", "display", "string"},
      {"Age", "value", "decimal"},
      {"Timing", "repeat", "Timing.repeat"},
      {"Timing.repeat", "boundsPeriod", "Period?"},
      {"Dosage", "text", "string"},
      {"Bundle", "entry", "Bundle.entry*"},
      {"Bundle.entry", "resource", "Resource"},
      {"Bundle.entry", "link", "Bundle.link*"},
      {"Bundle.entry.response", "outcome", "Resource"},
      {"Parameters.parameter", "resource", "Resource"},
      {"Parameters.parameter", "part", "Parameters.parameter*"},
      {"Parameters.parameter", "valueUnsignedInt", "unsignedInt?"},
      {"Questionnaire.item", "item", "Questionnaire.item*"},
      {"Resource", "resourceType", "code!"},
      {"Resource", "meta", "Meta"},
      {"Element", "id", "string"},
      {"Element", "extension", "Extension*"},
      {"string", "extension", "Extension*"},
      {"code", "id", "string"},
      // SPEC 7.7
      {"Meta", "project", "uri"},
      {"Meta", "author", "Reference"},
      {"Meta", "account", "Reference"},
      {"Meta", "accounts", "Reference*"},
      {"Meta", "compartment", "Reference*"},
      {"Meta", "onBehalfOf", "Reference"},
      {"Meta", "versionId", "id"},
      {"Meta", "lastUpdated", "instant"},
      // Medplum's types
      {"AccessPolicy", "resource", "AccessPolicy.resource*"},
      {"AccessPolicy.resource", "resourceType", "string!"},
      {"AccessPolicy.resource", "_resourceType", "string!_"},
      {"ProjectMembership", "access", "ProjectMembership.access*"},
      {"PasswordChangeRequest", "id", "id"},
      {"PasswordChangeRequest", "extension", "Extension*"},
      // R4 where the definitions deviate
      {"EvidenceVariable.characteristic", "definitionExpression", "Expression!?"},
      {"EvidenceVariable.characteristic", "definitionCanonical", "canonical!?"},
      {"EvidenceVariable.characteristic", "definitionId", "id"},
      {"EvidenceVariable.characteristic", "participantEffectiveTiming", "Timing?"},
      {"EvidenceVariable.characteristic", "groupMeasure", "code"},
      // unknown
      {"Patient", "", "-"},
      {"Patient", "_", "-"},
      {"Patient", "__birthDate", "-"},
      {"Patient", "Name", "-"},
      {"Patient", "names", "-"},
      {"Patient", "nam", "-"},
      {"Patient", "_resourceType", "-"},
      {"Patient", "_name", "-"},
      {"Patient", "_meta", "-"},
      {"Patient", "_contact", "-"},
      {"Patient", "deceased", "-"},
      {"Patient", "_deceased", "-"},
      {"Patient", "deceased[x]", "-"},
      {"Patient", "deceasedString", "-"},
      {"Patient", "deceasedboolean", "-"},
      {"Patient", "DeceasedBoolean", "-"},
      {"Patient", "fhir_comments", "-"},
      {"Patient", "valueQuantity", "-"},
      {"Patient", "Patient", "-"},
      {"Observation", "value", "-"},
      {"Observation", "valueFoo", "-"},
      {"Observation", "valueReference", "-"},
      {"Observation", "_valueQuantity", "-"},
      {"Observation", "valueObservation", "-"},
      {"Bundle", "text", "-"},
      {"Bundle", "extension", "-"},
      {"HumanName", "resourceType", "-"},
      {"HumanName", "modifierExtension", "-"},
      {"Element", "value", "-"},
      {"Resource", "text", "-"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(describe(type_of(row.type), row.key), row.child) << row.type << ' ' << row.key;
  }
  EXPECT_EQ(find_child(TypeId::kNone, "id").element, nullptr);
  EXPECT_EQ(find_child(TypeId{60000}, "id").element, nullptr);
  EXPECT_EQ(find_child(type_of("Patient"), std::string(100000, 'a')).element, nullptr);
  EXPECT_EQ(find_child(type_of("Patient"), std::string("id\0", 3)).element, nullptr);
}

// Every element of every type, by every key that FHIR JSON has for it.
TEST(Model, EveryKeyOfEveryTypeIsFound) {
  std::size_t keys = 0;
  for (const TypeId type : every_type()) {
    for (const Element* element : elements(type)) {
      EXPECT_EQ(find_element(type, element->name), element);
      EXPECT_EQ(element->choice || element->types.size() == 1, true) << element->name.view();
      EXPECT_TRUE(std::is_sorted(element->types.begin(), element->types.end()));
      for (const TypeId concrete : element->types) {
        std::string key(element->name);
        key += element->choice ? capitalised(type_name(concrete)) : "";
        const Child child = find_child(type, key);
        EXPECT_EQ(child.element, element) << type_name(type) << ' ' << key;
        EXPECT_EQ(child.type, concrete) << type_name(type) << ' ' << key;
        EXPECT_FALSE(child.sibling);
        const Child sibling = find_child(type, "_" + key);
        const bool has_sibling = type_kind(concrete) == TypeKind::kPrimitive &&
                                 !(key == "resourceType" && is_a(type, well_known().resource));
        EXPECT_EQ(sibling.element == element && sibling.sibling, has_sibling) << key;
        EXPECT_EQ(sibling.element == nullptr, !has_sibling) << key;
        // Neighbours of the key are other elements or unknown.
        for (const std::string& near : {key + "x", key.substr(0, key.size() - 1), "x" + key}) {
          EXPECT_NE(find_child(type, near).element, element) << near;
        }
        ++keys;
      }
    }
  }
  EXPECT_GT(keys, 8000U);
}

TEST(Model, ElementIndexIsDense) {
  std::set<std::uint16_t> seen;
  std::set<const Element*> objects;
  for (const TypeId type : every_type()) {
    for (const Element* element : elements(type)) {
      if (objects.insert(element).second) {
        EXPECT_TRUE(seen.insert(element_index(*element)).second);
      }
    }
  }
  EXPECT_EQ(objects.size(), *seen.rbegin() + 1U);
  EXPECT_EQ(find_element(type_of("Patient"), "id"), find_element(type_of("Observation"), "id"));
}

TEST(Model, ElementsAreInheritedFirst) {
  std::vector<std::string> names;
  const ElementList list = elements(type_of("Patient"));
  for (const Element* element : list) {
    names.emplace_back(element->name);
  }
  const std::vector<std::string> expected = {"resourceType",
                                             "id",
                                             "meta",
                                             "implicitRules",
                                             "language",
                                             "text",
                                             "contained",
                                             "extension",
                                             "modifierExtension",
                                             "identifier",
                                             "active",
                                             "name",
                                             "telecom",
                                             "gender",
                                             "birthDate",
                                             "deceased",
                                             "address",
                                             "maritalStatus",
                                             "multipleBirth",
                                             "photo",
                                             "contact",
                                             "communication",
                                             "generalPractitioner",
                                             "managingOrganization",
                                             "link"};
  EXPECT_EQ(names, expected);
  EXPECT_EQ(list.size(), expected.size());
  EXPECT_EQ(elements(type_of("PasswordChangeRequest")).size(), 9U);
  EXPECT_TRUE(elements(TypeId::kNone).empty());
  EXPECT_TRUE(elements(TypeId{60000}).empty());
}

TEST(Model, ChoiceKeys) {
  const TypeId observation = type_of("Observation");
  const Element& value = *find_element(observation, "value");
  EXPECT_EQ(value.types.size(), 11U);
  for (const char* key : {"valueQuantity", "valueFoo", "_valueString", "_valueFoo", "valueX"}) {
    EXPECT_TRUE(is_choice_key(value, key, observation)) << key;
  }
  for (const char* key : {"value", "_value", "", "_", "values", "value_", "value1", "valuequantity",
                          "Valuequantity", "effectiveDateTime", "valu"}) {
    EXPECT_FALSE(is_choice_key(value, key, observation)) << key;
  }
  EXPECT_FALSE(is_choice_key(*find_element(observation, "code"), "codeFoo", observation));
  // SPEC 7.1: "unless it is another element of the type".
  const TypeId evidence = type_of("EvidenceVariable.characteristic");
  const Element& definition = *find_element(evidence, "definition");
  EXPECT_TRUE(is_choice_key(definition, "definitionExpression", evidence));
  EXPECT_TRUE(is_choice_key(definition, "definitionFoo", evidence));
  EXPECT_FALSE(is_choice_key(definition, "definitionId", evidence));
  EXPECT_FALSE(is_choice_key(definition, "_definitionId", evidence));
  EXPECT_FALSE(is_choice_key(definition, "definitionByCombination", evidence));
}

TEST(Model, WellKnownTypes) {
  const WellKnown& known = well_known();
  const struct {
    TypeId type;
    const char* name;
  } rows[] = {
      {known.resource, "Resource"},
      {known.domain_resource, "DomainResource"},
      {known.element, "Element"},
      {known.extension, "Extension"},
      {known.narrative, "Narrative"},
      {known.reference, "Reference"},
      {known.coding, "Coding"},
      {known.codeable_concept, "CodeableConcept"},
      {known.identifier, "Identifier"},
      {known.contact_point, "ContactPoint"},
      {known.human_name, "HumanName"},
      {known.address, "Address"},
      {known.period, "Period"},
      {known.timing, "Timing"},
      {known.quantity, "Quantity"},
      {known.money, "Money"},
      {known.range, "Range"},
      {known.annotation, "Annotation"},
      {known.attachment, "Attachment"},
      {known.meta, "Meta"},
      {known.xhtml, "xhtml"},
      {known.string, "string"},
      {known.code, "code"},
      {known.id, "id"},
      {known.uri, "uri"},
      {known.url, "url"},
      {known.canonical, "canonical"},
      {known.oid, "oid"},
      {known.uuid, "uuid"},
      {known.boolean, "boolean"},
      {known.integer, "integer"},
      {known.decimal, "decimal"},
      {known.date, "date"},
      {known.date_time, "dateTime"},
      {known.instant, "instant"},
      {known.time, "time"},
      {known.bundle, "Bundle"},
      {known.parameters, "Parameters"},
      {known.binary, "Binary"},
      {known.operation_outcome, "OperationOutcome"},
      {known.patient, "Patient"},
      {known.practitioner, "Practitioner"},
  };
  EXPECT_EQ(sizeof(rows) / sizeof(rows[0]), sizeof(WellKnown) / sizeof(TypeId));
  for (const auto& row : rows) {
    EXPECT_EQ(type_name(row.type), row.name);
  }
}

}  // namespace
}  // namespace fhirwall::fhir
