// %factory: values of FHIR types.
#include "core/base/concat.hpp"
#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Case {
  const char* expression;
  const char* expected;
};

constexpr std::string_view kPatient =
    R"({"resourceType":"Patient","id":"p","active":true,"gender":"male","_gender":{"id":"g"},)"
    R"("name":[{"family":"O\"F","_family":{"id":"f"},"given":["A","B"],"use":"usual"}],)"
    R"("birthDate":"1970-01","multipleBirthInteger":2,)"
    R"("maritalStatus":{"coding":[{"code":"M"}]},)"
    R"("extension":[{"url":"e","valueString":"x"}]})";

void check(const std::vector<Case>& cases, const EvalOptions& options = {}) {
  for (const Case& c : cases) {
    EXPECT_EQ(eval(c.expression, kPatient, options), c.expected) << c.expression;
  }
}

TEST(Factory, Primitives) {
  check({
      {"%factory.boolean(true)", "FHIR.boolean true"},
      {"%factory.boolean('false')", "FHIR.boolean false"},
      {"%factory.integer(134)", "FHIR.integer 134"},
      {"%factory.integer('-0')", "FHIR.integer -0"},
      {"%factory.integer(2.0)", "FHIR.integer 2"},
      {"%factory.integer(7L)", "FHIR.integer 7"},
      {"%factory.integer(-2147483648)", "FHIR.integer -2147483648"},
      {"%factory.unsignedInt(0)", "FHIR.unsignedInt 0"},
      {"%factory.positiveInt(1)", "FHIR.positiveInt 1"},
      {"%factory.positiveInt('2147483647')", "FHIR.positiveInt 2147483647"},
      {"%factory.decimal(1.50)", "FHIR.decimal 1.50"},
      {"%factory.decimal('-1.5e3')", "FHIR.decimal -1.5e3"},
      {"%factory.decimal(3)", "FHIR.decimal 3"},
      {"%factory.string('a \"b\" \\\\ \\n \u00e9')", "FHIR.string 'a \"b\" \\\\ \\n \u00e9'"},
      {"%factory.markdown(' md ')", "FHIR.markdown ' md '"},
      {"%factory.code('some code')", "FHIR.code 'some code'"},
      {"%factory.id('A-9.z')", "FHIR.id 'A-9.z'"},
      {"%factory.uri('')", "FHIR.uri ''"},
      {"%factory.url('http://a/\u00e9')", "FHIR.url 'http://a/\u00e9'"},
      {"%factory.canonical('http://a|1')", "FHIR.canonical 'http://a|1'"},
      {"%factory.oid('urn:oid:1.2.30.0')", "FHIR.oid 'urn:oid:1.2.30.0'"},
      {"%factory.uuid('urn:uuid:c757873d-ec9a-4326-a141-556f43239520')",
       "FHIR.uuid 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520'"},
      {"%factory.base64Binary('YWI=')", "FHIR.base64Binary 'YWI='"},
      {"%factory.base64Binary('YWJj YWI=')", "FHIR.base64Binary 'YWJj YWI='"},
      {"%factory.date('2024')", "FHIR.date '2024'"},
      {"%factory.date(@2024-02-29)", "FHIR.date '2024-02-29'"},
      {"%factory.dateTime('2024-01-01T01:01:01')", "FHIR.dateTime '2024-01-01T01:01:01'"},
      {"%factory.dateTime(@2024-01-01T01:01:01.5+02:00)",
       "FHIR.dateTime '2024-01-01T01:01:01.5+02:00'"},
      {"%factory.dateTime(@2024-01)", "FHIR.dateTime '2024-01'"},
      {"%factory.dateTime(@2024-01T)", "FHIR.dateTime '2024-01'"},
      {"%factory.instant(now())", "FHIR.instant '2026-01-02T03:04:05.678Z'"},
      {"%factory.time('10:00')", "FHIR.time '10:00'"},
      {"%factory.time(@T10:00:00)", "FHIR.time '10:00:00'"},
      {"%factory.xhtml('<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>').type()",
       "type FHIR.xhtml"},
      // FHIR primitives are their values; what else they have is theirs.
      {"%factory.string(gender)", "FHIR.string 'male'"},
      {"%factory.string(gender).id", "{}"},
      {"%factory.code(%factory.string('a'))", "FHIR.code 'a'"},
  });
}

