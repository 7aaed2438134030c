#include "core/redact/redactor.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support.hpp"

namespace fhirwall::redact {
namespace {

struct Row {
  const char* rule;  // the SPEC rule, or what it is about
  const char* type;
  std::vector<std::string> hidden;
  const char* input;
  const char* output;
};

void check(const std::vector<Row>& table, const PlanOptions& options = {}) {
  for (const Row& row : table) {
    const auto plan = testing::plan_for(row.type, row.hidden, options);
    const std::string out = testing::redacted(*plan, row.input);
    EXPECT_EQ(out, row.output) << row.rule << "\n  " << row.input;
    EXPECT_EQ(testing::redacted(*plan, out), out) << row.rule << ": not idempotent";
  }
}

TEST(Redactor, HidesPaths) {
  check({
      {"7.1 top",
       "Patient",
       {"name"},
       R"({"resourceType":"Patient","name":[{"family":"S"}],"id":"1"})",
       R"({"resourceType":"Patient","id":"1"})"},
      {"7.1 last",
       "Patient",
       {"birthDate"},
       R"({"resourceType":"Patient","birthDate":"1970"})",
       R"({"resourceType":"Patient"})"},
      {"7.1 first",
       "Patient",
       {"birthDate"},
       R"({"birthDate":"1970","resourceType":"Patient"})",
       R"({"resourceType":"Patient"})"},
      {"7.1 arrays are walked",
       "Patient",
       {"name.family"},
       R"({"resourceType":"Patient","name":[{"family":"S","given":["A"]},{"family":"T"}]})",
       R"({"resourceType":"Patient","name":[{"given":["A"]}]})"},
      {"7.1 choice",
       "Observation",
       {"value[x]"},
       R"({"resourceType":"Observation","valueString":"s","_valueString":{"id":"x"},"valueQuantity":{},"status":"final"})",
       R"({"resourceType":"Observation","status":"final"})"},
      {"7.1 bare choice base",
       "Observation",
       {"value"},
       R"({"resourceType":"Observation","valueInteger":3})",
       R"({"resourceType":"Observation"})"},
      {"7.1 concrete choice",
       "Observation",
       {"valueString"},
       R"({"resourceType":"Observation","valueString":"s","valueInteger":3})",
       R"({"resourceType":"Observation","valueInteger":3})"},
      {"7.1 choice on the way",
       "Observation",
       {"value[x].unit"},
       R"({"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"mmHg"}})",
       R"({"resourceType":"Observation","valueQuantity":{"value":1.50}})"},
      {"7.1 extension by url",
       "Patient",
       {"extension('a')"},
       R"({"resourceType":"Patient","extension":[{"url":"a","valueString":"x"},{"url":"b","valueString":"y"}]})",
       R"({"resourceType":"Patient","extension":[{"url":"b","valueString":"y"}]})"},
      {"7.1 extension url with escapes",
       "Patient",
       {"extension('ab')"},
       R"({"resourceType":"Patient","extension":[{"u\u0072l":"a\u0062","valueString":"x"}]})",
       R"({"resourceType":"Patient"})"},
      {"7.1 part of an extension",
       "Patient",
       {"extension('a').value[x]"},
       R"({"resourceType":"Patient","extension":[{"url":"a","valueString":"x"},{"url":"b","valueString":"y"}]})",
       R"({"resourceType":"Patient","extension":[{"url":"a"},{"url":"b","valueString":"y"}]})"},
      {"7.1 nested extension",
       "Patient",
       {"extension('a').extension('b')"},
       R"({"resourceType":"Patient","extension":[{"url":"a","extension":[{"url":"b","valueString":"x"},{"url":"c","valueString":"y"}]}]})",
       R"({"resourceType":"Patient","extension":[{"url":"a","extension":[{"url":"c","valueString":"y"}]}]})"},
      {"7.1 two selectors and a general part",
       "Patient",
       {"extension('a')", "extension.id", "extension('b').value[x]"},
       R"({"resourceType":"Patient","extension":[{"url":"a","id":"1"},{"url":"b","id":"2","valueCode":"x"},{"url":"c","id":"3","valueCode":"y"}]})",
       R"({"resourceType":"Patient","extension":[{"url":"b"},{"url":"c","valueCode":"y"}]})"},
      {"7.1 two paths meet",
       "Patient",
       {"name.family", "name.period.start"},
       R"({"resourceType":"Patient","name":[{"use":"usual","family":"S","period":{"start":"1","end":"2"}}]})",
       R"({"resourceType":"Patient","name":[{"use":"usual","period":{"end":"2"}}]})"},
      {"7.1 whole beats part",
       "Patient",
       {"name.family", "name"},
       R"({"resourceType":"Patient","name":[{"use":"usual"}]})",
       R"({"resourceType":"Patient"})"},
      {"escaped key",
       "Patient",
       {"name"},
       "{\"resourceType\":\"Patient\",\"na\\u006de\":[{\"family\":\"S\"}],\"id\":\"1\"}",
       R"({"resourceType":"Patient","id":"1"})"},
      {"reference parts",
       "ServiceRequest",
       {"subject.display"},
       R"({"resourceType":"ServiceRequest","subject":{"reference":"Patient/x","display":"Alice"}})",
       R"({"resourceType":"ServiceRequest","subject":{"reference":"Patient/x"}})"},
      {"recursion is one level a step",
       "Questionnaire",
       {"item.item.prefix"},
       R"({"resourceType":"Questionnaire","item":[{"prefix":"a","item":[{"prefix":"b","item":[{"prefix":"c"}]}]}]})",
       R"({"resourceType":"Questionnaire","item":[{"prefix":"a","item":[{"item":[{"prefix":"c"}]}]}]})"},
  });
}

