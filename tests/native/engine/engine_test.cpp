#include "core/engine.hpp"

#include <string>

#include <gtest/gtest.h>

namespace fhirwall {
namespace {

std::string padded(std::string_view text) {
  std::string out(text);
  out.resize(text.size() + json::kPadding, '\0');
  return out;
}

// A body with the padding that the engine asks for.
class Body {
 public:
  explicit Body(std::string_view text) : text_(padded(text)), size_(text.size()) {}
  [[nodiscard]] std::string_view view() const { return std::string_view(text_).substr(0, size_); }

 private:
  std::string text_;
  std::size_t size_;
};

const std::string kPolicy =
    R"({"policies":[{"resourceType":"AccessPolicy","id":"p\"1","resource":[
      {"resourceType":"Observation","criteria":"Observation?status=final","interaction":["search"]},
      {"resourceType":"Patient","readonly":true,"hiddenFields":["name"]}],
      "ipAccessRule":[{"value":"8.8.","action":"allow"},{"value":"*","action":"block"}]}]})";

std::string decide(Engine& engine, const policy::CompiledPolicy& compiled,
                   policy::Interaction interaction, std::string_view body) {
  std::string out;
  const Body text(body);
  const Error error = engine.decide_json(compiled, interaction, text.view(), out);
  return error ? std::string(error_name(error.code)) + "@" + std::to_string(error.offset) : out;
}

// SPEC 16
TEST(Engine, WritesDecisionsAsJson) {
  Engine engine;
  const auto compiled = engine.compile_policy(kPolicy);
  ASSERT_NE(compiled.policy, nullptr);
  using enum policy::Interaction;
  const std::string source = R"("source":"AccessPolicy/p\"1")";
  // Closure: names are hidden, and nobody may read practitioners (SPEC 7.3).
  EXPECT_EQ(decide(engine, *compiled.policy, kSearch,
                   R"({"resourceType":"Observation","status":"final"})"),
            R"({"allowed":true,"reason":"rule","rule":{"index":0,)" + source +
                R"(},"hidden":["contained","focus.display","focus.identifier",)"
                R"("note.authorReference.display","note.authorReference.identifier",)"
                R"("performer.display","performer.identifier","subject.display","text"]})");
  EXPECT_EQ(decide(engine, *compiled.policy, kSearch, R"({"resourceType":"Observation"})"),
            R"({"allowed":false,"reason":"criteria","rule":null,"hidden":[]})");
  EXPECT_EQ(decide(engine, *compiled.policy, kDelete, R"({"resourceType":"Patient"})"),
            R"({"allowed":false,"reason":"no-rule","rule":null,"hidden":[]})");
  // What goes is said by the rule, whether or not it is there (SPEC P3, 15.1).
  const std::string hidden =
      decide(engine, *compiled.policy, kRead, R"({"resourceType":"Patient"})");
  EXPECT_EQ(hidden.find(R"({"allowed":true,"reason":"rule","rule":{"index":1,)"), 0u) << hidden;
  EXPECT_NE(hidden.find(R"("name")"), std::string::npos) << hidden;
  EXPECT_NE(hidden.find(R"("text")"), std::string::npos) << hidden;
  EXPECT_EQ(decide(engine, *compiled.policy, kRead, R"({"resourceType":"Patient","name":[{}]})"),
            hidden);
  EXPECT_EQ(decide(engine, *compiled.policy, kRead, R"({"resourceType":)"), "invalid-json@16");
}

// SPEC 12
TEST(Engine, WritesIpDecisionsAsJson) {
  Engine engine;
  const auto compiled = engine.compile_policy(kPolicy);
  ASSERT_NE(compiled.policy, nullptr);
  EXPECT_EQ(engine.check_ip_json(*compiled.policy, "8.8.8.8"),
            R"({"allowed":true,"reason":"rule","rule":{"index":0,"source":"AccessPolicy/p\"1"}})");
  EXPECT_EQ(engine.check_ip_json(*compiled.policy, "8.7.8.8"),
            R"({"allowed":false,"reason":"rule","rule":{"index":1,"source":"AccessPolicy/p\"1"}})");
  EXPECT_EQ(engine.check_ip_json(*compiled.policy, ""),
            R"({"allowed":false,"reason":"no-address","rule":null})");
  EXPECT_EQ(engine.check_ip_json(*engine.compile_policy("{}").policy, ""),
            R"({"allowed":true,"reason":"no-rules","rule":null})");
}

// SPEC 4.3, 16: an unknown type is false.
TEST(Engine, AnswersAtTypeLevel) {
  Engine engine;
  const auto compiled = engine.compile_policy(kPolicy);
  ASSERT_NE(compiled.policy, nullptr);
  using enum policy::Interaction;
  EXPECT_TRUE(engine.can(*compiled.policy, kRead, "Patient"));
  EXPECT_FALSE(engine.can(*compiled.policy, kUpdate, "Patient"));
  EXPECT_TRUE(engine.can(*compiled.policy, kSearch, "Observation"));
  EXPECT_FALSE(engine.can(*compiled.policy, kRead, "Observation"));
  for (const std::string_view type : {"", "*", "patient", "Resource", "HumanName", "Login"}) {
    EXPECT_FALSE(engine.can(*compiled.policy, kRead, type)) << type;
  }
}

