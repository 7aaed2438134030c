// layer: core/decide
// Arbitrary bytes as compile input: no crash, all or nothing, and what compiles decides soundly.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/base/concat.hpp"
#include "core/decide/decision.hpp"

namespace {

using namespace fhirwall;

constexpr std::string_view kResources[] = {
    R"({"resourceType":"Patient","id":"1","meta":{"tag":[{"system":"http://x","code":"a"}],
      "profile":["http://x/p"],"lastUpdated":"2024-02-29T12:00:00Z","compartment":[{"reference":"Patient/1"}]},
      "active":true,"name":[{"family":"Sm\u00edth","given":["A"]}],"birthDate":"1970-01","gender":"female",
      "address":[{"state":"CA"}],"generalPractitioner":[{"reference":"Practitioner/1"}],
      "managingOrganization":{"reference":"Organization/1"}})",
    R"({"resourceType":"Observation","id":"2","status":"final","subject":{"reference":"Patient/1"},
      "code":{"coding":[{"system":"http://loinc.org","code":"1-8"}],"text":"t"},
      "valueQuantity":{"value":1.50,"unit":"kg"},"effectiveDateTime":"2024-01-01"})",
    R"({"resourceType":"Binary","id":"3","securityContext":{"reference":"Patient/1"}})",
    R"({"resourceType":"Encounter","meta":{"tag":[{"code":"SUBSETTED"}]}})",
    R"({"resourceType":"Login"})",
    R"({"resourceType":"Patient","id":"1","meta":{"project":"1"}})",
    R"({"resourceType":"ValueSet","meta":{"project":"2"}})",
    R"({"resourceType":"Project","id":"1","meta":{"project":"1"}})",
    R"({"resourceType":"User","id":"1","meta":{"project":["1"]}})",
    R"({"resourceType":7})",
};

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// A text in a block of exactly its size plus what the parser may read.
json::Parser& parse(json::Parser& parser, std::string& block, std::string_view text) {
  block.assign(text);
  block.resize(text.size() + json::kPadding, ' ');
  require(!parser.parse(std::string_view(block).substr(0, text.size()), Limits{}));
  return parser;
}

void decide_all(const policy::CompiledPolicy& compiled) {
  static json::Parser parser;
  static decide::Scratch scratch;
  std::string block;
  for (const std::string_view text : kResources) {
    const json::Document& document = parse(parser, block, text).document();
    const fhir::TypeId type = decide::resource_type_of(document, 0);
    for (unsigned i = 0; i < 7; ++i) {
      const auto interaction = static_cast<policy::Interaction>(i);
      Error error;
      const decide::Decision decision =
          decide::decide(compiled, interaction, document, 0, scratch, error);
      require(decision.allowed == (decision.plan != nullptr));
      require(!(error && decision.allowed));
      require(!decision.allowed || decide::can(compiled, interaction, type));
      require(decision.rule < static_cast<std::int32_t>(compiled.rules.size()));
    }
  }
}

// `policy.rules` is a policy again, and says the same.
void require_round_trip(const policy::CompiledPolicy& compiled) {
  const std::string& rules = compiled.rules_json;
  if (rules.size() > 8192 || rules.find('%') != std::string::npos) {
    return;  // a bound `%` outside of criteria has no escape
  }
  const policy::CompileOutcome again = policy::compile(
      concat(R"({"policies":[{"resourceType":"AccessPolicy","resource":)", rules, "}]}"), Limits{});
  if (again.policy == nullptr) {
    // Options may supply parameters, or allow chains.
    for (const Issue& issue : again.issues.list()) {
      require(issue.severity == Severity::kWarning || issue.code == IssueCode::kUnknownParameter ||
              issue.code == IssueCode::kUnsupportedParameter);
    }
    return;
  }
  require(again.policy->rules_json == rules);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const policy::CompileOutcome outcome = policy::compile(text, Limits{});
  require((outcome.policy == nullptr) == outcome.issues.has_errors());
  for (const Issue& issue : outcome.issues.list()) {
    require(!issue.message.empty() && issue.message.find('\n') == std::string::npos);
  }
  if (outcome.policy == nullptr) {
    return 0;
  }
  require(policy::compile(text, Limits{}).policy->hash == outcome.policy->hash);
  decide_all(*outcome.policy);
  require_round_trip(*outcome.policy);
  for (const std::string_view address : {"", "8.8.8.8", "2001:db8::1", "x"}) {
    (void)decide::check_ip(*outcome.policy, address);
  }
  return 0;
}