TEST(Redactor, HidesSiblingsAndWrongShapes) {
  check({
      {"7.2 sibling",
       "Patient",
       {"birthDate"},
       R"({"resourceType":"Patient","birthDate":"1970","_birthDate":{"extension":[{"url":"u"}]}})",
       R"({"resourceType":"Patient"})"},
      {"7.2 sibling alone, any shape",
       "Patient",
       {"birthDate"},
       R"({"resourceType":"Patient","_birthDate":"1970-01-01"})",
       R"({"resourceType":"Patient"})"},
      {"7.2 sibling in arrays",
       "Patient",
       {"name.given"},
       R"({"resourceType":"Patient","name":[{"family":"S","given":["A",null],"_given":[null,{"id":"x"}]}]})",
       R"({"resourceType":"Patient","name":[{"family":"S"}]})"},
      {"7.2 sibling of an element that has none",
       "Patient",
       {"name"},
       R"({"resourceType":"Patient","_name":[{"family":"S"}]})",
       R"({"resourceType":"Patient"})"},
      {"7.2 string for an object",
       "Patient",
       {"name.family"},
       R"({"resourceType":"Patient","name":"Smith","active":true})",
       R"({"resourceType":"Patient","active":true})"},
      {"7.2 object for an array",
       "Patient",
       {"name.family"},
       R"({"resourceType":"Patient","name":{"given":["A"]},"active":true})",
       R"({"resourceType":"Patient","active":true})"},
      {"7.2 arrays in arrays, nulls, scalars",
       "Patient",
       {"name.family"},
       R"({"resourceType":"Patient","name":[["Smith"],null,"Smith",7,{"use":"usual"}]})",
       R"({"resourceType":"Patient","name":[{"use":"usual"}]})"},
      {"7.2 array for an object",
       "Observation",
       {"valueQuantity.unit"},
       R"({"resourceType":"Observation","valueQuantity":[{"unit":"x"}]})",
       R"({"resourceType":"Observation"})"},
      {"7.2 object for a primitive on the path",
       "Patient",
       {"birthDate.extension"},
       R"({"resourceType":"Patient","birthDate":{"extension":[]},"_birthDate":{"id":"i","extension":[{"url":"u"}]}})",
       R"({"resourceType":"Patient","_birthDate":{"id":"i"}})"},
      {"7.2 value kept, extension hidden",
       "Patient",
       {"birthDate.extension"},
       R"({"resourceType":"Patient","birthDate":"1970","_birthDate":{"extension":[{"url":"u"}]}})",
       R"({"resourceType":"Patient","birthDate":"1970"})"},
      {"7.2 string sibling on the path",
       "Patient",
       {"birthDate.extension"},
       R"({"resourceType":"Patient","birthDate":"1970","_birthDate":"u"})",
       R"({"resourceType":"Patient","birthDate":"1970"})"},
      {"7.2 extension without url",
       "Patient",
       {"extension('a')"},
       R"({"resourceType":"Patient","extension":[{"valueString":"x"},{"url":7},"a",{"url":"b"}]})",
       R"({"resourceType":"Patient","extension":[{"url":"b"}]})"},
      {"8.1 wrong shapes elsewhere are data",
       "Patient",
       {"name"},
       R"({"resourceType":"Patient","gender":["male"],"address":"12 Main","active":null,"contact":[null,3,[4]]})",
       R"({"resourceType":"Patient","gender":["male"],"address":"12 Main","active":null,"contact":[null,3,[4]]})"},
  });
}

