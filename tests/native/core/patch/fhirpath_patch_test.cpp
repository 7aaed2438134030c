#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/native/core/patch/operations.hpp"

namespace fhirwall::patch {
namespace {

using namespace testing;

// What HL7's own test cases for R4 ask for, each with data of our own.
TEST(FhirPathPatch, TheStandardsCases) {
  const char* const kList = R"(,"identifier":[{"value":"1"},{"value":"2"},{"value":"3"}])";
  check({
      {R"(,"birthDate":"1920-01-01")", "", R"(,"birthDate":"1920-01-01")"},
      {R"(,"birthDate":"1920-01-01")",
       replace("Patient.birthDate", value(R"("valueDate":"1930-02-03")")),
       R"(,"birthDate":"1930-02-03")"},
      {R"(,"birthDate":"1920-01-01")", remove("Patient.birthDate"), ""},
      {"", remove("Patient.birthDate"), ""},
      {"", add("Patient", "birthDate", value(R"("valueDate":"1930-02-03")")),
       R"(,"birthDate":"1930-02-03")"},
      {R"(,"contact":[{"name":{"text":"n"},"gender":"male"}])",
       replace("Patient.contact[0].gender", value(R"("valueCode":"female")")),
       R"(,"contact":[{"name":{"text":"n"},"gender":"female"}])"},
      {R"(,"contact":[{"name":{"text":"n"},"gender":"male"}])",
       replace("Patient.contact[0].name.text", value(R"("valueString":"m")")),
       R"(,"contact":[{"name":{"text":"m"},"gender":"male"}])"},
      {R"(,"contact":[{"name":{"text":"n"},"gender":"male"}])", remove("Patient.contact[0].gender"),
       R"(,"contact":[{"name":{"text":"n"}}])"},
      // What is emptied goes.
      {R"(,"contact":[{"name":{"text":"n"},"gender":"male"}])",
       remove("Patient.contact[0].name.text"), R"(,"contact":[{"gender":"male"}])"},
      {R"(,"contact":[{"name":{"text":"n"}}])", remove("Patient.contact.name.text"), ""},
      {R"(,"contact":[{"name":{"text":"n"}}])",
       add("Patient.contact[0]", "gender", value(R"("valueCode":"male")")),
       R"(,"contact":[{"name":{"text":"n"},"gender":"male"}])"},
      {"", add("Patient", "maritalStatus", value(R"("valueCodeableConcept":{"text":"m"})")),
       R"(,"maritalStatus":{"text":"m"})"},
      {R"(,"maritalStatus":{"id":"1","text":"m"})",
       replace("Patient.maritalStatus", value(R"("valueCodeableConcept":{"id":"2"})")),
       R"(,"maritalStatus":{"id":"2"})"},
      {R"(,"maritalStatus":{"text":"m"})", remove("Patient.maritalStatus"), ""},
      {"", add("Patient", "contact", parts(part("name", R"("valueHumanName":{"text":"n"})"))),
       R"(,"contact":[{"name":{"text":"n"}}])"},
      {R"(,"contact":[{"name":{"text":"n"}}])", remove("Patient.contact[0]"), ""},
      {kList,
       replace("Patient.identifier[0].value", value(R"("valueString":"2")")) + "," +
           replace("Patient.identifier[1].value", value(R"("valueString":"1")")),
       R"(,"identifier":[{"value":"2"},{"value":"1"},{"value":"3"}])"},
      {kList, insert("Patient.identifier", 3, value(R"("valueIdentifier":{"value":"4"})")),
       R"(,"identifier":[{"value":"1"},{"value":"2"},{"value":"3"},{"value":"4"}])"},
      {kList, insert("Patient.identifier", 1, value(R"("valueIdentifier":{"value":"4"})")),
       R"(,"identifier":[{"value":"1"},{"value":"4"},{"value":"2"},{"value":"3"}])"},
      {kList, insert("Patient.identifier", 0, value(R"("valueIdentifier":{"value":"4"})")),
       R"(,"identifier":[{"value":"4"},{"value":"1"},{"value":"2"},{"value":"3"}])"},
      {kList, remove("Patient.identifier[0]"), R"(,"identifier":[{"value":"2"},{"value":"3"}])"},
      {kList, remove("Patient.identifier[1]"), R"(,"identifier":[{"value":"1"},{"value":"3"}])"},
      {kList, remove("Patient.identifier[2]"), R"(,"identifier":[{"value":"1"},{"value":"2"}])"},
      {kList, move("Patient.identifier", 2, 0),
       R"(,"identifier":[{"value":"3"},{"value":"1"},{"value":"2"}])"},
      {kList, move("Patient.identifier", 2, 1),
       R"(,"identifier":[{"value":"1"},{"value":"3"},{"value":"2"}])"},
      {kList, move("Patient.identifier", 0, 2),
       R"(,"identifier":[{"value":"2"},{"value":"3"},{"value":"1"}])"},
      {kList, move("Patient.identifier", 1, 0) + "," + move("Patient.identifier", 2, 1),
       R"(,"identifier":[{"value":"2"},{"value":"3"},{"value":"1"}])"},
      {kList, move("Patient.identifier", 1, 1),
       R"(,"identifier":[{"value":"1"},{"value":"2"},{"value":"3"}])"},
  });
}

TEST(FhirPathPatch, OneElement) {
  const char* const kNames =
      R"(,"name":[{"use":"old","given":["A","B"]},{"use":"usual","family":"C"}])";
  check({
      {kNames, remove("Patient.name.given"), "!not-found 0"},
      {kNames, remove("Patient.name"), "!not-found 0"},
      {kNames, remove("Patient.name.where(use = 'old')"),
       R"(,"name":[{"use":"usual","family":"C"}])"},
      {kNames, remove("name.where(use = 'old').given.first()"),
       R"(,"name":[{"use":"old","given":["B"]},{"use":"usual","family":"C"}])"},
      {kNames, remove("Patient.descendants().where($this = 'C')"),
       R"(,"name":[{"use":"old","given":["A","B"]},{"use":"usual"}])"},
      {kNames, replace("Patient.name", value(R"("valueHumanName":{"text":"n"})")), "!not-found 0"},
      {kNames, replace("Patient.name.suffix", value(R"("valueString":"x")")), "!not-found 0"},
      {kNames, add("Patient.name", "text", value(R"("valueString":"x")")), "!not-found 0"},
      {kNames, add("Patient.contact", "gender", value(R"("valueCode":"male")")), "!not-found 0"},
      // Computed values stand nowhere.
      {kNames, remove("Patient.name.count()"), "!not-found 0"},
      {kNames, remove("'C'"), "!not-found 0"},
      {kNames, remove("Patient.name.family.upper()"), "!not-found 0"},
      {kNames, remove("Patient.name.exists()"), "!not-found 0"},
      // Several of the same place are several.
      {kNames, remove("Patient.name.family.combine(Patient.name.family)"), "!not-found 0"},
      {kNames, remove("Patient.name.family | Patient.name.family"),
       R"(,"name":[{"use":"old","given":["A","B"]},{"use":"usual"}])"},
      // What the model does not know has no FHIRPath.
      {R"(,"foo":{"bar":1})", remove("Patient.foo"), "!malformed 0"},
      {R"(,"deceasedBoolean":true)", remove("Patient.deceasedBoolean"), "!malformed 0"},
  });
}

TEST(FhirPathPatch, TheRootStays) {
  check({
      {"", remove("Patient"), "!result-wrong 0"},
      {"", remove("Patient.resourceType"), "!result-wrong 0"},
      {"", replace("Patient", part("value", R"("resource":{"resourceType":"Patient"})")),
       "!result-wrong 0"},
      {R"(,"id":"1")", replace("Patient.id", value(R"("valueId":"2")")), R"(,"id":"2")"},
  });
  const std::string none = R"({"resourceType":"Nothing"})";
  EXPECT_EQ(run(Format::kFhirPathPatch, patch_of(""), none).result, "!result-wrong 0");
}

TEST(FhirPathPatch, Add) {
  check({
      {"", add("Patient", "name", value(R"("valueHumanName":{"family":"F"})")),
       R"(,"name":[{"family":"F"}])"},
      {R"(,"name":[{"family":"F"}])",
       add("Patient", "name", value(R"("valueHumanName":{"family":"G"})")),
       R"(,"name":[{"family":"F"},{"family":"G"}])"},
      {R"(,"name":[{"family":"F"}])",
       add("Patient.name[0]", "given", value(R"("valueString":"A")")) + "," +
           add("Patient.name[0]", "given", value(R"("valueString":"B")")),
       R"(,"name":[{"family":"F","given":["A","B"]}])"},
      // "as long as they do not already exist"
      {R"(,"gender":"male")", add("Patient", "gender", value(R"("valueCode":"male")")),
       "!result-wrong 0"},
      {R"(,"_gender":{"id":"g"})", add("Patient", "gender", value(R"("valueCode":"male")")),
       "!result-wrong 0"},
      {R"(,"name":{"family":"F"})",
       add("Patient", "name", value(R"("valueHumanName":{"family":"G"})")), "!result-wrong 0"},
      // Choices
      {"", add("Patient", "deceased", value(R"("valueBoolean":true)")),
       R"(,"deceasedBoolean":true)"},
      {"", add("Patient", "deceased[x]", value(R"("valueDateTime":"2020")")),
       R"(,"deceasedDateTime":"2020")"},
      {"", add("Patient", "deceasedBoolean", value(R"("valueBoolean":false)")),
       R"(,"deceasedBoolean":false)"},
      {"", add("Patient", "deceasedBoolean", value(R"("valueDateTime":"2020")")), "!malformed 0"},
      {"", add("Patient", "deceased", value(R"("valueString":"yes")")), "!malformed 0"},
      {R"(,"deceasedBoolean":true)", add("Patient", "deceased", value(R"("valueDateTime":"2020")")),
       "!result-wrong 0"},
      // Types: FHIR R4, 3.1.0.8.2
      {"", add("Patient", "birthDate", value(R"("valueBoolean":true)")), "!malformed 0"},
      {"", add("Patient", "gender", value(R"("valueString":"male")")), R"(,"gender":"male")"},
      {"", add("Patient", "active", value(R"("valueBoolean":"true")")), "!malformed 0"},
      {"", add("Patient", "multipleBirth", value(R"("valueInteger":"2")")), "!malformed 0"},
      {"", add("Patient", "birthDate", value(R"("valueDate":1920)")), "!malformed 0"},
      {"", add("Patient", "name", value(R"("valueHumanName":"F")")), "!malformed 0"},
      {"", add("Patient", "name", value(R"("valueAddress":{"text":"F"})")), "!malformed 0"},
      {"", add("Patient", "foo", value(R"("valueString":"F")")), "!malformed 0"},
      {"", add("Patient", "extension", value(R"("valueExtension":{"url":"u"})")), "!malformed 0"},
      {"", add("Patient", "name[x]", value(R"("valueHumanName":{"text":"F"})")), "!malformed 0"},
      {"", add("Patient", "_gender", value(R"("valueCode":"male")")), "!malformed 0"},
      {R"(,"gender":"male")", add("Patient.gender", "foo", value(R"("valueCode":"male")")),
       "!malformed 0"},
      // Members of a primitive
      {R"(,"birthDate":"1920")",
       add("Patient.birthDate", "extension", parts(part("url", R"("valueUri":"u")"))),
       R"(,"birthDate":"1920","_birthDate":{"extension":[{"url":"u"}]})"},
      {R"(,"birthDate":"1920","_birthDate":{"id":"b"})",
       add("Patient.birthDate", "extension", parts(part("url", R"("valueUri":"u")"))),
       R"(,"birthDate":"1920","_birthDate":{"id":"b","extension":[{"url":"u"}]})"},
      {R"(,"_birthDate":{"id":"b"})",
       add("Patient.birthDate", "extension", parts(part("url", R"("valueUri":"u")"))),
       R"(,"_birthDate":{"id":"b","extension":[{"url":"u"}]})"},
      {R"(,"name":[{"given":["A","B"]}])",
       add("Patient.name.given[1]", "extension", parts(part("url", R"("valueUri":"u")"))),
       R"(,"name":[{"given":["A","B"],"_given":[null,{"extension":[{"url":"u"}]}]}])"},
      // A value with siblings of its own
      {"", add("Patient", "birthDate", value(R"("valueDate":"1920","_valueDate":{"id":"x"})")),
       R"(,"birthDate":"1920","_birthDate":{"id":"x"})"},
      {"", add("Patient", "birthDate", value(R"("_valueDate":{"id":"x"})")),
       R"(,"_birthDate":{"id":"x"})"},
      {"", add("Patient", "birthDate", value(R"("_valueDate":"x")")), "!malformed 0"},
      // Contained resources are part of the resource.
      {"",
       add("Patient", "contained",
           part("value", R"("resource":{"resourceType":"Organization","id":"o"})")),
       R"(,"contained":[{"resourceType":"Organization","id":"o"}])"},
      {R"(,"contained":[{"resourceType":"Organization","id":"o"}])",
       add("Patient.contained[0]", "name", value(R"("valueString":"n")")),
       R"(,"contained":[{"resourceType":"Organization","id":"o","name":"n"}])"},
      {R"(,"contained":[{"resourceType":"Organization","id":"o"}])",
       add("Patient.contained[0]", "birthDate", value(R"("valueDate":"2000")")), "!malformed 0"},
      {"", add("Patient", "contained", part("value", R"("resource":{"id":"o"})")), "!malformed 0"},
  });
}

TEST(FhirPathPatch, AnonymousTypes) {
  check({
      {"",
       add("Patient", "communication",
           parts(part("language", R"("valueCodeableConcept":{"text":"l"})") + "," +
                 part("preferred", R"("valueBoolean":true)"))),
       R"(,"communication":[{"language":{"text":"l"},"preferred":true}])"},
      {"",
       add("Patient", "contact",
           parts(part("telecom", R"("valueContactPoint":{"value":"1"})") + "," +
                 part("gender", R"("valueCode":"male","_valueCode":{"id":"g"})") + "," +
                 part("telecom", R"("valueContactPoint":{"value":"2"})"))),
       R"(,"contact":[{"telecom":[{"value":"1"},{"value":"2"}],"gender":"male","_gender":{"id":"g"}}])"},
      // Parts in parts, and primitives in lists
      {"",
       add("Patient", "contact",
           parts(part("name", R"("part":[)" + part("given", R"("valueString":"A")") + "," +
                                  part("given", R"("_valueString":{"id":"b"})") + "," +
                                  part("family", R"("valueString":"F")") + "]"))),
       R"(,"contact":[{"name":{"given":["A",null],"_given":[null,{"id":"b"}],"family":"F"}}])"},
      {"",
       add("Patient", "text",
           parts(part("status", R"("valueCode":"empty")") + "," +
                 part("div", R"("valueString":"<div/>")"))),
       R"(,"text":{"status":"empty","div":"<div/>"})"},
      {"",
       add("Patient", "extension",
           parts(part("url", R"("valueUri":"u")") + "," + part("value", R"("valueString":"s")"))),
       R"(,"extension":[{"url":"u","valueString":"s"}])"},
      {"", add("Patient", "contact", parts("")), "!malformed 0"},
      {"", add("Patient", "contact", parts(part("foo", R"("valueCode":"male")"))), "!malformed 0"},
      {"", add("Patient", "contact", parts(part("gender", R"("valueDate":"2000")"))),
       "!malformed 0"},
      {"",
       add("Patient", "contact",
           parts(part("gender", R"("valueCode":"male")") + "," +
                 part("gender", R"("valueCode":"male")"))),
       "!malformed 0"},
      {"",
       add("Patient", "extension",
           parts(part("value", R"("valueCode":"a")") + "," +
                 part("value", R"("valueString":"b")"))),
       "!malformed 0"},
      {"", add("Patient", "gender", parts(part("id", R"("valueString":"x")"))), "!malformed 0"},
      {"", add("Patient", "deceased", parts(part("id", R"("valueString":"x")"))), "!malformed 0"},
      {"", add("Patient", "contact", parts(R"({"valueCode":"male"})")), "!malformed 0"},
  });
}

TEST(FhirPathPatch, PrimitiveListsKeepTheirSiblings) {
  const char* const kGiven = R"(,"name":[{"given":["A",null,"C"],"_given":[null,{"id":"b"}]}])";
  check({
      {kGiven, remove("Patient.name.given[0]"),
       R"(,"name":[{"given":[null,"C"],"_given":[{"id":"b"}]}])"},
      {kGiven, remove("Patient.name.given[1]"), R"(,"name":[{"given":["A","C"]}])"},
      {kGiven, remove("Patient.name.given[2]"),
       R"(,"name":[{"given":["A",null],"_given":[null,{"id":"b"}]}])"},
      {kGiven, insert("Patient.name.given", 0, value(R"("valueString":"X")")),
       R"(,"name":[{"given":["X","A",null,"C"],"_given":[null,null,{"id":"b"}]}])"},
      {kGiven, insert("Patient.name.given", 3, value(R"("valueString":"X")")),
       R"(,"name":[{"given":["A",null,"C","X"],"_given":[null,{"id":"b"}]}])"},
      {kGiven, insert("Patient.name.given", 3, value(R"("_valueString":{"id":"x"})")),
       R"(,"name":[{"given":["A",null,"C"],"_given":[null,{"id":"b"},null,{"id":"x"}]}])"},
      {kGiven, replace("Patient.name.given[1]", value(R"("valueString":"X")")),
       R"(,"name":[{"given":["A","X","C"]}])"},
      {kGiven, replace("Patient.name.given[0]", value(R"("_valueString":{"id":"x"})")),
       R"(,"name":[{"given":[null,null,"C"],"_given":[{"id":"x"},{"id":"b"}]}])"},
      {kGiven, move("Patient.name.given", 1, 0),
       R"(,"name":[{"given":[null,"A","C"],"_given":[{"id":"b"}]}])"},
      {kGiven, move("Patient.name.given", 0, 2),
       R"(,"name":[{"given":[null,"C","A"],"_given":[{"id":"b"}]}])"},
      {R"(,"name":[{"_given":[{"id":"b"}]}])", remove("Patient.name.given"), ""},
      {R"(,"birthDate":"1920","_birthDate":{"id":"b"})", remove("Patient.birthDate"), ""},
      {R"(,"birthDate":"1920","_birthDate":{"id":"b"})",
       replace("Patient.birthDate", value(R"("valueDate":"1930")")), R"(,"birthDate":"1930")"},
      {R"(,"birthDate":"1920")", replace("Patient.birthDate", value(R"("_valueDate":{"id":"b"})")),
       R"(,"_birthDate":{"id":"b"})"},
      // The value stays when what stood beside it goes.
      {R"(,"birthDate":"1920","_birthDate":{"extension":[{"url":"u"}]})",
       remove("Patient.birthDate.extension"), R"(,"birthDate":"1920")"},
      {R"(,"_birthDate":{"extension":[{"url":"u"}]})", remove("Patient.birthDate.extension"), ""},
      {R"(,"name":[{"given":["A","B"],"_given":[{"id":"a"},{"id":"b"}]}])",
       remove("Patient.name.given[0].id"),
       R"(,"name":[{"given":["A","B"],"_given":[null,{"id":"b"}]}])"},
  });
}

TEST(FhirPathPatch, InsertAndMove) {
  const char* const kNames = R"(,"name":[{"family":"A"},{"family":"B"}])";
  check({
      {kNames, insert("Patient.name", 3, value(R"("valueHumanName":{})")), "!not-found 0"},
      {kNames, insert("Patient.name", -1, value(R"("valueHumanName":{})")), "!malformed 0"},
      // The path is that of the whole list.
      {kNames, insert("Patient.name[0]", 0, value(R"("valueHumanName":{})")), "!not-found 0"},
      {kNames, insert("Patient.name.family", 0, value(R"("valueString":"x")")), "!not-found 0"},
      {kNames, insert("Patient", 0, value(R"("valueHumanName":{})")), "!not-found 0"},
      {kNames, move("Patient.name.where(family = 'A')", 0, 0), "!not-found 0"},
      {kNames, move("Patient.name[1] | Patient.name[0]", 0, 1), "!not-found 0"},
      {kNames, move("Patient.name", 0, 2), "!not-found 0"},
      {kNames, move("Patient.name", 2, 0), "!not-found 0"},
      {kNames, move("Patient.telecom", 0, 0), "!not-found 0"},
      {R"(,"gender":"male")", insert("Patient.gender", 0, value(R"("valueCode":"x")")),
       "!not-found 0"},
      {kNames, insert("Patient.name", 1, value(R"("valueAddress":{})")), "!malformed 0"},
      // A list that is not there is an empty one.
      {"", insert("Patient.name", 0, value(R"("valueHumanName":{"family":"A"})")),
       R"(,"name":[{"family":"A"}])"},
      {"", insert("Patient.name", 1, value(R"("valueHumanName":{"family":"A"})")), "!not-found 0"},
      {"", insert("Patient.gender", 0, value(R"("valueCode":"male")")), "!not-found 0"},
      {"", insert("Patient.contact.telecom", 0, value(R"("valueContactPoint":{})")),
       "!not-found 0"},
      {R"(,"contact":[{"gender":"male"}])",
       insert("Patient.contact.telecom", 0, value(R"("valueContactPoint":{"value":"1"})")),
       R"(,"contact":[{"gender":"male","telecom":[{"value":"1"}]}])"},
  });
}

TEST(FhirPathPatch, ReplaceAChoice) {
  check({
      {R"(,"deceasedBoolean":true,"active":true)",
       replace("Patient.deceased", value(R"("valueDateTime":"2020")")),
       R"(,"active":true,"deceasedDateTime":"2020")"},
      {R"(,"deceasedBoolean":true,"active":true)",
       replace("Patient.deceased", value(R"("valueBoolean":false)")),
       R"(,"deceasedBoolean":false,"active":true)"},
      {R"(,"deceasedBoolean":true,"_deceasedBoolean":{"id":"d"})",
       replace("Patient.deceased", value(R"("valueDateTime":"2020")")),
       R"(,"deceasedDateTime":"2020")"},
      {R"(,"deceasedBoolean":true)", replace("Patient.deceased", value(R"("valueCode":"x")")),
       "!malformed 0"},
      {R"(,"deceasedBoolean":true)", remove("Patient.deceased"), ""},
  });
}

}  // namespace
}  // namespace fhirwall::patch