TEST(Factory, PrimitivesWithoutValue) {
  check({
      {"%factory.integer({})", "FHIR.integer _"},
      {"%factory.integer(%factory.integer({}))", "FHIR.integer _"},
      {"%factory.create(string)", "FHIR.string _"},
      {"%factory.create(string).hasValue()", "Boolean false"},
      {"%factory.string({}, %factory.Extension('u', 1)).extension('u').value", "FHIR.integer 1"},
      {"%factory.withExtension(%factory.integer({}), 'u', 1).extension('u').value",
       "FHIR.integer 1"},
      {"%factory.create(date) = %factory.create(date)", "Boolean true"},
  });
}

TEST(Factory, RefusesTextThatATypeDoesNotAllow) {
  for (const char* call : {
           "boolean('yes')",
           "integer('1.0')",
           "integer(1.1)",
           "integer('01')",
           "integer('+1')",
           "integer('')",
           "integer('2147483648')",
           "integer(2147483648L)",
           "unsignedInt(-1)",
           "positiveInt(0)",
           "decimal('.5')",
           "decimal('1.')",
           "decimal('01')",
           "decimal('')",
           "decimal('NaN')",
           "decimal('1e999')",
           "string('')",
           "string('a\\u0000b')",
           "markdown('')",
           "code('')",
           "code('a ')",
           "code(' a')",
           "code('a  b')",
           "id('')",
           "id('a b')",
           "id('a_b')",
           "id('\u00e9')",
           "id('12345678901234567890123456789012345678901234567890123456789012345')",
           "uri('a b')",
           "url('a\\nb')",
           "canonical('some Url')",
           "oid('1.2.3')",
           "oid('urn:oid:3.1')",
           "oid('urn:oid:1')",
           "oid('urn:oid:1.02')",
           "oid('urn:oid:1.2.')",
           "uuid('something')",
           "uuid('urn:uuid:C757873D-ec9a-4326-a141-556f43239520')",
           "uuid('urn:uuid:c757873d-ec9a-4326-a141-556f4323952')",
           "uuid('urn:hhhh:c757873d-ec9a-4326-a141-556f43239520')",
           "base64Binary('')",
           "base64Binary('YWI')",
           "base64Binary('YW=I')",
           "base64Binary('Y===')",
           "base64Binary('Y WI=')",
           "base64Binary('YW-_')",
           "date('2024-02-30')",
           "date('24-01-01')",
           "date('2024-01-01T')",
           "dateTime('2024T')",
           "dateTime('2024-01-01T10')",
           "dateTime('2024-01-01 10:00')",
           "instant('something')",
           "instant('2024-01-01')",
           "instant('2024-01-01T01:01Z')",
           "instant('2024-01-01T01:01:01')",
           "time('T10:00')",
           "time('10')",
           "time('24:00')",
           "xhtml('<script/>')",
       }) {
    EXPECT_EQ(eval(concat("%factory.", call)), "error invalid-argument@9") << call;
  }
}

TEST(Factory, RefusesValuesOfOtherTypes) {
  check({
      {"%factory.uri(123)", "error type-mismatch@9"},
      {"%factory.string(true)", "error type-mismatch@9"},
      {"%factory.boolean(1)", "error type-mismatch@9"},
      {"%factory.integer(true)", "error type-mismatch@9"},
      {"%factory.date(@2024-01-01T10:00)", "error type-mismatch@9"},
      {"%factory.instant(@2024-01-01)", "error type-mismatch@9"},
      {"%factory.time(@2024)", "error type-mismatch@9"},
      {"%factory.string(name)", "error type-mismatch@9"},
      {"%factory.string('a' | 'b')", "error singleton-expected@9"},
      {"%factory.string('a', 'b')", "error type-mismatch@9"},
      {"%factory.string('a', name)", "error type-mismatch@9"},
  });
}