TEST(Redactor, CutsUnknownKeys) {
  check({
      {"7.2 anywhere",
       "Patient",
       {"name"},
       R"({"resourceType":"Patient","ssn":"1","__proto__":{"a":1},"contact":[{"x":1,"gender":"male"}],"valueString":"s"})",
       R"({"resourceType":"Patient","contact":[{"gender":"male"}]})"},
      {"7.2 hidden key in the wrong place",
       "Patient",
       {"name"},
       R"({"resourceType":"Patient","gender":{"name":[{"family":"S"}]},"maritalStatus":{"name":"S","text":"M"}})",
       R"({"resourceType":"Patient","maritalStatus":{"text":"M"}})"},
      {"7.2 nothing hidden, nothing cut",
       "Patient",
       {},
       R"({"resourceType":"Patient","ssn":"1","__proto__":{"a":[]},"text":{"div":"<div/>"},"name":[]})",
       R"({"resourceType":"Patient","ssn":"1","__proto__":{"a":[]},"text":{"div":"<div/>"},"name":[]})"},
      {"7.4 a resource inside is not for this plan",
       "Patient",
       {"name"},
       R"({"resourceType":"Patient","contained":[{"resourceType":"Patient","name":[]}],"active":true})",
       R"({"resourceType":"Patient","active":true})"},
  });
  PlanOptions keep;
  keep.keep_unknown_elements = true;
  check(
      {
          {"7.2 kept",
           "Patient",
           {"name"},
           R"({"resourceType":"Patient","ssn":"1","contact":[{"x":1}],"name":[],"empty":{}})",
           R"({"resourceType":"Patient","ssn":"1","contact":[{"x":1}],"empty":{}})"},
          {"7.2 sibling of what can have none",
           "Patient",
           {"name"},
           R"({"resourceType":"Patient","_name":[{"family":"S"}],"_text":"x","_contact":1})",
           R"({"resourceType":"Patient","_contact":1})"},
          {"7.1 every key of the choice",
           "Observation",
           {"value[x]"},
           R"({"resourceType":"Observation","valueFoo":1,"_valueFoo":2,"value":3,"_value":4,"values":5,"valueQuantity":{}})",
           R"({"resourceType":"Observation","values":5})"},
          {"7.3 narrative in sections",
           "Composition",
           {"title"},
           R"({"resourceType":"Composition","x":1,"section":[{"y":2,"text":{"div":"a"},"section":[{"title":"t","text":{}}]}]})",
           R"({"resourceType":"Composition","x":1,"section":[{"y":2,"section":[{"title":"t"}]}]})"},
      },
      keep);
}

