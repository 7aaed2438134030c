#include "core/decide/write.hpp"

#include <string>

#include <gtest/gtest.h>

#include "write_support.hpp"

namespace fhirwall::decide {
namespace {

using policy::Interaction;
using policy::must_compile;
using policy::with_rules;

// SPEC 9.1, 9.7
TEST(Write, DecidesBeforeAndAfter) {
  const struct {
    const char* rules;
    Asked asked;
    const char* outcome;
  } table[] = {
      {R"({"resourceType":"Patient"})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1"})",
        R"({"resourceType":"Patient","id":"1","active":true})", ""},
       R"(allow 0 {"resourceType":"Patient","id":"1","active":true})"},
      {R"({"resourceType":"Patient"})",
       {Interaction::kUpdate, "", R"({"resourceType":"Patient","id":"1","active":true})", ""},
       "deny no-before"},
      {R"({"resourceType":"Patient"})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1"})",
        R"({"resourceType":"Patient","id":"2"})", ""},
       "deny identity"},
      {R"({"resourceType":"Patient"})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1"})",
        R"({"resourceType":"Patient"})", ""},
       "deny identity"},
      {R"({"resourceType":"*"})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1"})",
        R"({"resourceType":"Person","id":"1"})", ""},
       "deny identity"},
      {R"({"resourceType":"Patient","readonly":true})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1"})",
        R"({"resourceType":"Patient","id":"1"})", ""},
       "deny no-rule"},
      {R"({"resourceType":"Patient","interaction":["update"]})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1"})",
        R"({"resourceType":"Patient","id":"1"})", ""},
       "deny not-readable"},
      // Out of the criteria, or into them.
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1","active":true})",
        R"({"resourceType":"Patient","id":"1","active":false})", ""},
       "deny result"},
      {R"({"resourceType":"Patient","readonly":true},{"resourceType":"Patient","interaction":["update"],"criteria":"Patient?active=true"})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1","active":false})",
        R"({"resourceType":"Patient","id":"1","active":true})", ""},
       "deny before"},
      // One rule for the stored version, another for the result.
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},{"resourceType":"Patient","criteria":"Patient?active=false"})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1","active":true})",
        R"({"resourceType":"Patient","id":"1","active":false})", ""},
       R"(allow 1 {"resourceType":"Patient","id":"1","active":false})"},
      // A creation has no id, so that `_id` never holds.
      {R"({"resourceType":"Patient"})",
       {Interaction::kCreate, "", R"({"resourceType":"Patient","id":"7","active":true})", ""},
       R"(allow 0 {"resourceType":"Patient","active":true})"},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=7"})",
       {Interaction::kCreate, "", R"({"resourceType":"Patient","id":"7"})", ""},
       "deny result"},
      {R"({"resourceType":"Patient","criteria":"Patient?_compartment=Patient/7"})",
       {Interaction::kCreate, "", R"({"resourceType":"Patient","id":"7"})", ""},
       "deny result"},
      {R"({"resourceType":"Patient","interaction":["create"]})",
       {Interaction::kCreate, "", R"({"resourceType":"Patient"})", ""},
       R"(allow 0 {"resourceType":"Patient"})"},
      {R"({"resourceType":"Patient","interaction":["read"]})",
       {Interaction::kCreate, "", R"({"resourceType":"Patient"})", ""},
       "deny no-rule"},
      // Deleting looks at the stored version.
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"})",
       {Interaction::kDelete, R"({"resourceType":"Patient","id":"1","active":true})", "", ""},
       "allow 0"},
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"})",
       {Interaction::kDelete, R"({"resourceType":"Patient","id":"1","active":false})", "", ""},
       "deny not-readable"},
      {R"({"resourceType":"Patient","interaction":["read"]},{"resourceType":"Patient","interaction":["delete"],"criteria":"Patient?active=true"})",
       {Interaction::kDelete, R"({"resourceType":"Patient","id":"1"})", "", ""},
       "deny before"},
      {R"({"resourceType":"Patient"})", {Interaction::kDelete, "", "", ""}, "deny no-before"},
      // Bodies that are none.
      {R"({"resourceType":"Patient"})",
       {Interaction::kUpdate, R"({"resourceType":"Patient","id":"1"})", "", ""},
       "error empty-body"},
      {R"({"resourceType":"Patient"})",
       {Interaction::kCreate, "", "[]", ""},
       "error not-an-object"},
      {R"({"resourceType":"Patient"})",
       {Interaction::kCreate, "", R"({"resourceType":"Nothing"})", ""},
       "error unknown-resource-type"},
  };
  for (const auto& row : table) {
    EXPECT_EQ(outcome_of(*must_compile(with_rules(row.rules)), row.asked), row.outcome)
        << row.rules << ' ' << row.asked.after;
  }
}