TEST(Factory, Extensions) {
  check({
      {"%factory.Extension('u', 'a')", "FHIR.Extension {\"url\":\"u\",\"valueString\":\"a\"}"},
      {"%factory.Extension('u', true)", "FHIR.Extension {\"url\":\"u\",\"valueBoolean\":true}"},
      {"%factory.Extension('u', 1.0)", "FHIR.Extension {\"url\":\"u\",\"valueDecimal\":1.0}"},
      {"%factory.Extension('u', @2024)", "FHIR.Extension {\"url\":\"u\",\"valueDate\":\"2024\"}"},
      {"%factory.Extension('u', @T10:00)",
       "FHIR.Extension {\"url\":\"u\",\"valueTime\":\"10:00\"}"},
      {"%factory.Extension('u', now())",
       "FHIR.Extension {\"url\":\"u\",\"valueDateTime\":\"2026-01-02T03:04:05.678Z\"}"},
      {"%factory.Extension('u', gender)",
       "FHIR.Extension {\"url\":\"u\",\"valueCode\":\"male\",\"_valueCode\":{\"id\":\"g\"}}"},
      {"%factory.Extension('u', maritalStatus).value.coding.code", "FHIR.code 'M'"},
      {"%factory.Extension('u', 4 'kg')",
       "FHIR.Extension {\"url\":\"u\",\"valueQuantity\":{\"value\":4,\"unit\":\"kg\","
       "\"system\":\"http://unitsofmeasure.org\",\"code\":\"kg\"}}"},
      {"%factory.Extension('u', 2 months).value",
       "FHIR.Quantity {\"value\":2,\"unit\":\"month\",\"system\":\"http://unitsofmeasure.org\","
       "\"code\":\"mo\"}"},
      {"%factory.Extension('u', 2 months).value = 2 months", "Boolean true"},
      {"%factory.Extension('u', {})", "error invalid-argument@9"},
      {"%factory.Extension({}, 'a')", "error invalid-argument@9"},
      {"%factory.Extension('u', 'a' | 'b')", "error singleton-expected@9"},
      {"%factory.Extension('u' | 'v', 'a')", "error singleton-expected@9"},
      {"%factory.Extension('a b', 'a')", "error invalid-argument@9"},
      {"%factory.Extension(1, 'a')", "error type-mismatch@9"},
      {"%factory.Extension('u', %resource)", "error type-mismatch@9"},
      {"%factory.Extension('u', 1L)", "error type-mismatch@9"},
      {"%factory.Extension('u', %factory.Extension('v', 1))", "error type-mismatch@9"},
      {"%factory.Extension('u', string.type())", "error invalid-argument@9"},
      {"%factory.date('2024', %factory.Extension('a', 1) | %factory.Extension('b', 2))"
       ".extension('b').value",
       "FHIR.integer 2"},
      {"%factory.date('2024', extension).extension.value", "FHIR.string 'x'"},
  });
}