TEST(Redactor, ClosesOverSummaries) {
  check({
      {"7.3 a",
       "Patient",
       {"birthDate"},
       R"({"resourceType":"Patient","text":{"status":"generated","div":"<div>1970</div>"},"active":true})",
       R"({"resourceType":"Patient","active":true})"},
      {"7.3 a, any shape",
       "Patient",
       {"birthDate"},
       R"({"resourceType":"Patient","text":"1970","_text":1})",
       R"({"resourceType":"Patient"})"},
      {"7.3 a, section.text",
       "Composition",
       {"title"},
       R"({"resourceType":"Composition","section":[{"title":"t","text":{"div":"x"},"section":[{"text":{"div":"y"}}]}]})",
       R"({"resourceType":"Composition","section":[{"title":"t"}]})"},
      {"7.3 b, name",
       "Patient",
       {"name.family"},
       R"({"resourceType":"Patient","name":[{"text":"Alice Smith","_text":{"id":"x"},"given":["Alice"]}]})",
       R"({"resourceType":"Patient","name":[{"given":["Alice"]}]})"},
      {"7.3 b, address",
       "Patient",
       {"address.postalCode"},
       R"({"resourceType":"Patient","address":[{"text":"12 Main St 02134","city":"Boston"}]})",
       R"({"resourceType":"Patient","address":[{"city":"Boston"}]})"},
      {"7.3 b, concept and coding",
       "Observation",
       {"code.coding.code"},
       R"({"resourceType":"Observation","code":{"coding":[{"system":"s","code":"c","display":"d"}],"text":"t"}})",
       R"({"resourceType":"Observation","code":{"coding":[{"system":"s"}]}})"},
      {"7.3 b, in a choice: annotation text is no summary",
       "Observation",
       {"value[x].coding.code", "note.time"},
       R"({"resourceType":"Observation","valueCodeableConcept":{"coding":[{"code":"c","display":"d"}],"text":"t"},"note":[{"time":"1","text":"n"}]})",
       R"({"resourceType":"Observation","note":[{"text":"n"}]})"},
      {"7.6 even when nothing hidden is there",
       "Patient",
       {"name.family"},
       R"({"resourceType":"Patient","text":{"div":"x"},"name":[{"text":"A","use":"usual"}]})",
       R"({"resourceType":"Patient","name":[{"use":"usual"}]})"},
  });
  PlanOptions fields_only;
  fields_only.closure_strict = false;
  check({{"7.3 switched off",
          "Patient",
          {"name.family"},
          R"({"resourceType":"Patient","text":{"div":"x"},"name":[{"text":"A S","family":"S"}]})",
          R"({"resourceType":"Patient","text":{"div":"x"},"name":[{"text":"A S"}]})"}},
        fields_only);
}

TEST(Redactor, PrunesWhatIsEmpty) {
  check({
      {"7.5 overruled hidden-fields-023",
       "Patient",
       {"contact.telecom.value"},
       R"({"resourceType":"Patient","contact":[{"telecom":[{"system":"phone","value":"1"},{"value":"2"}]},{"telecom":[{"value":"3"}]}]})",
       R"({"resourceType":"Patient","contact":[{"telecom":[{"system":"phone"}]}]})"},
      {"7.5 also when it came empty",
       "Patient",
       {"contact.telecom.value"},
       R"({"resourceType":"Patient","contact":[{"telecom":[]},{}],"name":[{"given":[]}]})",
       R"({"resourceType":"Patient"})"},
      {"7.5 position empty in both",
       "Patient",
       {"active"},
       R"({"resourceType":"Patient","name":[{"given":["A",null,"C"],"_given":[null,{"x":1},{"id":"c"}]}]})",
       R"({"resourceType":"Patient","name":[{"given":["A","C"],"_given":[null,{"id":"c"}]}]})"},
      {"7.5 position emptied in one",
       "Patient",
       {"name.given.extension"},
       R"({"resourceType":"Patient","name":[{"given":["A","B"],"_given":[{"extension":[{"url":"u"}]},{"id":"b"}]}]})",
       R"({"resourceType":"Patient","name":[{"given":["A","B"],"_given":[null,{"id":"b"}]}]})"},
      {"7.5 the same, as if nothing had been there",
       "Patient",
       {"name.given.extension"},
       R"({"resourceType":"Patient","name":[{"given":["A","B"],"_given":[null,{"id":"b"}]}]})",
       R"({"resourceType":"Patient","name":[{"given":["A","B"],"_given":[null,{"id":"b"}]}]})"},
      {"7.5 nothing left in the sibling",
       "Patient",
       {"name.given.extension"},
       R"({"resourceType":"Patient","name":[{"given":["A","B"],"_given":[{"extension":[{"url":"u"}]},null]}]})",
       R"({"resourceType":"Patient","name":[{"given":["A","B"]}]})"},
      {"7.5 value only in the sibling",
       "Patient",
       {"name.given.extension"},
       R"({"resourceType":"Patient","name":[{"given":[null,"B"],"_given":[{"extension":[{"url":"u"}]},{"id":"b"}]}]})",
       R"({"resourceType":"Patient","name":[{"given":["B"],"_given":[{"id":"b"}]}]})"},
      {"7.5 wrong items in a primitive array",
       "Patient",
       {"active"},
       R"({"resourceType":"Patient","name":[{"given":[{"x":1},"B",[]],"_given":[{"id":"a"},7]}]})",
       R"({"resourceType":"Patient","name":[{"given":[null,"B"],"_given":[{"id":"a"},7]}]})"},
      {"7.5 sibling longer than the values",
       "Patient",
       {"name.given.extension"},
       R"({"resourceType":"Patient","name":[{"_given":[null,{"id":"i"},{"extension":[{"url":"u"}]}],"given":["A"]}]})",
       R"({"resourceType":"Patient","name":[{"_given":[null,{"id":"i"}],"given":["A"]}]})"},
      {"7.5 adjacent replacements",
       "Patient",
       {"name.given.extension"},
       R"({"resourceType":"Patient","name":[{"given":["A",null,"C","D"],"_given":[{"extension":[1]},{"extension":[2]},{"extension":[3]},{"id":"d"}]}]})",
       R"({"resourceType":"Patient","name":[{"given":["A","C","D"],"_given":[null,null,{"id":"d"}]}]})"},
  });
}

