// Functions that FHIR adds: extension(), hasValue(), getValue(), conformsTo(), and those that are
// refused.
#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

constexpr const char* kPatient =
    R"({"resourceType":"Patient","active":true,"birthDate":"1970","_birthDate":{"extension":[)"
    R"({"url":"u","valueString":"a"},{"url":"v","valueCode":"b"},{"url":"u","valueInteger":3}]},)"
    R"("gender":"x\u0041","_deceasedBoolean":{"extension":[{"url":"u","valueBoolean":true}]},)"
    R"("name":[{"given":["A","B"],"_given":[null,{"id":"g"}],"family":"F"}],)"
    R"("text":{"status":"generated","div":"<div>a</div>"},)"
    R"("extension":[{"url":"w","extension":[{"url":"x\/y","valueDate":"2020"}]},)"
    R"({"url":"q","valueQuantity":{"value":4,"system":"http://unitsofmeasure.org","code":"kg"}}],)"
    R"("contained":[{"resourceType":"Organization","id":"o","active":false}],)"
    R"("managingOrganization":{"reference":"#o"},"generalPractitioner":[)"
    R"({"reference":"Practitioner/1"}]})";

struct Case {
  const char* expression;
  const char* expected;
};

void check(const std::vector<Case>& cases, std::string_view json = kPatient,
           const EvalOptions& options = {}) {
  for (const Case& c : cases) {
    EXPECT_EQ(eval(c.expression, json, options), c.expected) << c.expression;
  }
}

TEST(FhirFunctions, Extension) {
  check({
      {"birthDate.extension('u').value", "FHIR.string 'a', FHIR.integer 3"},
      {"birthDate.extension('v').value", "FHIR.code 'b'"},
      {"birthDate.extension('V').value", "{}"},
      {"birthDate.extension('').value", "{}"},
      {"extension('w').extension('x/y').value", "FHIR.date '2020'"},
      {"deceased.extension('u').value", "FHIR.boolean true"},
      {"name.extension('u')", "{}"},
      {"active.extension('u')", "{}"},
      {"photo.extension('u')", "{}"},
      {"birthDate.extension({})", "{}"},
      {"birthDate.extension(5)", "error type-mismatch@10"},
      {"birthDate.extension('u' | 'v')", "error singleton-expected@10"},
      {"birthDate.extension()", "refused@10 fhirpath-arity"},
      {"'a'.extension('u')", "{}"},
      {"4 'kg'.extension('u')", "{}"},
  });
  // JSON of no known type has FHIR's extensions too, unless there is no model at all.
  constexpr const char* kPlain =
      R"({"a":true,"_a":{"extension":[{"url":"u","valueUri":"v"}]},"b":{"extension":[)"
      R"({"url":"u","valueCode":"w"},{"url":7},"u"]}})";
  check({{"a.extension('u').value", "FHIR.uri 'v'"}, {"b.extension('u').value", "FHIR.code 'w'"}},
        kPlain);
  EvalOptions untyped;
  untyped.untyped = true;
  check({{"a.extension('u').value", "{}"}, {"a.extension('u').valueUri", "JSON 'v'"}}, kPlain,
        untyped);
}

TEST(FhirFunctions, HasValueAndGetValue) {
  check({
      {"active.hasValue()", "Boolean true"},
      {"active.getValue()", "Boolean true"},
      {"birthDate.getValue()", "Date @1970"},
      {"gender.getValue()", "String 'xA'"},
      {"name.given.hasValue()", "Boolean false"},
      {"name.given.getValue()", "{}"},
      {"name.given.select(hasValue())", "Boolean true, Boolean true"},
      {"name.family.getValue()", "String 'F'"},
      {"deceased.hasValue()", "Boolean false"},
      {"deceased.getValue()", "{}"},
      {"name.hasValue()", "Boolean false"},
      {"name.getValue()", "{}"},
      {"photo.hasValue()", "Boolean false"},
      {"photo.getValue()", "{}"},
      {"{}.hasValue()", "Boolean false"},
      {"text.`div`.hasValue()", "Boolean false"},
      {"text.status.hasValue()", "Boolean true"},
      {"extension('q').value.hasValue()", "Boolean false"},
      {"extension('q').value.getValue()", "{}"},
      {"4 'kg'.hasValue()", "Boolean false"},
      {"'5'.hasValue()", "Boolean true"},
      {"'5'.getValue()", "String '5'"},
      {"@T10:30.getValue()", "Time @T10:30"},
      {"$this.hasValue()", "Boolean false"},
  });
  // Text that its type does not allow is no value.
  check({{"birthDate.hasValue()", "Boolean false"}, {"birthDate.getValue()", "{}"}},
        R"({"resourceType":"Patient","birthDate":"yesterday"})");
  EvalOptions untyped;
  untyped.untyped = true;
  check({{"a.getValue()", "Integer 1"}, {"b.hasValue()", "Boolean false"}, {"c.getValue()", "{}"}},
        R"({"a":1,"b":{"x":1},"_c":{"id":"i"}})", untyped);
}