TEST(Factory, Constructors) {
  check({
      {"%factory.Identifier('s', 'v', 'usual', maritalStatus)",
       "FHIR.Identifier {\"system\":\"s\",\"value\":\"v\",\"use\":\"usual\",\"type\":"
       "{\"coding\":[{\"code\":\"M\"}]}}"},
      {"%factory.Identifier('s', {}, {}, %factory.create(CodeableConcept))",
       "FHIR.Identifier {\"system\":\"s\",\"type\":{}}"},
      {"%factory.HumanName('F', 'J' | 'A', {}, 'S', 'T', 'usual')",
       "FHIR.HumanName {\"family\":\"F\",\"given\":[\"J\",\"A\"],\"suffix\":[\"S\"],"
       "\"text\":\"T\",\"use\":\"usual\"}"},
      {"%factory.HumanName({})", "FHIR.HumanName {}"},
      {"%factory.HumanName(name.family, name.given)",
       "FHIR.HumanName {\"family\":\"O\\\"F\",\"_family\":{\"id\":\"f\"},"
       "\"given\":[\"A\",\"B\"]}"},
      {"%factory.HumanName({}, 'a' | %factory.string({}, extension) | %factory.create(string))",
       "FHIR.HumanName {\"given\":[\"a\",null],\"_given\":[null,{\"extension\":"
       "[{\"url\":\"e\",\"valueString\":\"x\"}]}]}"},
      {"%factory.HumanName({}, %factory.create(string))", "FHIR.HumanName {}"},
      {"%factory.ContactPoint('email', 'a@b', 'work')",
       "FHIR.ContactPoint {\"system\":\"email\",\"value\":\"a@b\",\"use\":\"work\"}"},
      {"%factory.Address('1' | '2', 'C', 'S', '0', {}, 'home', 'physical')",
       "FHIR.Address {\"line\":[\"1\",\"2\"],\"city\":\"C\",\"state\":\"S\","
       "\"postalCode\":\"0\",\"use\":\"home\",\"type\":\"physical\"}"},
      {"%factory.Quantity('http://unitsofmeasure.org', 'mg', '5.030', 'mg')",
       "FHIR.Quantity {\"system\":\"http://unitsofmeasure.org\",\"code\":\"mg\","
       "\"value\":5.030,\"unit\":\"mg\"}"},
      {"%factory.Quantity('http://unitsofmeasure.org', 'mg', 5.03, 'mg') = 5.03 'mg'",
       "Boolean true"},
      {"%factory.Coding('s', 'c', 'd', '1')",
       "FHIR.Coding {\"system\":\"s\",\"code\":\"c\",\"display\":\"d\",\"version\":\"1\"}"},
      {"%factory.CodeableConcept(%factory.Coding('s', '1') | %factory.Coding('s', '2'), 'T')",
       "FHIR.CodeableConcept {\"coding\":[{\"system\":\"s\",\"code\":\"1\"},"
       "{\"system\":\"s\",\"code\":\"2\"}],\"text\":\"T\"}"},
      {"%factory.CodeableConcept({}, 'T').coding", "{}"},
  });
}

TEST(Factory, ConstructorsRefuse) {
  check({
      {"%factory.Identifier(1, 'v')", "error type-mismatch@9"},
      {"%factory.Identifier('s', 'v', 'u', 'text')", "error type-mismatch@9"},
      {"%factory.HumanName(1)", "error type-mismatch@9"},
      {"%factory.HumanName('a' | 'b')", "error singleton-expected@9"},
      {"%factory.HumanName('a', 'b' | 1)", "error type-mismatch@9"},
      {"%factory.HumanName('')", "error invalid-argument@9"},
      {"%factory.ContactPoint('e  mail', 'a')", "error invalid-argument@9"},
      {"%factory.Address('1', name)", "error type-mismatch@9"},
      {"%factory.Quantity('s', 'c', 'many')", "error invalid-argument@9"},
      {"%factory.Quantity('s s', 'c', 1)", "error invalid-argument@9"},
      {"%factory.Coding('s', true)", "error type-mismatch@9"},
      {"%factory.CodeableConcept(1 | %factory.Coding('s', '2'))", "error type-mismatch@9"},
      {"%factory.CodeableConcept(maritalStatus)", "error type-mismatch@9"},
  });
}

TEST(Factory, Create) {
  check({
      {"%factory.create(SampledData)", "FHIR.SampledData {}"},
      {"%factory.create(FHIR.Period)", "FHIR.Period {}"},
      {"%factory.create(Quantity)", "FHIR.Quantity {}"},
      {"%factory.create(Observation)", "FHIR.Observation {\"resourceType\":\"Observation\"}"},
      {"%factory.create(Observation).resourceType", "FHIR.code 'Observation'"},
      {"%factory.create(Element)", "refused@16 fhirpath-type"},
      {"%factory.create(Resource)", "refused@16 fhirpath-type"},
      {"%factory.create(System.String)", "refused@16 fhirpath-type"},
      {"%factory.create(Nothing)", "refused@16 fhirpath-type"},
      {"%factory.create('Period')", "refused@16 fhirpath-type"},
      {"%factory.create()", "refused@9 fhirpath-arity"},
  });
}