// SPEC 9.5, 2.6
TEST(Write, SetsMeta) {
  const char* tagged =
      R"({"policies":[{"resourceType":"AccessPolicy","compartment":{"reference":"Organization/o"},"resource":[{"resourceType":"Patient","criteria":"Patient?_compartment=Organization/o"}]},)"
      R"({"resourceType":"AccessPolicy","compartment":{"reference":"Organization/p"},"resource":[{"resourceType":"Basic"}]}]})";
  const auto compiled = must_compile(tagged);
  EXPECT_EQ(
      outcome_of(
          *compiled,
          {Interaction::kCreate, "",
           R"({"resourceType":"Patient","meta":{"project":"x","versionId":"1","profile":["p"],"accounts":[{"reference":"Organization/z"}],"compartment":[{"reference":"Organization/z"}]}})",
           ""}),
      R"(allow 0 {"resourceType":"Patient","meta":{"profile":["p"],"account":{"reference":"Organization/o"},"accounts":[{"reference":"Organization/o"}]}})");
  EXPECT_EQ(
      outcome_of(*compiled, {Interaction::kCreate, "", R"( {"resourceType":"Basic" } )", ""}),
      R"(allow 1  {"resourceType":"Basic","meta":{"account":{"reference":"Organization/p"},"accounts":[{"reference":"Organization/p"}]} } )");
  // The stored project and accounts stay, whatever is said of them; the tag is added once.
  EXPECT_EQ(
      outcome_of(
          *compiled,
          {Interaction::kUpdate,
           R"({"resourceType":"Basic","id":"1","meta":{"project":"p1","author":{"reference":"Practitioner/a"},"account":{"reference":"Organization/q"},"tag":[{"code":"t"}]}})",
           R"({"resourceType":"Basic","id":"1","meta":{"project":"p2","account":{"reference":"Organization/z"}}})",
           ""}),
      R"(allow 1 {"resourceType":"Basic","id":"1","meta":{"project":"p1","account":{"reference":"Organization/q"},"accounts":[{"reference":"Organization/q"},{"reference":"Organization/p"}]}})");
  EXPECT_EQ(
      outcome_of(
          *compiled,
          {Interaction::kUpdate,
           R"({"resourceType":"Basic","id":"1","meta":{"account":{"reference":"Organization/q"},"accounts":[{"reference":"Organization/p","display":"P"}]}})",
           R"({"resourceType":"Basic","id":"1"})", ""}),
      R"(allow 1 {"resourceType":"Basic","id":"1","meta":{"account":{"reference":"Organization/p","display":"P"},"accounts":[{"reference":"Organization/p","display":"P"}]}})");
  // What is created is of the own project; only an admin who sees `meta` whole says accounts.
  const char* create =
      R"({"resourceType":"Basic","meta":{"project":"x","accounts":[{"reference":"Organization/z"}]}})";
  const auto in_project = [&](const char* admin, const char* options) {
    std::string text =
        R"({"policies":[{"resourceType":"AccessPolicy","id":"a","resource":[{"resourceType":"Basic"}]}],"project":{"reference":"Project/p1"},"membership":{"resourceType":"ProjectMembership","project":{"reference":"Project/p1"},"accessPolicy":{"reference":"AccessPolicy/a"},"profile":{"reference":"Practitioner/1"},"admin":)";
    text += admin;
    text += R"(},"options":{)";
    text += options;
    text += "}}";
    return outcome_of(*must_compile(text), {Interaction::kCreate, "", create, ""});
  };
  const std::string dropped = R"( {"resourceType":"Basic","meta":{"project":"p1"}})";
  for (const char* admin : {"false", "true"}) {
    const std::string plain = in_project(admin, "");
    EXPECT_TRUE(plain.ends_with(dropped)) << plain;
  }
  const std::string not_admin = in_project("false", R"("extendedMeta":true)");
  EXPECT_TRUE(not_admin.ends_with(dropped)) << not_admin;
  const std::string said = in_project("true", R"("extendedMeta":true)");
  EXPECT_TRUE(said.ends_with(
      R"({"resourceType":"Basic","meta":{"project":"p1","account":{"reference":"Organization/z"},"accounts":[{"reference":"Organization/z"}]}})"))
      << said;
  // SPEC 9.5: an account that is a Patient does not put an Observation in that compartment.
  const auto by_account = must_compile(
      R"({"policies":[{"resourceType":"AccessPolicy","compartment":{"reference":"Patient/1"},"resource":[{"resourceType":"Observation","criteria":"Observation?_compartment=Patient/1"}]}]})");
  EXPECT_EQ(
      outcome_of(*by_account, {Interaction::kCreate, "", R"({"resourceType":"Observation"})", ""}),
      "deny result");
}

