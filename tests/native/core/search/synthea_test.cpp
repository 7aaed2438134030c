#include <cstdio>
#include <fstream>
#include <map>

#include "tests/native/core/search/support.hpp"

// Criteria over real resources, where they are present.
namespace fhirwall::search::test {
namespace {

constexpr const char* kPath = FHIRWALL_SOURCE_DIR "/../shared/data/synthea/resources.ndjson";

std::vector<std::string> read_lines() {
  std::ifstream in(kPath);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) {
      lines.push_back(line);
    }
  }
  return lines;
}

TEST(Synthea, CountsAddUp) {
  const std::vector<std::string> lines = read_lines();
  if (lines.empty()) {
    GTEST_SKIP() << "no resources at " << kPath;
  }
  // A criterion, its negation, and the type's number add up where nothing is malformed.
  const std::pair<const char*, const char*> pairs[] = {
      {"Observation?category=vital-signs", "Observation?category:not=vital-signs"},
      {"Observation?status=final", "Observation?status:not=final"},
      {"Patient?gender=female", "Patient?gender:not=female"},
      {"Patient?address-state=Massachusetts", "Patient?address-state:not=Massachusetts"},
      {"Observation?code=http://loinc.org|4548-4", "Observation?code:not=http://loinc.org|4548-4"},
      {"Condition?onset-date=ge2010-01-01", "Condition?onset-date=lt2010-01-01"},
      {"Encounter?status:missing=true", "Encounter?status:missing=false"},
  };
  std::vector<std::unique_ptr<Resource>> resources;
  for (const std::string& line : lines) {
    resources.push_back(std::make_unique<Resource>(line));
  }
  Scratch scratch;
  Error error;
  for (const auto& [plain, negated] : pairs) {
    Issues issues;
    const auto a = compile_with(plain, {}, issues);
    const auto b = compile_with(negated, {}, issues);
    ASSERT_TRUE(a && b) << plain;
    const fhir::TypeId type = type_of(plain);
    std::vector<const Resource*> own;
    for (const auto& resource : resources) {
      if (resource->type() == type) {
        own.push_back(resource.get());
      }
    }
    const auto count = [&](const Criteria& criteria) {
      int matched = 0;
      for (const Resource* resource : own) {
        matched += matches(criteria, {resource->document(), 0, type, Purpose::kRead}, Limits{},
                           scratch, error);
      }
      return matched;
    };
    const int matched = count(*a);
    const int others = count(*b);
    const int total = static_cast<int>(own.size());
    EXPECT_EQ(matched + others, total) << plain;
    EXPECT_GT(total, 0) << plain;
    std::printf("synthea: %5d of %5d %s\n", matched, total, plain);
  }
}

TEST(Synthea, CompartmentsHoldTheirResources) {
  const std::vector<std::string> lines = read_lines();
  if (lines.empty()) {
    GTEST_SKIP() << "no resources at " << kPath;
  }
  // Whoever names a Patient as subject or patient lies in that compartment.
  int checked = 0;
  Scratch scratch;
  Error error;
  std::map<std::string, std::shared_ptr<const Criteria>> by_patient;
  for (std::string line : lines) {
    // The data refers by urn:uuid; a server would have written Type/id.
    for (const std::string from :
         {R"("subject":{"reference":"urn:uuid:)", R"("patient":{"reference":"urn:uuid:)"}) {
      if (const std::size_t at = line.find(from); at != std::string::npos) {
        line.replace(at + from.size() - 9, 9, "Patient/");
      }
    }
    const Resource resource(line);
    for (const char* key : {"subject", "patient"}) {
      const json::NodeIndex subject = resource.document().find(0, key);
      const json::NodeIndex node =
          subject == json::kNoNode ? subject : resource.document().find(subject, "reference");
      if (node == json::kNoNode) {
        continue;
      }
      const std::string reference(resource.document().raw_string(node));
      if (!reference.starts_with("Patient/") ||
          fhir::type_name(resource.type()) == "Device") {  // R4 has no Device in the compartment
        continue;
      }
      auto& criteria = by_patient[reference];
      if (!criteria) {
        Issues issues;
        criteria = compile_with("*?_compartment=" + reference, {}, issues);
        ASSERT_TRUE(criteria) << reference;
      }
      EXPECT_TRUE(matches(*criteria, {resource.document(), 0, resource.type(), Purpose::kRead},
                          Limits{}, scratch, error))
          << fhir::type_name(resource.type());
      ++checked;
    }
  }
  EXPECT_GT(checked, 1000);
  std::printf("synthea: %d resources lie in the compartment of their patient\n", checked);
}

}  // namespace
}  // namespace fhirwall::search::test