TEST(Factory, WithExtension) {
  check({
      {"%factory.withExtension(%factory.integer(1, %factory.Extension('a', 'x')), 'b', 2)"
       ".extension.value",
       "FHIR.string 'x', FHIR.integer 2"},
      {"%factory.withExtension(gender, 'b', 2).id", "FHIR.string 'g'"},
      {"%factory.withExtension(gender, 'b', 2)", "FHIR.code 'male'"},
      {"%factory.withExtension(maritalStatus, 'b', 2)",
       "FHIR.CodeableConcept {\"coding\":[{\"code\":\"M\"}],\"extension\":"
       "[{\"url\":\"b\",\"valueInteger\":2}]}"},
      {"%factory.withExtension(%resource, 'b', 2).extension.url", "FHIR.uri 'e', FHIR.uri 'b'"},
      {"%factory.withExtension(%resource, 'b', 2).name.family", "FHIR.string 'O\"F'"},
      {"%resource.extension.url", "FHIR.uri 'e'"},
      {"%factory.withExtension({}, 'b', 2)", "{}"},
      {"%factory.withExtension('a', 'b', 2)", "error type-mismatch@9"},
      {"%factory.withExtension(name.given, 'b', 2)", "error singleton-expected@9"},
      {"%factory.withExtension(gender, 'b', {})", "error invalid-argument@9"},
      {"%factory.withExtension(gender, {}, 1)", "error invalid-argument@9"},
      {"%factory.withExtension(gender, 'b', 1 | 2)", "error singleton-expected@9"},
      {"%factory.withExtension(%factory.create(Bundle), 'b', 1)", "error invalid-argument@9"},
  });
}

TEST(Factory, WithProperty) {
  check({
      {"%factory.withProperty(%factory.integer(134), 'id', 'i').id", "FHIR.string 'i'"},
      {"%factory.withProperty(%factory.integer(134), 'id', 'i')", "FHIR.integer 134"},
      {"%factory.withProperty(name, 'given', 'Z').given", "FHIR.string 'Z'"},
      {"%factory.withProperty(name, 'family', 'Z')",
       "FHIR.HumanName {\"given\":[\"A\",\"B\"],\"use\":\"usual\",\"family\":\"Z\"}"},
      {"%factory.withProperty(name, 'given', name.given | 'C').given",
       "FHIR.string 'A', FHIR.string 'B', FHIR.string 'C'"},
      {"%factory.withProperty(name, 'given', {})",
       "FHIR.HumanName {\"family\":\"O\\\"F\",\"_family\":{\"id\":\"f\"},\"use\":\"usual\"}"},
      {"%factory.withProperty(%resource, 'multipleBirth', true).multipleBirth",
       "FHIR.boolean true"},
      {"%factory.withProperty(%resource, 'multipleBirthBoolean', true).multipleBirth",
       "FHIR.boolean true"},
      {"%factory.withProperty(%resource, 'deceased', @2024).deceased", "FHIR.dateTime '2024'"},
      {"%factory.withProperty(%factory.create(Observation), 'value', 4 'kg').value = 4 'kg'",
       "Boolean true"},
      {"%factory.withProperty(%factory.create(Reference), 'reference', 'Patient/p').resolve().id",
       "{}"},
      {"%factory.withProperty(%factory.create(Bundle), 'entry', {})",
       "FHIR.Bundle {\"resourceType\":\"Bundle\"}"},
      {"%factory.withProperty(%factory.create(Observation), 'contained', %resource)"
       ".contained.gender",
       "FHIR.code 'male'"},
      {"%factory.withProperty({}, 'id', 'i')", "{}"},
      {"%factory.withProperty(name, 'nothing', 'i')", "error invalid-argument@9"},
      {"%factory.withProperty(name, '_family', 'i')", "error invalid-argument@9"},
      {"%factory.withProperty(name, '', 'i')", "error invalid-argument@9"},
      {"%factory.withProperty(name, {}, 'i')", "error invalid-argument@9"},
      {"%factory.withProperty(name, 1, 'i')", "error type-mismatch@9"},
      {"%factory.withProperty(name, 'use', 'a' | 'b')", "error singleton-expected@9"},
      {"%factory.withProperty(name, 'use', 1)", "error type-mismatch@9"},
      {"%factory.withProperty(name, 'period', gender)", "error type-mismatch@9"},
      {"%factory.withProperty(%resource, 'resourceType', 'Group')", "error invalid-argument@9"},
      {"%factory.withProperty(%resource, 'multipleBirth', 'a')", "error type-mismatch@9"},
      {"%factory.withProperty(%resource, 'multipleBirthString', 'a')", "error invalid-argument@9"},
      {"%factory.withProperty(%resource | name, 'id', 'a')", "error singleton-expected@9"},
      {"%factory.withProperty('a', 'id', 'a')", "error type-mismatch@9"},
  });
}