// SPEC 6.3, 9.1
TEST(Write, HoldsConstraints) {
  const auto with = [](const char* expression) {
    std::string rules =
        R"({"resourceType":"Patient","writeConstraint":[{"language":"text/fhirpath","expression":")";
    rules += expression;
    rules += "\"}]}";
    return must_compile(with_rules(rules));
  };
  const Asked update = {Interaction::kUpdate,
                        R"({"resourceType":"Patient","id":"1","active":true,"gender":"male"})",
                        R"({"resourceType":"Patient","id":"1","active":true})", ""};
  const Asked create = {Interaction::kCreate, "", R"({"resourceType":"Patient","active":true})",
                        ""};
  const Asked remove = {Interaction::kDelete, update.before, "", ""};
  const struct {
    const char* expression;
    bool update;
    bool create;
    bool remove;
  } table[] = {
      {"true", true, true, true},
      {"false", false, false, false},
      {"active", true, true, true},
      {"{}", false, false, false},
      {"'true'", false, false, false},
      {"true | false", false, false, false},
      {"%before.exists()", true, false, true},
      {"%after.exists()", true, true, false},
      {"%before.gender = 'male'", true, false, true},
      {"gender.exists()", false, false, true},
      {"%after.gender.empty()", true, true, true},
      {"%before.exists() implies %before.gender = 'male'", true, true, true},
      {"(1 | 2).single() = 1", false, false, false},
  };
  for (const auto& row : table) {
    const auto compiled = with(row.expression);
    for (const auto& [asked, allowed] :
         {std::pair(update, row.update), {create, row.create}, {remove, row.remove}}) {
      const std::string outcome = outcome_of(*compiled, asked);
      EXPECT_EQ(outcome.starts_with("allow"), allowed) << row.expression << ' ' << outcome;
      EXPECT_TRUE(allowed || outcome == "deny constraint") << row.expression << ' ' << outcome;
    }
  }
  // The constraints of the rule for the stored version count, too.
  const auto two = must_compile(with_rules(
      R"j({"resourceType":"Patient","criteria":"Patient?active=true","writeConstraint":[{"language":"text/fhirpath","expression":"%after.gender.exists()"}]},{"resourceType":"Patient","criteria":"Patient?active=false"})j"));
  EXPECT_EQ(outcome_of(*two, {Interaction::kUpdate, update.before,
                              R"({"resourceType":"Patient","id":"1","active":false})", ""}),
            "deny constraint");
  // Data of another shape than the model's is not believed.
  EXPECT_EQ(outcome_of(*with("name.all(family = 'A')"),
                       {Interaction::kCreate, "",
                        R"({"resourceType":"Patient","name":{"family":"B"}})", ""}),
            "deny constraint");
}

