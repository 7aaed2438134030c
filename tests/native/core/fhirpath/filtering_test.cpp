#include "core/base/concat.hpp"
#include "tests/native/core/fhirpath/typed_support.hpp"

// Filtering and projection (FHIRPath N1, 5.2; repeatAll(), sort() and coalesce() of 3.0).
namespace fhirwall::fhirpath::test {
namespace {

struct Case {
  const char* expression;
  const char* result;
};

constexpr std::string_view kPatient = R"({
  "resourceType": "Patient", "active": true,
  "name": [
    {"use": "official", "family": "Chalmers", "given": ["Peter", "James"]},
    {"use": "usual", "given": ["Jim"]},
    {"use": "maiden", "family": "Windsor", "given": ["Peter", "James"]}],
  "birthDate": "1974-12-25"})";

constexpr std::string_view kForm = R"({
  "resourceType": "Questionnaire", "status": "draft",
  "item": [
    {"linkId": "1", "type": "group", "item": [
      {"linkId": "1.1", "type": "string"},
      {"linkId": "1.2", "type": "group", "item": [{"linkId": "1.2.1", "type": "string"}]}]},
    {"linkId": "2", "type": "string"}]})";

template <std::size_t N>
void expect_all(const Case (&cases)[N], std::string_view json = kPatient) {
  for (const Case& one : cases) {
    EXPECT_EQ(eval(one.expression, json), one.result) << one.expression;
  }
}

TEST(Filtering, Where) {
  expect_all({
      {"name.where(use = 'usual').given", "FHIR.string 'Jim'"},
      {"name.where($index = 1).use", "FHIR.code 'usual'"},
      {"name.where(family = 'Chalmers').use", "FHIR.code 'official'"},
      {"name.where({})", "{}"},
      {"name.where(false)", "{}"},
      {"{}.where(true)", "{}"},
      {"name.where(given).count()", "error singleton-expected@5"},
      {"name.where()", "refused@5 fhirpath-arity"},
  });
}

TEST(Filtering, Select) {
  expect_all({
      {"name.select(given.first())", "FHIR.string 'Peter', FHIR.string 'Jim', FHIR.string 'Peter'"},
      {"name.select(family)", "FHIR.string 'Chalmers', FHIR.string 'Windsor'"},
      {"(1 | 2).select($this + $index)", "Integer 1, Integer 3"},
      {"name.select(given.select($index))",
       "Integer 0, Integer 1, Integer 0, Integer 0, Integer 1"},
      {"{}.select(1)", "{}"},
      {"name.select({})", "{}"},
      {"name.select(1 + 'a')", "error type-mismatch@12"},
  });
}

TEST(Filtering, Repeat) {
  expect_all(
      {
          // Level by level, each in document order.
          {"repeat(item).linkId",
           "FHIR.string '1', FHIR.string '2', FHIR.string '1.1', FHIR.string '1.2', "
           "FHIR.string '1.2.1'"},
          {"item.repeat(item).linkId", "FHIR.string '1.1', FHIR.string '1.2', FHIR.string '1.2.1'"},
          {"repeatAll(item).linkId.count()", "Integer 5"},
          {"repeat(item.type)", "FHIR.code 'group', FHIR.code 'string'"},
          {"repeatAll(item.type)", "FHIR.code 'group', FHIR.code 'string'"},
          {"{}.repeat(item)", "{}"},
          {"repeat({})", "{}"},
          {"{}.repeatAll(item)", "{}"},
          // Cycles end.
          {"repeat($this).count()", "Integer 1"},
          {"item.repeat($this).count()", "Integer 2"},
          {"1.repeat(iif($this < 5, $this + 1, 1))",
           "Integer 2, Integer 3, Integer 4, Integer 5, Integer 1"},
          {"item.repeat('x')", "String 'x'"},
          {"1.combine(1).repeat($this + 1 - 1)", "Integer 1"},
          // Growth ends too.
          {"1.repeat($this + 1)", "error expression-too-complex@0"},
          {"repeatAll($this)", "error expression-too-complex@0"},
          {"1.repeatAll($this | 2)", "error expression-too-complex@0"},
          {"'a'.repeat($this & $this)", "error result-too-large@0"},
          {"1.repeat($this + 'a')", "error type-mismatch@9"},
      },
      kForm);
}

// A deep tree costs its size; no call is made for a level.
TEST(Filtering, RepeatIsBoundedByTheTree) {
  std::string json = R"({"resourceType": "Questionnaire", "item": [)";
  for (int i = 0; i < 3000; ++i) {
    const std::string n = std::to_string(i);
    json += concat(i == 0 ? "" : ",", R"({"linkId": "q)", n, R"(", "item": [{"linkId": "r)", n,
                   R"("}]})");
  }
  json += "]}";
  EvalOptions options;
  options.limits.max_evaluation_steps = 60000;
  EXPECT_EQ(eval("repeat(item).count()", json, options), "Integer 6000");
  EXPECT_EQ(eval("descendants().count()", json, options), "Integer 12000");
  EXPECT_EQ(eval("repeat(item).linkId.distinct().count()", json, options), "Integer 6000");
}

