#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/decide/judge.hpp"
#include "core/redact/redactor.hpp"
#include "tests/native/core/redact/random_resources.hpp"
#include "write_support.hpp"

// SPEC 9.2: who sends back what he was shown changes nothing, whatever rules, closure, marks and
// masks made of it.
namespace fhirwall::decide {
namespace {

using policy::Interaction;
using redact::testing::Generator;
using redact::testing::path_below;
using redact::testing::Random;

// What a read of `text` gives, or nothing.
std::string shown(const policy::CompiledPolicy& policy, std::string_view text) {
  const policy::Padded padded(text);
  json::Parser parser;
  EXPECT_FALSE(parser.parse(padded.view(), Limits{})) << text;
  const json::Document& document = parser.document();
  Scratch scratch;
  Error error;
  const Decision decision = decide(policy, Interaction::kRead, document, 0, scratch, error);
  if (!decision.allowed) {
    return {};
  }
  PolicyJudge judge(policy, scratch);
  redact::Redactor redactor;
  redact::Edits edits;
  redactor.redact(document, 0, *decision.plan, edits, policy.closure.get(), &judge);
  std::string out;
  edits.apply(text, 0, static_cast<std::uint32_t>(text.size()), out);
  return out;
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    out.append(out.size() > 1 ? "," : "").append("\"").append(text).append("\"");
  }
  return out + "]";
}

std::string rule_for(Random& random, std::string_view type, bool fields) {
  std::string rule = R"({"resourceType":")" + std::string(type) + "\"";
  if (fields) {
    std::vector<std::string> hidden;
    std::vector<std::string> readonly;
    const fhir::TypeId id = fhir::find_resource_type(type);
    for (unsigned i = random.below(3); i > 0; --i) {
      hidden.push_back(path_below(random, id));
    }
    for (unsigned i = random.below(2); i > 0; --i) {
      readonly.push_back(path_below(random, id));
    }
    rule += R"(,"hiddenFields":)" + list_of(hidden) + R"(,"readonlyFields":)" + list_of(readonly);
  }
  return rule + "}";
}

std::string random_policy(Random& random, std::string_view type) {
  std::string rules = rule_for(random, type, random.chance(70));
  for (const char* other : {"Patient", "Practitioner", "Organization", "Device"}) {
    if (other != type && random.chance(60)) {
      rules.append(",").append(random.chance(20) ? std::string(R"({"resourceType":")")
                                                       .append(other)
                                                       .append(R"(","criteria":")")
                                                       .append(other)
                                                       .append(R"(?_id=c1"})")
                                                 : rule_for(random, other, random.chance(50)));
    }
  }
  const auto pick = [&](const char* name, std::initializer_list<const char*> values) {
    return std::string("\"") + name + "\":\"" + values.begin()[random.below(values.size())] + "\"";
  };
  return policy::with_rules(rules, R"(,"options":{)" +
                                       pick("mark", {"none", "subsetted", "redacted"}) + "," +
                                       pick("absent", {"remove", "mask"}) + "," +
                                       pick("closure", {"strict", "strict", "fields-only"}) + "," +
                                       pick("displays", {"strict", "strict", "keep"}) + "," +
                                       pick("contained", {"strict", "policy", "keep"}) + "," +
                                       pick("unknownElements", {"cut", "keep"}) + "}");
}

TEST(WriteEcho, LosesNothing) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  Random random(seed);
  Generator generator(random, true);
  constexpr std::string_view kTypes[] = {"Patient",   "Observation", "Composition",
                                         "Encounter", "Bundle",      "Parameters"};
  int checked = 0;
  int changed = 0;
  for (int round = 0; round < 1500; ++round) {
    const std::string_view type = kTypes[random.below(std::size(kTypes))];
    const std::string text = random_policy(random, type);
    const auto outcome = policy::compile_text(text);
    if (outcome.policy == nullptr) {
      continue;  // an element that may not be hidden
    }
    const std::string before = generator.resource(type, "r");
    const std::string after = shown(*outcome.policy, before);
    if (after.empty()) {
      continue;  // a document whose first entry is refused
    }
    ++checked;
    changed += after != before ? 1 : 0;
    const std::string expected = "allow 0 " + before;
    ASSERT_EQ(outcome_of(*outcome.policy, {Interaction::kUpdate, before, after, ""}), expected)
        << text << "\n"
        << after;
    const std::string nothing =
        R"([{"op":"test","path":"/resourceType","value":")" + std::string(type) + "\"}]";
    ASSERT_EQ(outcome_of(*outcome.policy, {Interaction::kUpdate, before, "", nothing}), expected)
        << text << "\n"
        << after;
  }
  EXPECT_GT(checked, 700);
  EXPECT_GT(changed, 400);
}

}  // namespace
}  // namespace fhirwall::decide
