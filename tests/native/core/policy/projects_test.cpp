#include "tests/native/core/policy/support.hpp"

namespace fhirwall::policy {
namespace {

const std::string kPolicies =
    R"("policies":[{"resourceType":"AccessPolicy","id":"p","resource":[{"resourceType":"*"},
      {"resourceType":"Project"},{"resourceType":"PasswordChangeRequest"}]}])";

// A membership of project `own`: `"membership":{...}`.
std::string membership(std::string_view members) {
  return R"({"resourceType":"ProjectMembership","accessPolicy":{"reference":"AccessPolicy/p"},)"
         R"("project":{"reference":"Project/own"},)" +
         std::string(members) + "}";
}

std::string input(std::string_view members, std::string_view more) {
  return "{" + kPolicies + ",\"membership\":" + membership(members) + "," + std::string(more) + "}";
}

const std::string kOwn = R"("project":{"resourceType":"Project","id":"own","name":"n"})";
const std::string kLinked =
    R"("linkedProjects":[{"resourceType":"Project","id":"a"},{"resourceType":"Project","id":"b"}])";

// SPEC 10.1, 16, 3.2
TEST(Projects, ReportsWhatIsMalformed) {
  struct Case {
    std::string input;
    std::vector<std::string> issues;  // sorted
  };
  const Case cases[] = {
      {R"({"project":{"reference":"Project/1"}})", {}},
      {R"({"project":{"resourceType":"Project","id":"1","link":[],"setting":[],"meta":{}}})", {}},
      {R"({"project":null,"linkedProjects":null,"onBehalfOf":null})", {}},
      {R"({"linkedProjects":[]})", {}},
      {R"({"project":{"reference":"https://h.test/fhir/Project/1"},
        "options":{"baseUrls":["https://h.test/fhir"]}})",
       {}},
      {R"({"project":{"reference":"https://h.test/fhir/Project/1"}})",
       {"error invalid-value project.reference @0"}},
      {R"({"project":"Project/1"})", {"error wrong-type project @0"}},
      {R"({"project":{}})", {"error missing-property project.reference @0"}},
      {R"({"project":{"reference":7}})",
       {"error missing-property project.reference @0", "error wrong-type project.reference @0"}},
      {R"({"project":{"reference":"Patient/1"}})", {"error invalid-value project.reference @0"}},
      {R"({"project":{"reference":"#1"}})", {"error invalid-value project.reference @0"}},
      {R"({"project":{"reference":"%project"}})", {"error invalid-value project.reference @0"}},
      {R"({"project":{"reference":"Project/1","nope":1}})",
       {"error unknown-property project.nope @0"}},
      {R"({"project":{"resourceType":"Project"}})", {"error missing-property project.id @0"}},
      {R"({"project":{"resourceType":"Project","id":"a b"}})",
       {"error missing-property project.id @0"}},
      {R"({"project":{"resourceType":"Patient","id":"1"}})",
       {"error unknown-resource-type project.resourceType @0"}},
      {R"({"project":{"resourceType":"Project","id":"1","superAdmin":"true","nope":1}})",
       {"error unknown-property project.nope @0", "error wrong-type project.superAdmin @0"}},
      {R"({"project":{"reference":"Project/1"},"linkedProjects":{}})",
       {"error wrong-type linkedProjects @0"}},
      {R"({"project":{"reference":"Project/1"},"linkedProjects":[null,"2",{"reference":"Project/2"}]})",
       {"error missing-property linkedProjects[2].resourceType @0",
        "error wrong-type linkedProjects[0] @0", "error wrong-type linkedProjects[1] @0"}},
      {R"({"project":{"reference":"Project/1"},"linkedProjects":[
        {"resourceType":"Project","id":"1"},{"resourceType":"Project","id":"2"},
        {"resourceType":"Project","id":"2","exportedResourceType":["Patient","Nope",1]}]})",
       {"error inconsistent-input linkedProjects[0].id @0",
        "error inconsistent-input linkedProjects[2].id @0",
        "error unknown-resource-type linkedProjects[2].exportedResourceType[1] @0",
        "error wrong-type linkedProjects[2].exportedResourceType[2] @0"}},
      {R"({"linkedProjects":[{"resourceType":"Project","id":"2"}]})",
       {"error missing-property project @0"}},
      {input("\"admin\":false", R"("project":{"reference":"Project/other"})"),
       {"error inconsistent-input project.reference @0"}},
      {input("\"admin\":false", R"("project":{"reference":"Project/own"})"), {}},
      {R"({"membership":{"resourceType":"ProjectMembership","project":{"reference":"own"}}})",
       {"error invalid-value membership.project.reference @0"}},
      {R"({"membership":{"resourceType":"ProjectMembership","project":{"display":"own"}}})",
       {"error missing-property membership.project.reference @0"}},
      {R"({"onBehalfOf":"Practitioner/1"})", {"error wrong-type onBehalfOf @0"}},
  };
  for (const Case& one : cases) {
    const CompileOutcome outcome = compile_text(one.input);
    EXPECT_EQ(lines_of(outcome.issues), one.issues) << one.input;
    EXPECT_EQ(outcome.policy == nullptr, !one.issues.empty()) << one.input;
  }
}