TEST(Filtering, Coalesce) {
  expect_all({
      {"coalesce(photo, name.given.first(), 'x')", "FHIR.string 'Peter'"},
      {"coalesce({}, 'x')", "String 'x'"},
      {"coalesce({}, {})", "{}"},
      {"coalesce({})", "{}"},
      {"coalesce(name.family)", "FHIR.string 'Chalmers', FHIR.string 'Windsor'"},
      {"coalesce(1, 1 + 'a')", "Integer 1"},
      {"coalesce({}, 1 + 'a')", "error type-mismatch@13"},
      {"name.select(coalesce(family, 'none'))",
       "FHIR.string 'Chalmers', String 'none', FHIR.string 'Windsor'"},
      {"coalesce()", "refused@0 fhirpath-arity"},
  });
}

TEST(Filtering, Sort) {
  expect_all({
      {"(3 | 1 | 2).sort()", "Integer 1, Integer 2, Integer 3"},
      {"(3 | 1 | 2).sort($this)", "Integer 1, Integer 2, Integer 3"},
      {"(3 | 1 | 2).sort($this desc)", "Integer 3, Integer 2, Integer 1"},
      {"(3 | 1 | 2).sort($this asc)", "Integer 1, Integer 2, Integer 3"},
      {"(3 | 1 | 2).sort(-$this)", "Integer 3, Integer 2, Integer 1"},
      {"(3 | 1 | 2).sort(-$this asc)", "Integer 3, Integer 2, Integer 1"},
      {"(3 | 1 | 2).sort(-$this desc)", "Integer 1, Integer 2, Integer 3"},
      {"('b' | 'a' | 'C').sort()", "String 'C', String 'a', String 'b'"},
      {"('b' | 'a' | 'c').sort(-$this)", "String 'c', String 'b', String 'a'"},
      {"('\\u00e9' | 'z' | 'a').sort()", "String 'a', String 'z', String '\xC3\xA9'"},
      {"{}.sort()", "{}"},
      {"{}.sort(a desc)", "{}"},
      {"'a'.sort()", "String 'a'"},
      {"(1.5 | 1 | 2).sort()", "Integer 1, Decimal 1.5, Integer 2"},
      {"(@2015-02-01 | @2014-12-31).sort()", "Date @2014-12-31, Date @2015-02-01"},
      {"(4 'g' | 10 'mg').sort()", "Quantity 10 'mg', Quantity 4 'g'"},
      {"(1 | 2 | 3 | 4 | 5).sort($this mod 2)",
       "Integer 2, Integer 4, Integer 1, Integer 3, Integer 5"},
      {"(1 | 2 | 3 | 4 | 5).sort($this mod 2 desc, $this desc)",
       "Integer 5, Integer 3, Integer 1, Integer 4, Integer 2"},
      {"(5 | 6 | 7).sort(-$index)", "Integer 7, Integer 6, Integer 5"},
      // Without a key: first, or last when descending.
      {"name.sort(family).use", "FHIR.code 'usual', FHIR.code 'official', FHIR.code 'maiden'"},
      {"name.sort(family desc).use", "FHIR.code 'maiden', FHIR.code 'official', FHIR.code 'usual'"},
      {"name.sort(given.first(), use).use",
       "FHIR.code 'usual', FHIR.code 'maiden', FHIR.code 'official'"},
      {"name.given.sort().first()", "FHIR.string 'James'"},
      // What has no order is an error.
      {"name.sort(given)", "error singleton-expected@5"},
      {"name.sort()", "error type-mismatch@5"},
      {"(1 | 'a').sort()", "error type-mismatch@10"},
      {"(@2015 | @2015-02).sort()", "error type-mismatch@19"},
      {"(4 'g' | 1 'm').sort()", "error type-mismatch@16"},
      {"(true | false).sort()", "error type-mismatch@15"},
      {"name.where(use desc)", "refused@15 fhirpath-syntax"},
  });
}

TEST(Filtering, SortIsStableAndBounded) {
  std::string expression = "(";
  for (int i = 0; i < 200; ++i) {
    expression += concat(i == 0 ? "" : "|", std::to_string((i * 77) % 200));
  }
  expression += ").sort()";
  EXPECT_EQ(eval(concat("(", expression, ").select($this = $index).allTrue()")), "Boolean true");
  EXPECT_EQ(eval(concat(expression, ".sort($this div 10 desc).take(11)")),
            "Integer 190, Integer 191, Integer 192, Integer 193, Integer 194, Integer 195, "
            "Integer 196, Integer 197, Integer 198, Integer 199, Integer 180");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
