#include <iterator>
#include <random>

#include "core/decide/write.hpp"
#include "tests/native/core/decide/support.hpp"

namespace fhirwall::decide {
namespace {

using policy::must_compile;
using policy::with_rules;

constexpr const char* kInteractions[] = {"read",   "vread",  "search", "history",
                                         "create", "update", "delete"};

const std::string kProjects =
    R"(,"project":{"reference":"Project/own"},"linkedProjects":[
      {"resourceType":"Project","id":"open"},
      {"resourceType":"Project","id":"some","exportedResourceType":["ValueSet","User"]},
      {"resourceType":"Project","id":"none","exportedResourceType":[]}])";

std::string in(std::string_view type, std::string_view project) {
  return R"({"resourceType":")" + std::string(type) + R"(","id":"1","meta":{"project":)" +
         std::string(project) + "}}";
}

// SPEC 10.1
TEST(Projects, DecideWhatIsReached) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"*","readonly":true},{"resourceType":"Patient","criteria":"Patient?_id=1"},
        {"resourceType":"ValueSet"},{"resourceType":"User"},{"resourceType":"Project"})",
      kProjects));
  ASSERT_NE(compiled, nullptr);
  struct Row {
    const char* interaction;
    std::string resource;
    const char* decision;
  };
  const Row rows[] = {
      {"read", in("Patient", "\"own\""), "allow 0 rule"},
      {"read", in("Patient", "\"\\u006fwn\""), "allow 0 rule"},
      {"read", in("Patient", "\"open\""), "allow 0 rule"},
      {"vread", in("Patient", "\"open\""), "allow 0 rule"},
      {"search", in("Patient", "\"open\""), "allow 0 rule"},
      {"history", in("Patient", "\"open\""), "allow 0 rule"},
      {"read", in("ValueSet", "\"some\""), "allow 0 rule"},
      {"read", in("Patient", "\"some\""), "deny -1 project"},
      {"read", in("ValueSet", "\"none\""), "deny -1 project"},
      {"read", in("Patient", "\"other\""), "deny -1 project"},
      {"search", in("Patient", "\"other\""), "deny -1 project"},
      // Writing takes the own project.
      {"update", in("Patient", "\"own\""), "allow 1 rule"},
      {"create", in("Patient", "\"own\""), "allow 1 rule"},
      {"delete", in("Patient", "\"own\""), "allow 1 rule"},
      {"update", in("Patient", "\"open\""), "deny -1 project"},
      {"create", in("ValueSet", "\"open\""), "deny -1 project"},
      {"delete", in("ValueSet", "\"some\""), "deny -1 project"},
      // What says nothing, or nothing that can be understood, is in no project.
      {"read", R"({"resourceType":"Patient"})", "deny -1 project"},
      {"read", R"({"resourceType":"Patient","meta":{}})", "deny -1 project"},
      {"read", R"({"resourceType":"Patient","meta":[{"project":"own"}]})", "deny -1 project"},
      {"read", R"({"resourceType":"Patient","project":"own"})", "deny -1 project"},
      {"read", in("Patient", "null"), "deny -1 project"},
      {"read", in("Patient", "[\"own\"]"), "deny -1 project"},
      {"read", in("Patient", R"({"reference":"Project/own"})"), "deny -1 project"},
      {"read", in("Patient", "\"Project/own\""), "deny -1 project"},
      {"read", in("Patient", "\"Own\""), "deny -1 project"},
      {"read", in("Patient", "\"own \""), "deny -1 project"},
      {"read", in("Patient", "\"\""), "deny -1 project"},
      {"create", R"({"resourceType":"ValueSet"})", "deny -1 project"},
      // Type level comes first (SPEC 4.3), then the project, then the criteria.
      {"update", in("Observation", "\"other\""), "deny -1 no-rule"},
      {"update", R"({"resourceType":"Patient","id":"2","meta":{"project":"other"}})",
       "deny -1 project"},
      // Of the admin types linked projects share Project alone; a Project is in itself.
      {"read", in("User", "\"own\""), "allow 3 rule"},
      {"read", in("User", "\"open\""), "deny -1 project"},
      {"read", in("User", "\"some\""), "deny -1 project"},
      {"read", R"({"resourceType":"Project","id":"own","meta":{"project":"own"}})", "allow 4 rule"},
      {"update", R"({"resourceType":"Project","id":"own","meta":{"project":"own"}})",
       "allow 4 rule"},
      {"create", R"({"resourceType":"Project","id":"own","meta":{"project":"own"}})",
       "deny -1 project"},
      {"read", R"({"resourceType":"Project","id":"open","meta":{"project":"open"}})",
       "allow 4 rule"},
      {"update", R"({"resourceType":"Project","id":"open","meta":{"project":"open"}})",
       "deny -1 project"},
      {"read", R"({"resourceType":"Project","id":"some","meta":{"project":"some"}})",
       "deny -1 project"},
      {"read", R"({"resourceType":"Project","id":"other","meta":{"project":"own"}})",
       "deny -1 project"},
      {"read", R"({"resourceType":"Project","id":"own"})", "deny -1 project"},
      {"read", R"({"resourceType":"Project","meta":{"project":"own"}})", "deny -1 project"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(decide_text(*compiled, row.interaction, row.resource), row.decision)
        << row.interaction << " " << row.resource;
  }
}

