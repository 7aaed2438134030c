#include <string>
#include <vector>

#include "core/base/concat.hpp"
#include "tests/native/core/search/support.hpp"

// Laws that hold whatever the value and the resource.
namespace fhirwall::search::test {
namespace {

struct Family {
  const char* type;
  const char* parameter;
  bool negatable;  // by `:not`; else by `ne`
  bool ordered;
  std::vector<const char*> values;
  std::vector<const char*> members;  // of resources
};

std::vector<Family> families() {
  return {
      {"RiskAssessment",
       "probability",
       false,
       true,
       {"0.5", "0.50", "1", "1e0", "1e1", "-1", "0", "0.1234567890123456789"},
       {"", R"("prediction":[{"probabilityDecimal":0.5}])",
        R"("prediction":[{"probabilityDecimal":0.549}])",
        R"("prediction":[{"probabilityDecimal":10}])",
        R"("prediction":[{"probabilityDecimal":-1.0},{"probabilityDecimal":1}])",
        R"("prediction":[{"probabilityRange":{"low":{"value":0},"high":{"value":1}}}])",
        R"("prediction":[{"probabilityDecimal":"1"}])"}},
      {"Observation",
       "value-quantity",
       false,
       true,
       {"5", "5||mg", "5|http://unitsofmeasure.org|mg", "0.005|http://unitsofmeasure.org|g",
        "5.0|http://local|mg", "5|http://unitsofmeasure.org|Cel"},
       {"", R"("valueQuantity":{"value":5,"unit":"mg"})",
        R"("valueQuantity":{"value":5,"system":"http://unitsofmeasure.org","code":"mg"})",
        R"("valueQuantity":{"value":0.00525,"system":"http://unitsofmeasure.org","code":"g"})",
        R"("valueQuantity":{"value":5,"comparator":"<","unit":"mg"})",
        R"("valueQuantity":{"value":5,"comparator":">=","unit":"mg"})",
        R"("valueQuantity":{"value":5,"system":"http://local","code":"mg"})",
        R"("valueQuantity":{"value":"5"})"}},
      {"Patient",
       "birthdate",
       false,
       true,
       {"2020", "2020-02", "2020-02-29", "1990"},
       {"", R"("birthDate":"2020-02-29")", R"("birthDate":"2020")", R"("birthDate":"1990-01-01")",
        R"("birthDate":"x")"}},
      {"Patient",
       "identifier",
       true,
       false,
       {"1", "s|1", "|1", "s|", "mrn"},
       {"", R"("identifier":[{"system":"s","value":"1"}])", R"("identifier":[{"value":"1"}])",
        R"("identifier":[{"type":{"text":"MRN"},"value":"2"}])", R"("identifier":[{"value":1}])"}},
      {"Patient",
       "gender",
       true,
       false,
       {"male", "http://hl7.org/fhir/administrative-gender|male", "s|male", "|male",
        "http://hl7.org/fhir/administrative-gender|"},
       {"", R"("gender":"male")", R"("gender":"Male")", R"("gender":"odd")", R"("gender":1)"}},
  };
}

bool holds(const Family& family, const std::string& query, const char* members) {
  const std::string resource =
      concat(R"({"resourceType":")", family.type, "\"", *members == '\0' ? "" : ",", members, "}");
  const std::string answer = match(concat(family.type, "?", query), resource);
  EXPECT_TRUE(answer == "yes" || answer == "no") << query << " on " << members << ": " << answer;
  return answer == "yes";
}

template <typename Law>
void for_each_case(const Law& law) {
  for (const Family& family : families()) {
    for (const char* members : family.members) {
      for (const char* value : family.values) {
        law(family, members, std::string(value));
      }
    }
  }
}

TEST(Laws, NegationExcludes) {
  for_each_case([](const Family& family, const char* members, const std::string& value) {
    const std::string name = family.parameter;
    const std::string negation =
        family.negatable ? concat(name, ":not=", value) : concat(name, "=ne", value);
    EXPECT_FALSE(holds(family, concat(name, "=", value), members) &&
                 holds(family, negation, members))
        << negation << " on " << members;
    EXPECT_FALSE(holds(family, concat(name, ":missing=true"), members) &&
                 holds(family, concat(name, ":missing=false"), members))
        << members;
  });
}

TEST(Laws, CommaIsUnionAndRepetitionIntersection) {
  for_each_case([](const Family& family, const char* members, const std::string& value) {
    const std::string one = concat(family.parameter, "=", value);
    for (const char* other_value : family.values) {
      const std::string other = concat(family.parameter, "=", other_value);
      const bool a = holds(family, one, members);
      const bool b = holds(family, other, members);
      EXPECT_EQ(holds(family, concat(one, ",", other_value), members), a || b) << one << members;
      EXPECT_EQ(holds(family, concat(one, "&", other), members), a && b) << one << members;
      EXPECT_EQ(holds(family, concat(other, "&", one), members), a && b) << one << members;
    }
  });
}

// What holds for sure holds under the weaker prefixes too.
TEST(Laws, PrefixesAgree) {
  for_each_case([](const Family& family, const char* members, const std::string& value) {
    if (!family.ordered) {
      return;
    }
    const auto with = [&](const char* prefix) {
      return holds(family, concat(family.parameter, "=", prefix, value), members);
    };
    EXPECT_TRUE(!with("sa") || with("gt")) << value << members;
    EXPECT_TRUE(!with("eb") || with("lt")) << value << members;
    EXPECT_TRUE(!with("gt") || with("ge")) << value << members;
    EXPECT_TRUE(!with("lt") || with("le")) << value << members;
    EXPECT_EQ(with("eq"), holds(family, concat(family.parameter, "=", value), members));
  });
}

// On points `ge` is the complement of `lt`, and `le` of `gt`.
TEST(Laws, OrderIsTotalOnPoints) {
  const Family family{"RiskAssessment", "probability", false, true, {}, {}};
  const char* const numbers[] = {"-1e3", "-1",   "-0.5", "0",    "1e-3",
                                 "0.5",  "0.50", "1",    "1.01", "123456789012345678901234567890"};
  for (const char* number : numbers) {
    const std::string members = concat(R"("prediction":[{"probabilityDecimal":)", number, "}]");
    for (const char* value : numbers) {
      const auto with = [&](const char* prefix) {
        return holds(family, concat("probability=", prefix, value), members.c_str());
      };
      EXPECT_NE(with("ge"), with("lt")) << number << " " << value;
      EXPECT_NE(with("le"), with("gt")) << number << " " << value;
      EXPECT_EQ(with("sa"), with("gt")) << number << " " << value;
      EXPECT_EQ(with("eb"), with("lt")) << number << " " << value;
    }
  }
}

}  // namespace
}  // namespace fhirwall::search::test
