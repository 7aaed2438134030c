#include "core/redact/marks.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "marks_support.hpp"
#include "support.hpp"

namespace fhirwall::redact {
namespace {

using testing::expand;
using testing::FakeJudge;
using testing::plan_for;

struct Row {
  const char* about;
  const char* type;
  std::vector<std::string> hidden;
  const char* given;     // without `resourceType`
  const char* expected;  // all of it
};

std::string released(const Row& row, const PlanOptions& options) {
  const auto plan = plan_for(row.type, row.hidden, options);
  std::string text = R"({"resourceType":")";
  text.append(row.type).append("\"").append(*row.given != '\0' ? "," : "").append(row.given) += '}';
  const std::string out = testing::redacted(*plan, text);
  const testing::Parsed valid(out);  // no key twice
  EXPECT_TRUE(valid.ok()) << out;
  return out;
}

void check(const std::vector<Row>& rows, const PlanOptions& options) {
  for (const Row& row : rows) {
    EXPECT_EQ(released(row, options), expand(row.expected)) << row.about;
  }
}

// SPEC 7.8: by the rule, whatever was there.
TEST(Marks, StandWhereWhatIsKeptSays) {
  PlanOptions options;
  options.mark = Mark::kSubsetted;
  check(
      {
          {"no meta",
           "Patient",
           {"name"},
           R"("active":true)",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient","active":true})"},
          {"nothing is hidden",
           "Patient",
           {},
           R"("active":true)",
           R"({"resourceType":"Patient","active":true})"},
          {"something was cut",
           "Patient",
           {"name"},
           R"("name":[{}],"active":true)",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient","active":true})"},
          {"meta without tags",
           "Patient",
           {"name"},
           R"("meta":{"versionId":"1"})",
           R"({"resourceType":"Patient","meta":{"tag":[$t],"versionId":"1"}})"},
          {"meta with tags",
           "Patient",
           {"name"},
           R"("meta":{"versionId":"1","tag":[{"code":"a"}]})",
           R"({"resourceType":"Patient","meta":{"versionId":"1","tag":[$t,{"code":"a"}]}})"},
          {"meta with this tag",
           "Patient",
           {"name"},
           R"("meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]})",
           R"({"resourceType":"Patient","meta":{"tag":[$t,$t]}})"},
          {"empty meta",
           "Patient",
           {"name"},
           R"("meta":{})",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient"})"},
          {"empty tags",
           "Patient",
           {"name"},
           R"("meta":{"tag":[]})",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient"})"},
          {"meta that is no object",
           "Patient",
           {"name"},
           R"("meta":7,"active":true)",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient","active":true})"},
          {"tags that are no array",
           "Patient",
           {"name"},
           R"("meta":{"tag":{"code":"a"},"versionId":"1"})",
           R"({"resourceType":"Patient","meta":{"tag":[$t],"versionId":"1"}})"},
          {"tags that are no array, alone",
           "Patient",
           {"name"},
           R"("meta":{"tag":1})",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient"})"},
          {"server meta alone",
           "Patient",
           {"name"},
           R"("meta":{"project":"p"})",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient"})"},
          {"hidden meta",
           "Patient",
           {"meta"},
           R"("meta":{"versionId":"1"})",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient"})"},
          {"hidden tags",
           "Patient",
           {"meta.tag"},
           R"("meta":{"versionId":"1","tag":[{"code":"a"}]})",
           R"({"resourceType":"Patient","meta":{"tag":[$t],"versionId":"1"}})"},
          {"hidden tags alone",
           "Patient",
           {"meta.tag"},
           R"("meta":{"tag":[{"code":"a"}]})",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient"})"},
          {"the first tag is cut",
           "Patient",
           {"meta.tag.code"},
           R"("meta":{"tag":[{"code":"a"},{"code":"b","system":"s"}]})",
           R"({"resourceType":"Patient","meta":{"tag":[$t,{"system":"s"}]}})"},
      },
      options);
  options.mark = Mark::kRedacted;
  check({{"a label",
          "Patient",
          {"name"},
          R"("meta":{"security":[{"code":"R"}]})",
          R"({"resourceType":"Patient","meta":{"security":[$l,{"code":"R"}]}})"},
         {"a label of its own",
          "Patient",
          {"name"},
          "",
          R"({"meta":{"security":[$l]},"resourceType":"Patient"})"}},
        options);
}