std::string member(std::string_view members, std::string_view rules, std::string_view more) {
  return R"({"policies":[{"resourceType":"AccessPolicy","id":"p","resource":[)" +
         std::string(rules) +
         R"(]}],"membership":{"resourceType":"ProjectMembership","accessPolicy":{"reference":"AccessPolicy/p"},)" +
         std::string(members) + "}" + std::string(more) + "}";
}

// SPEC 10.2
TEST(Projects, AdminsReachWhatBelongsToTheirProject) {
  const std::string rules = R"({"resourceType":"Binary"})";
  const auto admin = must_compile(member("\"admin\":true", rules, kProjects));
  ASSERT_NE(admin, nullptr);
  const auto project = [](std::string_view id) {
    return R"({"resourceType":"Project","id":")" + std::string(id) + R"(","meta":{"project":")" +
           std::string(id) + "\"}}";
  };
  struct Row {
    const char* interaction;
    std::string resource;
    bool allowed;
  };
  const Row rows[] = {
      {"read", project("own"), true},
      {"update", project("own"), true},
      {"delete", project("own"), false},
      {"create", project("own"), false},
      {"read", project("open"), true},
      {"update", project("open"), false},
      {"read", project("none"), false},
      {"read", project("other"), false},
      {"update", in("ProjectMembership", "\"own\""), true},
      {"delete", in("ProjectMembership", "\"own\""), true},
      {"read", in("ProjectMembership", "\"open\""), false},
      {"search", in("User", "\"own\""), true},
      {"search", in("User", "\"open\""), false},
      {"search", R"({"resourceType":"User","id":"1"})", false},
      {"read", in("UserSecurityRequest", "\"own\""), true},
      {"update", in("UserSecurityRequest", "\"own\""), false},
      {"read", in("PasswordChangeRequest", "\"own\""), false},
      {"read", in("Patient", "\"own\""), false},
      {"read", in("Binary", "\"own\""), true},  // SPEC 10.4: without a context
      {"read", in("Binary", "\"other\""), false},
  };
  const auto user = must_compile(member("\"admin\":false", rules, kProjects));
  for (const Row& row : rows) {
    EXPECT_EQ(decide_text(*admin, row.interaction, row.resource).starts_with("allow"), row.allowed)
        << row.interaction << " " << row.resource;
    EXPECT_FALSE(decide_text(*user, row.interaction, row.resource).starts_with("allow"))
        << row.interaction << " " << row.resource;
  }
}

// SPEC 10.2, 10.1: a super admin may do everything with admin types, in the own project.
TEST(Projects, SuperAdminsNeedTheOption) {
  const auto of = [](std::string_view option, std::string_view rules) {
    return must_compile(
        member("\"admin\":true", rules,
               R"(,"project":{"resourceType":"Project","id":"own","superAdmin":true},"options":{)" +
                   std::string(option) + "}"));
  };
  const std::string option = "\"superAdminTypes\":true";
  const std::string request = in("PasswordChangeRequest", "\"own\"");
  EXPECT_EQ(decide_text(*of(option, ""), "delete", request), "allow 0 rule");
  EXPECT_EQ(decide_text(*of("", ""), "delete", request), "deny -1 no-rule");
  EXPECT_EQ(decide_text(*of(option, ""), "read", in("PasswordChangeRequest", "\"other\"")),
            "deny -1 project");
  const std::string not_61 =
      R"({"resourceType":"ProjectMembership","criteria":"ProjectMembership?_id:not=1"})";
  EXPECT_EQ(decide_text(*of(option, not_61), "read", in("ProjectMembership", "\"own\"")),
            "deny -1 criteria");
  EXPECT_EQ(decide_text(*of(option, not_61), "read", in("Task", "\"own\"")), "deny -1 no-rule");
}

struct Asked {
  policy::Interaction interaction;
  std::string before;
  std::string after;
};

