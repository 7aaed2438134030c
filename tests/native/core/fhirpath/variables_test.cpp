// %name: those of the language, and those that the caller gives.
#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Case {
  const char* expression;
  const char* expected;
};

void check(const std::vector<Case>& cases, std::string_view json, const EvalOptions& options) {
  for (const Case& c : cases) {
    EXPECT_EQ(eval(c.expression, json, options), c.expected) << c.expression;
  }
}

TEST(Variables, OfTheLanguage) {
  check(
      {
          {"%ucum", "String 'http://unitsofmeasure.org'"},
          {"%sct", "String 'http://snomed.info/sct'"},
          {"%loinc", "String 'http://loinc.org'"},
          {"%`vs-administrative-gender`",
           "String 'http://hl7.org/fhir/ValueSet/administrative-gender'"},
          {"%`ext-patient-birthTime`",
           "String 'http://hl7.org/fhir/StructureDefinition/patient-birthTime'"},
          {"%context.id", "FHIR.id 'p'"},
          {"%resource.id", "FHIR.id 'p'"},
          {"%rootResource.id", "FHIR.id 'p'"},
          {"name.select(%context.id)", "FHIR.id 'p', FHIR.id 'p'"},
          {"%nothing", "error unknown-variable@0"},
          {"%Ucum", "error unknown-variable@0"},
          {"id = 'p' and %nothing", "error unknown-variable@13"},
      },
      R"({"resourceType":"Patient","id":"p","name":[{"family":"F"},{"family":"G"}]})", {});
}

TEST(Variables, OfEveryKindOfJson) {
  EvalOptions options;
  options.variables = {
      {"text", R"("a\u0062")"},
      {"integer", "5"},
      {"long", "5000000000"},
      {"decimal", "1.50"},
      {"exponent", "1e2"},
      {"yes", "true"},
      {"no", "false"},
      {"null", "null"},
      {"absent", ""},
      {"none", "[]"},
      {"many", R"([1,"a",null,true,{"x":2}])"},
      {"object", R"({"x":{"y":[3,4]}})"},
      {"patient",
       R"({"resourceType":"Patient","birthDate":"1970-01-01","name":[{"given":["A"]}]})"},
      {"patients", R"([{"resourceType":"Patient","id":"1"},{"resourceType":"Person","id":"2"}])"},
      {"unknown", R"({"resourceType":"Widget","id":"w"})"},
      {"nested", "[[1],[2]]"},
      {"a.b() - 1", "7"},
      {"x-y", "8"},
  };
  check(
      {
          {"%text", "JSON 'ab'"},
          {"%text = 'ab'", "Boolean true"},
          {"%text.length()", "Integer 2"},
          {"%integer + 1", "Integer 6"},
          {"%integer is Integer", "Boolean true"},
          {"%long is Long", "Boolean true"},
          {"%decimal", "JSON 1.50"},
          {"%decimal + 0", "Decimal 1.50"},
          {"%exponent is Decimal", "Boolean true"},
          {"%yes and %no.not()", "Boolean true"},
          {"%null", "{}"},
          {"%null.empty()", "Boolean true"},
          {"%absent", "{}"},
          {"%none", "{}"},
          {"%many", R"(JSON 1, JSON 'a', JSON true, JSON {"x":2})"},
          {"%many.count()", "Integer 4"},
          {"%many.x", "JSON 2"},
          {"%object.x.y", "JSON 3, JSON 4"},
          {"%patient is Patient", "Boolean true"},
          {"%patient.birthDate", "FHIR.date '1970-01-01'"},
          {"%patient.birthDate < @1980", "Boolean true"},
          {"%patients.where($this is Patient).id", "FHIR.id '1'"},
          {"%unknown.id", "JSON 'w'"},
          {"%nested", "error type-mismatch@0"},
          {"%`a.b() - 1` - 2", "Integer 5"},
          {"%`x-y` + 1", "Integer 9"},
          {"%text & 'c'", "String 'abc'"},
      },
      R"({"resourceType":"Patient"})", options);
}

TEST(Variables, NeedNoModel) {
  EvalOptions options;
  options.untyped = true;
  options.variables = {{"patient", R"({"resourceType":"Patient","birthDate":"1970"})"}};
  check({{"%patient.birthDate", "JSON '1970'"}}, R"({"a":1})", options);
}

TEST(Variables, BeforeAndAfterAreDocumentsOfTheirOwn) {
  constexpr const char* kAfter =
      R"({"resourceType":"Patient","active":true,"name":[{"family":"G"}],)"
      R"("contained":[{"resourceType":"Organization","id":"o","alias":["after"]}],)"
      R"("managingOrganization":{"reference":"#o"}})";
  EvalOptions options;
  options.variables = {
      {"before", R"({"resourceType":"Patient","active":false,"name":[{"family":"F"}],"contained":)"
                 R"([{"resourceType":"Organization","id":"o","alias":["before"]}],)"
                 R"("managingOrganization":{"reference":"#o"}})"},
      {"after", kAfter}};
  check(
      {
          {"%before.active.combine(%after.active).combine(active)",
           "FHIR.boolean false, FHIR.boolean true, FHIR.boolean true"},
          {"%before.name = %after.name", "Boolean false"},
          {"name = %after.name", "Boolean true"},
          {"(%before.name | %after.name | name).family", "FHIR.string 'F', FHIR.string 'G'"},
          // What a reference in another document points to is in that document.
          {"%before.managingOrganization.resolve().alias", "FHIR.string 'before'"},
          {"managingOrganization.resolve().alias", "FHIR.string 'after'"},
          {"%before.select(%after.active)", "FHIR.boolean true"},
          {"%before.exists()", "Boolean true"},
      },
      kAfter, options);
  options.variables[0].second.clear();  // a create
  check({{"%before.exists()", "Boolean false"}, {"%before.active", "{}"}}, kAfter, options);
}

TEST(Variables, TheSameDocumentTwice) {
  const Resource resource(R"({"resourceType":"Patient","id":"p","name":[{"family":"F"}]})");
  const json::Document& document = resource.document();
  const CompileResult compiled =
      compile("%whole.id = id and %part = %whole.name and %part = name", CompileOptions{});
  ASSERT_NE(compiled.program, nullptr);
  const Variable variables[] = {{"whole", &document, 0},
                                {"part", &document, document.find(0, "name")}};
  Input input;
  input.document = &document;
  input.variables = variables;
  Scratch scratch;
  std::vector<Item> items;
  ASSERT_FALSE(evaluate(*compiled.program, input, Limits{}, scratch, items));
  EXPECT_EQ(scratch.documents.size(), 1u);
  ASSERT_EQ(items.size(), 1u);
  // The part is a HumanName that nobody said the type of: plain JSON, equal all the same.
  EXPECT_EQ(text_of(items[0], scratch.documents), "Boolean true");
}

TEST(Variables, TakeStepsForLongArrays) {
  EvalOptions options;
  options.limits.max_evaluation_steps = 100;
  std::string json = "[0";
  for (int i = 0; i < 200; ++i) {
    json += ",1";
  }
  options.variables = {{"many", json + "]"}};
  EXPECT_EQ(eval("%many", "{}", options), "error expression-too-complex@0");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