TEST(Marks, WhiteSpaceAroundStays) {
  PlanOptions options;
  options.mark = Mark::kSubsetted;
  const auto plan = plan_for("Patient", {"name"}, options);
  EXPECT_EQ(testing::redacted(*plan, "{ \"name\" : 1 ,\n \"resourceType\" : \"Patient\" }"),
            expand(R"({"meta":{"tag":[$t]}, "resourceType" : "Patient" })"));
}

// SPEC 7.8: once at each hidden path whose visible parent is there, whatever stood there.
TEST(Masks, StandAtEachHiddenPath) {
  PlanOptions options;
  options.absent = Absent::kMask;
  check(
      {
          {"a primitive",
           "Patient",
           {"birthDate"},
           R"("birthDate":"1970","_birthDate":{"id":"a"})",
           R"({"_birthDate":$m,"resourceType":"Patient"})"},
          {"that was not there",
           "Patient",
           {"birthDate"},
           "",
           R"({"_birthDate":$m,"resourceType":"Patient"})"},
          {"a repeating one",
           "Patient",
           {"name"},
           R"("name":[{"family":"S"},{}])",
           R"({"name":[$m],"resourceType":"Patient"})"},
          {"several",
           "Patient",
           {"name", "birthDate"},
           R"("active":true)",
           R"({"name":[$m],"_birthDate":$m,"resourceType":"Patient","active":true})"},
          {"below",
           "Patient",
           {"name.given"},
           R"("name":[{"given":["A"],"family":"F"},{"given":["B"]},{"family":"G"}])",
           R"({"resourceType":"Patient","name":[{"_given":[$m],"family":"F"},{"_given":[$m],"family":"G"}]})"},
          {"a parent that is not there",
           "Patient",
           {"name.given"},
           R"("name":[])",
           R"({"resourceType":"Patient"})"},
          {"a single one",
           "Patient",
           {"maritalStatus"},
           "",
           R"({"maritalStatus":$m,"resourceType":"Patient"})"},
          {"not what closure adds",
           "Patient",
           {"name.family"},
           R"("name":[{"text":"T","use":"usual"}])",
           R"({"resourceType":"Patient","name":[{"_family":$m,"use":"usual"}]})"},
          {"a choice",
           "Patient",
           {"deceased"},
           R"("deceasedDateTime":"2020")",
           R"({"_deceasedBoolean":$m,"resourceType":"Patient"})"},
          {"one choice",
           "Patient",
           {"deceasedDateTime"},
           R"("deceasedDateTime":"2020")",
           R"({"_deceasedDateTime":$m,"resourceType":"Patient"})"},
          {"another choice is there",
           "Patient",
           {"deceasedDateTime"},
           R"("deceasedBoolean":false)",
           R"({"resourceType":"Patient","deceasedBoolean":false})"},
          {"in a choice",
           "Observation",
           {"value.unit"},
           R"("valueQuantity":{"value":1,"unit":"g"})",
           R"({"resourceType":"Observation","valueQuantity":{"_unit":$m,"value":1}})"},
          {"two choices",
           "Observation",
           {"valueString", "valueQuantity"},
           "",
           R"({"_valueString":$m,"resourceType":"Observation"})"},
          {"extensions",
           "Patient",
           {"extension", "name.extension('a')", "modifierExtension", "name.id", "contained"},
           R"("name":[{"family":"F"}])",
           R"({"resourceType":"Patient","name":[{"family":"F"}]})"},
          {"below an extension",
           "Patient",
           {"extension('a').value"},
           R"("extension":[{"url":"a","valueString":"s"},{"url":"b","valueString":"t"}])",
           R"({"resourceType":"Patient","extension":[{"_valueBase64Binary":$m,"url":"a"},{"url":"b","valueString":"t"}]})"},
          {"beside extensions of it",
           "Patient",
           {"extension('a').value"},
           R"("extension":[{"url":"a","extension":[{"url":"c"}]}])",
           R"({"resourceType":"Patient","extension":[{"url":"a","extension":[{"url":"c"}]}]})"},
          {"in a primitive's object",
           "Patient",
           {"birthDate.extension('a').value"},
           R"("birthDate":"1970","_birthDate":{"extension":[{"url":"a","valueString":"s"}]})",
           R"({"resourceType":"Patient","birthDate":"1970","_birthDate":{"extension":[{"url":"a"}]}})"},
          {"the url of an extension",
           "Patient",
           {"extension.url"},
           R"("extension":[{"url":"a","valueString":"s"}])",
           R"({"resourceType":"Patient","extension":[{"valueString":"s"}]})"},
          {"meta",
           "Patient",
           {"meta"},
           R"("meta":{"versionId":"1"})",
           R"({"meta":$m,"resourceType":"Patient"})"},
          {"a narrative",
           "Patient",
           {"text"},
           R"("text":{"div":"d"})",
           R"({"text":$m,"resourceType":"Patient"})"},
          {"a key with escapes",
           "Patient",
           {"birthDate"},
           R"("birthD\u0061te":"1970")",
           R"({"_birthDate":$m,"resourceType":"Patient"})"},
      },
      options);
}

