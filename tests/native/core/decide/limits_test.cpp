#include "write_support.hpp"

// What happens at the bounds: a decision that cannot be taken is an error of the call, never an
// answer (SPEC P1, P8).
namespace fhirwall::decide {
namespace {

using policy::must_compile;
using policy::with_rules;

const std::string kNames = R"("name":[{"given":["b","c","d","e"]}])";

std::string patient(std::string_view more) {
  return R"({"resourceType":"Patient","id":"1",)" + kNames + std::string(more) + "}";
}

std::string update(const std::string& input, const Limits& limits, const std::string& before,
                   const std::string& after) {
  const auto compiled = policy::compile(input, limits).policy;
  EXPECT_NE(compiled, nullptr) << input;
  return compiled ? outcome_of(*compiled, {.interaction = policy::Interaction::kUpdate,
                                           .before = before,
                                           .after = after,
                                           .patch = {}})
                  : std::string();
}

TEST(Bounds, AStoredVersionThatCannotBeDecidedOn) {
  const std::string any = R"({"resourceType":"Patient","interaction":["read","update"]})";
  const std::string reads =
      R"({"resourceType":"Patient","interaction":["read"]},
         {"resourceType":"Patient","interaction":["update"],"criteria":"Patient?given=b"})";
  const std::string writes =
      R"({"resourceType":"Patient","interaction":["read"],"criteria":"Patient?given=b"},
         {"resourceType":"Patient","interaction":["update"]})";
  Limits few;
  few.max_evaluation_steps = 3;
  for (const std::string& rules : {reads, writes}) {
    const std::string input = with_rules(rules);
    EXPECT_TRUE(update(input, Limits{}, patient(""), patient("")).starts_with("allow "));
    EXPECT_TRUE(update(input, few, patient(""), patient("")).starts_with("error ")) << rules;
  }
  EXPECT_TRUE(update(with_rules(any), few, patient(""), patient("")).starts_with("allow "));
}

// SPEC 4.2: behind a rule without criteria none is tried.
TEST(Bounds, ARuleWithoutCriteriaIsTheLast) {
  Limits few;
  few.max_evaluation_steps = 3;
  const std::string input = with_rules(
      R"({"resourceType":"Patient","readonlyFields":["gender"]},
         {"resourceType":"Patient","criteria":"Patient?given=b"})");
  const std::string outcome = update(input, few, patient(""), patient(R"(,"gender":"male")"));
  EXPECT_TRUE(outcome.starts_with("deny ")) << outcome;
}

// SPEC 10.4: only a Binary has a context.
TEST(Bounds, OnlyABinaryIsDecidedByAnotherResource) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"*"},{"resourceType":"Patient"})", R"(,"options":{"resolve":true})"));
  ASSERT_NE(compiled, nullptr);
  for (const char* type : {"Binary", "Basic"}) {
    const policy::Padded text(R"({"resourceType":")" + std::string(type) +
                              R"(","securityContext":{"reference":"Patient/1"}})");
    json::Parser parser;
    ASSERT_FALSE(parser.parse(text.view(), Limits{}));
    Scratch scratch;
    std::vector<std::string> wanted;
    EXPECT_FALSE(
        references(*compiled, policy::Interaction::kRead, parser.document(), 0, scratch, wanted));
    EXPECT_EQ(wanted.size(), type[1] == 'i' ? 1u : 0u) << type;
  }
}

TEST(Bounds, PersonsToAskFor) {
  const auto compiled =
      must_compile(with_rules(R"({"resourceType":"Patient","criteria":"Patient?active=true"},
                    {"resourceType":"Observation"})",
                              R"(,"options":{"resolve":true})"));
  ASSERT_NE(compiled, nullptr);
  const auto asked = [&](int count) {
    std::string body = R"({"resourceType":"Observation","focus":[)";
    for (int i = 0; i < count; ++i) {
      body += (i == 0 ? "" : ",");
      body += R"({"reference":"Patient/)" + std::to_string(i) + R"(","display":"x"})";
    }
    const policy::Padded text(body + "]}");
    json::Parser parser;
    EXPECT_FALSE(parser.parse(text.view(), Limits{}));
    Scratch scratch;
    std::vector<std::string> wanted;
    EXPECT_FALSE(
        references(*compiled, policy::Interaction::kRead, parser.document(), 0, scratch, wanted));
    return wanted.size();
  };
  EXPECT_EQ(asked(999), 999u);
  EXPECT_EQ(asked(1005), 1000u);
}

// What a patch is applied to holds masks (SPEC 7.8), so that it may be longer than what is stored.
TEST(Bounds, AViewThatIsTooLong) {
  const std::string before = patient(R"(,"birthDate":"2000")");
  const std::string input = with_rules(
      R"({"resourceType":"Patient","hiddenFields":["birthDate","gender","maritalStatus"]})",
      R"(,"options":{"absent":"mask","mark":"redacted"})");
  const auto outcome = [&](std::uint32_t most) {
    Limits limits;
    limits.max_body_bytes = most;
    const auto compiled = policy::compile(input, limits).policy;
    EXPECT_NE(compiled, nullptr);
    return compiled ? outcome_of(*compiled, {.interaction = policy::Interaction::kUpdate,
                                             .before = before,
                                             .after = {},
                                             .patch = "[]"})
                    : std::string();
  };
  EXPECT_TRUE(outcome(4000).starts_with("allow ")) << outcome(4000);
  const std::string tight = outcome(static_cast<std::uint32_t>(before.size()) + 2);
  EXPECT_EQ(tight, "error too-large");
}

}  // namespace
}  // namespace fhirwall::decide
