#include "tests/native/core/fhirpath/support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Case {
  const char* expression;
  const char* type;
  const char* json;
  const char* expected;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(run(c.expression, c.type, c.json), c.expected) << c.expression << " on " << c.json;
  }
}

TEST(Evaluate, WalksPathsAndArrays) {
  check({
      {"Patient.name.given", "Patient", R"({"name":[{"given":["A","B"]},{"given":["C"]}]})",
       R"("A":string "B":string "C":string)"},
      {"Patient.birthDate", "Patient", R"({"birthDate":"1990"})", R"("1990":date)"},
      {"Patient.birthDate", "Patient", R"({})", ""},
      {"Patient.name", "Patient", R"({"name":[]})", ""},
      {"Resource.id", "Patient", R"({"id":"x"})", R"("x":id)"},
      {"Resource.meta.tag", "Resource", R"({"meta":{"tag":[{"code":"a"}]}})",
       R"({"code":"a"}:Coding)"},
      {"DomainResource.contained", "Patient",
       R"({"contained":[{"resourceType":"Organization","id":"o"}]})",
       R"({"resourceType":"Organization","id":"o"}:Organization)"},
      {"Patient.name.family | Patient.name.given", "Patient",
       R"({"name":[{"given":["A"],"family":"F"}]})", R"("F":string "A":string)"},
      {"Patient.name.family | Person.name.family", "Patient", R"({"name":[{"family":"F"}]})",
       R"("F":string)"},
  });
}

TEST(Evaluate, FindsKeysWrittenWithEscapes) {
  check({{"Patient.birthDate", "Patient", R"({"birth\u0044ate":"1990"})", R"("1990":date)"}});
}

TEST(Evaluate, ChoiceElements) {
  check({
      {"Observation.value", "Observation", R"({"valueString":"x"})", R"("x":string)"},
      {"Observation.value", "Observation", R"({"valueQuantity":{"value":1}})",
       R"({"value":1}:Quantity)"},
      {"(Observation.value as Quantity)", "Observation", R"({"valueString":"x"})", ""},
      {"(Observation.value as Quantity)", "Observation", R"({"valueQuantity":{"value":1}})",
       R"({"value":1}:Quantity)"},
      {"Condition.onset.as(Period)", "Condition", R"({"onsetPeriod":{"start":"2020"}})",
       R"({"start":"2020"}:Period)"},
      {"Condition.onset.as(Period)", "Condition", R"({"onsetDateTime":"2020"})", ""},
      {"Group.characteristic.value.ofType(Reference)", "Group",
       R"({"characteristic":[{"valueReference":{"reference":"Patient/1"}},{"valueBoolean":true}]})",
       R"({"reference":"Patient/1"}:Reference)"},
      {"(ConceptMap.source as uri)", "ConceptMap", R"({"sourceUri":"u"})", R"("u":uri)"},
      {"(Observation.value as CodeableConcept).text", "Observation",
       R"({"valueCodeableConcept":{"text":"t"}})", R"("t":string)"},
      {"Observation.valueString", "Observation", R"({"valueString":"x"})", R"("x":string)"},
      // A key that only looks like a choice is none.
      {"Observation.value", "Observation", R"({"valueFoo":"x","values":"y"})", ""},
  });
}

TEST(Evaluate, Extensions) {
  constexpr const char* kRace =
      R"({"extension":[{"url":"u","extension":[{"url":"a","valueCoding":{"code":"2106-3"}},)"
      R"({"url":"t","valueString":"White"}]},{"url":"v","valueString":"no"}]})";
  check({
      {"Patient.extension.where(url = 'u').extension.value.code", "Patient", kRace,
       R"("2106-3":code)"},
      {"Patient.extension('v').value", "Patient", kRace, R"("no":string)"},
      {"Patient.extension('w').value", "Patient", kRace, ""},
      {"Patient.birthDate.extension('e').value", "Patient",
       R"({"birthDate":"1990","_birthDate":{"extension":[{"url":"e","valueCode":"c"}]}})",
       R"("c":code)"},
  });
}

TEST(Evaluate, PrimitiveSiblings) {
  check({
      {"Patient.birthDate", "Patient", R"({"_birthDate":{"id":"x"}})", "_:date"},
      {"Patient.name.given", "Patient",
       R"({"name":[{"given":["A",null],"_given":[null,{"id":"x"}]}]})", R"("A":string _:string)"},
      {"Patient.name.given", "Patient", R"({"name":[{"_given":[{"id":"x"}]}]})", "_:string"},
  });
}