TEST(Engine, RedactsBodies) {
  Engine engine;
  const auto compiled = engine.compile_policy(kPolicy);
  ASSERT_NE(compiled.policy, nullptr);
  std::string out;
  bool allowed = false;
  const Body body(R"({"resourceType":"Patient","name":[{"family":"X"}],"active":true})");
  ASSERT_FALSE(
      engine.redact(*compiled.policy, policy::Interaction::kRead, body.view(), out, allowed));
  EXPECT_TRUE(allowed);
  EXPECT_EQ(out, R"({"resourceType":"Patient","active":true})");
  out.clear();
  const Body other(R"({"resourceType":"Encounter"})");
  ASSERT_FALSE(
      engine.redact(*compiled.policy, policy::Interaction::kRead, other.view(), out, allowed));
  EXPECT_FALSE(allowed);
  EXPECT_EQ(out, "");
}

TEST(Engine, MatchesSearches) {
  Engine engine;
  Issues issues;
  const auto criteria = engine.compile_search("Patient?address-state=CA", issues);
  ASSERT_NE(criteria, nullptr);
  struct Case {
    std::string body;
    std::string result;
  };
  const Case cases[] = {
      {R"({"resourceType":"Patient","address":[{"state":"CA"}]})", "true"},
      {R"({"resourceType":"Patient","address":[{"state":"NY"}]})", "false"},
      {R"({"resourceType":"Practitioner","address":[{"state":"CA"}]})", "false"},
      {"[]", "not-an-object"},
      {R"({"resourceType":"Nope"})", "unknown-resource-type"},
      {R"({"resourceType":"Patient")", "invalid-json"},
      {"", "empty-body"},
  };
  for (const Case& one : cases) {
    const Body body(one.body);
    bool matches = true;
    const Error error = engine.search_matches(*criteria, body.view(), matches);
    EXPECT_EQ(error     ? std::string(error_name(error.code))
              : matches ? "true"
                        : "false",
              one.result)
        << one.body;
    EXPECT_FALSE(error && matches);
  }
}

// SPEC 5.6, 16
TEST(Engine, SearchesWithOptions) {
  const std::string options =
      R"x({"baseUrls":["https://a.test/fhir"],"searchParameters":[{"resourceType":"SearchParameter","code":"of","base":["Patient"],
          "type":"reference","expression":"Patient.managingOrganization"}]})x";
  const Body body(
      R"({"resourceType":"Patient","managingOrganization":{"reference":"https://a.test/fhir/Organization/1"}})");
  Engine engine;
  Issues issues;
  const auto criteria = engine.compile_search("Patient?of=Organization/1", issues, options);
  ASSERT_NE(criteria, nullptr) << issues_json(issues);
  bool matches = false;
  EXPECT_FALSE(engine.search_matches(*criteria, body.view(), matches));
  EXPECT_TRUE(matches);
  // What is wrong with the options refuses criteria that do not need them, too.
  EXPECT_EQ(engine.compile_search("Patient?_id=1", issues, R"({"searchParameters":[1]})"), nullptr);
  EXPECT_EQ(issues.list().back().path, "options.searchParameters[0]");
  EXPECT_EQ(engine.search_parameters_json("Nope"), "");
  EXPECT_NE(engine.search_parameters_json("*").find(R"({"code":"_id","type":"token")"),
            std::string::npos);
}

TEST(Engine, RefusesSearchesItCannotDecide) {
  Engine engine;
  struct Case {
    std::string criteria;
    std::string issues;
  };
  const Case cases[] = {
      {"", R"([{"severity":"error","code":"unknown-resource-type","path":"","offset":0,)"},
      {"Nope?a=b", R"([{"severity":"error","code":"unknown-resource-type","path":"","offset":0,)"},
      {"Patient?nope=b",
       R"([{"severity":"error","code":"unknown-parameter","path":"","offset":8,)"},
      {"Patient?_id=%x",
       R"([{"severity":"error","code":"unbound-variable","path":"","offset":12,)"},
  };
  for (const Case& one : cases) {
    Issues issues;
    EXPECT_EQ(engine.compile_search(one.criteria, issues), nullptr) << one.criteria;
    EXPECT_TRUE(issues_json(issues).starts_with(one.issues)) << issues_json(issues);
  }
}

TEST(Engine, WritesIssuesAsJson) {
  Issues issues;
  EXPECT_EQ(issues_json(issues), "[]");
  issues.error(IssueCode::kWrongType, "a[\"b\"]", 3, "say `x`\\");
  issues.warning(IssueCode::kAmbiguousIpPrefix, "", 0, "w");
  EXPECT_EQ(
      issues_json(issues),
      R"([{"severity":"error","code":"wrong-type","path":"a[\"b\"]","offset":3,"message":"say `x`\\"},)"
      R"({"severity":"warning","code":"ambiguous-ip-prefix","path":"","offset":0,"message":"w"}])");
}

}  // namespace
}  // namespace fhirwall
