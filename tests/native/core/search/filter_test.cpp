#include "core/base/concat.hpp"
#include "tests/native/core/search/support.hpp"

// FHIR R4, section 3.1.3: what each operator of `_filter` says of each type of parameter.
namespace fhirwall::search::test {
namespace {

constexpr const char* kPatient =
    R"("id":"p1","active":true,"gender":"female","birthDate":"1990-05-06",)"
    R"("name":[{"family":"M\u00fcller","given":["Ana","Maria Jose"]}],)"
    R"("identifier":[{"system":"urn:x","value":"o1"},{"value":"a|b"}],)"
    R"("managingOrganization":{"reference":"Organization/o1"},)"
    R"("meta":{"project":"x","account":{"reference":"Organization/acc"},"profile":["http://p/a"],)"
    R"("compartment":[{"reference":"Patient/p1"}]})";

TEST(Filter, Strings) {
  check("Patient", {
                       // `eq` is the same text, ignoring case and accents; `sw` is `name=`
                       {"_filter=name eq ana", kPatient, "yes"},
                       {"_filter=name eq \"MULLER\"", kPatient, "yes"},
                       {"_filter=name eq an", kPatient, "no"},
                       {"_filter=name eq \"maria\"", kPatient, "no"},
                       {"_filter=name eq \"maria jose\"", kPatient, "yes"},
                       {"_filter=name sw mul", kPatient, "yes"},
                       {"_filter=name sw ller", kPatient, "no"},
                       {"_filter=name co LLE", kPatient, "yes"},
                       {"_filter=name co xyz", kPatient, "no"},
                       {"_filter=name ew ller", kPatient, "yes"},
                       {"_filter=name ew JOS\u00c9", kPatient, "yes"},
                       {"_filter=name ew mul", kPatient, "no"},
                       {"_filter=name ew \"xxmaria jose\"", kPatient, "no"},
                       {"_filter=family ew ana", kPatient, "no"},
                       // `ne` is `:not`: no part may hold the text anywhere
                       {"_filter=name ne xyz", kPatient, "yes"},
                       {"_filter=name ne lle", kPatient, "no"},
                       {"_filter=name ne \"ana maria\"", kPatient, "no"},
                       {"_filter=name ne ana", "", "yes"},
                       {"_filter=name pr true", kPatient, "yes"},
                       {"_filter=name pr false", kPatient, "no"},
                       {"_filter=name pr false", "", "yes"},
                       {"_filter=name pr \"true\"", kPatient, "yes"},
                       {"_filter=name eq ana", "", "no"},
                   });
}

TEST(Filter, Tokens) {
  check("Patient", {
                       {"_filter=gender eq female", kPatient, "yes"},
                       {"_filter=gender eq \"female\"", kPatient, "yes"},
                       {"_filter=gender eq Female", kPatient, "no"},
                       {"_filter=gender ne male", kPatient, "yes"},
                       {"_filter=gender ne FEMALE", kPatient, "no"},
                       {"_filter=gender ne male", "", "yes"},
                       {"_filter=active eq true", kPatient, "yes"},
                       {"_filter=active ne true", kPatient, "no"},
                       {"_filter=identifier eq o1", kPatient, "yes"},
                       {"_filter=identifier eq urn:x|o1", kPatient, "yes"},
                       {"_filter=identifier eq urn:x|", kPatient, "yes"},
                       {"_filter=identifier eq |o1", kPatient, "no"},
                       {"_filter=identifier eq urn:y|o1", kPatient, "no"},
                       {"_filter=identifier ne urn:x|o1", kPatient, "no"},
                       {"_filter=identifier ne urn:y|o1", kPatient, "yes"},
                       // one text
                       {"_filter=identifier eq \"a\\u007cb\"", kPatient, "yes"},
                       {"_filter=identifier eq a|b", kPatient, "no"},
                       {"_filter=_id eq p1", kPatient, "yes"},
                       {"_filter=gender pr true", kPatient, "yes"},
                       {"_filter=deceased pr true", kPatient, "yes"},  // computed
                       {"_filter=telecom pr false", kPatient, "yes"},
                   });
  // Systems that FHIR gives a name of their own.
  constexpr const char* kCode = R"("code":{"coding":[{"system":"http://loinc.org","code":"1-8"}]})";
  check("Observation", {
                           {"_filter=code eq loinc|1-8", kCode, "yes"},
                           {"_filter=code ne loinc|1-8", kCode, "no"},
                           {"_filter=code eq http://loinc.org|1-8", kCode, "yes"},
                           {"_filter=code eq snomed|1-8", kCode, "no"},
                           {"_filter=code eq loinc", kCode, "no"},
                           {"code=loinc|1-8", kCode, "no"},
                           {"_filter=code ne snomed|2", kCode, "yes"},
                       });
}

TEST(Filter, UrisReferencesAndMemberships) {
  check("ValueSet", {
                        {"_filter=url eq http://a/b|c,d", "", "invalid-value@24"},
                        {"_filter=url eq http://a/b|c", R"("url":"http://a/b|c")", "yes"},
                        {"_filter=url eq \"http://a/b|c,d\"", R"("url":"http://a/b|c,d")", "yes"},
                        {"_filter=url eq http://a", R"("url":"http://a/b")", "no"},
                        {"_filter=url ne http://a", R"("url":"http://a/b")", "no"},
                        {"_filter=url ne http://c", R"("url":"http://a/b")", "yes"},
                        {"_filter=url pr true", R"("url":"http://a/b")", "yes"},
                    });
  check("Patient", {
                       {"_filter=organization eq Organization/o1", kPatient, "yes"},
                       {"_filter=organization re Organization/o1", kPatient, "yes"},
                       {"_filter=organization re o1", kPatient, "yes"},
                       {"_filter=organization re \"Organization/o2\"", kPatient, "no"},
                       {"_filter=organization ne Organization/o1", kPatient, "no"},
                       {"_filter=organization ne Organization/o2", kPatient, "yes"},
                       {"_filter=organization pr true", kPatient, "yes"},
                       {"_filter=_profile eq http://p/a", kPatient, "yes"},
                       {"_filter=_profile ne http://p", kPatient, "no"},
                       {"_filter=_compartment eq Patient/p1", kPatient, "yes"},
                       {"_filter=_compartment ne Patient/p1", kPatient, "no"},
                       {"_filter=_compartment ne Patient/p2", kPatient, "yes"},
                       {"_filter=_project eq Project/x", kPatient, "yes"},
                       {"_filter=_account eq Organization/acc", kPatient, "yes"},
                       {"_filter=not(_account eq Organization/acc)", kPatient, "no"},
                       {"_filter=not(_account ne Organization/acc)", kPatient, "yes"},
                   });
}

TEST(Filter, Dates) {
  check("Patient", {
                       {"_filter=birthdate eq 1990", kPatient, "yes"},
                       {"_filter=birthdate eq 1990-05", kPatient, "yes"},
                       {"_filter=birthdate eq \"1990-05-06\"", kPatient, "yes"},
                       {"_filter=birthdate eq 1991", kPatient, "no"},
                       {"_filter=birthdate ne 1991", kPatient, "yes"},
                       {"_filter=birthdate ne 1990", kPatient, "no"},
                       {"_filter=birthdate ne 1990", "", "yes"},
                       {"_filter=birthdate gt 1990-05-05", kPatient, "yes"},
                       {"_filter=birthdate gt 1990-05-06", kPatient, "no"},
                       {"_filter=birthdate lt 1990-05-07", kPatient, "yes"},
                       {"_filter=birthdate lt 1990-05-06", kPatient, "no"},
                       {"_filter=birthdate ge 1990-05-06", kPatient, "yes"},
                       {"_filter=birthdate ge 1990-05-07", kPatient, "no"},
                       {"_filter=birthdate le 1990-05-06", kPatient, "yes"},
                       {"_filter=birthdate le 1990-05-05", kPatient, "no"},
                       {"_filter=birthdate sa 1989", kPatient, "yes"},
                       {"_filter=birthdate sa 1990", kPatient, "no"},
                       {"_filter=birthdate eb 1991", kPatient, "yes"},
                       {"_filter=birthdate eb 1990", kPatient, "no"},
                       {"_filter=birthdate ap 1990-05-06", kPatient, "yes"},
                       {"_filter=birthdate ap 1990-05-07", kPatient, "no"},
                       {"_filter=birthdate pr true", kPatient, "yes"},
                       {"_filter=not(birthdate gt 2000)", kPatient, "yes"},
                       {"_filter=not(birthdate gt 1980)", kPatient, "no"},
                       {"_filter=not(birthdate gt 1980)", "", "yes"},
                       {"_filter=not(birthdate ne 1990)", kPatient, "yes"},
                       {"_filter=not(birthdate ne 1990)", "", "no"},
                   });
  constexpr const char* kPeriod = R"("effectivePeriod":{"start":"2020-03-01","end":"2020-05-31"})";
  check("Observation", {
                           {"_filter=date po 2020-04", kPeriod, "yes"},
                           {"_filter=date po 2020-05-31T12:00:00Z", kPeriod, "yes"},
                           {"_filter=date po 2020-06", kPeriod, "no"},
                           {"_filter=date po 2020-02", kPeriod, "no"},
                           {"_filter=date eq 2020-04", kPeriod, "no"},
                           {"_filter=not(date po 2020-06)", kPeriod, "yes"},
                           {"_filter=not(date po 2020-04)", kPeriod, "no"},
                           {"_filter=date ge 2020-05-31T00:00:00%2B14:00", kPeriod, "yes"},
                       });
}

TEST(Filter, NumbersAndQuantities) {
  constexpr const char* kRisk = R"("prediction":[{"probabilityDecimal":0.5}])";
  check("RiskAssessment", {
                              {"_filter=probability eq 0.5", kRisk, "yes"},
                              {"_filter=probability eq 0.6", kRisk, "no"},
                              {"_filter=probability ne 0.6", kRisk, "yes"},
                              {"_filter=probability ne 0.6", "", "no"},
                              {"_filter=probability gt 0.4", kRisk, "yes"},
                              {"_filter=probability gt 0.5", kRisk, "no"},
                              {"_filter=probability lt 5e-1", kRisk, "no"},
                              {"_filter=probability ge 0.5", kRisk, "yes"},
                              {"_filter=probability le 0.4", kRisk, "no"},
                              {"_filter=probability sa 0.4", kRisk, "yes"},
                              {"_filter=probability eb 0.4", kRisk, "no"},
                              {"_filter=probability ap 0.52", kRisk, "yes"},
                              {"_filter=probability ap 0.6", kRisk, "no"},
                              {"_filter=probability eq \"0.5\"", kRisk, "yes"},
                              {"_filter=probability pr true", kRisk, "yes"},
                              {"_filter=not(probability eq 0.6)", "", "yes"},
                              {"_filter=not(probability eq 0.6)", kRisk, "yes"},
                              {"_filter=not(probability ne 0.6)", "", "no"},
                              {"_filter=not(probability ne 0.5)", kRisk, "yes"},
                              {"_filter=not(probability gt 0.4)", kRisk, "no"},
                          });
  constexpr const char* kMass =
      R"("valueQuantity":{"value":5,"system":"http://unitsofmeasure.org","code":"mg"})";
  check("Observation", {
                           {"_filter=value-quantity eq 5", kMass, "yes"},
                           {"_filter=value-quantity gt 4||mg", kMass, "yes"},
                           {"_filter=value-quantity gt 0.004|ucum|g", kMass, "yes"},
                           {"_filter=value-quantity gt 0.004|ucum|kg", kMass, "no"},
                           {"_filter=value-quantity ne 5|ucum|mg", kMass, "no"},
                           {"_filter=not(value-quantity gt 0.006|ucum|g)", kMass, "yes"},
                           // another unit says nothing, in either form
                           {"_filter=value-quantity gt 1|ucum|Cel", kMass, "no"},
                           {"_filter=not(value-quantity gt 1|ucum|Cel)", kMass, "no"},
                           {"_filter=value-quantity pr true", kMass, "yes"},
                       });
}

// The reading that `not` must see fail: equal is all that a number may stand for, a Range counts
// from end to end, and a comparator leaves open what it leaves open.
TEST(Filter, NegatedQuantities) {
  const struct {
    const char* value;
    const char* comparison;
    const char* plain;
    const char* negated;
  } rows[] = {
      {R"("value":120)", "eq 1e2", "no", "no"},
      {R"("value":160)", "eq 1e2", "no", "yes"},
      {R"("value":100)", "eq 1e2", "yes", "no"},
      {R"("value":5,"comparator":"<")", "gt 5", "no", "yes"},
      {R"("value":5,"comparator":"<=")", "gt 5", "no", "yes"},
      {R"("value":5,"comparator":"<")", "gt 4", "no", "no"},
      {R"("value":5,"comparator":"<")", "ge 5", "no", "yes"},
      {R"("value":5,"comparator":"<=")", "ge 5", "no", "no"},
      {R"("value":5,"comparator":">=")", "gt 5", "no", "no"},
      {R"("value":5,"comparator":">")", "gt 5", "yes", "no"},
      {R"("value":5,"comparator":">")", "lt 5", "no", "yes"},
      {R"("value":5,"comparator":">=")", "le 5", "no", "no"},
      {R"("value":5,"comparator":">")", "le 5", "no", "yes"},
      {R"("value":5,"comparator":">")", "sa 5", "yes", "no"},
      {R"("value":5,"comparator":"<")", "sa 5", "no", "yes"},
      {R"("value":5,"comparator":">")", "eb 5", "no", "yes"},
      {R"("value":5,"comparator":"<")", "eq 7", "no", "yes"},
      {R"("value":5,"comparator":"<")", "eq 3", "no", "no"},
      {R"("value":5,"comparator":"<")", "ap 7", "no", "yes"},
      {R"("value":5,"comparator":"<")", "ap 5", "no", "no"},
      {R"("value":5,"comparator":">")", "ap 4", "no", "yes"},
      {R"("value":5,"comparator":">")", "ap 40", "no", "no"},
      {R"("value":5,"comparator":"<")", "ne 7", "yes", "no"},
      {R"("value":5,"comparator":"~")", "gt 5", "no", "no"},
      {R"("value":"5")", "gt 7", "no", "no"},
  };
  for (const auto& row : rows) {
    const std::string members = concat(R"("valueQuantity":{)", row.value, "}");
    const std::string plain = concat("_filter=value-quantity ", row.comparison);
    const std::string negated = concat("_filter=not(value-quantity ", row.comparison, ")");
    check("Observation", {{plain.c_str(), members.c_str(), row.plain},
                          {negated.c_str(), members.c_str(), row.negated}});
  }
  constexpr const char* kRange =
      R"("prediction":[{"probabilityRange":{"low":{"value":0.2},"high":{"value":0.4}}}])";
  check("RiskAssessment", {
                              {"_filter=not(probability gt 0.4)", kRange, "yes"},
                              {"_filter=not(probability gt 0.3)", kRange, "no"},
                              {"_filter=not(probability lt 0.2)", kRange, "yes"},
                              {"_filter=not(probability lt 0.3)", kRange, "no"},
                              {"_filter=not(probability ap 0.3)", kRange, "no"},
                              {"_filter=not(probability ap 0.9)", kRange, "yes"},
                          });
}

TEST(Filter, Composites) {
  constexpr const char* kPressure =
      R"("component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},)"
      R"("valueQuantity":{"value":150,"unit":"mmHg"}},)"
      R"({"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},)"
      R"("valueQuantity":{"value":70,"unit":"mmHg"}}])";
  check("Observation",
        {
            {"_filter=component-code-value-quantity eq 8480-6$gt140", kPressure, "yes"},
            {"_filter=component-code-value-quantity eq loinc|8480-6$gt140||mmHg", kPressure, "yes"},
            {"_filter=component-code-value-quantity eq 8462-4$gt140", kPressure, "no"},
            {"_filter=component-code-value-quantity ne 8462-4$gt140", kPressure, "yes"},
            {"_filter=component-code-value-quantity ne 8480-6$gt140", kPressure, "no"},
            {"_filter=component-code-value-quantity pr true", kPressure, "yes"},
            {"_filter=component-code-value-quantity pr false", "", "yes"},
            {"_filter=component-code-value-quantity eq \"8480-6\"", kPressure, "invalid-value@53"},
            {"_filter=component-code-value-quantity eq \"8480-6$gt140\"", kPressure,
             "invalid-value@53"},
        });
}

TEST(Filter, AndOrNot) {
  check("Patient",
        {
            {"_filter=gender eq female and active eq true", kPatient, "yes"},
            {"_filter=gender eq male and active eq true", kPatient, "no"},
            {"_filter=active eq true and gender eq male", kPatient, "no"},
            {"_filter=gender eq male or active eq true", kPatient, "yes"},
            {"_filter=gender eq male or active eq false", kPatient, "no"},
            {"_filter=not(gender eq male)", kPatient, "yes"},
            {"_filter=not(gender eq female)", kPatient, "no"},
            {"_filter=not(not(gender eq female))", kPatient, "yes"},
            {"_filter=not(gender ne female)", kPatient, "yes"},
            {"_filter=not(gender eq male and active eq true)", kPatient, "yes"},
            {"_filter=not(gender eq female and active eq true)", kPatient, "no"},
            {"_filter=not(gender eq male or active eq false)", kPatient, "yes"},
            {"_filter=not(gender eq male or active eq true)", kPatient, "no"},
            {"_filter=(gender eq male or name sw mul) and not(_id eq p2)", kPatient, "yes"},
            {"_filter=not(gender pr true)", kPatient, "no"},
            {"_filter=not(gender pr false)", kPatient, "yes"},
            {"_filter=not(telecom pr true)", kPatient, "yes"},
            // beside others
            {"_filter=gender eq female&active=true", kPatient, "yes"},
            {"active=false&_filter=gender eq female", kPatient, "no"},
            {"_filter=gender eq female&_filter=name sw x", kPatient, "no"},
        });
  EXPECT_EQ(match("*?_filter=_id eq p1 or _id eq p2",
                  concat(R"({"resourceType":"Patient",)", kPatient, "}")),
            "yes");
}

// SPEC 5.5: a malformed element satisfies nothing, negated or not, however deep.
TEST(Filter, Malformed) {
  const char* const kBad[][2] = {
      {"gender eq male", R"("gender":5,"active":true)"},
      {"gender ne male", R"("gender":{"a":1},"active":true)"},
      {"gender pr true", R"("gender":5,"active":true)"},
      {"birthdate gt 1990", R"("birthDate":"1990-13","active":true)"},
      {"birthdate eq 1990", R"("birthDate":1990,"active":true)"},
      {"birthdate ne 1990", R"("birthDate":"x","active":true)"},
      {"birthdate pr true", R"("birthDate":"x","active":true)"},
      {"name eq a", R"("name":[{"family":5}],"active":true)"},
      {"name ew a", R"("name":"a","active":true)"},
      {"identifier eq a", R"("identifier":{"value":"a"},"active":true)"},
      {"organization eq o1", R"("managingOrganization":{"reference":"urn:uuid:1"},"active":true)"},
      {"death-date le 2020", R"("deceasedDateTime":"2020-02-30","active":true)"},
      {"_compartment eq Patient/1", R"("meta":5,"active":true)"},
  };
  for (const auto& [test, members] : kBad) {
    for (const auto& [before, after, active] :
         {std::array{"", "", "no"}, std::array{"not(", ")", "no"},
          std::array{"not(not(", "))", "no"}, std::array{"active eq true and ", "", "no"},
          std::array{"active eq false or ", "", "no"},
          std::array{"not(active eq true and ", ")", "no"},
          std::array{"not(active eq false or ", ")", "no"},
          std::array{"not(not(active eq false or ", "))", "no"},
          // what the other test decides alone
          std::array{"active eq true or ", "", "yes"},
          std::array{"not(active eq false and ", ")", "yes"}}) {
      const std::string query = concat("_filter=", before, test, after);
      check("Patient", {{query.c_str(), members, active}});
    }
  }
}

// Every comparison has the budget of one; over it nothing matches, whatever else would.
TEST(Filter, BudgetsAreErrors) {
  std::string json = R"({"resourceType":"Patient","active":true,"name":[{})";
  for (int i = 0; i < 2000; ++i) {
    json += R"(,{"given":["a"]})";
  }
  const Resource resource(json + "]}");
  Limits limits;
  limits.max_evaluation_steps = 500;
  Scratch scratch;
  for (const char* criteria :
       {"Patient?_filter=given eq a or active eq true", "Patient?_filter=not(given eq b)",
        "Patient?_filter=active eq true and given eq a"}) {
    Issues issues;
    const auto compiled = compile_with(criteria, {}, issues);
    ASSERT_TRUE(compiled) << criteria;
    Error error;
    EXPECT_FALSE(matches(*compiled, {resource.document(), 0, resource.type(), Purpose::kRead},
                         limits, scratch, error));
    EXPECT_EQ(error.code, ErrorCode::kExpressionTooComplex) << criteria;
  }
}

}  // namespace
}  // namespace fhirwall::search::test
