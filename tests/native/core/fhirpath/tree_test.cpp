#include "tests/native/core/fhirpath/typed_support.hpp"

// Tree navigation, utility functions and types (FHIRPath N1, 5.8, 5.9 and 10.2).
namespace fhirwall::fhirpath::test {
namespace {

struct Case {
  const char* expression;
  const char* result;
};

constexpr std::string_view kPatient = R"({
  "resourceType": "Patient", "id": "p", "active": true,
  "name": [
    {"family": "Chalmers", "given": ["Peter", null], "_given": [null, {"id": "x"}]},
    {"given": ["Jim"]}],
  "contact": [{"name": {"family": "C"}}],
  "_gender": {"id": "g"},
  "multipleBirthInteger": 2, "unknown": 1,
  "contained": [{"resourceType": "Observation", "id": "o", "valueQuantity": {"value": 1.0}}]})";

template <std::size_t N>
void expect_all(const Case (&cases)[N], std::string_view json = kPatient) {
  for (const Case& one : cases) {
    EXPECT_EQ(eval(one.expression, json), one.result) << one.expression;
  }
}

TEST(Tree, ChildrenAndDescendants) {
  expect_all({
      {"children().count()", "Integer 8"},
      {"name.children()",
       "FHIR.string 'Chalmers', FHIR.string 'Peter', FHIR.string _, FHIR.string 'Jim'"},
      {"name.given.children()", "FHIR.string 'x'"},
      {"gender.children()", "FHIR.string 'g'"},
      {"active.children()", "{}"},
      {"1.children()", "{}"},
      {"{}.children()", "{}"},
      {"{}.descendants()", "{}"},
      {"name.descendants()",
       "FHIR.string 'Chalmers', FHIR.string 'Peter', FHIR.string _, FHIR.string 'Jim', "
       "FHIR.string 'x'"},
      {"contained.descendants()", "FHIR.id 'o', FHIR.Quantity {\"value\": 1.0}, FHIR.decimal 1.0"},
      {"descendants().count()", "Integer 19"},
      {"descendants().where($this is Quantity).count()", "Integer 1"},
      {"children().where($this is HumanName).count()", "Integer 2"},
      {"contact.descendants().ofType(string)", "FHIR.string 'C'"},
      {"children(1)", "refused@0 fhirpath-arity"},
  });
  expect_all(
      {
          {"children()", "JSON 1, JSON {\"b\": [2, 3]}"},
          {"descendants()", "JSON 1, JSON {\"b\": [2, 3]}, JSON 2, JSON 3"},
      },
      R"({"x": 1, "a": {"b": [2, 3]}})");
}

TEST(Utility, Trace) {
  expect_all({
      {"name.given.trace('n').count()", "Integer 3"},
      {"name.trace('n', given).count()", "Integer 2"},
      {"name.trace('n', 1 + 'a')", "error type-mismatch@16"},
      {"{}.trace('n', 1 + 'a')", "{}"},
      {"name.trace(1)", "error type-mismatch@5"},
      {"name.trace({})", "error type-mismatch@5"},
      {"name.trace()", "refused@5 fhirpath-arity"},
  });
}

TEST(Utility, Moments) {
  EvalOptions options;
  options.now_ms = 1767323045678;  // 2026-01-02T03:04:05.678Z
  EXPECT_EQ(eval("now()", "{}", options), "DateTime @2026-01-02T03:04:05.678Z");
  EXPECT_EQ(eval("today()", "{}", options), "Date @2026-01-02");
  EXPECT_EQ(eval("timeOfDay()", "{}", options), "Time @T03:04:05.678");
  options.zone_minutes = -300;
  EXPECT_EQ(eval("now()", "{}", options), "DateTime @2026-01-01T22:04:05.678-05:00");
  EXPECT_EQ(eval("today()", "{}", options), "Date @2026-01-01");
  EXPECT_EQ(eval("timeOfDay()", "{}", options), "Time @T22:04:05.678");
  options.zone_minutes = 330;
  EXPECT_EQ(eval("now()", "{}", options), "DateTime @2026-01-02T08:34:05.678+05:30");
  EXPECT_EQ(eval("now() = now() and today() = today()", "{}", options), "Boolean true");
  EXPECT_EQ(eval("now(1)", "{}", options), "refused@0 fhirpath-arity");
}