TEST(Masks, StandBesideMarks) {
  PlanOptions options;
  options.absent = Absent::kMask;
  options.mark = Mark::kSubsetted;
  check(
      {
          {"both",
           "Patient",
           {"birthDate"},
           R"("meta":{"versionId":"1"})",
           R"({"_birthDate":$m,"resourceType":"Patient","meta":{"tag":[$t],"versionId":"1"}})"},
          {"of meta",
           "Patient",
           {"meta"},
           R"("meta":{"versionId":"1"})",
           R"({"meta":{$e,"tag":[$t]},"resourceType":"Patient"})"},
          {"of tags",
           "Patient",
           {"meta.tag"},
           R"("meta":{"versionId":"1","tag":[{"code":"a"}]})",
           R"({"resourceType":"Patient","meta":{"tag":[$m,$t],"versionId":"1"}})"},
          {"of tags without meta",
           "Patient",
           {"meta.tag"},
           "",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient"})"},
          {"of tags alone in it",
           "Patient",
           {"meta.tag"},
           R"("meta":{"tag":[{"code":"a"}]})",
           R"({"meta":{"tag":[$t]},"resourceType":"Patient"})"},
      },
      options);
}

// SPEC 7.4: contained resources are part of what holds them; entries are resources of their own.
TEST(Marks, OfResourcesInside) {
  PlanOptions options;
  options.absent = Absent::kMask;
  options.mark = Mark::kSubsetted;
  FakeJudge judge;
  judge.plans = {plan_for("Patient", {"birthDate"}, options), plan_for("Bundle", {}, options),
                 plan_for("Group", {}, options)};
  ClosureFacts facts = testing::facts();
  const struct {
    const char* type;
    const char* given;
    const char* expected;
  } table[] = {
      {"Observation",
       R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","birthDate":"1"}]})",
       R"({"resourceType":"Observation","contained":[{"_birthDate":$m,"resourceType":"Patient"}]})"},
      {"Bundle",
       R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","birthDate":"1"}},{"resource":{"resourceType":"Device"}},{"resource":{"resourceType":"Group"}}]})",
       R"({"resourceType":"Bundle","entry":[{"resource":{"_birthDate":$m,"meta":{"tag":[$t]},"resourceType":"Patient"}},{"resource":{"resourceType":"Group"}}]})"},
  };
  const auto closure = make_closure(std::move(facts));
  for (const auto& row : table) {
    EXPECT_EQ(testing::closed(*plan_for(row.type, {}, options), row.given, *closure, judge),
              expand(row.expected));
  }
  // Closure alone can cut from anything.
  ClosureFacts cutting = testing::facts();
  cutting.cuts_narratives = true;
  EXPECT_EQ(testing::closed(*plan_for("Group", {}, options), R"({"resourceType":"Group"})",
                            *make_closure(std::move(cutting)), judge),
            expand(R"({"meta":{"tag":[$t]},"resourceType":"Group"})"));
}

// A refused resource takes its entry along, and what was to be put into that.
TEST(Marks, LeaveWithWhatIsCut) {
  PlanOptions options;
  options.absent = Absent::kMask;
  const auto plan = plan_for("Bundle", {"entry.link.relation", "entry.search.score"}, options);
  FakeJudge judge;
  const auto closure = make_closure(testing::facts());
  EXPECT_EQ(
      testing::closed(
          *plan,
          R"({"resourceType":"Bundle","entry":[{"search":{"mode":"match"},"resource":{"resourceType":"Patient"}}]})",
          *closure, judge),
      R"({"resourceType":"Bundle"})");
}

}  // namespace
}  // namespace fhirwall::redact
