#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/redact/marks.hpp"
#include "marks_support.hpp"
#include "support.hpp"

namespace fhirwall::redact {
namespace {

using testing::expand;
using testing::FakeJudge;
using testing::plan_for;

// SPEC 9.2: what was put in is taken out of what comes back.
TEST(Marks, AreStripped) {
  PlanOptions options;
  options.absent = Absent::kMask;
  options.mark = Mark::kSubsetted;
  FakeJudge judge;
  judge.plans = {plan_for("Patient", {"birthDate"}, options)};
  const auto closure = make_closure(testing::facts());
  const struct {
    const char* about;
    const char* type;
    std::vector<std::string> hidden;
    const char* stored;
    const char* sent;
    const char* stripped;
  } table[] = {
      {"a mark",
       "Patient",
       {"name"},
       "",
       R"("meta":{"tag":[$t]},"active":true)",
       R"("active":true)"},
      {"written differently",
       "Patient",
       {"name"},
       "",
       R"("meta":{ "tag" : [ {"code" : "SUBSETT\u0045D", "system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue"}]},"active":true)",
       R"("active":true)"},
      {"beside others",
       "Patient",
       {"name"},
       "",
       R"("meta":{"tag":[$t,{"code":"a"}]})",
       R"("meta":{"tag":[{"code":"a"}]})"},
      {"beside one of its own",
       "Patient",
       {"name"},
       R"("meta":{"tag":[$t]})",
       R"("meta":{"tag":[$t,$t]})",
       R"("meta":{"tag":[$t]})"},
      {"one of its own",
       "Patient",
       {"name"},
       R"("meta":{"tag":[$t]})",
       R"("meta":{"tag":[$t]})",
       R"("meta":{"tag":[$t]})"},
      {"one that was not shown",
       "Patient",
       {"meta.tag"},
       R"("meta":{"tag":[$t]})",
       R"("meta":{"tag":[$t]},"active":true)",
       R"("active":true)"},
      {"another tag",
       "Patient",
       {"name"},
       "",
       R"("meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED","display":"d"}]})",
       R"("meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED","display":"d"}]})"},
      {"where nothing is marked",
       "Patient",
       {},
       "",
       R"("meta":{"tag":[$t]})",
       R"("meta":{"tag":[$t]})"},
      {"masks",
       "Patient",
       {"name", "birthDate"},
       "",
       R"("name":[$m],"_birthDate":$m,"active":true)",
       R"("active":true)"},
      {"deeper",
       "Patient",
       {"name.given"},
       "",
       R"("name":[{"_given":[$m],"family":"F"}])",
       R"("name":[{"family":"F"}])"},
      {"not quite",
       "Patient",
       {"name", "birthDate"},
       "",
       R"("name":[$m,$m],"_birthDate":{"id":"a",$e},"birthDate":"1")",
       R"("name":[$m,$m],"_birthDate":{"id":"a",$e},"birthDate":"1")"},
      {"at a place of no hidden path",
       "Patient",
       {"name"},
       "",
       R"("_birthDate":$m,"active":true)",
       R"("_birthDate":$m,"active":true)"},
      {"both in meta",
       "Patient",
       {"meta"},
       "",
       R"("meta":{$e,"tag":[$t]},"active":true)",
       R"("active":true)"},
      {"both in tags",
       "Patient",
       {"meta.tag"},
       "",
       R"("meta":{"tag":[$m,$t],"versionId":"1"})",
       R"("meta":{"versionId":"1"})"},
      {"below an extension",
       "Patient",
       {"extension('a').value"},
       "",
       R"("extension":[{"_valueBase64Binary":$m,"url":"a"},{"_valueBase64Binary":$m,"url":"b"}])",
       R"("extension":[{"url":"a"},{"_valueBase64Binary":$m,"url":"b"}])"},
      {"contained",
       "Observation",
       {},
       "",
       R"("contained":[{"_birthDate":$m,"meta":{"tag":[$t]},"resourceType":"Patient"}])",
       R"("contained":[{"meta":{"tag":[$t]},"resourceType":"Patient"}])"},
      {"entries",
       "Bundle",
       {},
       "",
       R"("entry":[{"resource":{"meta":{"tag":[$t,$t]},"_birthDate":$m,"resourceType":"Patient"}}])",
       R"("entry":[{"resource":{"meta":{"tag":[$t]},"resourceType":"Patient"}}])"},
  };
  for (const auto& row : table) {
    const auto whole = [&](const char* members) {
      return std::string(R"({"resourceType":")") + row.type + "\"" + (*members != '\0' ? "," : "") +
             expand(members) + "}";
    };
    const auto plan = plan_for(row.type, row.hidden, options);
    const testing::Parsed sent(whole(row.sent));
    const testing::Parsed stored(whole(row.stored));
    ASSERT_TRUE(sent.ok() && stored.ok());
    std::string out;
    append_stripped(sent.document(), {plan.get(), closure.get(), &judge, &stored.document()}, out);
    EXPECT_EQ(out, whole(row.stripped)) << row.about;
  }
}

}  // namespace
}  // namespace fhirwall::redact
