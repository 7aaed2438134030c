#include "core/base/concat.hpp"
#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

constexpr const char* kGrams =
    R"("valueQuantity":{"value":5.4,"unit":"grams","system":"http://unitsofmeasure.org","code":"g"})";
constexpr const char* kTablets = R"("valueQuantity":{"value":5.4,"unit":"tablets"})";
constexpr const char* kLocal =
    R"("valueQuantity":{"value":5.4,"unit":"tbl","system":"http://local","code":"TAB"})";

// FHIR R4 search, section 3.1.1.4.11.
TEST(Quantity, UnitAndCode) {
  check("Observation",
        {
            {"value-quantity=5.4", kGrams, "yes"},
            {"value-quantity=5.4", kTablets, "yes"},
            {"value-quantity=5.40", kGrams, "yes"},
            {"value-quantity=5.5", kGrams, "no"},
            {"value-quantity=5", kGrams, "yes"},
            {"value-quantity=6", kGrams, "no"},
            // "where the unit - either the code (code) or the stated human unit (unit)"
            {"value-quantity=5.4||g", kGrams, "yes"},
            {"value-quantity=5.4||grams", kGrams, "yes"},
            {"value-quantity=5.4||G", kGrams, "no"},
            {"value-quantity=5400||mg", kGrams, "no"},
            {"value-quantity=5.4||tablets", kTablets, "yes"},
            {"value-quantity=5.4||TAB", kLocal, "yes"},
            {"value-quantity=5.4|http://local|TAB", kLocal, "yes"},
            {"value-quantity=5.4|http://local|tbl", kLocal, "no"},
            {"value-quantity=5.4|http://other|TAB", kLocal, "no"},
            {"value-quantity=5.4|http://local|TAB", kTablets, "no"},
            {"value-quantity=5.4|http://unitsofmeasure.org|g", kGrams, "yes"},
            {"value-quantity=5.4|http://unitsofmeasure.org|g", kLocal, "no"},
            {"value-quantity=gt5|http://unitsofmeasure.org|g", kGrams, "yes"},
            {"value-quantity=1,5.4||g", kGrams, "yes"},
        });
}