std::string written(const policy::CompiledPolicy& compiled, const Asked& asked) {
  const policy::Padded before(asked.before);
  const policy::Padded after(asked.after);
  WriteRequest request;
  request.interaction = asked.interaction;
  request.before = before.view();
  request.after = after.view();
  Scratch scratch;
  Writer writer;
  WriteDecision decision;
  if (const Error error = writer.check(compiled, request, scratch, decision)) {
    return "error " + std::string(error_name(error.code));
  }
  return decision.allowed ? "allow " + decision.body
                          : "deny " + std::string(write_reason_name(decision.why)) + " " +
                                std::string(reason_name(decision.reason));
}

// SPEC 9.5, 10.1: the stored project counts, whatever the client says of it.
TEST(Projects, OfWhatIsWritten) {
  using policy::Interaction;
  const auto compiled = must_compile(with_rules(R"({"resourceType":"Basic"})", kProjects));
  const auto stored = [](std::string_view project) { return in("Basic", project); };
  const Asked cases[] = {
      {Interaction::kUpdate, stored("\"own\""), stored("\"other\"")},
      {Interaction::kUpdate, stored("\"own\""), R"({"resourceType":"Basic","id":"1"})"},
      {Interaction::kUpdate, stored("\"open\""), stored("\"own\"")},
      {Interaction::kUpdate, stored("\"other\""), stored("\"own\"")},
      {Interaction::kUpdate, R"({"resourceType":"Basic","id":"1"})", stored("\"own\"")},
      {Interaction::kCreate, "", stored("\"other\"")},
      {Interaction::kCreate, "", R"({"resourceType":"Basic"})"},
      {Interaction::kDelete, stored("\"own\""), ""},
      {Interaction::kDelete, stored("\"open\""), ""},
      {Interaction::kDelete, stored("\"other\""), ""},
  };
  const std::string kept = R"(allow {"resourceType":"Basic","id":"1","meta":{"project":"own"}})";
  const std::string created = R"(allow {"resourceType":"Basic","meta":{"project":"own"}})";
  const std::string expected[] = {kept,
                                  kept,
                                  "deny before project",
                                  "deny not-readable project",
                                  "deny not-readable project",
                                  created,
                                  created,
                                  "allow ",
                                  "deny before project",
                                  "deny not-readable project"};
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    EXPECT_EQ(written(*compiled, cases[i]), expected[i]) << i;
  }
}

// SPEC 10.2: what an admin may change of the own project, and what not.
TEST(Projects, AdminsRenameTheirProject) {
  using policy::Interaction;
  const auto admin = must_compile(member("\"admin\":true", R"({"resourceType":"*"})", kProjects));
  const auto project = [](std::string_view more) {
    return R"({"resourceType":"Project","id":"own",)" + std::string(more) +
           R"(,"meta":{"project":"own"}})";
  };
  const std::string hidden = R"(,"systemSecret":[{"name":"s","valueString":"x"}])";
  const auto update = [&](std::string_view after) {
    return written(*admin,
                   {Interaction::kUpdate, project("\"name\":\"a\"" + hidden), project(after)});
  };
  EXPECT_EQ(update("\"name\":\"b\""), "allow " + project("\"name\":\"b\"" + hidden));
  for (const std::string_view change :
       {R"("name":"a","superAdmin":true)", R"("name":"a","features":["bots"])",
        R"("name":"a","systemSetting":[{"name":"rateLimit","valueInteger":1}])",
        R"("name":"a","systemSecret":[])", R"("name":"a","strictMode":false)",
        R"("name":"a","link":[{"project":{"reference":"Project/foo"}}])"}) {
    EXPECT_EQ(update(change), "deny conflict rule") << change;
  }
  EXPECT_EQ(written(*admin, {Interaction::kCreate, "",
                             R"({"resourceType":"Project","id":"own","name":"Test"})"})
                .substr(0, 11),
            "deny result");
}

// For each interaction and resource: allowed or not.
std::vector<bool> reach(const std::string& text) {
  const auto compiled = must_compile(text);
  std::vector<bool> out;
  for (const std::string_view type :
       {"Patient", "ValueSet", "Project", "User", "ProjectMembership", "PasswordChangeRequest"}) {
    for (const std::string_view project : {"\"own\"", "\"a\"", "\"b\"", "\"c\"", "7"}) {
      std::string resource = in(type, project);
      if (type == "Project" && project != "7") {
        resource.replace(resource.find("\"1\""), 3, project);
      }
      for (const char* interaction : kInteractions) {
        out.push_back(decide_text(*compiled, interaction, resource).starts_with("allow"));
      }
    }
  }
  return out;
}

bool within(const std::vector<bool>& less, const std::vector<bool>& more) {
  for (std::size_t i = 0; i < less.size(); ++i) {
    if (less[i] && !more[i]) {
      return false;
    }
  }
  return true;
}

