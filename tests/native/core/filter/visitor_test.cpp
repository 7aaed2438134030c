#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "support.hpp"

// A searchset is filtered entry by entry while it is parsed, or as a whole document when its type
// comes late or it has includes. Both ways must release the same.
namespace fhirwall::filter {
namespace {

using policy::Interaction;

constexpr const char* kRules = R"([
  {"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name"]},
  {"resourceType":"Practitioner","interaction":["read"]},
  {"resourceType":"Parameters"},
  {"resourceType":"Observation"}])";

// The same members with `type` in front of `entry`, which allows visiting, and behind it.
std::string early(const std::string& head, const std::string& entry, const std::string& tail) {
  return R"({"resourceType":"Bundle","type":"searchset")" + head + entry + tail + "}";
}
std::string late(const std::string& head, const std::string& entry, const std::string& tail) {
  return R"({"resourceType":"Bundle")" + head + entry + R"(,"type":"searchset")" + tail + "}";
}

// `text` without its first `part`.
std::string without(std::string text, const std::string& part) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << text;
  return at == std::string::npos ? text : text.erase(at, part.size());
}

TEST(SearchsetVisitor, ReleasesWhatTheWholeDocumentDoes) {
  const auto policy = testing::compile(kRules);
  const std::vector<std::string> entries = {
      R"({"resource":{"resourceType":"Patient","id":"1","active":true,"name":[{"family":"A"}]}})",
      R"({"resource":{"resourceType":"Patient","id":"2","active":false}})",
      R"({"fullUrl":"u","resource":{"resourceType":"Observation","valueString":"x"},"search":{"mode":"match"}})",
      R"({"resource":{"resourceType":"Observation","meta":{"project":"p"}},"request":{}})",
      R"({"resource":{"resourceType":"Nothing"}})",
      R"({"response":{}})",
      R"(7)",
      R"({"resource":{"resourceType":"OperationOutcome","issue":[{"code":"x","diagnostics":"d"}]},"search":{"mode":"outcome"}})",
      R"({"resource":{"resourceType":"Practitioner","id":"9"},"search":{"mode":"include"}})",
      R"({"resource":{"resourceType":"Observation","performer":[{"reference":"Practitioner/9"}]}})",
  };
  const std::vector<std::string> heads = {"", R"(,"total":5)", R"(,"id":"b","meta":{"author":1})"};
  const std::vector<std::string> tails = {
      "", R"(,"signature":{"who":{}})",
      R"(,"link":[{"relation":"last","url":"u"},{"relation":"self"}])"};
  const std::uint32_t seed = 20240601;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  Context context;
  for (int round = 0; round < 3000; ++round) {
    std::string entry = random() % 8 == 0 ? "" : ",\"entry\":[";
    if (!entry.empty()) {
      const std::string separator = random() % 2 == 0 ? "," : " , ";
      const std::size_t count = random() % 6;
      for (std::size_t i = 0; i < count; ++i) {
        entry += (i == 0 ? "" : separator) + entries[random() % entries.size()];
      }
      entry += "]";
    }
    const std::string& head = heads[random() % heads.size()];
    const std::string& tail = tails[random() % tails.size()];
    const auto visited =
        testing::redact(context, *policy, Interaction::kSearch, early(head, entry, tail));
    const auto whole =
        testing::redact(context, *policy, Interaction::kSearch, late(head, entry, tail));
    ASSERT_FALSE(visited.error) << early(head, entry, tail);
    ASSERT_FALSE(whole.error) << late(head, entry, tail);
    ASSERT_TRUE(visited.allowed && whole.allowed);
    const std::string type = R"(,"type":"searchset")";
    ASSERT_EQ(without(visited.out, type), without(whole.out, type)) << early(head, entry, tail);
  }
}

// SPEC 8.1: invalid JSON anywhere refuses the body, and comes before what a single entry holds.
TEST(SearchsetVisitor, ReportsInvalidJsonFirst) {
  // An entry that cannot be decided.
  Limits limits;
  limits.max_evaluation_steps = 4;
  const auto policy =
      testing::compile(R"([{"resourceType":"Patient","criteria":"Patient?name=a"}])", "{}", limits);
  std::string names;
  for (int i = 0; i < 50; ++i) {
    names += (i == 0 ? "" : ",") + std::string(R"({"given":["b","c","d"]})");
  }
  const std::string undecided = R"({"resource":{"resourceType":"Patient","name":[)" + names + "]}}";
  const std::string valid = early("", ",\"entry\":[" + undecided + ",{}]", "");
  EXPECT_EQ(testing::redact(*policy, Interaction::kSearch, valid).error.code,
            ErrorCode::kExpressionTooComplex);
  for (const std::string rest : {",{\"a\":1,\"a\":2}]", ",01]", "],\"total\":1,\"total\":2", ""}) {
    const auto result = testing::redact(*policy, Interaction::kSearch,
                                        early("", ",\"entry\":[" + undecided + rest, ""));
    EXPECT_TRUE(result.error) << rest;
    EXPECT_NE(result.error.code, ErrorCode::kExpressionTooComplex) << rest;
    EXPECT_EQ(result.out, "");
    EXPECT_FALSE(result.allowed);
  }
}

// Entries in front of an invalid one were decided already; none of them leaves.
TEST(SearchsetVisitor, ReleasesNothingOfAnInvalidBody) {
  const auto policy = testing::compile(kRules);
  const std::string entry = R"({"resource":{"resourceType":"Observation"}})";
  Context context;
  const auto invalid =
      testing::redact(context, *policy, Interaction::kSearch,
                      early("", ",\"entry\":[" + entry + "," + entry + ",tru]", ""));
  EXPECT_EQ(invalid.error.code, ErrorCode::kInvalidLiteral);
  EXPECT_EQ(invalid.out, "");
  // The context is as good as new.
  const std::string body = early("", ",\"entry\":[" + entry + "]", "");
  EXPECT_EQ(testing::redact(context, *policy, Interaction::kSearch, body).out, body);
}

// Other interactions and policies without rules take no entry for an answer to a search.
TEST(SearchsetVisitor, IsForSearchesOnly) {
  const auto policy = testing::compile(kRules);
  const std::string body =
      early("", R"(,"entry":[{"resource":{"resourceType":"Observation"}}])", "");
  EXPECT_FALSE(testing::redact(*policy, Interaction::kRead, body).allowed);
  EXPECT_TRUE(testing::redact(*policy, Interaction::kSearch, body).allowed);
  EXPECT_FALSE(testing::redact(*testing::compile("[]"), Interaction::kRead, body).allowed);
  policy::CompileOutcome none = policy::compile("{}", {});
  ASSERT_NE(none.policy, nullptr);
  EXPECT_FALSE(testing::redact(*none.policy, Interaction::kSearch, body).allowed);
}

}  // namespace
}  // namespace fhirwall::filter
