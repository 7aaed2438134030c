#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/fhir/model.hpp"
#include "core/redact/plan.hpp"
#include "support.hpp"

namespace fhirwall::redact {
namespace {

// SPEC 7.1: what a path text means, and where one that means nothing goes wrong.
struct GoodPath {
  const char* type;
  const char* text;
  const char* meaning;  // path_text of what it resolves to
};

TEST(ResolvePath, Good) {
  const GoodPath table[] = {
      {"Patient", "name", "name"},
      {"Patient", "name.given", "name.given"},
      {"Patient", "Patient.name", "name"},
      {"Patient", "contact.telecom.value", "contact.telecom.value"},
      {"Patient", "multipleBirth[x]", "multipleBirth[x]"},
      {"Patient", "multipleBirth", "multipleBirth[x]"},
      {"Patient", "multipleBirthInteger", "multipleBirthInteger"},
      {"Patient", "birthDate.extension", "birthDate.extension"},
      {"Patient", "extension('http://x/y')", "extension('http://x/y')"},
      {"Patient", "extension('http://x/y').valueString", "extension('http://x/y').valueString"},
      {"Patient", "name.extension('u').extension('v').value[x]",
       "name.extension('u').extension('v').value[x]"},
      {"Patient", "modifierExtension('u')", "modifierExtension('u')"},
      {"Patient", "meta.tag", "meta.tag"},
      {"Patient", "meta.project", "meta.project"},
      {"Observation", "value", "value[x]"},
      {"Observation", "value[x].unit", "value[x].unit"},
      {"Observation", "value.coding.code", "value[x].coding.code"},
      {"Observation", "component.value[x]", "component.value[x]"},
      {"Observation", "component.referenceRange.low", "component.referenceRange.low"},
      {"Questionnaire", "item.item.item.text", "item.item.item.text"},
      {"Composition", "section.section.text", "section.section.text"},
      {"ServiceRequest", "subject.display", "subject.display"},
      {"Patient", "text", "text"},
      {"Patient", "id", "id"},
  };
  for (const GoodPath& row : table) {
    fhir::ElementPath path;
    ResolveFailure failure;
    ASSERT_TRUE(resolve_path(row.text, fhir::find_resource_type(row.type), path, failure))
        << row.type << " " << row.text << ": " << failure.message;
    EXPECT_EQ(path_text(path), row.meaning) << row.type << " " << row.text;
  }
}

TEST(ResolvePath, BadWithOffset) {
  struct Row {
    const char* type;
    const char* text;
    std::uint32_t offset;
  };
  const Row table[] = {
      {"Patient", "ssn", 0},
      {"Patient", "name.nick", 5},
      {"Patient", "Observation.value", 0},
      {"Patient", "Patient", 0},
      {"Patient", "name[x]", 0},
      {"Patient", "multipleBirthString", 0},
      {"Patient", "_birthDate", 0},
      {"Patient", "name.given.more", 11},
      {"Patient", "name('u')", 4},
      {"Observation", "value[x].nothing", 9},
      {"Observation", "valueQuantity.coding", 14},
      {"Observation", "component.value[x].unit.more", 24},
  };
  for (const Row& row : table) {
    fhir::ElementPath path;
    ResolveFailure failure;
    EXPECT_FALSE(resolve_path(row.text, fhir::find_resource_type(row.type), path, failure))
        << row.type << " " << row.text;
    EXPECT_EQ(failure.offset, row.offset) << row.text;
    EXPECT_FALSE(failure.message.empty());
    EXPECT_TRUE(path.empty());
  }
  for (const char* text : {"", "name[0]", "*", "name..given", ".name", "name.", " name",
                           "extension('')", "extension('u"}) {
    fhir::ElementPath path;
    ResolveFailure failure;
    EXPECT_FALSE(resolve_path(text, fhir::find_resource_type("Patient"), path, failure)) << text;
    EXPECT_FALSE(failure.message.empty());
  }
}

TEST(ResolvePath, ProtectedAreIdAndResourceTypeOfTheResource) {
  for (const char* text : {"id", "resourceType", "Patient.id"}) {
    fhir::ElementPath path;
    ResolveFailure failure;
    ASSERT_TRUE(resolve_path(text, fhir::find_resource_type("Patient"), path, failure)) << text;
    EXPECT_TRUE(is_protected(path)) << text;
  }
  for (const char* text : {"name.id", "meta", "identifier"}) {
    fhir::ElementPath path;
    ResolveFailure failure;
    ASSERT_TRUE(resolve_path(text, fhir::find_resource_type("Patient"), path, failure)) << text;
    EXPECT_FALSE(is_protected(path)) << text;
  }
}

// SPEC 7.3 and 15.1: what a rule removes, from the rule alone.
TEST(Plan, HiddenPaths) {
  struct Row {
    const char* type;
    std::vector<std::string> hidden;
    std::vector<std::string> paths;
  };
  const Row table[] = {
      {"Patient", {}, {}},
      {"Patient", {"name"}, {"name", "text"}},
      {"Patient", {"name", "Patient.name"}, {"name", "text"}},
      {"Patient", {"name.given"}, {"name.given", "name.text", "text"}},
      {"Patient", {"name.text"}, {"name.text", "text"}},
      {"Patient", {"contact.name.family"}, {"contact.name.family", "contact.name.text", "text"}},
      {"Patient", {"address.extension('u')"}, {"address.extension('u')", "address.text", "text"}},
      {"Observation",
       {"code.coding.code"},
       {"code.coding.code", "code.coding.display", "code.text", "text"}},
      {"Observation", {"code.coding.system"}, {"code.coding.system", "code.text", "text"}},
      {"Observation",
       {"value[x].coding.code"},
       {"text", "valueCodeableConcept.text", "value[x].coding.code", "value[x].coding.display"}},
      {"Observation", {"value[x]"}, {"text", "value[x]"}},
      {"Observation", {"valueQuantity.unit"}, {"text", "valueQuantity.unit"}},
      {"Observation", {"note.authorString"}, {"note.authorString", "text"}},
      {"Composition", {"title"}, {"section.text", "text", "title"}},
      {"Binary", {"data"}, {"data"}},
  };
  for (const Row& row : table) {
    EXPECT_EQ(hidden_paths(*testing::plan_for(row.type, row.hidden)), row.paths) << row.type;
    EXPECT_EQ(hides_anything(*testing::plan_for(row.type, row.hidden)), !row.hidden.empty());
  }
  PlanOptions fields_only;
  fields_only.closure_strict = false;
  EXPECT_EQ(hidden_paths(*testing::plan_for("Patient", {"name.given"}, fields_only)),
            std::vector<std::string>{"name.given"});
}

// A path through nested choices names many types; the trie must not grow with their product.
TEST(Plan, NestedChoicesStaySmall) {
  std::string path = "extension.value[x]";
  for (int i = 0; i < 14; ++i) {
    path += ".extension.value[x]";
  }
  const auto plan = testing::plan_for("Patient", {path});
  EXPECT_TRUE(hides_anything(*plan));
  EXPECT_EQ(testing::redacted(*plan, R"({"resourceType":"Patient","active":true})"),
            R"({"resourceType":"Patient","active":true})");
}

// What a prepared parser notes: no element of another name holds extensions.
TEST(Model, ExtensionsStandInExtensionsOnly) {
  int found = 0;
  std::vector<fhir::TypeId> seen(fhir::resource_types().begin(), fhir::resource_types().end());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (const fhir::Element* element : fhir::elements(seen[i])) {
      for (const fhir::TypeId next : element->types) {
        if (next == fhir::well_known().extension) {
          const std::string_view name = element->name;
          EXPECT_TRUE(name == "extension" || name == "modifierExtension") << name;
          ++found;
        }
        if (std::find(seen.begin(), seen.end(), next) == seen.end()) {
          seen.push_back(next);
        }
      }
    }
  }
  EXPECT_GT(found, 300);
}

// The closure of SPEC 7.3 (a) relies on this: data types hold no Narrative and no resource.
TEST(Model, NarrativesAndResourcesStandInResourcesOnly) {
  for (const fhir::TypeId resource : fhir::resource_types()) {
    std::vector<fhir::TypeId> seen{resource};
    for (std::size_t i = 0; i < seen.size(); ++i) {
      for (const fhir::Element* element : fhir::elements(seen[i])) {
        for (const fhir::TypeId next : element->types) {
          const fhir::TypeKind kind = fhir::type_kind(next);
          if (kind == fhir::TypeKind::kResource || kind == fhir::TypeKind::kPrimitive) {
            continue;
          }
          const bool data_type = fhir::type_kind(seen[i]) == fhir::TypeKind::kComplex;
          EXPECT_FALSE(data_type && next == fhir::well_known().narrative)
              << fhir::type_name(seen[i]) << '.' << std::string_view(element->name);
          EXPECT_FALSE(data_type && next == fhir::well_known().resource)
              << fhir::type_name(seen[i]) << '.' << std::string_view(element->name);
          if (next != fhir::well_known().resource &&
              std::find(seen.begin(), seen.end(), next) == seen.end()) {
            seen.push_back(next);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace fhirwall::redact