TEST(Utility, DefineVariable) {
  expect_all({
      {"defineVariable('n', name.first()).select(%n.family)", "FHIR.string 'Chalmers'"},
      {"name.defineVariable('n').select(%n.count())", "Integer 2, Integer 2"},
      {"name.defineVariable('n', skip(1).first()).select(%n.given)",
       "FHIR.string 'Jim', FHIR.string 'Jim'"},
      {"name.defineVariable('n', $this.count()).first().select(%n)", "Integer 2"},
      {"name.defineVariable('n', family).first().select(%n)", "FHIR.string 'Chalmers'"},
      {"{}.defineVariable('n', 1).combine(%n)", "Integer 1"},
      {"{}.defineVariable('n', count()).combine(%n)", "Integer 0"},
      {"name.where(defineVariable('f', family).exists(%f = 'Chalmers')).given.count()",
       "Integer 2"},
      // It ends with the operand or argument that it stands in.
      {"defineVariable('a', 1).active | %a", "error unknown-variable@32"},
      {"select(defineVariable('a', 1)).select(%a)", "error unknown-variable@38"},
      {"defineVariable('a', 1).select(%a) | defineVariable('a', 2).select(%a)",
       "Integer 1, Integer 2"},
      {"%a", "error unknown-variable@0"},
      // No name is bound twice, and none of the language's.
      {"defineVariable('a', 1).defineVariable('a', 2)", "error variable-redefined@23"},
      {"defineVariable('a', 1).select(defineVariable('a', 2))", "error variable-redefined@30"},
      {"defineVariable('context', 1)", "error variable-redefined@0"},
      {"defineVariable('resource', 1)", "error variable-redefined@0"},
      {"defineVariable('ucum', 1)", "error variable-redefined@0"},
      {"defineVariable('vs-x', 1)", "error variable-redefined@0"},
      {"defineVariable(1, 1)", "error type-mismatch@0"},
      {"defineVariable({}, 1)", "error type-mismatch@0"},
      {"defineVariable('a' | 'b', 1)", "error singleton-expected@0"},
      {"defineVariable()", "refused@0 fhirpath-arity"},
  });
  EvalOptions options;
  options.variables = {{"mine", "1"}};
  EXPECT_EQ(eval("defineVariable('mine', 2)", "{}", options), "error variable-redefined@0");
}

TEST(Types, Of) {
  expect_all({
      {"type()", "type FHIR.Patient"},
      {"active.type()", "type FHIR.boolean"},
      {"name.type()", "type FHIR.HumanName, type FHIR.HumanName"},
      {"contact.type()", "type FHIR.BackboneElement"},
      {"gender.type()", "type FHIR.code"},
      {"multipleBirth.type().name", "String 'integer'"},
      {"contained.type()", "type FHIR.Observation"},
      {"1.type()", "type System.Integer"},
      {"1L.type().name", "String 'Long'"},
      {"1.0.type().name", "String 'Decimal'"},
      {"'a'.type().namespace", "String 'System'"},
      {"active.type().namespace", "String 'FHIR'"},
      {"true.type().name", "String 'Boolean'"},
      {"@2015.type().name", "String 'Date'"},
      {"@2015T.type().name", "String 'DateTime'"},
      {"@T10.type().name", "String 'Time'"},
      {"(1 'g').type().name", "String 'Quantity'"},
      {"{}.type()", "{}"},
      {"(1 | 'a').type().name", "String 'Integer', String 'String'"},
      {"1.type().foo", "{}"},
      {"type(1)", "refused@0 fhirpath-arity"},
  });
  expect_all(
      {
          {"a.type()", "type System.Integer"},
          {"s.type().name", "String 'String'"},
          {"b.type().name", "String 'Boolean'"},
          {"o.type()", "{}"},
      },
      R"({"a": 1, "s": "x", "b": true, "o": {}})");
}

TEST(Booleans, Not) {
  expect_all({
      {"true.not()", "Boolean false"},
      {"active.not()", "Boolean false"},
      {"{}.not()", "{}"},
      {"'a'.not()", "Boolean false"},
      {"(true | false).not()", "error singleton-expected@15"},
      {"not()", "Boolean false"},
  });
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
