#include "core/decide/guard.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/native/core/policy/support.hpp"

namespace fhirwall::decide {
namespace {

constexpr std::string_view kRules = R"(
  {"resourceType":"Patient","hiddenFields":["birthDate","name.family"]},
  {"resourceType":"Observation","hiddenFields":["value[x]"]},
  {"resourceType":"Encounter"},
  {"resourceType":"Organization","criteria":"Organization?active=true"},
  {"resourceType":"Binary"},
  {"resourceType":"Bundle"},
  {"resourceType":"Subscription"})";

// `403 search-parameter`, or what is sent: the URL, `<form>`, `if criteria`.
std::string describe(const CheckedRequest& check) {
  const GuardRow& row = guard_reason(check.reason);
  if (!check.allowed()) {
    EXPECT_TRUE(check.url.empty() && check.form.empty() && check.criteria.empty());
    EXPECT_TRUE(check.removed.empty() && !check.exact && !check.has_form);
    EXPECT_FALSE(row.message.empty());
    return std::to_string(row.status) + " " + std::string(row.name);
  }
  std::string out = check.request.conditional ? "if " + check.criteria : check.url;
  out += check.has_form ? " <" + check.form + ">" : "";
  for (const std::string& removed : check.removed) {
    out += " -" + removed;
  }
  return out + (check.exact ? " exact" : "");
}

struct Row {
  std::string_view method;
  std::string_view url;
  std::string_view expected;
};

TEST(Guard, ReadsNothingHidden) {
  const auto policy = policy::must_compile(policy::with_rules(kRules));
  ASSERT_NE(policy, nullptr);
  constexpr Row kRows[] = {
      {"GET", "Patient?gender=male", "Patient?gender=male exact"},
      {"GET", "Patient?birthdate=2000", "403 search-parameter"},
      {"GET", "Patient?name=a", "403 search-parameter"},
      {"GET", "Patient?given=a", "Patient?given=a exact"},
      {"GET", "Patient?_sort=-birthdate", "403 search-parameter"},
      {"GET", "Patient?_sort=", "403 search-parameter"},
      {"GET", "Patient?_filter=birthdate+eq+2000", "403 search-parameter"},
      {"GET", "Patient?_filter=gender+eq+male", "Patient?_filter=gender%20eq%20male exact"},
      {"GET", "Patient?_filter=link.birthdate+eq+1", "403 search-parameter"},
      {"GET", "Observation?combo-code-value-quantity=a$1", "403 search-parameter"},
      {"GET", "Observation?component-code-value-quantity=a",
       "Observation?component-code-value-quantity=a exact"},
      {"GET", "Observation?subject:Patient.birthdate=1", "403 search-parameter"},
      {"GET", "Observation?subject:Patient.gender=1", "Observation?subject:Patient.gender=1 exact"},
      {"GET", "Patient?organization.name=a", "403 search-parameter"},
      {"GET", "Patient?link:Patient.link:Patient.link:Patient.link:Patient.gender=a",
       "403 search-parameter"},
      {"GET", "Patient?_has:Observation:patient:value-string=1", "403 search-parameter"},
      {"GET", "Patient?_has:Observation:patient=1", "403 search-parameter"},
      {"GET", "Bundle?composition=1", "403 search-parameter"},
      {"GET", "Bundle?type=batch", "Bundle?type=batch exact"},
      {"GET", "Organization", "Organization?active=true exact"},
      {"GET", "Observation?_include=Observation:subject",
       "Observation?_include=Observation%3Asubject%3APatient exact"},
      {"GET", "Observation?_include=*", "Observation -_include=* exact"},
      {"GET", "Binary", "400 no-rule"},
      {"GET", "Patient/1/$everything", "403 operation"},
      {"GET", "Practitioner/1", "403 no-rule"},
      {"PUT", "Patient?identifier=1", "if Patient?identifier=1 exact"},
      {"PUT", "Patient?birthdate=1", "403 search-parameter"},
      {"PUT", "Subscription/1", "403 no-rule"},
      {"POST", "Patient/_search?gender=male", "Patient/_search <gender=male> exact"},
      {"GET", "Patient/1?_elements=id", "403 search-parameter"},
      {"GET", "metadata?mode=full", "403 search-parameter"},
      {"POST", "?_format=xml", "415 media-type"},
      {"GET", "Patient/../1", "400 not-canonical"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(describe(check_request(*policy, {row.method, row.url})), row.expected) << row.url;
  }
}

TEST(Guard, DeniesWhereNothingIsGranted) {
  const auto policy = policy::must_compile(R"({"policies":[]})");
  ASSERT_NE(policy, nullptr);
  for (const std::string_view url : {"Patient", "Patient/1", "", "_history", "Patient/1/*"}) {
    EXPECT_EQ(describe(check_request(*policy, {"GET", url})), "403 no-rule") << url;
  }
}

TEST(Guard, EveryReasonHasARow) {
  for (int i = 0; i <= static_cast<int>(GuardReason::kBinarySearch); ++i) {
    const GuardRow& row = guard_reason(static_cast<GuardReason>(i));
    EXPECT_FALSE(row.name.empty());
    EXPECT_EQ(row.status == 200, row.code.empty());
  }
}

}  // namespace
}  // namespace fhirwall::decide