// SPEC 5.3: "quantities compare through UCUM".
TEST(Quantity, Ucum) {
  const auto quantity = [](std::string_view value, std::string_view code) {
    return concat(R"("valueQuantity":{"value":)", value,
                  R"(,"system":"http://unitsofmeasure.org","code":")", code, "\"}");
  };
  const struct {
    const char* query;
    const char* value;
    const char* code;
    const char* expected;
  } rows[] = {
      {"5400|http://unitsofmeasure.org|mg", "5.4", "g", "yes"},
      {"5.4|http://unitsofmeasure.org|g", "5400", "mg", "yes"},
      {"5.4|http://unitsofmeasure.org|g", "5449", "mg", "yes"},
      {"5.4|http://unitsofmeasure.org|g", "5450", "mg", "no"},
      {"5.4|http://unitsofmeasure.org|g", "5350", "mg", "yes"},
      {"5.4|http://unitsofmeasure.org|g", "5349", "mg", "no"},
      {"gt5.4|http://unitsofmeasure.org|g", "5400", "mg", "no"},
      {"gt5.4|http://unitsofmeasure.org|g", "5400.001", "mg", "yes"},
      {"ge5.4|http://unitsofmeasure.org|g", "5400", "mg", "yes"},
      {"lt1|http://unitsofmeasure.org|[lb_av]", "453", "g", "yes"},
      {"lt1|http://unitsofmeasure.org|[lb_av]", "454", "g", "no"},
      {"37.0|http://unitsofmeasure.org|Cel", "310.15", "K", "yes"},
      {"gt38|http://unitsofmeasure.org|Cel", "102", "[degF]", "yes"},
      {"gt38|http://unitsofmeasure.org|Cel", "100", "[degF]", "no"},
      {"120|http://unitsofmeasure.org|mm[Hg]", "120", "mm[Hg]", "yes"},
      {"gt5.6|http://unitsofmeasure.org|mmol/L", "5.7", "mmol/l", "yes"},
      {"ap100|http://unitsofmeasure.org|mg", "0.11", "g", "yes"},
      {"ap100|http://unitsofmeasure.org|mg", "0.111", "g", "no"},
      {"ne5|http://unitsofmeasure.org|g", "6000", "mg", "yes"},
      {"ne5|http://unitsofmeasure.org|g", "5100", "mg", "no"},
      // what cannot be compared satisfies nothing
      {"gt1|http://unitsofmeasure.org|g", "5", "mL", "no"},
      {"lt9|http://unitsofmeasure.org|g", "5", "mL", "no"},
      {"ne9|http://unitsofmeasure.org|g", "5", "mL", "no"},
      {"ne9|http://unitsofmeasure.org|g", "5", "foo", "no"},
      {"gt1|http://unitsofmeasure.org|{cells}", "5", "1", "yes"},
  };
  for (const auto& row : rows) {
    check("Observation", {{concat("value-quantity=", row.query).c_str(),
                           quantity(row.value, row.code).c_str(), row.expected}});
  }
}

// Quantity.comparator: the value is somewhere on one side. SPEC 5.5: what is not known for all of
// it does not hold.
TEST(Quantity, Comparator) {
  const struct {
    const char* comparator;
    const char* holds;  // of the criteria below
  } rows[] = {
      {"<", "lt5 lt6 le5 le6 eb5 eb6 ne6 ne9"},
      {"<=", "lt6 le5 le6 eb6 ne6 ne9"},
      {">", "gt4 gt5 ge4 ge5 sa4 sa5 ne1 ne4"},
      {">=", "gt4 ge4 ge5 sa4 ne1 ne4"},
      {"ad", ""},
      {"", ""},
  };
  for (const auto& row : rows) {
    const std::string resource =
        concat(R"({"resourceType":"Observation","valueQuantity":{"value":5,"comparator":")",
               row.comparator, "\"}}");
    std::string holds;
    for (const char* criterion :
         {"5",   "4",   "6",   "gt4", "gt5", "gt6", "lt4", "lt5", "lt6", "ge4",
          "ge5", "ge6", "le4", "le5", "le6", "sa4", "sa5", "sa6", "eb4", "eb5",
          "eb6", "ap5", "ap4", "ap6", "ne1", "ne4", "ne5", "ne6", "ne9"}) {
      const std::string answer = match(concat("Observation?value-quantity=", criterion), resource);
      if (answer == "yes") {
        holds += concat(holds.empty() ? "" : " ", criterion);
      }
    }
    EXPECT_EQ(holds, row.holds) << row.comparator;
  }
}

// SPEC 5.5: a malformed element satisfies no criterion.
TEST(Quantity, AbsentRepeatedMalformed) {
  for (const char* value :
       {R"({})", R"({"unit":"g"})", R"({"value":"5"})", R"({"value":null})", R"({"value":[5]})",
        R"({"value":5,"unit":1})", R"({"value":5,"code":{}})", R"({"value":5,"system":[]})",
        R"({"value":5,"comparator":1})", R"({"value":1e9999})", R"([{"value":5}])", R"(5)",
        R"(null)"}) {
    const std::string text = concat(R"("valueQuantity":)", value);
    check("Observation", {{"value-quantity=5", text.c_str(), "no"},
                          {"value-quantity=gt0", text.c_str(), "no"},
                          {"value-quantity=lt9", text.c_str(), "no"},
                          {"value-quantity=ne7", text.c_str(), "no"}});
  }
  constexpr const char* kSampled =
      R"("valueSampledData":{"origin":{"value":5},"period":1,"dimensions":1,"data":"5"})";
  constexpr const char* kTwo =
      R"("component":[{"valueQuantity":{"value":5}},{"valueQuantity":{"value":7}}])";
  check("Observation", {
                           {"value-quantity=ne5", "", "no"},
                           {"value-quantity=ne5", R"("valueString":"x")", "no"},
                           {"value-quantity=5", kSampled, "no"},
                           {"value-quantity=ne7", kSampled, "no"},
                           {"value-quantity:missing=false", kSampled, "yes"},
                           {"component-value-quantity=7", kTwo, "yes"},
                           {"component-value-quantity=ne7", kTwo, "no"},
                           {"component-value-quantity=ne6", kTwo, "yes"},
                           {"combo-value-quantity=gt6", kTwo, "yes"},
                       });
}