TEST(Evaluate, MalformedValuesYieldNothing) {
  check({
      {"Patient.birthDate", "Patient", R"({"birthDate":{}})", "!"},
      {"Patient.birthDate", "Patient", R"({"birthDate":1990})", "!"},
      {"Patient.birthDate", "Patient", R"({"birthDate":null})", "!"},
      {"Patient.birthDate", "Patient", R"({"birthDate":["1990"]})", "!"},
      {"Patient.active", "Patient", R"({"active":"true"})", "!"},
      {"Patient.name", "Patient", R"({"name":{"family":"F"}})", "!"},
      {"Patient.name.family", "Patient", R"({"name":["F"]})", "!"},
      {"Patient.name.given", "Patient", R"({"name":[{"given":["A",null]}]})", R"("A":string!)"},
      {"Patient.name.given", "Patient", R"({"name":[{"given":["A",1,"B"]}]})",
       R"("A":string "B":string!)"},
      {"Patient.contained", "Patient", R"({"contained":[{"resourceType":"Nope"}]})", "!"},
      {"Patient.contained", "Patient", R"({"contained":[{}]})", "!"},
  });
}

TEST(Evaluate, Resolve) {
  const auto patient = [](const std::string& reference) {
    return run("Observation.subject.where(resolve() is Patient)", "Observation",
               R"({"subject":)" + reference + "}");
  };
  EXPECT_EQ(patient(R"({"reference":"Patient/1"})"), R"({"reference":"Patient/1"}:Reference)");
  EXPECT_EQ(patient(R"({"reference":"Patient/1/_history/2"})"),
            R"({"reference":"Patient/1/_history/2"}:Reference)");
  EXPECT_EQ(patient(R"({"reference":"https://x/y/Patient/1"})"),
            R"({"reference":"https://x/y/Patient/1"}:Reference)");
  EXPECT_EQ(patient(R"({"reference":"Group/1"})"), "");
  EXPECT_EQ(patient(R"({"type":"Patient","display":"d"})"),
            R"({"type":"Patient","display":"d"}:Reference)");
  EXPECT_EQ(patient(R"({"type":"Group"})"), "");
  // Nobody can tell what these are: unresolved.
  EXPECT_EQ(patient(R"({"reference":"urn:uuid:1"})"), "!");
  EXPECT_EQ(patient(R"({"reference":"Patient?identifier=1"})"), "!");
  EXPECT_EQ(patient(R"({"reference":"Nope/1"})"), "!");
  EXPECT_EQ(patient(R"({"reference":"Patient/a b"})"), "!");
  EXPECT_EQ(patient(R"({"reference":"Patient/1/_history/"})"), "!");
  EXPECT_EQ(patient(R"({"reference":"#p"})"), "!");
  EXPECT_EQ(patient(R"({"reference":"#"})"), "!");
  EXPECT_EQ(patient(R"({"reference":1})"), "!");
  EXPECT_EQ(patient(R"({"display":"d"})"), "!");
}

TEST(Evaluate, ResolvesContained) {
  const auto run_with = [](const char* contained) {
    return run("Observation.subject.where(resolve() is Patient)", "Observation",
               std::string(R"({"contained":)") + contained + R"(,"subject":{"reference":"#p"}})");
  };
  EXPECT_EQ(run_with(R"([{"resourceType":"Patient","id":"p"}])"),
            R"({"reference":"#p"}:Reference)");
  EXPECT_EQ(run_with(R"([{"resourceType":"Group","id":"p"}])"), "");
  EXPECT_EQ(run_with(R"([{"resourceType":"Patient","id":"q"}])"), "!");
  EXPECT_EQ(run_with(R"({"resourceType":"Patient","id":"p"})"), "!");
}

TEST(Evaluate, ResourceTypeOfAReference) {
  check({{"ProjectMembership.profile.resolve().resourceType", "ProjectMembership",
          R"({"profile":{"reference":"Practitioner/1"}})", "=Practitioner"}});
}

TEST(Evaluate, Logic) {
  constexpr const char* kDeceased = "Patient.deceased.exists() and Patient.deceased != false";
  check({
      {kDeceased, "Patient", R"({})", "false"},
      {kDeceased, "Patient", R"({"deceasedBoolean":false})", "false"},
      {kDeceased, "Patient", R"({"deceasedBoolean":true})", "true"},
      {kDeceased, "Patient", R"({"deceasedDateTime":"2020"})", "true"},
      {kDeceased, "Patient", R"({"_deceasedBoolean":{"id":"x"}})", "!"},
      {"Patient.active.not()", "Patient", R"({"active":true})", "false"},
      {"Patient.active.not()", "Patient", R"({})", ""},
      {"Patient.active or Patient.deceased.exists()", "Patient", R"({"active":false})", "false"},
      {"Patient.active or Patient.deceased.exists()", "Patient", R"({})", ""},
      {"Patient.active = true", "Patient", R"({"active":true})", "true"},
      {"true = Patient.active", "Patient", R"({"active":false})", "false"},
      {"Patient.name.given = 'A'", "Patient", R"({"name":[{"given":["A","B"]}]})", "false"},
      {"Patient.telecom.exists(system = 'email')", "Patient",
       R"({"telecom":[{"system":"phone"},{"system":"email"}]})", "true"},
      {"Patient.telecom.where(system='email').value", "Patient",
       R"({"telecom":[{"system":"phone","value":"1"},{"system":"email","value":"2"}]})",
       R"("2":string)"},
      {"iif(priority = 'stat', 50, iif(priority = 'asap', 40, 10))", "Task",
       R"({"priority":"asap"})", "40"},
      {"iif(priority = 'stat', 50, iif(priority = 'asap', 40, 10))", "Task", R"({})", "10"},
  });
}

TEST(Evaluate, Indexers) {
  constexpr const char* kBundle =
      R"({"entry":[{"resource":{"resourceType":"Composition","id":"c"}},{"resource":{"resourceType":"Patient","id":"p"}}]})";
  check({
      {"Bundle.entry[0].resource", "Bundle", kBundle,
       R"({"resourceType":"Composition","id":"c"}:Composition)"},
      {"Bundle.entry[1].resource.id", "Bundle", kBundle, R"("p":id)"},
      {"Bundle.entry[2].resource", "Bundle", kBundle, ""},
      {"Bundle.entry.first().resource.id", "Bundle", kBundle, R"("c":id)"},
      {"Bundle.entry.resource.status", "Bundle",
       R"({"entry":[{"resource":{"resourceType":"Bundle"}},{"resource":{"resourceType":"Task","status":"ready"}}]})",
       R"("ready":code)"},
      {"Bundle.entry.resource.value", "Bundle",
       R"({"entry":[{"resource":{"resourceType":"Observation","valueString":"s"}}]})",
       R"("s":string)"},
  });
}

TEST(Evaluate, StepsAreBounded) {
  std::string json = R"({"name":[)";
  for (int i = 0; i < 100; ++i) {
    json += i == 0 ? "{}" : ",{}";
  }
  json += "]}";
  const Resource resource(json);
  const auto compiled = compile_search("Patient.name.family", fhir::find_type("Patient"));
  ASSERT_TRUE(compiled.program);
  Limits limits;
  limits.max_evaluation_steps = 50;
  Scratch scratch;
  std::vector<Item> items;
  bool malformed = false;
  const Error error =
      evaluate_search(*compiled.program, resource.document(), 0, limits, scratch, items, malformed);
  EXPECT_EQ(error.code, ErrorCode::kExpressionTooComplex);
  EXPECT_TRUE(items.empty());
}

// A pattern that an earlier evaluation compiled is paid for again: who asked before shows nowhere.
TEST(Evaluate, CostsTheSameEachTime) {
  const Resource resource(R"({"resourceType":"Patient","id":"ab"})");
  const auto compiled = compile("id.matches('a' + 'b')", {});
  ASSERT_TRUE(compiled.program);
  Input input;
  input.document = &resource.document();
  Scratch scratch;
  int refused = 0;
  for (std::uint32_t steps = 1; steps < 300; ++steps) {
    Limits limits;
    limits.max_evaluation_steps = steps;
    ErrorCode codes[2] = {};
    for (ErrorCode& code : codes) {
      std::vector<Item> items;
      code = evaluate(*compiled.program, input, limits, scratch, items).error.code;
    }
    EXPECT_EQ(codes[0], codes[1]) << steps;
    refused += codes[0] == ErrorCode::kExpressionTooComplex ? 1 : 0;
  }
  EXPECT_GT(refused, 100);
  EXPECT_LT(refused, 298);
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
