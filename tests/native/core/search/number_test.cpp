#include "core/base/concat.hpp"
#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

std::string members(std::string_view number) {
  return concat(R"("prediction":[{"probabilityDecimal":)", number, "}]");
}

struct NumberRow {
  const char* query;
  const char* number;  // probabilityDecimal
  const char* expected;
};

void check_numbers(std::initializer_list<NumberRow> rows) {
  for (const NumberRow& row : rows) {
    check("RiskAssessment",
          {{concat("probability=", row.query).c_str(), members(row.number).c_str(), row.expected}});
  }
}

// FHIR R4 search, section 3.1.1.4.4: "Values that equal 100, to 3 significant figures precision, so
// this is actually searching for values in the range [99.5 ... 100.5)".
TEST(Number, ImpliedPrecision) {
  check_numbers({
      {"100", "100", "yes"},
      {"100", "99.5", "yes"},
      {"100", "99.49999999999999999999", "no"},
      {"100", "100.49999999999999999999", "yes"},
      {"100", "100.5", "no"},
      {"100.00", "100", "yes"},
      {"100.00", "99.995", "yes"},
      {"100.00", "99.9949", "no"},
      {"100.00", "100.0049", "yes"},
      {"100.00", "100.005", "no"},
      // "1e2: to 1 significant figures precision, so [...] in the range [95 ... 105)"
      {"1e2", "95", "yes"},
      {"1e2", "94.9", "no"},
      {"1e2", "104.9", "yes"},
      {"1e2", "105", "no"},
      {"1E%2B2", "100", "yes"},
      {"1e-2", "0.005", "yes"},
      {"1e-2", "0.0049", "no"},
      {"1e-2", "0.0149", "yes"},
      {"1e-2", "0.015", "no"},
      {"1.5e1", "14.5", "yes"},
      {"1.5e1", "15.5", "no"},
      {"-5", "-5.5", "yes"},
      {"-5", "-4.5", "no"},
      {"0", "-0.5", "yes"},
      {"0", "0.5", "no"},
      {"0.8", "8e-1", "yes"},
      {"eq0.8", "0.8", "yes"},
      {"0.80", "0.8", "yes"},
      {"5,6", "6", "yes"},
      {"5,6", "7", "no"},
  });
}

// "When a comparison prefix in the set gt, lt, ge, le, sa & eb is provided, the implicit precision
// of the number is ignored".
TEST(Number, Prefixes) {
  check_numbers({
      {"gt100", "100", "no"},
      {"gt100", "100.0000000001", "yes"},
      {"lt100", "100", "no"},
      {"lt100", "99.9999999999", "yes"},
      {"ge100", "100", "yes"},
      {"ge100", "99.9", "no"},
      {"ge100", "101", "yes"},
      {"le100", "100.0", "yes"},
      {"le100", "100.1", "no"},
      {"sa100", "100", "no"},
      {"sa100", "101", "yes"},
      {"eb100", "100", "no"},
      {"eb100", "99", "yes"},
      {"ge1e2", "99.9", "no"},
      {"ap100", "90", "yes"},
      {"ap100", "110", "yes"},
      {"ap100", "89.9", "no"},
      {"ap100", "110.1", "no"},
      {"ap-100", "-110", "yes"},
      {"ap-100", "-89.9", "no"},
      {"ap0", "0", "yes"},
      {"ap0", "0.01", "no"},
      {"ne100", "100", "no"},
      {"ne100", "99.5", "no"},
      {"ne100", "100.5", "yes"},
      {"ne100", "99.4", "yes"},
      // what either reading of `1e2` takes, `ne` does not
      {"ne1e2", "94", "no"},
      {"ne1e2", "50", "no"},
      {"ne1e2", "49", "yes"},
      {"ne1e2", "150", "yes"},
      // 38 digits are exact
      {"gt0.12345678901234567890123456789", "0.12345678901234567890123456788", "no"},
      {"gt0.12345678901234567890123456789", "0.12345678901234567890123456790", "yes"},
  });
}

// SPEC 5.5: `ne` needs a value, looks at every one, and a malformed one satisfies nothing.
TEST(Number, AbsentRepeatedMalformed) {
  constexpr const char* kTwo =
      R"("prediction":[{"probabilityDecimal":1},{"probabilityDecimal":5}])";
  constexpr const char* kBad =
      R"("prediction":[{"probabilityDecimal":1},{"probabilityDecimal":"5"}])";
  constexpr const char* kBig = R"("prediction":[{"probabilityDecimal":1e999}])";
  check("RiskAssessment",
        {
            {"probability=ne1", "", "no"},
            {"probability=gt1", "", "no"},
            {"probability=le1", R"("prediction":[])", "no"},
            {"probability=ne1", R"("prediction":[{}])", "no"},
            {"probability=5", kTwo, "yes"},
            {"probability=ne5", kTwo, "no"},
            {"probability=ne7", kTwo, "yes"},
            {"probability=ne1,ne5", kTwo, "no"},
            {"probability=gt4&probability=lt2", kTwo, "yes"},
            {"probability=1", kBad, "yes"},
            {"probability=5", kBad, "no"},
            {"probability=ne7", kBad, "no"},
            {"probability=gt0", kBig, "no"},
            {"probability=ne0", kBig, "no"},
            {"probability=1", R"("prediction":[{"probabilityDecimal":null}])", "no"},
            {"probability=ne1", R"("prediction":[{"probabilityDecimal":null}])", "no"},
            {"probability=ne1", R"("prediction":{"probabilityDecimal":5})", "no"},
            {"probability:missing=true", "", "yes"},
            {"probability:missing=false", kTwo, "yes"},
            {"probability:missing=false", kBad, "no"},
        });
}

