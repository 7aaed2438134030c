#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.hpp"
#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/net/ip_rules.hpp"
#include "core/policy/interaction.hpp"
#include "core/redact/plan.hpp"
#include "core/search/criteria.hpp"

namespace fhirwall::policy {

// One rule of the assembled policy, variables bound.
struct Rule {
  bool any_type = false;                             // `*`
  fhir::TypeId type = fhir::TypeId::kNone;           // when not any_type
  InteractionMask interactions = 0;                  // SPEC 2.4
  std::shared_ptr<const search::Criteria> criteria;  // null: unconditional
  std::shared_ptr<const search::Criteria>
      compartment;  // deprecated `compartment`, and-ed (SPEC 4.5); null: none
  std::shared_ptr<const redact::Plan> plan;                // any_type: null, see plans
  std::vector<std::shared_ptr<const redact::Plan>> plans;  // any_type: by fhir::resource_index
  std::uint32_t source_policy = 0;                         // index in CompiledPolicy::sources
  std::uint32_t source_rule = 0;                           // index in that policy's `resource`
};

// Where rules come from: one entry for each policy in assembly order (a policy used twice is there
// twice).
struct Source {
  // `AccessPolicy/123`, or `policies[0]` when the document has no id, or `options.<name>` for rules
  // that an option adds.
  std::string reference;
  std::string name;
  std::vector<net::IpRule> ip_rules;  // each policy's list is evaluated by itself (SPEC 12.1)
};

// The result of a compile: immutable, thread-safe to share, knows nothing of requests. SPEC P7.
struct CompiledPolicy {
  std::vector<Rule> rules;  // document order (SPEC 2.1)
  std::vector<Source> sources;
  // For each resource type (by fhir::resource_index) the rules that can apply, in document order;
  // `*` exclusions (4.1) applied.
  std::vector<std::vector<std::uint16_t>> rules_by_type;
  bool denies_everything = false;  // inactive membership (2.7), no policy (2.3), or lacks_scopes
  bool lacks_scopes = false;       // requireScopes without any resource scope (11.3)
  bool unrestricted = false;  // no policy and option allowUnrestricted (2.3): the one rule is `*`
  bool allows_binary_without_context = false;  // option binaryWithoutContext (10.4)
  Limits limits;
  std::string hash;  // 64 hex digits; changes with any input that can change a decision
  std::string
      rules_json;  // `policy.rules`: the assembled rules with variables bound, as a JSON array
};

struct CompileOutcome {
  std::shared_ptr<const CompiledPolicy> policy;  // null if there is any error
  Issues issues;
};

// Compiles one JSON document: { policies, membership, profile, options, ... } as `compilePolicy`
// takes it (SPEC 16). All-or-nothing, reports every issue (SPEC 1.3). The text is not kept.
[[nodiscard]] CompileOutcome compile(std::string_view input_json, const Limits& limits);

}  // namespace fhirwall::policy
