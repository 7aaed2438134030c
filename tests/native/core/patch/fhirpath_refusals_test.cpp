#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/native/core/patch/operations.hpp"

namespace fhirwall::patch {
namespace {

using namespace testing;

TEST(FhirPathPatch, Malformed) {
  const std::string path = part("path", R"("valueString":"Patient.gender")");
  const std::string type = part("type", R"("valueCode":"delete")");
  const auto raw = [](std::string_view list) {
    return concat(R"({"name":"operation","part":[)", list, "]}");
  };
  check({
      {"", raw(type + "," + path), ""},
      {"", raw(path), "!malformed 0"},
      {"", raw(type), "!malformed 0"},
      {"", raw(""), "!malformed 0"},
      {"", raw(type + "," + path + "," + path), "!malformed 0"},
      {"", raw(type + "," + path + "," + part("else", R"("valueCode":"x")")), "!malformed 0"},
      {"", raw(type + "," + path + R"(,{"valueCode":"x"})"), "!malformed 0"},
      {"", raw(type + "," + path + ",1"), "!malformed 0"},
      {"", R"({"name":"operation"})", "!malformed 0"},
      {"", R"({"name":"operations","part":[]})", "!malformed 0"},
      {"", "1", "!malformed 0"},
      {"", operation("upsert", "Patient.gender", value(R"("valueCode":"male")")), "!malformed 0"},
      {"", operation("replace", "Patient.gender"), "!malformed 0"},
      {"", operation("add", "Patient", value(R"("valueCode":"male")")), "!malformed 0"},
      {"", operation("insert", "Patient.name", value(R"("valueHumanName":{})")), "!malformed 0"},
      {"", operation("move", "Patient.name"), "!malformed 0"},
      {"", replace("Patient.gender", value(R"("valueCode":"a","valueString":"b")")),
       "!malformed 0"},
      {"", replace("Patient.gender", value(R"("valueFoo":"a")")), "!malformed 0"},
      {"", replace("Patient.gender", value(R"("id":"a")")), "!malformed 0"},
      {"", replace("Patient.gender", value(R"("valueCode":"a","part":[])")), "!malformed 0"},
      // The path is an expression that stays in the resource.
      {"", remove("Patient..gender"), "!malformed 0"},
      {"", remove("Patient.gender.memberOf('x')"), "!malformed 0"},
      {"", remove("%before.gender"), "!malformed 0"},
      // All operations are read before the first is run.
      {R"(,"gender":"male")", remove("Patient.gender") + "," + raw(type), "!malformed 1"},
      {R"(,"gender":"male")", remove("Patient.gender") + "," + remove("Patient.name |"),
       "!malformed 1"},
  });
  EXPECT_EQ(run(Format::kFhirPathPatch, "[]", patient("")).result, "!malformed 0");
  EXPECT_EQ(run(Format::kFhirPathPatch, R"({"resourceType":"Bundle"})", patient("")).result,
            "!malformed 0");
  EXPECT_EQ(
      run(Format::kFhirPathPatch, R"({"resourceType":"Parameters","parameter":{}})", patient(""))
          .result,
      "!malformed 0");
  EXPECT_EQ(run(Format::kFhirPathPatch, R"({"resourceType":"Parameters"})", patient("")).result,
            patient(""));
}

// SPEC 9.6
TEST(FhirPathPatch, Protected) {
  struct Protected {
    std::string operations;
    const char* expected;  // null: the operation is done
    std::vector<std::string> asked;
  };
  const std::string target =
      patient(R"(,"name":[{"use":"old"}],"contact":[{"gender":"male"}],"active":true)");
  const std::vector<std::string> hidden{"birthDate", "name.given", "contact.name",
                                        "deceasedBoolean"};
  const std::string code = value(R"("valueCode":"usual")");
  const std::string text = value(R"("valueString":"x")");
  const Protected cases[] = {
      {remove("Patient.active"), nullptr, {"active"}},
      {replace("Patient.name[0].use", code), nullptr, {"name.use"}},
      {remove("Patient.name.where(use = 'old')"), "!protected 0", {"name"}},
      {remove("Patient"), "!protected 0", {""}},
      {add("Patient", "birthDate", value(R"("valueDate":"1920")")), "!protected 0", {"birthDate"}},
      {add("Patient.name[0]", "given", text), "!protected 0", {"name.given"}},
      {add("Patient.name[0]", "family", text), nullptr, {"name.family"}},
      {add("Patient", "name", value(R"("valueHumanName":{})")), "!protected 0", {"name"}},
      {add("Patient", "deceased", value(R"("valueBoolean":true)")),
       "!protected 0",
       {"deceasedBoolean"}},
      {add("Patient", "foo", text), "!malformed 0", {"foo"}},
      {insert("Patient.name", 0, value(R"("valueHumanName":{})")), "!protected 0", {"name"}},
      {insert("Patient.contact.name.given", 0, text), "!protected 0", {"contact.name.given"}},
      {move("Patient.contact", 0, 0), "!protected 0", {"contact"}},
      // What is not there: by the names of the path
      {remove("Patient.birthDate"), "!protected 0", {"birthDate"}},
      {remove("birthDate"), "!protected 0", {"birthDate"}},
      {remove("Patient.`birthDate`"), "!protected 0", {"birthDate"}},
      {remove(R"(Patient.`birth\\u0044ate`)"), "!protected 0", {""}},
      {remove("Patient . birthDate.extension('a[(').value"),
       "!protected 0",
       {"birthDate.extension.valueBase64Binary"}},
      {remove("Patient.name.where(use = 'x)').given[0]"), "!protected 0", {"name.given"}},
      {remove("Patient.name[0].family"), nullptr, {"name.family"}},
      {remove("Patient.name[0].where(use = 'x').select(family)"), "!protected 0", {"name"}},
      {remove("Patient.telecom.children()"), nullptr, {"telecom"}},
      {remove("Patient.telecom | Patient.photo"), "!protected 0", {""}},
      {remove("(Patient.telecom)"), "!protected 0", {""}},
      {remove("Patient.children().where(false)"), "!protected 0", {""}},
      {remove("Patient.deceased"), "!protected 0", {"deceasedBoolean"}},
      {remove("Patient.multipleBirth"), nullptr, {"multipleBirthBoolean", "multipleBirthInteger"}},
      {remove("id"), nullptr, {"id"}},
      {replace("Patient.birthDate", text), "!protected 0", {"birthDate"}},
      {replace("Patient.telecom", text), "!not-found 0", {"telecom"}},
  };
  for (const Protected& one : cases) {
    const testing::Run result =
        run(Format::kFhirPathPatch, patch_of(one.operations), target, hidden);
    if (one.expected == nullptr) {
      EXPECT_EQ(result.result.front(), '{') << result.result << one.operations;
    } else {
      EXPECT_EQ(result.result, one.expected) << one.operations;
    }
    EXPECT_EQ(result.asked, one.asked) << one.operations;
  }
}

// What is emptied stays as an empty object where hidden content may come back into it.
TEST(FhirPathPatch, EmptiedAroundTheProtected) {
  const std::string target = patient(R"(,"contact":[{"gender":"male"}])");
  EXPECT_EQ(run(Format::kFhirPathPatch, patch_of(remove("Patient.contact.gender")), target,
                {"contact.name"})
                .result,
            patient(R"(,"contact":[{}])"));
}

TEST(FhirPathPatch, UntouchedBytesStay) {
  const std::string target =
      "{ \"resourceType\" : \"Observation\" ,\n \"valueQuantity\" : { \"value\" : 1.50 } ,"
      " \"note\":[ {\"text\":\"\\u0041\"} ]\n}";
  EXPECT_EQ(run(Format::kFhirPathPatch,
                patch_of(replace("Observation.value.value", value(R"("valueDecimal":2.00)")) + "," +
                         add("Observation", "note", value(R"("valueAnnotation":{"text":"b"})"))),
                target)
                .result,
            "{ \"resourceType\" : \"Observation\" ,\n \"valueQuantity\" : { \"value\" : 2.00 } ,"
            " \"note\":[ {\"text\":\"\\u0041\"},{\"text\":\"b\"} ]\n}");
}

TEST(FhirPathPatch, Bounds) {
  std::string many;
  for (std::uint32_t i = 0; i <= kMaxOperations; ++i) {
    many += i == 0 ? "" : ",";
    many += remove("Patient.gender");
  }
  EXPECT_EQ(run(Format::kFhirPathPatch, patch_of(many), patient("")).result, "?too-large");
  Limits limits;
  limits.max_resource_bytes = 60;
  EXPECT_EQ(run(Format::kFhirPathPatch,
                patch_of(add("Patient", "name",
                             value(R"("valueHumanName":{"text":"0123456789012345678901234"})"))),
                patient(""), {}, limits)
                .result,
            "?too-large");
  limits = {};
  limits.max_evaluation_steps = 10;
  EXPECT_EQ(run(Format::kFhirPathPatch, patch_of(remove("Patient.descendants()")),
                patient(R"(,"name":[{"given":["a","b","c","d","e","f","g","h"]}])"), {}, limits)
                .result,
            "?expression-too-complex");
  // The budget is that of the whole patch: what one operation just has, two have not.
  const std::string one = remove("Patient.name.where(given = 'z')");
  const std::string target = patient(R"(,"name":[{"given":["a","b","c","d","e","f","g","h"]}])");
  const auto result_of = [&](const std::string& operations) {
    return run(Format::kFhirPathPatch, patch_of(operations), target, {}, limits).result;
  };
  limits.max_evaluation_steps = 1;
  while (result_of(one) != target && limits.max_evaluation_steps < 1000) {
    ++limits.max_evaluation_steps;
  }
  EXPECT_EQ(result_of(one), target);
  EXPECT_EQ(result_of(one + "," + one), "?expression-too-complex");
}

}  // namespace
}  // namespace fhirwall::patch
