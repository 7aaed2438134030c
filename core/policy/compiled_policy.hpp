#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.hpp"
#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/fhirpath/program.hpp"
#include "core/net/ip_rules.hpp"
#include "core/policy/contained.hpp"
#include "core/policy/interaction.hpp"
#include "core/policy/now.hpp"
#include "core/policy/projects.hpp"
#include "core/redact/closure_facts.hpp"
#include "core/redact/plan.hpp"
#include "core/search/criteria.hpp"

namespace fhirwall::policy {

// One rule of the assembled policy, variables bound.
struct Rule {
  bool any_type = false;                    // `*`
  fhir::TypeId type = fhir::TypeId::kNone;  // when not any_type
  InteractionMask interactions = 0;         // SPEC 2.4
  // All must hold: `criteria`, the deprecated `compartment` (SPEC 4.5), and what a scope adds
  // (SPEC 11.2). Empty: unconditional.
  std::vector<std::shared_ptr<const search::Criteria>> conditions;
  std::shared_ptr<const redact::Plan> plan;                // any_type: null, see plans
  std::vector<std::shared_ptr<const redact::Plan>> plans;  // any_type: by fhir::resource_index
  // What a write may not change: the paths of `readonlyFields`, without any closure (SPEC 9.2).
  std::shared_ptr<const redact::Plan> readonly_plan;  // any_type: null, see readonly_plans
  std::vector<std::shared_ptr<const redact::Plan>> readonly_plans;
  // `writeConstraint`, variables bound; each must yield exactly one `true` (SPEC 6.3).
  std::vector<std::shared_ptr<const fhirpath::Program>> constraints;
  std::uint32_t source_policy = 0;  // index in CompiledPolicy::sources
  std::uint32_t source_rule = 0;    // index in that policy's `resource`

  // Of a type that the rule covers.
  [[nodiscard]] const redact::Plan* plan_of(fhir::TypeId of) const {
    return any_type ? plans[fhir::resource_index(of)].get() : plan.get();
  }
  [[nodiscard]] const redact::Plan* readonly_plan_of(fhir::TypeId of) const {
    return any_type ? readonly_plans[fhir::resource_index(of)].get() : readonly_plan.get();
  }
};

// Where rules come from: one entry for each policy in assembly order (a policy used twice is there
// twice).
struct Source {
  // `AccessPolicy/123`, or `policies[0]` when the document has no id, or `options.<name>` for rules
  // that an option adds.
  std::string reference;
  std::string name;
  std::vector<net::IpRule> ip_rules;  // each policy's list is evaluated by itself (SPEC 12.1)
  std::string compartment;  // reference text that tags what its rules write (SPEC 2.6); or empty
};

// The result of a compile: immutable, thread-safe to share, knows nothing of requests. SPEC P7.
struct CompiledPolicy {
  // Document order (SPEC 2.1), scopes applied (SPEC 11.2). Behind those of `rules_json` stand the
  // ones that scopes took away and that hide something: they grant nothing, but what any rule for a
  // type hides counts (SPEC 7.3, 7.4).
  std::vector<Rule> rules;
  std::size_t listed_rules = 0;  // those of `rules_json`
  std::vector<Source> sources;
  // For each resource type (by fhir::resource_index) the rules that can apply, in document order;
  // `*` exclusions (4.1) applied.
  std::vector<std::vector<std::uint16_t>> rules_by_type;
  bool denies_everything = false;  // inactive membership (2.7), no policy (2.3), or lacks_scopes
  // SPEC 10.1; `own` is empty when no project was given.
  Projects projects;
  bool project_admin = false;  // SPEC 10.2; super admins too
  bool lacks_scopes = false;   // requireScopes without any resource scope (11.3)
  bool unrestricted = false;   // no policy and option allowUnrestricted (2.3): the one rule is `*`
  std::shared_ptr<const redact::Closure> closure;  // of all rules together (SPEC 7.3-7.5); not null
  Contained contained = Contained::kStrict;        // option `contained` (7.4)
  // Option `exactTotals` (8.2): the host promises that it narrowed the query exactly, so that the
  // `total` of a filtered searchset or history counts what the caller may see.
  bool exact_totals = false;
  redact::PlanOptions plan_options;  // of every `plan`; plans of writes are made with them too
  std::shared_ptr<const search::Custom> custom;  // option searchParameters; null: nothing supplied
  bool allows_binary_without_context = false;    // option binaryWithoutContext (10.4)
  // Decisions may need other resources: chains, `_has` (5.8), the context of a Binary (10.4), the
  // persons below.
  bool reads_references = false;
  // Option `resolve` is set and persons are readable only under conditions: the host may supply
  // those that a resource refers to (7.3 c).
  bool asks_for_persons = false;
  std::optional<Now> now;              // option `now` (6.2)
  bool restores_readonly = false;      // option readonlyConflict: 'restore' (9.3)
  std::vector<std::string> base_urls;  // without trailing slash (5.3)
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
