#include "core/fhir/reference.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fhirwall::fhir {
namespace {

using Form = ReferenceParts::Form;

const std::string_view kBases[] = {"https://fhir.example.org", "https://example.com/fhir/R4",
                                   "https://example.com/fhir"};

// form [type id [version]]
std::string describe(std::string_view text, std::span<const std::string_view> bases) {
  const ReferenceParts parts = parse_reference(text, bases);
  switch (parts.form) {
    case Form::kTypeId: {
      std::string found = std::string(type_name(parts.type)) + " " + std::string(parts.id);
      return parts.version.empty() ? found : found + " " + std::string(parts.version);
    }
    case Form::kAbsolute: return "absolute";
    case Form::kFragment: return "fragment";
    case Form::kUrn: return "urn";
    case Form::kQuery: return "query";
    case Form::kOther:
      EXPECT_EQ(parts.type, TypeId::kNone);
      EXPECT_TRUE(parts.id.empty());
      return "other";
  }
  return "";
}

TEST(Reference, Forms) {
  const std::string id64(64, 'a');
  const std::string id65(65, 'a');
  const struct {
    std::string text;
    std::string parts;
  } rows[] = {
      {"Patient/1", "Patient 1"},
      {"Patient/" + id64, "Patient " + id64},
      {"Patient/A-b.9", "Patient A-b.9"},
      {"Patient/00000000-0000-4000-8000-000000000001",
       "Patient 00000000-0000-4000-8000-000000000001"},
      {"Patient/1/_history/2", "Patient 1 2"},
      {"Patient/1/_history/v-2.0", "Patient 1 v-2.0"},
      {"Project/x", "Project x"},
      {"PasswordChangeRequest/x", "PasswordChangeRequest x"},
      // malformed
      {"", "other"},
      {" ", "other"},
      {"Patient", "other"},
      {"Patient/", "other"},
      {"/Patient/1", "other"},
      {"Patient/1/", "other"},
      {"Patient//1", "other"},
      {" Patient/1", "other"},
      {"Patient/1 ", "other"},
      {"Patient/a b", "other"},
      {"Patient/a_b", "other"},
      {"Patient/a%2fb", "other"},
      {"Patient/\xC3\xA9", "other"},
      {"Patient/" + id65, "other"},
      {"patient/1", "other"},
      {"Foo/1", "other"},
      {"Resource/1", "other"},
      {"DomainResource/1", "other"},
      {"HumanName/1", "other"},
      {"*/1", "other"},
      {"1", "other"},
      {"Patient/1/_history", "other"},
      {"Patient/1/_history/", "other"},
      {"Patient/1/_history/2/", "other"},
      {"Patient/1/_history/2/3", "other"},
      {"Patient/1/_History/2", "other"},
      {"Patient/1/history/2", "other"},
      {"Patient/1/Observation", "other"},
      {"Patient/1/_history/a b", "other"},
      {"Patient/1#x", "other"},
      {"Patient/1|2", "other"},
      {"../Patient/1", "other"},
      {"Patient/1/../2", "other"},
      {"//example.com/Patient/1", "other"},
      {"Patient/..", "Patient .."},  // two dots are a valid FHIR id
      // fragments and urns
      {"#", "fragment"},
      {"#p1", "fragment"},
      {"#Patient/1", "fragment"},
      {"urn:uuid:00000000-0000-4000-8000-000000000001", "urn"},
      {"urn:oid:1.2.3", "urn"},
      {"URN:UUID:x", "urn"},
      {"urn:", "urn"},
      // conditional
      {"Patient?identifier=a|b", "query"},
      {"Patient?", "query"},
      {"Patient?_id=Patient/1", "query"},
      {"Foo?x=1", "other"},
      {"?x=1", "other"},
      {"Patient/1?x", "other"},
      // absolute, no base
      {"https://other.example.org/Patient/1", "absolute"},
      {"http://fhir.example.org/Patient/1", "absolute"},
      {"https://fhir.example.org.evil.com/Patient/1", "absolute"},
      {"https://fhir.example.orgPatient/1", "absolute"},
      {"https://FHIR.example.org/Patient/1", "absolute"},
      {"https://fhir.example.org:443/Patient/1", "absolute"},
      {"https://user@fhir.example.org/Patient/1", "absolute"},
      {"mailto:a@b", "absolute"},
      {"x:y", "absolute"},
      // absolute, under a base
      {"https://fhir.example.org/Patient/1", "Patient 1"},
      {"https://fhir.example.org/Patient/1/_history/3", "Patient 1 3"},
      {"https://example.com/fhir/R4/Patient/1", "Patient 1"},
      {"https://example.com/fhir/Patient/1", "Patient 1"},
      {"https://example.com/Patient/1", "absolute"},
      {"https://fhir.example.org", "absolute"},
      {"https://fhir.example.org/", "absolute"},
      {"https://fhir.example.org//Patient/1", "absolute"},
      {"https://fhir.example.org/Patient", "absolute"},
      {"https://fhir.example.org/Patient/1/", "absolute"},
      {"https://fhir.example.org/Foo/1", "absolute"},
      {"https://fhir.example.org/sub/Patient/1", "absolute"},
      {"https://fhir.example.org/Patient?identifier=1", "absolute"},
      {"https://fhir.example.org/Patient/1?x=y", "absolute"},
      {"https://fhir.example.org/Patient/1#a", "absolute"},
      // no scheme
      {":x", "other"},
      {"1a:b", "other"},
      {"a b:c", "other"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(describe(row.text, kBases), row.parts) << row.text;
  }
}

TEST(Reference, WithoutBasesEveryAbsoluteUrlIsOpaque) {
  EXPECT_EQ(describe("https://fhir.example.org/Patient/1", {}), "absolute");
  EXPECT_EQ(describe("Patient/1", {}), "Patient 1");
  const std::string_view empty[] = {""};
  EXPECT_EQ(describe("https://fhir.example.org/Patient/1", empty), "absolute");
}

TEST(Reference, LongestBaseWinsInAnyOrder) {
  const std::string_view other_order[] = {"https://example.com/fhir",
                                          "https://example.com/fhir/R4"};
  EXPECT_EQ(describe("https://example.com/fhir/R4/Patient/1", other_order), "Patient 1");
  EXPECT_EQ(describe("https://example.com/fhir/Patient/1", other_order), "Patient 1");
}

TEST(Reference, PartsAreViewsIntoTheText) {
  const std::string text = "https://fhir.example.org/Patient/abc/_history/7";
  const ReferenceParts parts = parse_reference(text, kBases);
  EXPECT_EQ(parts.id.data(), text.data() + 33);
  EXPECT_EQ(parts.version.data(), text.data() + text.size() - 1);
}

TEST(Reference, Ids) {
  const std::string letters(64, 'z');
  for (const std::string& id :
       {std::string("a"), std::string("A.b-9"), std::string("-"), letters}) {
    EXPECT_TRUE(is_valid_id(id)) << id;
  }
  for (const std::string& id :
       {std::string(), letters + "z", std::string("a/b"), std::string("a b"), std::string("a_b"),
        std::string("\xC3\xA9"), std::string("a\0", 2), std::string("%61"), std::string("a\n")}) {
    EXPECT_FALSE(is_valid_id(id)) << id;
  }
}

TEST(Reference, Uuids) {
  EXPECT_TRUE(is_uuid("00000000-0000-4000-8000-000000000001"));
  EXPECT_TRUE(is_uuid("ABCDEFab-cdef-0123-4567-89abcdefABCD"));
  for (const char* text :
       {"", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000011",
        "00000000-0000-4000-8000-00000000000g", "00000000000040008000000000000001",
        "000000000-000-4000-8000-000000000001", "00000000-0000-4000-8000_000000000001",
        "0000000000000-4000-8000-000000000001", "{0000000-0000-4000-8000-00000000000}"}) {
    EXPECT_FALSE(is_uuid(text)) << text;
  }
}

}  // namespace
}  // namespace fhirwall::fhir