// SPEC 10.1, 4.4: the check only narrows, a linked project only adds, a list of exported types only
// takes, and who is no admin sees no admin types.
TEST(Projects, OnlyNarrowAndAreOnlyLinkedToRead) {
  const std::string rules[] = {
      R"({"resourceType":"*","readonly":true})",
      R"({"resourceType":"Patient"})",
      R"({"resourceType":"Patient","criteria":"Patient?_project=Project/a"})",
      R"({"resourceType":"ValueSet","criteria":"ValueSet?_id=1","interaction":["read","update"]})",
      R"({"resourceType":"Project"})",
      R"({"resourceType":"User","criteria":"User?_project=Project/own"})",
      R"({"resourceType":"ProjectMembership"})",
      R"({"resourceType":"PasswordChangeRequest","readonly":true})",
  };
  const std::string exports[] = {"", R"(,"exportedResourceType":[])",
                                 R"(,"exportedResourceType":["Patient","User"])",
                                 R"(,"exportedResourceType":["Project"])"};
  std::mt19937 random(20240612);
  std::size_t narrowed = 0;
  std::size_t added = 0;
  for (int round = 0; round < 150; ++round) {
    std::string list;
    for (unsigned count = random() % 4 + 1; count > 0; --count) {
      list += (list.empty() ? "" : ",") + rules[random() % std::size(rules)];
    }
    const bool admin = random() % 2 == 0;
    const bool has_member = random() % 3 != 0;
    const auto text = [&](const std::string& more) {
      return has_member ? member(admin ? "\"admin\":true" : "\"admin\":false", list, more)
                        : with_rules(list, more);
    };
    const std::string own = R"(,"project":{"reference":"Project/own"})";
    const std::string a = R"({"resourceType":"Project","id":"a")";
    const std::string export_a = exports[random() % std::size(exports)];
    const auto linked = [&](const std::string& projects) {
      return own + ",\"linkedProjects\":[" + projects + "]";
    };
    const auto unchecked = reach(text(""));
    const auto alone = reach(text(own));
    const auto with_some = reach(text(linked(a + export_a + "}")));
    const auto with_a = reach(text(linked(a + "}")));
    const auto with_both = reach(text(linked(a + R"(},{"resourceType":"Project","id":"b"})")));
    EXPECT_TRUE(within(alone, with_some)) << list;
    EXPECT_TRUE(within(with_some, with_a)) << list << export_a;
    EXPECT_TRUE(within(with_a, with_both)) << list;
    added += alone != with_both ? 1 : 0;
    if (!has_member || !admin) {
      EXPECT_TRUE(within(with_both, unchecked)) << list;
      narrowed += with_both != unchecked ? 1 : 0;
    }
    if (has_member && !admin) {
      // Patient and ValueSet come first.
      const auto first_admin_type = with_both.begin() + 2 * 5 * 7;
      EXPECT_EQ(std::count(first_admin_type, with_both.end(), true), 0) << list;
    }
  }
  EXPECT_GT(narrowed, 20u);
  EXPECT_GT(added, 20u);
}

// SPEC 10.3, 12.1: the IP rules of both memberships must allow.
TEST(OnBehalfOf, AsksTheIpRulesOfBoth) {
  const std::string own = R"("project":{"reference":"Project/own"})";
  const auto compiled = must_compile(R"({"policies":[
      {"resourceType":"AccessPolicy","id":"c","ipAccessRule":[{"value":"10.","action":"allow"}]},
      {"resourceType":"AccessPolicy","id":"t","resource":[{"resourceType":"Patient"}],
        "ipAccessRule":[{"value":"10.0.0.9","action":"block"}]}],
      "membership":{"resourceType":"ProjectMembership","admin":true,
        "accessPolicy":{"reference":"AccessPolicy/c"},)" +
                                     own + R"(},"onBehalfOf":{"membership":{
        "resourceType":"ProjectMembership","accessPolicy":{"reference":"AccessPolicy/t"},)" +
                                     own + "}}}");
  ASSERT_NE(compiled, nullptr);
  EXPECT_TRUE(check_ip(*compiled, "10.0.0.8").allowed);
  EXPECT_EQ(check_ip(*compiled, "10.0.0.9").source, 0);
  EXPECT_FALSE(check_ip(*compiled, "10.0.0.9").allowed);
  EXPECT_EQ(check_ip(*compiled, "11.0.0.8").source, 1);
  EXPECT_FALSE(check_ip(*compiled, "11.0.0.8").allowed);
  EXPECT_EQ(decide_text(*compiled, "read", R"({"resourceType":"Patient"})"), "allow 0 rule");
}

}  // namespace
}  // namespace fhirwall::decide