TEST(Factory, IsKnownAtCompileTime) {
  check({
      {"%factory", "refused@0 unbound-variable"},
      {"%factory.string", "refused@9 unknown-function"},
      {"%factory.integer64(1)", "refused@9 unknown-function"},
      {"%factory.extension('a', 1)", "refused@9 unknown-function"},
      {"%factory.Period()", "refused@9 unknown-function"},
      {"%factory.string()", "refused@9 fhirpath-arity"},
      {"%factory.Extension('a')", "refused@9 fhirpath-arity"},
      {"%factory.withProperty(name, 'a')", "refused@9 fhirpath-arity"},
      {"1 + %factory . string('a', 'b', 'c')", "refused@15 fhirpath-arity"},
      {"%factory . string('a') & %`factory`.string('b')", "String 'ab'"},
  });
  EvalOptions strict;
  strict.strict = true;
  check(
      {
          {"%factory.HumanName('F').family", "FHIR.string 'F'"},
          {"%factory.HumanName('F').famly", "refused@24 unknown-path"},
          {"%factory.create(Period).value", "refused@24 unknown-path"},
          {"%factory.withExtension(%factory.create(Period), 'a', 1).end", "{}"},
          {"%factory.withExtension(%factory.create(Period), 'a', 1).value",
           "refused@56 unknown-path"},
      },
      strict);
  CompileOptions options;
  const auto message = [&](std::string_view expression) {
    return compile(expression, options).error.message;
  };
  EXPECT_EQ(message("%factory.integer64(1)"), "there is no `%factory.integer64()`");
  EXPECT_EQ(message("%factory.Period({})"),
            "there is no `%factory.Period()`, but `%factory.create(Period)`");
}

TEST(Factory, VariablesOfThatNameComeFirst) {
  check({{"defineVariable('factory', name.given).select(%factory.first())", "FHIR.string 'A'"}});
  const std::vector<std::string> names = {"factory"};
  CompileOptions options;
  options.variables = &names;
  EXPECT_TRUE(compile("%factory", options).program);
  EXPECT_FALSE(compile("%factory.string('a')", options).program);
  const std::vector<std::string> others = {"other"};
  options.variables = &others;
  EXPECT_FALSE(compile("%factory", options).program);
  EXPECT_TRUE(compile("%factory.string('a')", options).program);
  // Given to a program that was compiled as if there were none: not ignored.
  EvalOptions given;
  given.variables = {{"factory", "{}"}};
  EXPECT_EQ(eval("%factory.string('a')", "{}", given), "error variable-redefined@9");
  EXPECT_FALSE(compile_search("%factory.string('a')", fhir::find_type("Patient")).program);
}

// Messages name what was expected, never a value of the input (SPEC P6).
TEST(Factory, Messages) {
  const auto message = [](std::string_view expression) {
    Evaluated result;
    evaluate_into(result, expression, kPatient);
    return result.error.message;
  };
  EXPECT_EQ(message("%factory.id(name.family)"), "`%factory.id` expects a value of type `id`");
  EXPECT_EQ(message("%factory.HumanName(1)"),
            "`%factory.HumanName` expects a value of type `string` for `family`");
  EXPECT_EQ(message("%factory.withProperty(name, name.family, 1)"),
            "`%factory` expects an element that the instance's type has");
}