TEST(FhirFunctions, ConformsToAnswersFromTheType) {
  check({
      {"conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')", "Boolean true"},
      {"conformsTo('http://hl7.org/fhir/StructureDefinition/DomainResource')", "Boolean true"},
      {"conformsTo('http://hl7.org/fhir/StructureDefinition/Person')", "Boolean false"},
      {"name.conformsTo('http://hl7.org/fhir/StructureDefinition/HumanName')", "Boolean true"},
      {"active.conformsTo('http://hl7.org/fhir/StructureDefinition/boolean')", "Boolean true"},
      {"generalPractitioner.resolve().conformsTo("
       "'http://hl7.org/fhir/StructureDefinition/Practitioner')",
       "Boolean true"},
      {"photo.conformsTo('http://hl7.org/fhir/StructureDefinition/Attachment')", "{}"},
      {"conformsTo({})", "{}"},
      {"conformsTo('http://trash')", "error host-function-required@0"},
      {"conformsTo('http://hl7.org/fhir/StructureDefinition/bmi')",
       "error host-function-required@0"},
      {"conformsTo('http://hl7.org/fhir/StructureDefinition/Patient|5.0.0')",
       "error host-function-required@0"},
      {"contact.empty() and conformsTo('http://hl7.org/fhir/StructureDefinition/Patient.contact')",
       "error host-function-required@20"},
      {"'a'.conformsTo('http://hl7.org/fhir/StructureDefinition/string')", "error type-mismatch@4"},
      {"name.given.conformsTo('http://hl7.org/fhir/StructureDefinition/string')",
       "error singleton-expected@11"},
      {"conformsTo(1)", "error type-mismatch@0"},
  });
}

// Silence would look like an answer: also without input the call fails, and says which.
TEST(FhirFunctions, RefusesWhatNeedsAService) {
  for (const auto& [call, name] : std::vector<std::pair<const char*, const char*>>{
           {"memberOf('http://example.org/vs')", "memberOf"},
           {"subsumes($this)", "subsumes"},
           {"subsumedBy($this)", "subsumedBy"},
           {"elementDefinition()", "elementDefinition"},
           {"slice('http://example.org', 'a')", "slice"},
           {"checkModifiers()", "checkModifiers"},
           {"checkModifiers('u', 'v')", "checkModifiers"},
       }) {
    for (const char* input : {"", "gender.", "photo.", "name."}) {
      const std::string expression = std::string(input) + call;
      Evaluated result;
      evaluate_into(result, expression, kPatient);
      EXPECT_EQ(result.text(),
                "error host-function-required@" + std::to_string(std::string(input).size()))
          << expression;
      EXPECT_EQ(result.error.message.find(std::string("`") + name + "` needs "), 0u)
          << result.error.message;
    }
  }
  check({{"gender.memberOf()", "refused@7 fhirpath-arity"},
         {"gender.subsumes()", "refused@7 fhirpath-arity"},
         {"slice('u')", "refused@0 fhirpath-arity"},
         // Not reached, not called.
         {"active or gender.memberOf('v')", "Boolean true"},
         {"iif(active, 'a', gender.memberOf('v'))", "String 'a'"}});
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
