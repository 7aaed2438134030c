// Data that is well-formed JSON, and neither FHIR nor well meant.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

constexpr const char* kTooComplex = "error expression-too-complex@0";

std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    out += part;
  }
  return out;
}

// A Patient with 1000 given names, for expressions that look at `members` once for each of them.
std::string patient_with(const std::string& members) {
  return R"({"resourceType":"Patient","name":[{"given":["a")" + repeated(R"(,"a")", 999) + "]}]," +
         members + "}";
}

std::string members(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += "\"k" + std::to_string(i) + "\":1,";
  }
  return out;
}

struct Work {
  std::string expression;
  std::string few;   // JSON members
  std::string many;  // the same, with more to look at
};

// What is small for a resource is large when it is looked at again and again: that takes steps too.
TEST(Hostile, TakesStepsForTheSizeOfWhatItLooksAt) {
  const auto text = [](const char* name, const std::string& value) {
    return '"' + std::string(name) + "\":\"" + value + '"';
  };
  const auto texts = [&text](const std::string& part, std::size_t times) {
    return text("language", repeated(part, times)) + ',' +
           text("implicitRules", repeated(part, times));
  };
  const auto identifiers = [](std::size_t times) {
    std::string out = "\"identifier\":[";
    for (int i = 0; i < 12; ++i) {
      out += (i == 0 ? "" : ",");
      out += R"({"value":")" + repeated("v", times) + std::to_string(i) + "\"}";
    }
    return out + "]";
  };
  const auto contacts = [](std::size_t times) {
    return "\"contact\":[{\"a\":1," + members(times) + "\"z\":1},{\"a\":2," + members(times) +
           "\"z\":1}]";
  };
  const std::vector<Work> cases = {
      {"%resource.active", "\"active\":true", members(100'000) + "\"active\":true"},
      {"%resource.deceased", "\"deceasedBoolean\":true",
       members(100'000) + "\"deceasedBoolean\":true"},
      {"%resource.language = %resource.implicitRules", texts("a", 10), texts("a", 1'000'000)},
      {"%resource.language = %resource.implicitRules", texts("\\u0061", 10),
       texts("\\u0061", 100'000)},
      {"%resource.language ~ %resource.implicitRules", texts("a", 10), texts("a", 1'000'000)},
      {"%resource.language in %resource.implicitRules", texts("a", 10), texts("a", 1'000'000)},
      {"%resource.language.startsWith(%resource.implicitRules)", texts("a", 10),
       texts("a", 1'000'000)},
      {"%resource.language.trim() = ''", texts(" ", 10), texts(" ", 1'000'000)},
      {"%resource.language.toInteger() = 0", texts("0", 10), texts("0", 1'000'000)},
      {"%resource.language.convertsToDateTime().not()", texts("2", 10), texts("2", 1'000'000)},
      {"%resource.multipleBirth > 0", "\"multipleBirthInteger\":1.0",
       "\"multipleBirthInteger\":1." + repeated("0", 1'000'000)},
      {"%resource.deceased > @2020", R"("deceasedDateTime":"2021-01-01T00:00:00.0")",
       R"("deceasedDateTime":"2021-01-01T00:00:00.)" + repeated("0", 1'000'000) + '"'},
      {"%resource.identifier.distinct().exists()", identifiers(1), identifiers(100'000)},
      {"%resource.contact.first() != %resource.contact.last()", contacts(1), contacts(50'000)},
  };
  for (const Work& c : cases) {
    const std::string expression = "name.given.where(" + c.expression + ").count()";
    EvalOptions options;
    options.limits.max_evaluation_steps = 200'000;
    EXPECT_EQ(eval(expression, patient_with(c.few), options), "Integer 1000") << expression;
    EXPECT_EQ(eval(expression, patient_with(c.many), options), kTooComplex) << expression;
  }
}

// %resource looks for the type of the resource, which may stand behind everything else.
TEST(Hostile, TakesStepsOnTheWayToTheResourceType) {
  EvalOptions options;
  options.limits.max_evaluation_steps = 200'000;
  const std::string json = "{" + members(100'000) + patient_with("\"active\":true").substr(1);
  EXPECT_EQ(eval("name.given.where(%resource.active).count()", json, options), kTooComplex);
  EXPECT_EQ(eval("%resource.active", json, options), "FHIR.boolean true");
}

TEST(Hostile, TakesStepsForFunctionsThatComputeLong) {
  for (const char* expression :
       {"2.5.ln()", "2.5.exp()", "2.5.sqrt()", "2.5.log(7)", "1.5.power(0.7)"}) {
    EvalOptions options;
    options.limits.max_evaluation_steps = 40'000;
    const std::string all = "name.given.select(" + std::string(expression) + ").count()";
    EXPECT_EQ(eval(all, patient_with("\"active\":true"), options), kTooComplex) << all;
    EXPECT_EQ(eval(std::string(expression) + " > 0", "{}", options), "Boolean true") << all;
  }
}

// A version is asked for, and the resource has no `meta`.
TEST(Hostile, AVersionOfAResourceWithoutVersion) {
  const auto bundle = [](const char* meta) {
    return std::string(R"({"resourceType":"Bundle","entry":[{"fullUrl":"http://a/Patient/1",)") +
           R"("resource":{"resourceType":"Patient",)" + meta + R"("id":"1"}},)" +
           R"({"fullUrl":"http://a/Observation/1","resource":{"resourceType":"Observation",)" +
           R"("id":"1","subject":{"reference":"Patient/1/_history/2"}}}]})";
  };
  const char* expression = "entry[1].resource.subject.resolve()";
  EXPECT_EQ(eval(expression, bundle("")), "stub Patient");
  EXPECT_EQ(eval(expression, bundle(R"("meta":1,)")), "stub Patient");
  EXPECT_EQ(eval(expression, bundle(R"("meta":{"versionId":"1"},)")), "stub Patient");
  EXPECT_EQ(eval(expression + std::string(".id"), bundle(R"("meta":{"versionId":"2"},)")),
            "FHIR.id '1'");
}

// Two contained resources with one id: neither is what the reference means.
TEST(Hostile, AContainedIdTwice) {
  const auto patient = [](const char* second) {
    return std::string(R"({"resourceType":"Patient","contained":[)") +
           R"({"resourceType":"Organization","id":"o","active":true},)" +
           R"({"resourceType":"Organization","id":")" + second + R"(","active":false}],)" +
           R"("managingOrganization":{"reference":"#o"}})";
  };
  const char* expression = "managingOrganization.resolve().active";
  EXPECT_EQ(eval(expression, patient("p")), "FHIR.boolean true");
  EXPECT_EQ(eval(expression, patient("o")), "{}");
}

// An element is no resource because it says so: what it contains cannot be referred to.
TEST(Hostile, AnElementThatSaysItIsAResource) {
  constexpr const char* kSpoof =
      R"({"resourceType":"Patient",)"
      R"("contained":[{"resourceType":"Organization","id":"o","name":"true one"}],)"
      R"("managingOrganization":{"resourceType":"Patient","reference":"#o",)"
      R"("contained":[{"resourceType":"Organization","id":"o","name":"spoof"}]},)"
      R"("extension":[{"url":"u","resourceType":"Patient","valueReference":{"reference":"#o"},)"
      R"("contained":[{"resourceType":"Organization","id":"o","name":"spoof"}]}]})";
  EXPECT_EQ(eval("managingOrganization.resolve().name", kSpoof), "FHIR.string 'true one'");
  EXPECT_EQ(eval("extension.value.resolve().name", kSpoof), "FHIR.string 'true one'");
}

// What names a type, and the number and the unit of a Quantity, have no members.
TEST(Hostile, MembersOfMembers) {
  for (const char* expression : {"type().name.foo", "type().name.name", "(4 'kg').value.foo",
                                 "(4 'kg').value.unit", "(4 'kg').unit.value"}) {
    EXPECT_EQ(eval(expression, R"({"resourceType":"Patient"})"), "{}") << expression;
  }
  EXPECT_EQ(eval("type().name | (4 'kg').unit", R"({"resourceType":"Patient"})"),
            "String 'Patient', String 'kg'");
}

// A boolean that has only extensions is empty, and so is what is not it.
TEST(Hostile, NotOfABooleanWithoutValue) {
  constexpr const char* kJson =
      R"({"resourceType":"Patient","_active":{"extension":[{"url":"u","valueCode":"unknown"}]}})";
  EXPECT_EQ(eval("active.not()", kJson), "{}");
  EXPECT_EQ(eval("active.not().exists()", kJson), "Boolean false");
}

// An element equals plain JSON of the same content, in large collections as in small ones.
TEST(Hostile, ElementsAmongPlainJson) {
  for (const int count : {3, 30}) {
    std::string names = "[";
    for (int i = 0; i < count; ++i) {
      names += std::string(i == 0 ? "" : ",") + R"({"family":"f)" + std::to_string(i) +
               R"(","period":{"start":"2020-01-0)" + std::to_string(i % 9 + 1) + "\"}}";
    }
    names += "]";
    const std::string json = R"({"resourceType":"Patient","name":)" + names + "}";
    EvalOptions options;
    options.variables = {{"plain", names}};
    const std::string all = "Integer " + std::to_string(count);
    EXPECT_EQ(eval("(name | %plain).count()", json, options), all);
    EXPECT_EQ(eval("(%plain | name).count()", json, options), all);
    EXPECT_EQ(eval("name.intersect(%plain).count()", json, options), all);
    EXPECT_EQ(eval("name.subsetOf(%plain) and %plain.subsetOf(name)", json, options),
              "Boolean true");
    EXPECT_EQ(eval("name.exclude(%plain)", json, options), "{}");
  }
}

// What yields nothing because of its shape is told from what is not there.
TEST(Hostile, DataOfAnotherShapeIsToldFromNone) {
  struct Row {
    const char* expression;
    const char* members;
    bool malformed;
  };
  for (const Row& row : {
           Row{"generalPractitioner.all(reference = 'Practitioner/1')",
               R"("generalPractitioner":{"reference":"Practitioner/2"})", true},
           {"generalPractitioner.empty()", R"("generalPractitioner":[])", false},
           {"generalPractitioner.empty()", R"("id":"1")", false},
           {"contained.empty()", R"("contained":[{"resourceType":"Foo"}])", true},
           {"contained.empty()", R"("contained":[{"id":"a"}])", true},
           {"contained.exists()", R"("contained":[{"resourceType":"Patient"}])", false},
           {"active.empty()", R"("active":"true")", true},
           {"active.empty()", R"("active":null)", true},
           {"active.exists()", R"("_active":{"id":"a"})", false},
           {"active.empty()", R"("_active":"a")", true},
           {"birthDate !~ @2020", R"("birthDate":"tomorrow")", true},
           {"birthDate !~ @2020", R"("birthDate":"2021")", false},
           {"communication.empty()", R"("communication":[null])", true},
           {"active", R"("active":true,"contained":1)", false},  // nobody looked at it
       }) {
    const Resource resource(R"({"resourceType":"Patient",)" + std::string(row.members) + "}");
    const CompileResult compiled = compile(row.expression, CompileOptions{});
    ASSERT_NE(compiled.program, nullptr) << row.expression;
    Input input;
    input.document = &resource.document();
    Scratch scratch;
    std::vector<Item> items;
    bool malformed = false;
    const EvaluationError error =
        evaluate(*compiled.program, input, Limits{}, scratch, items, &malformed);
    ASSERT_FALSE(error) << row.expression;
    ASSERT_EQ(items.size(), 1U) << row.expression;
    EXPECT_TRUE(items[0].is_node() || items[0].boolean()) << row.expression << row.members;
    EXPECT_EQ(malformed, row.malformed) << row.expression << " on " << row.members;
  }
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