// FHIR R4 search, section 3.1.1.4.5, on a Range: eq contains it, gt and lt overlap it.
TEST(Number, RangeIsAnInterval) {
  constexpr const char* kRange =
      R"("prediction":[{"probabilityRange":{"low":{"value":40},"high":{"value":60}}}])";
  constexpr const char* kNarrow =
      R"("prediction":[{"probabilityRange":{"low":{"value":49.6},"high":{"value":50.4}}}])";
  constexpr const char* kOpen = R"("prediction":[{"probabilityRange":{"low":{"value":40}}}])";
  constexpr const char* kPercent =
      R"("prediction":[{"probabilityRange":{"low":{"value":40,"unit":"%"}}}])";
  check("RiskAssessment",
        {
            {"probability=50", kRange, "no"},    {"probability=50", kNarrow, "yes"},
            {"probability=ne50", kRange, "yes"}, {"probability=ne50", kNarrow, "no"},
            {"probability=gt50", kRange, "yes"}, {"probability=gt60", kRange, "no"},
            {"probability=lt50", kRange, "yes"}, {"probability=lt40", kRange, "no"},
            {"probability=ge60", kRange, "no"},  {"probability=ge59", kRange, "yes"},
            {"probability=le40", kRange, "no"},  {"probability=sa39", kRange, "yes"},
            {"probability=sa40", kRange, "no"},  {"probability=eb61", kRange, "yes"},
            {"probability=eb60", kRange, "no"},  {"probability=ap65", kRange, "yes"},
            {"probability=ap70", kRange, "no"},  {"probability=gt1000", kOpen, "yes"},
            {"probability=lt40", kOpen, "no"},   {"probability=eb1000", kOpen, "no"},
            {"probability=gt1", kPercent, "no"}, {"probability=ne1", kPercent, "no"},
        });
  for (const char* range :
       {R"({})", R"({"low":{}})", R"({"low":5})", R"({"low":{"value":"5"}})",
        R"({"low":{"value":9},"high":{"value":8}})", R"({"low":{"value":1,"comparator":">"}})",
        R"({"low":{"value":1},"high":{"value":2,"code":5}})",
        R"({"low":{"value":1,"code":"1"},"high":{"value":2}})"}) {
    const std::string text = concat(R"("prediction":[{"probabilityRange":)", range, "}]");
    check("RiskAssessment", {{"probability=gt0", text.c_str(), "no"},
                             {"probability=lt100", text.c_str(), "no"},
                             {"probability=ne50", text.c_str(), "no"}});
  }
}

TEST(Number, IntegersAndComputedNumbers) {
  check("MolecularSequence", {
                                 {"variant-start=5", R"("variant":[{"start":5}])", "yes"},
                                 {"variant-start=5.5", R"("variant":[{"start":5}])", "no"},
                                 {"variant-start=5.0", R"("variant":[{"start":5}])", "yes"},
                                 {"variant-start=gt4", R"("variant":[{"start":5}])", "yes"},
                             });
  // Medplum's `priority-order`: routine is 20, no priority 10.
  check("Task", {
                    {"priority-order=20", R"("priority":"routine")", "yes"},
                    {"priority-order=ge50", R"("priority":"stat")", "yes"},
                    {"priority-order=ge50", R"("priority":"routine")", "no"},
                    {"priority-order=10", "", "yes"},
                    {"priority-order=ne10", R"("priority":"routine")", "yes"},
                    // nobody knows which
                    {"priority-order=10", R"("priority":5)", "no"},
                    {"priority-order=ne20", R"("priority":5)", "no"},
                });
}

TEST(Number, Values) {
  for (const char* value :
       {"x", "gt", "1x", "1,", ".5", "5.", "+5", "1e", "0x10", "1e99", "1|2", "gtgt5", "NaN",
        "123456789012345678901234567890123456789012345", "GT5", " 5", "5 "}) {
    const std::string query = concat("RiskAssessment?probability=", value);
    EXPECT_EQ(match(query, "{}").substr(0, 14), "invalid-value@") << query;
  }
  EXPECT_EQ(match("RiskAssessment?probability=", "{}"), "invalid-value@27");
  EXPECT_EQ(match("RiskAssessment?probability=5,x", "{}"), "invalid-value@29");
  // A prefix is syntax, so no variable holds one (SPEC 3.3).
  const Given setup{.bindings = {{"five", "5", ""}, {"more", "gt5", ""}}, .base_urls = {}};
  check("RiskAssessment",
        {{"probability=gt%five", R"("prediction":[{"probabilityDecimal":6}])", "yes"},
         {"probability=%five", R"("prediction":[{"probabilityDecimal":6}])", "no"},
         {"probability=%more", R"("prediction":[{"probabilityDecimal":6}])", "invalid-value@27"}},
        setup);
}

}  // namespace
}  // namespace fhirwall::search::test
