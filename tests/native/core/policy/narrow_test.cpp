#include "core/policy/narrow.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/native/core/policy/support.hpp"

namespace fhirwall::policy {
namespace {

std::string narrowed(std::string_view rules, std::string_view type, bool medplum = false) {
  const auto policy = must_compile(with_rules(rules));
  const Narrowing narrowing = narrow(*policy, fhir::find_resource_type(type), medplum);
  std::string out;
  for (const Narrowing::Term& term : narrowing.terms) {
    out += term.key + "=" + term.value + " ";
  }
  return out + (narrowing.exact ? "exact" : "more");
}

std::string rule(std::string_view criteria) {
  return R"({"resourceType":")" + std::string(criteria.substr(0, criteria.find('?'))) +
         R"(","criteria":")" + std::string(criteria) + R"("})";
}

TEST(Narrow, SaysWhatAllRulesSay) {
  const std::string male = rule("Patient?gender=male&_id=1");
  EXPECT_EQ(narrowed(male, "Patient"), "gender=male _id=1 exact");
  EXPECT_EQ(narrowed(male + "," + rule("Patient?gender=male&_id=2"), "Patient"),
            "gender=male _id=1,2 exact");
  EXPECT_EQ(narrowed(male + "," + rule("Patient?active=true"), "Patient"), "more");
  EXPECT_EQ(narrowed(male + "," + rule("Patient?gender=male"), "Patient"), "gender=male exact");
  EXPECT_EQ(narrowed(male, "Observation"), "more");
}

TEST(Narrow, KeepsValuesAsTheyAre) {
  EXPECT_EQ(narrowed(rule(R"(Patient?name:exact=a%26b%20c)"), "Patient"), "name:exact=a&b c exact");
}

TEST(Narrow, LeavesOutWhatServersMeanDifferently) {
  for (const std::string_view criteria :
       {"Patient?gender:not=male", "Patient?name:contains=a", "Patient?_filter=gender eq male",
        "Patient?gender=http://hl7.org/fhir/administrative-gender|male", "Patient?birthdate=ne2000",
        "Patient?_account=Organization/1"}) {
    EXPECT_EQ(narrowed(rule(criteria), "Patient"), "more") << criteria;
  }
}

TEST(Narrow, SaysMemberships) {
  EXPECT_EQ(narrowed(rule("Patient?_compartment=Patient/1"), "Patient"), "_id=1 exact");
  EXPECT_EQ(narrowed(rule("Encounter?_compartment=Patient/1,Patient/2"), "Encounter"),
            "subject=Patient/1,Patient/2 exact");
  const std::string observations = rule("Observation?_compartment=Patient/1");
  EXPECT_EQ(narrowed(observations, "Observation"), "more");
  EXPECT_EQ(narrowed(observations, "Observation", true), "_compartment=Patient/1 exact");
}

TEST(Narrow, StaysShort) {
  const std::string id(60, 'a');
  std::string rules;
  for (int i = 0; i < 60; ++i) {
    rules += i == 0 ? "" : ",";
    rules += rule("Patient?_id=" + id + std::to_string(i));
  }
  EXPECT_EQ(narrowed(rules, "Patient"), "more");
}

}  // namespace
}  // namespace fhirwall::policy
