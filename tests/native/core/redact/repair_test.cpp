#include "core/redact/repair.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "repair_support.hpp"

namespace fhirwall::redact {
namespace {

using testing::check_repair;

TEST(Repair, HiddenElementsReturn) {
  check_repair(
      "Patient",
      {
          {"nothing protected: byte for byte",
           {},
           {},
           R"("birthDate":"1970")",
           R"( "gender" : "male" )",
           R"( "gender" : "male" )",
           ""},
          {"hidden returns",
           {"name"},
           {},
           R"("name":[{"family":"S"}],"birthDate":"1970")",
           R"("birthDate":"1971")",
           R"("name":[{"family":"S"}],"birthDate":"1971")",
           ""},
          {"behind the member that it follows",
           {"birthDate"},
           {},
           R"("active":true,"birthDate":"1970","gender":"male")",
           R"("gender":"male","active":false)",
           R"("gender":"male","active":false,"birthDate":"1970")",
           ""},
          {"submitted hidden, another value",
           {"name"},
           {},
           R"("name":[{"family":"S"}])",
           R"("name":[{"family":"X"}],"active":true)",
           R"("name":[{"family":"S"}],"active":true)",
           "hidden:name"},
          {"submitted hidden, the same value",
           {"name"},
           {},
           R"("name":[{"family":"S"}])",
           R"("name":[{"family":"S"}])",
           R"("name":[{"family":"S"}])",
           "hidden:name"},
          {"submitted hidden, nothing stored",
           {"name"},
           {},
           R"("active":true)",
           R"("name":[{"family":"S"}],"active":true)",
           R"("active":true)",
           "hidden:name"},
          {"null is a value, too",
           {"name"},
           {},
           R"("name":[{"family":"S"}])",
           R"("name":null)",
           R"("name":[{"family":"S"}])",
           "hidden:name"},
          {"falsy values",
           {"active", "multipleBirthInteger", "deceasedBoolean", "birthDate", "gender"},
           {},
           R"("active":false,"multipleBirthInteger":0,"deceasedBoolean":false,"birthDate":"","gender":null)",
           "",
           R"("active":false,"multipleBirthInteger":0,"deceasedBoolean":false,"birthDate":"","gender":null)",
           ""},
          {"number text and escapes stay",
           {"multipleBirthInteger", "name"},
           {},
           R"("multipleBirthInteger":1.50,"n\u0061me" : [ {"family":"\u0053"} ])",
           R"("active":true)",
           R"("multipleBirthInteger":1.50,"n\u0061me" : [ {"family":"\u0053"} ],"active":true)",
           ""},
          {"sibling returns",
           {"birthDate"},
           {},
           R"("birthDate":"1970","_birthDate":{"id":"x"})",
           R"("active":true)",
           R"("birthDate":"1970","_birthDate":{"id":"x"},"active":true)",
           ""},
          {"submitted sibling",
           {"birthDate"},
           {},
           R"("birthDate":"1970")",
           R"("_birthDate":{"id":"x"})",
           R"("birthDate":"1970")",
           "hidden:birthDate"},
          {"below an object",
           {"maritalStatus.coding"},
           {},
           R"("maritalStatus":{"id":"m","coding":[{"code":"M"}]})",
           R"("maritalStatus":{"id":"n"})",
           R"("maritalStatus":{"id":"n","coding":[{"code":"M"}]})",
           ""},
          {"the object was removed: what is hidden in it stays",
           {"managingOrganization.reference"},
           {},
           R"("managingOrganization":{"reference":"Organization/1","type":"Organization"},"active":true)",
           R"("active":true)",
           R"("managingOrganization":{"reference":"Organization/1"},"active":true)",
           ""},
          {"an object that was not shown returns whole",
           {"maritalStatus.coding"},
           {},
           R"("maritalStatus":{"coding":[{"code":"M"}],"text":"married"})",
           "",
           R"("maritalStatus":{"coding":[{"code":"M"}],"text":"married"})",
           ""},
          {"or takes the submission's members",
           {"maritalStatus.coding"},
           {},
           R"("maritalStatus":{"coding":[{"code":"M"}],"text":"married"})",
           R"("maritalStatus":{"id":"n"})",
           R"("maritalStatus":{"coding":[{"code":"M"}],"text":"married","id":"n"})",
           ""},
          {"wrong shape on the way",
           {"maritalStatus.coding"},
           {},
           R"("maritalStatus":{"coding":[{"code":"M"}],"id":"m"})",
           R"("maritalStatus":"M")",
           R"("maritalStatus":{"coding":[{"code":"M"}]})",
           "hidden:maritalStatus"},
          {"stored wrong shape returns",
           {"maritalStatus.coding"},
           {},
           R"("maritalStatus":"M")",
           R"("active":true)",
           R"("maritalStatus":"M","active":true)",
           ""},
          {"stored wrong shape against a right one",
           {"maritalStatus.coding"},
           {},
           R"("maritalStatus":"M")",
           R"("maritalStatus":{"id":"x"})",
           "refused",
           ""},
          {"white space of the submission",
           {"birthDate"},
           {},
           R"("active":true,"birthDate":"1970")",
           "\n  \"active\": true,\n  \"gender\": \"male\"\n",
           "\n  \"active\": true,\n  \"birthDate\":\"1970\",\n  \"gender\": \"male\"\n",
           ""},
      });
}

TEST(Repair, ReadonlyElementsStay) {
  check_repair("Patient",
               {
                   {"unchanged",
                    {},
                    {"name"},
                    R"("name":[{"family":"S"}])",
                    R"("active":true,"name":[ {"family":"\u0053"} ])",
                    R"("active":true,"name":[{"family":"S"}])",
                    ""},
                   {"members in another order are no change",
                    {},
                    {"name"},
                    R"("name":[{"family":"S","use":"usual"}])",
                    R"("name":[{"use":"usual","family":"S"}])",
                    R"("name":[{"family":"S","use":"usual"}])",
                    ""},
                   {"changed",
                    {},
                    {"name"},
                    R"("name":[{"family":"S"}])",
                    R"("name":[{"family":"T"}])",
                    R"("name":[{"family":"S"}])",
                    "readonly:name"},
                   {"removed",
                    {},
                    {"name"},
                    R"("name":[{"family":"S"}])",
                    "",
                    R"("name":[{"family":"S"}])",
                    "readonly:name"},
                   {"added",
                    {},
                    {"name"},
                    R"("active":true)",
                    R"("active":true,"name":[{"family":"S"}])",
                    R"("active":true)",
                    "readonly:name"},
                   {"falsy, changed",
                    {},
                    {"active"},
                    R"("active":false)",
                    R"("active":true)",
                    R"("active":false)",
                    "readonly:active"},
                   {"falsy, removed",
                    {},
                    {"multipleBirthInteger"},
                    R"("multipleBirthInteger":0)",
                    "",
                    R"("multipleBirthInteger":0)",
                    "readonly:multipleBirthInteger"},
                   {"another number text",
                    {},
                    {"multipleBirthInteger"},
                    R"("multipleBirthInteger":1)",
                    R"("multipleBirthInteger":1.0)",
                    R"("multipleBirthInteger":1)",
                    "readonly:multipleBirthInteger"},
                   {"sibling changed",
                    {},
                    {"birthDate"},
                    R"("birthDate":"1970","_birthDate":{"id":"a"})",
                    R"("birthDate":"1970","_birthDate":{"id":"b"})",
                    R"("birthDate":"1970","_birthDate":{"id":"a"})",
                    "readonly:birthDate"},
                   {"nested unchanged, the rest edited",
                    {},
                    {"name.family"},
                    R"("name":[{"family":"S","given":["A"]}])",
                    R"("name":[{"given":["B"],"family":"S"}])",
                    R"("name":[{"given":["B"],"family":"S"}])",
                    ""},
                   {"nested changed",
                    {},
                    {"name.family"},
                    R"("name":[{"family":"S","given":["A"]}])",
                    R"("name":[{"given":["B"],"family":"T"}])",
                    R"("name":[{"given":["B"],"family":"S"}])",
                    "readonly:name.family"},
                   {"nested removed",
                    {},
                    {"name.family"},
                    R"("name":[{"family":"S","given":["A"]}])",
                    R"("name":[{"given":["B"]}])",
                    R"("name":[{"family":"S","given":["B"]}])",
                    "readonly:name.family"},
                   {"nested added",
                    {},
                    {"name.family"},
                    R"("name":[{"given":["A"]}])",
                    R"("name":[{"given":["A"],"family":"T"}])",
                    R"("name":[{"given":["A"]}])",
                    "readonly:name.family"},
                   {"its object removed",
                    {},
                    {"maritalStatus.text"},
                    R"("maritalStatus":{"text":"x","id":"m"},"active":true)",
                    R"("active":true)",
                    R"("maritalStatus":{"text":"x"},"active":true)",
                    "readonly:maritalStatus.text"},
                   {"its entry removed: it comes back whole",
                    {},
                    {"name.family"},
                    R"("name":[{"family":"S","given":["A"]},{"family":"T"}])",
                    R"("name":[{"family":"T"}])",
                    R"("name":[{"family":"S","given":["A"]},{"family":"T"}])",
                    "readonly:name.family"},
                   {"its array removed",
                    {},
                    {"name.family"},
                    R"("name":[{"family":"S"}],"active":true)",
                    R"("active":true)",
                    R"("name":[{"family":"S"}],"active":true)",
                    "readonly:name.family"},
                   {"an entry without it removed",
                    {},
                    {"name.family"},
                    R"("name":[{"family":"S"},{"given":["A"]}])",
                    R"("name":[{"family":"S"}])",
                    R"("name":[{"family":"S"}])",
                    ""},
                   {"entry added without it",
                    {},
                    {"name.family"},
                    R"("name":[{"family":"S"}])",
                    R"("name":[{"given":["B"]},{"family":"S"}])",
                    R"("name":[{"given":["B"]},{"family":"S"}])",
                    ""},
                   {"entry added with it",
                    {},
                    {"name.family"},
                    R"("name":[{"family":"S"}])",
                    R"("name":[{"family":"S"},{"use":"old","family":"T"}])",
                    R"("name":[{"family":"S"},{"use":"old"}])",
                    "readonly:name.family"},
                   {"an entry of nothing else goes",
                    {},
                    {"name.family"},
                    R"("active":true)",
                    R"("active":true,"name":[{"family":"T"}])",
                    R"("active":true)",
                    "readonly:name.family"},
                   {"hidden inside readonly: unseen, no change",
                    {"name.family"},
                    {"name"},
                    R"("name":[{"family":"S","given":["A"]}])",
                    R"("name":[{"given":["A"]}])",
                    R"("name":[{"family":"S","given":["A"]}])",
                    ""},
                   {"hidden inside readonly: submitted",
                    {"name.family"},
                    {"name"},
                    R"("name":[{"family":"S","given":["A"]}])",
                    R"("name":[{"family":"S","given":["A"]}])",
                    R"("name":[{"family":"S","given":["A"]}])",
                    "hidden:name.family readonly:name"},
                   {"both lists: hidden wins",
                    {"birthDate"},
                    {"birthDate"},
                    R"("birthDate":"1970")",
                    R"("birthDate":"1970")",
                    R"("birthDate":"1970")",
                    "hidden:birthDate"},
                   {"both lists: absent",
                    {"birthDate"},
                    {"birthDate"},
                    R"("birthDate":"1970")",
                    "",
                    R"("birthDate":"1970")",
                    ""},
                   {"readonly in what is hidden",
                    {"name"},
                    {"name.family"},
                    R"("name":[{"family":"S"}])",
                    R"("active":true)",
                    R"("name":[{"family":"S"}],"active":true)",
                    ""},
                   {"order of conflicts, each once",
                    {"photo"},
                    {"name.family", "birthDate"},
                    R"("name":[{"family":"S"},{"family":"T"}],"birthDate":"1970")",
                    R"("photo":[],"birthDate":"1","name":[{"family":"U"},{"family":"V"}])",
                    R"("birthDate":"1970","name":[{"family":"S"},{"family":"T"}])",
                    "hidden:photo readonly:birthDate readonly:name.family"},
               });
}

TEST(Repair, Creates) {
  check_repair(
      "Patient",
      {
          {"nothing protected",
           {"birthDate"},
           {"active"},
           "(create)",
           R"( "gender" : "male" )",
           R"( "gender" : "male" )",
           ""},
          {"hidden is dropped",
           {"name"},
           {},
           "(create)",
           R"("name":[{"family":"X"}],"active":true)",
           R"("active":true)",
           "hidden:name"},
          {"readonly is dropped",
           {},
           {"identifier"},
           "(create)",
           R"("active":true,"identifier":[])",
           R"("active":true)",
           "readonly:identifier"},
          {"nested, with siblings",
           {"name.given"},
           {"name.family"},
           "(create)",
           R"("name":[{"given":["A"],"_given":[null],"use":"old","family":"F"},{"family":"G"}])",
           R"("name":[{"use":"old"}])",
           "hidden:name.given readonly:name.family"},
          {"nothing left",
           {"name.given"},
           {},
           "(create)",
           R"("name":[{"given":["A"]}])",
           "",
           "hidden:name.given"},
          {"by url",
           {"extension('a')"},
           {"extension('b').value[x]"},
           "(create)",
           R"("extension":[{"url":"a"},{"url":"b","valueCode":"x"},{"url":"c"}])",
           R"("extension":[{"url":"b"},{"url":"c"}])",
           "hidden:extension('a') readonly:extension('b').valueCode"},
          {"unknown",
           {"birthDate"},
           {},
           "(create)",
           R"("foo":1,"active":true)",
           R"("active":true)",
           "hidden:*"},
          {"empty containers of the submission stay",
           {"name.given"},
           {},
           "(create)",
           R"("name":[{}],"link":[])",
           R"("name":[{}],"link":[])",
           ""},
      });
}

TEST(Repair, NothingIsLeft) {
  const auto result =
      testing::repaired("Patient", "", R"({"birthDate":"1970"})", {{"birthDate"}, {}, {}});
  EXPECT_EQ(result.out, "{}");
  EXPECT_EQ(result.conflicts, "hidden:birthDate");
}

TEST(Repair, NamesAtMostAHundredConflicts) {
  std::vector<std::string> paths;
  std::string path = "item";
  for (int i = 0; i < 31; ++i) {
    paths.push_back(path + ".text");
    paths.push_back(path + ".prefix");
    paths.push_back(path + ".required");
    paths.push_back(path + ".linkId");
    path += ".item";
  }
  std::string deep = R"({"linkId":"1","text":"t","prefix":"p","required":true})";
  for (int i = 0; i < 40; ++i) {
    deep = R"({"linkId":"1","text":"t","prefix":"p","required":true,"item":[)" + deep + "]}";
  }
  const auto result = testing::repaired("Questionnaire", "",
                                        R"({"resourceType":"Questionnaire","item":[)" + deep + "]}",
                                        {{}, paths, {}});
  EXPECT_EQ(std::count(result.conflicts.begin(), result.conflicts.end(), ':'), 100);
}

// Objects of many members are searched by a sorted index.
TEST(Repair, ManyMembers) {
  std::string before = R"({"resourceType":"Patient")";
  std::string after = before;
  std::string expected = before;
  for (int i = 0; i < 500; ++i) {
    const std::string member = ",\"key" + std::to_string(i) + "\":" + std::to_string(i);
    before += member;
    expected += i == 250 ? ",\"birthDate\":\"1970\"" : "";
    expected += member;
    after += member;
    before += i == 249 ? ",\"birthDate\":\"1970\"" : "";
  }
  PlanOptions keep;
  keep.keep_unknown_elements = true;
  const auto result =
      testing::repaired("Patient", before + "}", after + "}", {{"birthDate"}, {"name"}, keep});
  EXPECT_EQ(result.out, expected + "}");
  EXPECT_EQ(result.conflicts, "");
}

// As deep as a resource may be.
TEST(Repair, DeepResources) {
  std::string before = R"({"url":"a","id":"hidden"})";
  std::string after = R"({"url":"a"})";
  for (int i = 0; i < 60; ++i) {
    before = R"({"url":"a","extension":[)" + before + "]}";
    after = R"({"url":"a","extension":[)" + after + R"(,{"url":"b"}]})";
  }
  before = R"({"resourceType":"Patient","foo":1,"extension":[)" + before + "]}";
  after = R"({"resourceType":"Patient","extension":[)" + after + "]}";
  const auto result = testing::repaired("Patient", before, after, {{"birthDate"}, {"name"}, {}});
  EXPECT_FALSE(result.refused);
  EXPECT_EQ(result.conflicts, "");
  EXPECT_NE(result.out.find(R"("foo":1)"), std::string::npos);
}

// SPEC P8: entries without ids that all changed places are not compared without end.
TEST(Repair, LongArraysAreBounded) {
  const auto patient = [](int entries, bool hidden, int from) {
    std::string text = R"({"resourceType":"Patient","name":[)";
    for (int i = 0; i < entries; ++i) {
      text += i == 0 ? "" : ",";
      text += R"({"use":")" + std::to_string(from + i) + "\"";
      text += hidden ? R"(,"family":"F"})" : "}";
    }
    return text + "]}";
  };
  const testing::RepairLists lists{{"name.family"}, {}, {}};
  EXPECT_FALSE(testing::repaired("Patient", patient(500, true, 0), patient(500, false, 9000), lists)
                   .refused);
  EXPECT_FALSE(
      testing::repaired("Patient", patient(9000, true, 0), patient(9000, false, 0), lists).refused);
  EXPECT_TRUE(
      testing::repaired("Patient", patient(9000, true, 0), patient(9000, false, 9000), lists)
          .refused);
}

}  // namespace
}  // namespace fhirwall::redact