// SPEC P8
TEST(Projects, AreBounded) {
  Limits limits;
  limits.max_rules = 2;
  const std::string one = R"({"project":{"reference":"Project/1"},"linkedProjects":[)";
  const auto linked = [](int id) {
    return R"({"resourceType":"Project","id":")" + std::to_string(id) + "\"}";
  };
  EXPECT_NE(compile(one + linked(2) + "," + linked(3) + "]}", limits).policy, nullptr);
  const auto over = compile(one + linked(2) + "," + linked(3) + "," + linked(4) + "]}", limits);
  EXPECT_EQ(lines_of(over.issues),
            std::vector<std::string>{"error limit-exceeded linkedProjects[2] @0"});
}

// SPEC 4.4, 10.2: who gets what, as it stands in `policy.rules`.
TEST(Projects, AddsTheRulesOfAdmins) {
  const std::string star = R"({"resourceType":"*"})";
  const std::string linked =
      R"({"resourceType":"Project","criteria":"Project?_id=a,b","readonly":true,"interaction":["read","vread","search","history"],)"
      R"("hiddenFields":["superAdmin","setting","systemSetting","secret","systemSecret","strictMode"]})";
  const std::string own =
      R"({"resourceType":"Project","criteria":"Project?_id=own","interaction":["read","vread","search","history","create","update"],)"
      R"("hiddenFields":["superAdmin","systemSecret","strictMode"],"readonlyFields":["features","link","systemSetting"]})";
  const std::string rest =
      R"({"resourceType":"ProjectMembership","criteria":"ProjectMembership?_project=Project/own","readonlyFields":["project","user"]},)"
      R"({"resourceType":"UserSecurityRequest","criteria":"UserSecurityRequest?_project=Project/own","readonly":true,"interaction":["read","vread","search","history"]},)"
      R"({"resourceType":"User","criteria":"User?_project=Project/own","hiddenFields":["passwordHash","mfaSecret"],"readonlyFields":["email","emailVerified","mfaEnrolled","project"]})";
  const std::string super = R"("project":{"resourceType":"Project","id":"own","superAdmin":true})";
  const std::string option = R"(,"options":{"superAdminTypes":true})";
  struct Case {
    std::string input;
    std::string rules;
    bool admin;
  };
  const Case cases[] = {
      {input("\"admin\":true", kOwn), star + "," + own + "," + rest, true},
      {input("\"admin\":true", kOwn + "," + kLinked), star + "," + linked + "," + own + "," + rest,
       true},
      {input("\"admin\":true", R"("project":{"reference":"Project/own"})"),
       star + "," + own + "," + rest, true},
      // An admin, an active one, of a given project; else admin types go.
      {input("\"admin\":true", "\"scopes\":\"openid\""), star, false},
      {input("\"admin\":false", kOwn + "," + kLinked), star, false},
      {input("\"active\":true", kOwn), star, false},
      {input("\"admin\":true,\"active\":false", kOwn), star, false},
      {input("\"admin\":true", kOwn + option), star + "," + own + "," + rest, true},
      // Super admins keep what the policy says of admin types, and get those that it does not.
      {input("\"admin\":true", super + option),
       star +
           R"(,{"resourceType":"Project"},{"resourceType":"PasswordChangeRequest"},{"resourceType":"UserSecurityRequest"},{"resourceType":"ProjectMembership"},{"resourceType":"User"})",
       true},
      {input("\"admin\":true", super), star, false},
      {input("\"admin\":false", super + option), star, false},
      {input("\"admin\":true,\"active\":false", super + option), star, false},
      // Without a membership nothing is taken and nothing added.
      {"{" + kPolicies + "," + kOwn + "," + kLinked + "}",
       star + R"(,{"resourceType":"Project"},{"resourceType":"PasswordChangeRequest"})", false},
      // SPEC 11.2: scopes come last.
      {input("\"admin\":true", kOwn + R"(,"scopes":"user/Project.s user/*.d")"),
       R"({"resourceType":"*","interaction":["delete"]},)"
       R"({"resourceType":"Project","criteria":"Project?_id=own","interaction":["search"],)"
       R"("hiddenFields":["superAdmin","systemSecret","strictMode"],"readonlyFields":["features","link","systemSetting"]},)"
       R"({"resourceType":"ProjectMembership","criteria":"ProjectMembership?_project=Project/own","interaction":["delete"],"readonlyFields":["project","user"]},)"
       R"({"resourceType":"User","criteria":"User?_project=Project/own","interaction":["delete"],)"
       R"("hiddenFields":["passwordHash","mfaSecret"],"readonlyFields":["email","emailVerified","mfaEnrolled","project"]})",
       true},
  };
  for (const Case& one : cases) {
    const auto policy = must_compile(one.input);
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(policy->rules_json, "[" + one.rules + "]") << one.input;
    EXPECT_EQ(policy->project_admin, one.admin) << one.input;
    EXPECT_EQ(policy->allows_binary_without_context, one.admin) << one.input;  // SPEC 10.4
  }
}

TEST(Projects, NamesWhatGrantsTheRulesOfAdmins) {
  const auto sources = [](const std::string& text) {
    const auto policy = must_compile(text);
    std::string out;
    for (const Rule& rule : policy->rules) {
      out += policy->sources[rule.source_policy].reference + "." +
             std::to_string(rule.source_rule) + " ";
    }
    return out;
  };
  EXPECT_EQ(sources(input("\"admin\":true", kOwn)),
            "AccessPolicy/p.0 membership.admin.0 membership.admin.1 membership.admin.2 "
            "membership.admin.3 ");
  EXPECT_EQ(sources(input("\"admin\":true",
                          R"("project":{"resourceType":"Project","id":"own","superAdmin":true},)"
                          R"("options":{"superAdminTypes":true})")),
            "AccessPolicy/p.0 AccessPolicy/p.1 AccessPolicy/p.2 options.superAdminTypes.0 "
            "options.superAdminTypes.1 options.superAdminTypes.2 ");
}

// SPEC 2.3: an admin without any policy is denied everything, too; and who may do everything is not
// unrestricted any more when there are rules of admins.
TEST(Projects, AdminsNeedAPolicy) {
  const std::string none =
      R"({"membership":{"resourceType":"ProjectMembership","admin":true},)" + kOwn;
  EXPECT_TRUE(must_compile(none + "}")->denies_everything);
  const auto open = must_compile(none + R"(,"options":{"allowUnrestricted":true}})");
  EXPECT_FALSE(open->denies_everything);
  EXPECT_FALSE(open->unrestricted);
  EXPECT_EQ(open->rules.size(), 5u);
}

// `{membership, project}` of the target, in the compile input of a caller.
std::string on_behalf_of(std::string_view caller, std::string_view target,
                         std::string_view more = {}) {
  return R"({"policies":[
      {"resourceType":"AccessPolicy","id":"c","resource":[{"resourceType":"Encounter"}],
        "ipAccessRule":[{"value":"%office","action":"allow"}]},
      {"resourceType":"AccessPolicy","id":"t","resource":[
        {"resourceType":"Observation","criteria":"Observation?performer=%profile"}],
        "ipAccessRule":[{"value":"10.0.0.9","action":"block"}]}],
      "membership":{"resourceType":"ProjectMembership","profile":{"reference":"ClientApplication/c"},
        "access":[{"policy":{"reference":"AccessPolicy/c"},
          "parameter":[{"name":"office","valueString":"10.0.0.0/8"}]}],)" +
         std::string(caller) +
         R"(},"onBehalfOf":{"membership":{"resourceType":"ProjectMembership",
        "profile":{"reference":"Patient/t"},"accessPolicy":{"reference":"AccessPolicy/t"},)" +
         std::string(target) + "}" + std::string(more) + "}";
}

const std::string kInOwn = R"("project":{"reference":"Project/own"})";

// SPEC 10.3
TEST(OnBehalfOf, TakesTheRulesOfTheTargetAndTheIpRulesOfBoth) {
  const auto policy =
      must_compile(on_behalf_of("\"admin\":true," + kInOwn, kInOwn + "}",
                                R"(,"scopes":"patient/*.r","profile":"ClientApplication/c")"));
  ASSERT_NE(policy, nullptr);
  // `%profile` and the patient of the scopes are the target's.
  EXPECT_EQ(policy->rules_json,
            R"([{"resourceType":"Observation","criteria":"Observation?performer=Patient/t)"
            R"(&_compartment=Patient/t","interaction":["read","vread","history"]}])");
  ASSERT_EQ(policy->sources.size(), 2u);
  EXPECT_EQ(policy->sources[0].reference, "AccessPolicy/t");
  EXPECT_EQ(policy->sources[1].reference, "AccessPolicy/c");
  EXPECT_EQ(policy->sources[0].ip_rules.size(), 1u);
  EXPECT_EQ(policy->sources[1].ip_rules.size(), 1u);
  EXPECT_FALSE(policy->project_admin);
  EXPECT_TRUE(policy->projects.own.empty());
}

TEST(OnBehalfOf, TakesProjectAndAdminOfTheTarget) {
  const std::string caller = "\"admin\":true," + kInOwn;
  const auto of = [&](std::string_view target, std::string_view more = {}) {
    return must_compile(on_behalf_of(caller, target, more));
  };
  const auto admin = of("\"admin\":true," + kInOwn + "}", "," + kOwn);
  EXPECT_TRUE(admin->project_admin);
  EXPECT_EQ(admin->projects.own, "own");
  EXPECT_EQ(admin->projects.own_json, "\"own\"");
  EXPECT_EQ(admin->rules.size(), 5u);
  const auto named =
      of("\"admin\":true," + kInOwn + "},\"project\":{\"reference\":\"Project/own\"}");
  EXPECT_TRUE(named->project_admin);
  EXPECT_EQ(named->projects.own, "own");
  EXPECT_FALSE(of(kInOwn + "}", "," + kOwn)->project_admin);
}

// SPEC 10.3: whatever is wrong with it, the answer is the same.
TEST(OnBehalfOf, RefusesEveryTargetAlike) {
  const std::string caller = "\"admin\":true," + kInOwn;
  const std::string target = kInOwn + "}";
  const std::string cases[] = {
      on_behalf_of("\"admin\":false," + kInOwn, target),
      on_behalf_of("\"active\":true," + kInOwn, target),
      on_behalf_of("\"admin\":true,\"active\":false," + kInOwn, target),
      on_behalf_of("\"admin\":true", target),
      on_behalf_of(caller, "\"active\":true}"),
      on_behalf_of(caller, "\"active\":false," + kInOwn + "}"),
      on_behalf_of(caller, R"("project":{"reference":"Project/other"}})"),
      on_behalf_of(caller, target + R"(,"project":{"reference":"Project/other"})"),
      on_behalf_of(caller, R"("project":{"reference":"Project/other"}})", "," + kOwn),
      R"({"onBehalfOf":{"membership":{"resourceType":"ProjectMembership",)" + kInOwn + "}}}",
      R"({"onBehalfOf":{}})",
      R"({"onBehalfOf":{"membership":null}})",
      R"({"membership":{"resourceType":"ProjectMembership",)" + caller + R"(},"onBehalfOf":{}})",
  };
  std::string message;
  for (const std::string& text : cases) {
    const CompileOutcome outcome = compile_text(text);
    EXPECT_EQ(outcome.policy, nullptr);
    std::vector<std::string> errors = lines_of(outcome.issues);
    // Of the caller's own policies, which are known to them.
    std::erase(errors, "error missing-policy membership.access[0].policy.reference @0");
    EXPECT_EQ(errors, std::vector<std::string>{"error on-behalf-of onBehalfOf @0"}) << text;
    for (const Issue& issue : outcome.issues.list()) {
      if (issue.code == IssueCode::kOnBehalfOf) {
        EXPECT_TRUE(message.empty() || message == issue.message);
        message = issue.message;
      }
    }
  }
  EXPECT_FALSE(message.empty());
}

// SPEC 10.3, 2.2: what the documents themselves say wrong is said as anywhere else.
TEST(OnBehalfOf, ReportsWhatIsMalformed) {
  struct Case {
    std::string input;
    std::vector<std::string> issues;
  };
  const std::string caller = "\"admin\":true," + kInOwn;
  const Case cases[] = {
      {on_behalf_of(caller, kInOwn + ",\"nope\":1}"),
       {"error unknown-property onBehalfOf.membership.nope @0"}},
      {on_behalf_of(caller, kInOwn + "},\"header\":\"x\""),
       {"error unknown-property onBehalfOf.header @0"}},
      {on_behalf_of(caller, kInOwn + R"(,"access":[{"policy":{"reference":"AccessPolicy/x"}}]})"),
       {"error missing-policy onBehalfOf.membership.access[0].policy.reference @0"}},
      {on_behalf_of(caller, kInOwn + "}", R"(,"profile":"Practitioner/z")"),
       {"error inconsistent-input profile @0"}},
      {on_behalf_of(caller, kInOwn + "}", R"(,"project":{"reference":"Project/z"})"),
       {"error inconsistent-input project.reference @0", "error on-behalf-of onBehalfOf @0"}},
  };
  for (const Case& one : cases) {
    const CompileOutcome outcome = compile_text(one.input);
    EXPECT_EQ(lines_of(outcome.issues), one.issues) << one.input;
    EXPECT_EQ(outcome.policy, nullptr);
  }
}

// SPEC 16: the hash changes with everything that can change a decision, and only with that.
TEST(Projects, AreInTheHash) {
  const std::string texts[] = {
      input("\"admin\":false", "\"scopes\":\"openid\""),
      input("\"admin\":false", kOwn),
      input("\"admin\":true", kOwn),
      input("\"admin\":false", kOwn + "," + kLinked),
      input("\"admin\":false", kOwn + R"(,"linkedProjects":[{"resourceType":"Project","id":"a"}])"),
      input(
          "\"admin\":false",
          kOwn +
              R"(,"linkedProjects":[{"resourceType":"Project","id":"a","exportedResourceType":[]}])"),
      input(
          "\"admin\":false",
          kOwn +
              R"(,"linkedProjects":[{"resourceType":"Project","id":"a","exportedResourceType":["Patient"]}])"),
      "{" + kPolicies + R"(,"project":{"reference":"Project/1"}})",
      "{" + kPolicies + R"(,"project":{"reference":"Project/2"}})",
      "{" + kPolicies + "}",
      on_behalf_of("\"admin\":true," + kInOwn, kInOwn + "}"),
      on_behalf_of("\"admin\":true," + kInOwn, kInOwn + "}", "," + kOwn),
  };
  std::vector<std::string> hashes;
  for (const std::string& text : texts) {
    hashes.push_back(must_compile(text)->hash);
  }
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::adjacent_find(hashes.begin(), hashes.end()), hashes.end());
  EXPECT_EQ(
      must_compile(input("\"admin\":false", kOwn))->hash,
      must_compile(input("\"admin\":false", R"("project":{"reference":"Project/own"})"))->hash);
}

}  // namespace
}  // namespace fhirwall::policy