TEST(Quantity, OtherTypes) {
  check("Invoice",
        {
            {"totalgross=10", R"("totalGross":{"value":10,"currency":"USD"})", "yes"},
            {"totalgross=10||USD", R"("totalGross":{"value":10,"currency":"USD"})", "yes"},
            {"totalgross=10||EUR", R"("totalGross":{"value":10,"currency":"USD"})", "no"},
            {"totalgross=ne9||EUR", R"("totalGross":{"value":10,"currency":"USD"})", "no"},
            {"totalgross=10|urn:iso:std:iso:4217|USD",
             R"("totalGross":{"value":10,"currency":"USD"})", "yes"},
            {"totalgross=10|http://x|USD", R"("totalGross":{"value":10,"currency":"USD"})", "no"},
            {"totalgross=10||USD", R"("totalGross":{"value":10})", "no"},
            {"totalgross=10", R"("totalGross":{"value":10,"currency":5})", "no"},
            {"totalgross=ge9", R"("totalGross":{"currency":"USD"})", "no"},
        });
  check("Encounter",
        {{"length=gt1|http://unitsofmeasure.org|h",
          R"("length":{"value":90,"system":"http://unitsofmeasure.org","code":"min"})", "yes"},
         {"length=gt2|http://unitsofmeasure.org|h",
          R"("length":{"value":90,"system":"http://unitsofmeasure.org","code":"min"})", "no"}});
  constexpr const char* kAge =
      R"("onsetAge":{"value":50,"system":"http://unitsofmeasure.org","code":"a"})";
  constexpr const char* kRange =
      R"("onsetRange":{"low":{"value":600,"system":"http://unitsofmeasure.org","code":"mo"},)"
      R"("high":{"value":720,"system":"http://unitsofmeasure.org","code":"mo"}})";
  constexpr const char* kMixed =
      R"("onsetRange":{"low":{"value":1,"system":"http://unitsofmeasure.org","code":"a"},)"
      R"("high":{"value":24,"system":"http://unitsofmeasure.org","code":"mo"}})";
  check("Condition", {
                         {"onset-age=ge50|http://unitsofmeasure.org|a", kAge, "yes"},
                         {"onset-age=lt600|http://unitsofmeasure.org|mo", kAge, "no"},
                         {"onset-age=gt55|http://unitsofmeasure.org|a", kRange, "yes"},
                         {"onset-age=gt60|http://unitsofmeasure.org|a", kRange, "no"},
                         {"onset-age=sa49|http://unitsofmeasure.org|a", kRange, "yes"},
                         {"onset-age=sa50|http://unitsofmeasure.org|a", kRange, "no"},
                         {"onset-age=gt0", kMixed, "no"},
                     });
}

TEST(Quantity, Values) {
  for (const char* value :
       {"x", "5|g", "5|http://x|", "5||", "5|a|b|c", "|http://x|g", "gt||g",
        "5|http://unitsofmeasure.org|foo", "5|http://unitsofmeasure.org|", "5 mg", "5mg"}) {
    const std::string query = concat("Observation?value-quantity=", value);
    EXPECT_EQ(match(query, "{}"), "invalid-value@27") << query;
  }
}

}  // namespace
}  // namespace fhirwall::search::test