TEST(Redactor, StripsServerMeta) {
  const char* input =
      R"({"resourceType":"Patient","meta":{"versionId":"1","author":{"reference":"x"},"_project":{"id":"i"},"project":"p","account":{},"accounts":[],"compartment":[{"reference":"Patient/1"}],"onBehalfOf":{}},"id":"1"})";
  check({
      {"7.7 nothing else hidden",
       "Patient",
       {},
       input,
       R"({"resourceType":"Patient","meta":{"versionId":"1"},"id":"1"})"},
      {"7.7 and something hidden",
       "Patient",
       {"id.extension"},
       input,
       R"({"resourceType":"Patient","meta":{"versionId":"1"},"id":"1"})"},
      {"7.7 meta left empty",
       "Patient",
       {},
       R"({"resourceType":"Patient","meta":{"project":"p"}})",
       R"({"resourceType":"Patient"})"},
      {"7.7 meta came empty",
       "Patient",
       {},
       R"({"meta":{},"resourceType":"Patient"})",
       R"({"resourceType":"Patient"})"},
      {"7.7 meta of another shape",
       "Patient",
       {},
       R"({"resourceType":"Patient","meta":[{"project":"p"}],"_meta":{"project":"p"}})",
       R"({"resourceType":"Patient"})"},
      {"7.7 of contained resources too",
       "Patient",
       {},
       R"({"resourceType":"Patient","contained":[{"resourceType":"Device","meta":{"project":"p","versionId":"1"},"x":{"meta":{"project":"p"}}},{"meta":{"compartment":[]},"resourceType":"Device","_meta":{"id":"i"}}]})",
       R"({"resourceType":"Patient","contained":[{"resourceType":"Device","meta":{"versionId":"1"},"x":{"meta":{"project":"p"}}},{"resourceType":"Device"}]})"},
      {"7.7 hidden meta",
       "Patient",
       {"meta"},
       R"({"resourceType":"Patient","meta":{"versionId":"1"}})",
       R"({"resourceType":"Patient"})"},
      {"7.7 escaped",
       "Patient",
       {},
       "{\"resourceType\":\"Patient\",\"m\\u0065ta\":{\"pro\\u006aect\":\"p\",\"versionId\":\"1\","
       "\"x\":{}}}",
       "{\"resourceType\":\"Patient\",\"m\\u0065ta\":{\"versionId\":\"1\",\"x\":{}}}"},
  });
  PlanOptions extended;
  extended.extended_meta = true;
  check({{"7.7 extendedMeta", "Patient", {}, input, input}}, extended);
  check({{"7.7 extendedMeta with hiding",
          "Patient",
          {"birthDate"},
          R"({"resourceType":"Patient","meta":{"project":"p"},"birthDate":"1"})",
          R"({"resourceType":"Patient","meta":{"project":"p"}})"}},
        extended);
}