TEST(Factory, Bounds) {
  EvalOptions options;
  options.limits.max_evaluation_bytes = 4096;
  const std::string big(2000, 'x');
  EXPECT_EQ(eval("%factory.string('" + big + "').length()", "{}", options), "Integer 2000");
  EXPECT_EQ(eval("%factory.Address('" + big + "' | '" + big + "y')", "{}", options),
            "error result-too-large@0");
  // Values that double end in a limit.
  std::string doubling = "'x'";
  for (int i = 0; i < 8; ++i) {
    doubling = concat("(", doubling, ").select($this & $this)");
  }
  EXPECT_EQ(eval(doubling + ".select(%factory.HumanName($this, $this & 'a', $this, $this))"
                            ".select(%factory.withProperty($this, 'text', text & family) | $this)"
                            ".select(%factory.withExtension($this, 'a', family)).count()",
                 "{}", options),
            "error result-too-large@0");
  EvalOptions few;
  few.limits.max_evaluation_steps = 100;
  EXPECT_EQ(eval("(1|2|3|4|5|6|7|8|9).select(%factory.integer($this)).count()", "{}", few),
            "error expression-too-complex@0");
  // As deep as the limit, and not deeper.
  EvalOptions shallow;
  shallow.limits.max_depth = 5;
  const std::string nested =
      "%factory.withProperty(%factory.create(Extension), 'extension', "
      "%factory.Extension('a', %factory.create(Period)))";
  EXPECT_EQ(eval(nested + ".extension.url", "{}", shallow), "FHIR.uri 'a'");
  EXPECT_EQ(eval("%factory.withProperty(%factory.create(Extension), 'extension', " + nested +
                     ").exists()",
                 "{}", shallow)
                .substr(0, 14),
            "error too-deep");
}

// Items of many documents: each finds its own.
TEST(Factory, ManyValues) {
  EvalOptions with_v;
  with_v.variables = {{"v", "[\"a\"]"}};
  EXPECT_EQ(eval("(1|2|3).select(%factory.integer($this, %factory.Extension('u', $this + 10)))"
                 ".select(%v & ($this + extension.value).toString())",
                 "{}", with_v),
            "String 'a12', String 'a14', String 'a16'");
  EvalOptions options;
  options.limits.max_evaluation_steps = 100'000'000;
  options.limits.max_evaluation_bytes = 1U << 30;
  std::string list = "[0";
  for (int i = 1; i < 260; ++i) {
    list.append(",").append(std::to_string(i));
  }
  list += "]";
  options.variables = {{"n", list}};
  EXPECT_EQ(eval("%n.select(%n.take(251).select(%factory.boolean(true))).count()", "{}", options),
            "Integer 65260");
  EXPECT_EQ(eval("%n.select(%n.select(%factory.boolean(true))).count()", "{}", options),
            "error result-too-large@29");
}

// The memory of one evaluation does not live on in the next.
TEST(Factory, ScratchIsReused) {
  const CompileResult compiled = compile("%factory.HumanName(family).family", {});
  ASSERT_TRUE(compiled.program);
  Scratch scratch;
  for (const char* json : {R"({"family":"first"})", R"({"family":"2"})"}) {
    const Resource resource(json);
    Input input;
    input.document = &resource.document();
    std::vector<Item> items;
    ASSERT_FALSE(evaluate(*compiled.program, input, Limits{}, scratch, items));
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(scratch.documents.size(), 2u);
    EXPECT_EQ(text_of(items[0], scratch.documents),
              json[11] == 'f' ? "FHIR.string 'first'" : "FHIR.string '2'");
  }
}

// A key that is written with escapes is copied as the key that it is.
TEST(Factory, KeysWithEscapes) {
  EvalOptions name;
  name.type = "HumanName";
  EXPECT_EQ(
      eval("%factory.withProperty($this, 'use', 'old')", R"({"f\u0061mily":"F","od\"d":1})", name),
      R"(FHIR.HumanName {"family":"F","od\"d":1,"use":"old"})");
  EXPECT_EQ(eval("%factory.withProperty(%factory.create(Patient), 'name', $this).name.family",
                 R"({"f\u0061mily":"F"})", name),
            "FHIR.string 'F'");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
