#include "core/base/concat.hpp"
#include "tests/native/core/search/support.hpp"

// Laws of `_filter`, whatever the comparisons and the resource.
namespace fhirwall::search::test {
namespace {

// A comparison, and the parameter of criteria that says the same.
struct Pair {
  const char* filter;
  const char* criteria;
};
constexpr Pair kPairs[] = {
    {"gender eq male", "gender=male"},
    {"gender ne male", "gender:not=male"},
    {"gender eq http://hl7.org/fhir/administrative-gender|male",
     "gender=http://hl7.org/fhir/administrative-gender|male"},
    {"active eq true", "active=true"},
    {"identifier eq s|1", "identifier=s|1"},
    {"identifier eq |1", "identifier=|1"},
    {"identifier ne s|", "identifier:not=s|"},
    {"name sw an", "name=an"},
    {"name co n", "name:contains=n"},
    {"name ne an", "name:not=an"},
    {"birthdate eq 1990", "birthdate=1990"},
    {"birthdate ne 1990", "birthdate=ne1990"},
    {"birthdate ge 1990-02", "birthdate=ge1990-02"},
    {"birthdate lt 1990-02", "birthdate=lt1990-02"},
    {"birthdate po 1990-02", "birthdate=ap1990-02"},
    {"organization eq Organization/1", "organization=Organization/1"},
    {"organization re 1", "organization=1"},
    {"organization ne Organization/1", "organization:not=Organization/1"},
    {"gender pr true", "gender:missing=false"},
    {"name pr false", "name:missing=true"},
    {"_compartment eq Patient/1", "_compartment=Patient/1"},
    {"_compartment ne Patient/1", "_compartment:not=Patient/1"},
    {"_profile eq http://p|1", "_profile=http://p|1"},
};
constexpr const char* kWellFormed[] = {
    R"("id":"2")",
    R"("id":"1","gender":"male","active":true)",
    R"("gender":"female","birthDate":"1990","name":[{"given":["Ana"]}])",
    R"("birthDate":"1990-02-03","name":[{"family":"Perez"},{"text":"an"}],"active":false)",
    R"("identifier":[{"system":"s","value":"1"},{"value":"1"}],"birthDate":"1989","id":"3")",
    R"("managingOrganization":{"reference":"Organization/1"},"birthDate":"2020-01-01")",
    R"("managingOrganization":{"reference":"Organization/2"},"meta":{"profile":["http://p|2"]})",
    R"("meta":{"profile":["http://p|1"],"compartment":[{"reference":"Patient/1"}]})",
};
constexpr const char* kMalformed[] = {
    R"("gender":5,"active":"true","name":[{"family":1}],"birthDate":"x","meta":7)",
    R"("identifier":[{"value":1}],"managingOrganization":{"reference":"urn:x"},"id":[])",
    R"("name":{},"birthDate":{},"identifier":"1","gender":null,"active":[true])",
};

bool holds(std::string_view query, std::string_view members) {
  const std::string answer =
      match(concat("Patient?", query), concat(R"({"resourceType":"Patient",)", members, "}"));
  EXPECT_TRUE(answer == "yes" || answer == "no") << query << " on " << members << ": " << answer;
  return answer == "yes";
}
bool filter(std::string_view expression, std::string_view members) {
  return holds(concat("_filter=", expression), members);
}

template <typename Law>
void for_each_resource(const Law& law) {
  for (const char* members : kWellFormed) {
    law(members, true);
  }
  for (const char* members : kMalformed) {
    law(members, false);
  }
}

TEST(FilterLaws, ComparisonsAreParameters) {
  std::size_t held = 0;
  for_each_resource([&](const char* members, bool) {
    for (const Pair& pair : kPairs) {
      const bool result = filter(pair.filter, members);
      EXPECT_EQ(result, holds(pair.criteria, members)) << pair.filter << " on " << members;
      held += result ? 1 : 0;
    }
  });
  EXPECT_GT(held, 60u);  // the examples say something
}

TEST(FilterLaws, NotExcludesAndTwiceIsNone) {
  std::size_t held = 0;
  for_each_resource([&](const char* members, bool well_formed) {
    for (const Pair& pair : kPairs) {
      const bool plain = filter(pair.filter, members);
      const bool negated = filter(concat("not(", pair.filter, ")"), members);
      EXPECT_FALSE(plain && negated) << pair.filter << " on " << members;
      EXPECT_EQ(filter(concat("not(not(", pair.filter, "))"), members), plain) << pair.filter;
      held += negated ? 1 : 0;
      // `pr` has no wider reading: of what is well-formed one of the two holds.
      if (well_formed && std::string_view(pair.filter).find(" pr ") != std::string_view::npos) {
        EXPECT_NE(plain, negated) << pair.filter << " on " << members;
      }
    }
  });
  EXPECT_GT(held, 60u);
}

TEST(FilterLaws, AndIsTwoCriteriaAndOrIsEither) {
  for_each_resource([&](const char* members, bool) {
    for (const Pair& one : kPairs) {
      for (const Pair& two : kPairs) {
        const bool a = holds(one.criteria, members);
        const bool b = holds(two.criteria, members);
        const std::string both = concat(one.filter, " and ", two.filter);
        const std::string either = concat(one.filter, " or ", two.filter);
        EXPECT_EQ(filter(both, members), a && b) << both << " on " << members;
        EXPECT_EQ(filter(either, members), a || b) << either << " on " << members;
        // De Morgan
        const std::string not_one = concat("not(", one.filter, ")");
        const std::string not_two = concat("not(", two.filter, ")");
        EXPECT_EQ(filter(concat("not(", both, ")"), members),
                  filter(concat(not_one, " or ", not_two), members))
            << both << " on " << members;
        EXPECT_EQ(filter(concat("not(", either, ")"), members),
                  filter(concat(not_one, " and ", not_two), members))
            << either << " on " << members;
      }
    }
  });
}

}  // namespace
}  // namespace fhirwall::search::test