// SPEC 6.2: the clock of the call, or the time that the policy fixes.
TEST(Write, KnowsTheTime) {
  const std::string rules =
      R"j({"resourceType":"Patient","writeConstraint":[{"language":"text/fhirpath","expression":"now() = @2026-01-02T03:04:05+01:00 and today() = @2026-01-02"}]})j";
  const Asked create = {Interaction::kCreate, "", R"({"resourceType":"Patient"})", ""};
  EXPECT_EQ(outcome_of(*must_compile(with_rules(rules)), create), "deny constraint");
  const auto fixed = [&](std::string_view now) {
    std::string options = R"(,"options":{"now":")";
    options.append(now).append("\"}");
    return outcome_of(*must_compile(with_rules(rules, options)), create);
  };
  EXPECT_EQ(fixed("2026-01-02T03:04:05+01:00"), R"(allow 0 {"resourceType":"Patient"})");
  EXPECT_EQ(fixed("2026-01-02T02:04:05Z"), R"(allow 0 {"resourceType":"Patient"})");
  EXPECT_EQ(fixed("2026-01-02T03:04:06+01:00"), "deny constraint");
  EXPECT_EQ(fixed("2026-01-01T16:04:05-10:00"), "deny constraint");  // today is another day there
}

// SPEC 9.2, 9.3
TEST(Write, RestoresWhatIsProtected) {
  const char* rules =
      R"({"resourceType":"Patient","hiddenFields":["birthDate"],"readonlyFields":["gender"]})";
  const std::string stored =
      R"({"resourceType":"Patient","id":"1","gender":"male","birthDate":"2000","active":true})";
  const auto refuse = must_compile(with_rules(rules));
  const auto restore =
      must_compile(with_rules(rules, R"(,"options":{"readonlyConflict":"restore"})"));
  // What was read, edited and put back.
  const Asked edited = {Interaction::kUpdate, stored,
                        R"({"resourceType":"Patient","id":"1","gender":"male","active":false})",
                        ""};
  const std::string kept = outcome_of(*refuse, edited);
  EXPECT_TRUE(kept.starts_with("allow 0")) << kept;
  EXPECT_NE(kept.find(R"("birthDate":"2000")"), std::string::npos) << kept;
  EXPECT_NE(kept.find(R"("active":false)"), std::string::npos) << kept;
  EXPECT_EQ(outcome_of(*restore, edited), kept);
  // A readonly element that was changed, and a hidden one that was submitted.
  const Asked changed = {
      Interaction::kUpdate, stored,
      R"({"resourceType":"Patient","id":"1","gender":"female","birthDate":"2000","active":false})",
      ""};
  EXPECT_EQ(outcome_of(*refuse, changed),
            "deny conflict error:readonly-element@gender error:hidden-element@birthDate");
  const std::string restored = outcome_of(*restore, changed);
  EXPECT_TRUE(restored.starts_with(
      "allow 0 warning:readonly-element@gender warning:hidden-element@birthDate {"))
      << restored;
  EXPECT_NE(restored.find(R"("gender":"male")"), std::string::npos) << restored;
  // On create they are dropped.
  const Asked create = {Interaction::kCreate, "",
                        R"({"resourceType":"Patient","gender":"male","active":true})", ""};
  EXPECT_EQ(outcome_of(*refuse, create), "deny conflict error:readonly-element@gender");
  EXPECT_EQ(outcome_of(*restore, create),
            R"(allow 0 warning:readonly-element@gender {"resourceType":"Patient","active":true})");
}

}  // namespace
}  // namespace fhirwall::decide