TEST(Redactor, KeepsBytesOfIndentedInput) {
  check({{"P4",
          "Patient",
          {"name.family", "birthDate"},
          "{\n  \"resourceType\" : \"Patient\",\n  \"name\": [\n    {\n      \"family\": \"S\",\n"
          "      \"given\": [ \"A\\u00e9\" ]\n    },\n    {\n      \"family\": \"T\"\n    }\n  ],\n"
          "  \"birthDate\": \"1970\",\n  \"multipleBirthInteger\": 1e0\n}\n",
          "{\n  \"resourceType\" : \"Patient\",\n  \"name\": [\n    {\n"
          "      \"given\": [ \"A\\u00e9\" ]\n    }\n  ],\n"
          "  \"multipleBirthInteger\": 1e0\n}\n"}});
}

TEST(Redactor, WorksAtDepthWithoutRecursion) {
  std::string deep = R"({"resourceType":"Questionnaire")";
  for (int i = 0; i < 50; ++i) {
    deep += R"(,"item":[{"linkId":"1")";
  }
  deep += R"(,"prefix":"p")";
  for (int i = 0; i < 50; ++i) {
    deep += "}]";
  }
  deep += "}";
  const auto plan = testing::plan_for("Questionnaire", {"title"});
  EXPECT_EQ(testing::redacted(*plan, deep), deep);
}

TEST(Redactor, SaysWhereResourcesAreNested) {
  const auto nested = [](const Plan& plan, std::string_view text) {
    const testing::Parsed parsed(text);
    Redactor redactor;
    redactor.mark(parsed.document(), 0, plan);
    const json::NodeIndex found = redactor.nested_resource();
    return found == json::kNoNode ? std::string() : std::string(parsed.document().key(found));
  };
  const auto open = testing::plan_for("Patient", {});
  const auto hiding = testing::plan_for("Patient", {"name"});
  const char* contained = "{\"resourceType\":\"Patient\",\"cont\\u0061ined\":[]}";
  EXPECT_EQ(nested(*open, contained), "contained");
  EXPECT_EQ(nested(*hiding, contained), "contained");
  EXPECT_EQ(nested(*testing::plan_for("Patient", {"contained"}), contained), "");
  EXPECT_EQ(nested(*open, R"({"resourceType":"Patient"})"), "");
  const char* parameters =
      R"({"resourceType":"Parameters","parameter":[{"part":[{"resource":{"resourceType":"Patient"}}]}]})";
  EXPECT_EQ(nested(*testing::plan_for("Parameters", {"language"}), parameters), "resource");
  PlanOptions keep;
  keep.keep_unknown_elements = true;
  keep.closure_strict = false;
  EXPECT_EQ(nested(*testing::plan_for("Parameters", {"language"}, keep), parameters), "resource");
}

TEST(Redactor, VisitsWhatIsKept) {
  const auto kept = [](const Plan& plan, std::string_view text) {
    const testing::Parsed parsed(text);
    Redactor redactor;
    redactor.mark(parsed.document(), 0, plan);
    std::string keys;
    redactor.for_each_kept([&](json::NodeIndex node) {
      keys += parsed.document().key(node);
      keys += ' ';
    });
    return keys;
  };
  const char* input =
      R"({"resourceType":"Patient","meta":{"project":"p"},"managingOrganization":{"reference":"a"},"generalPractitioner":[{"reference":"b","display":"d"}]})";
  EXPECT_EQ(kept(*testing::plan_for("Patient", {}), input),
            " resourceType managingOrganization reference generalPractitioner  reference display ");
  EXPECT_EQ(kept(*testing::plan_for("Patient", {"managingOrganization"}), input),
            " resourceType generalPractitioner  reference display ");
  EXPECT_EQ(kept(*testing::plan_for("Patient", {"generalPractitioner.reference"}), input),
            " resourceType managingOrganization reference generalPractitioner  display ");
}

}  // namespace
}  // namespace fhirwall::redact
