#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/policy/compiled_policy.hpp"
#include "core/policy/fields.hpp"
#include "core/policy/source.hpp"

namespace fhirwall::policy {

// What lowering needs beside the rule.
struct LowerContext {
  std::span<const search::Binding> bindings;
  std::span<const std::string> base_urls;
  const Limits& limits;
  const redact::PlanOptions& plan_options;
  Issues& issues;
  bool resolves = false;                         // chains and `_has` are allowed (SPEC 5.8)
  std::shared_ptr<const search::Custom> custom;  // null: nothing supplied (SPEC 5.6)
};

// A rule ready for decisions, and what it says with variables bound.
struct LoweredRule {
  bool accepted = false;  // false: refused, and the rest is of no use
  Rule rule;
  // What the conditions say but for the deprecated `compartment`, as it stands behind `Type?`;
  // empty when there are none.
  std::string query;
  std::string compartment;               // the deprecated one
  std::vector<std::string> constraints;  // the expressions of `writeConstraint`
};

// Compiles criteria, field paths and constraints of one rule; every problem becomes an issue.
[[nodiscard]] LoweredRule lower_rule(const SourceRule& source, const LowerContext& context);

// What stands in `policy.rules`: `rule`, which was made from `source`, as a policy author would
// write it without variables and scopes. An item of `resource[]`, members in a fixed order.
[[nodiscard]] std::string rule_json(const SourceRule& source, const LoweredRule& rule);

// How criteria are compiled in this context.
[[nodiscard]] search::CompileOptions criteria_options(const LowerContext& context);

// Adds what the criteria say, behind `&` where something stands already.
void append_query(const search::Criteria& criteria, std::string& query);

// A policy's IP list, parsed (SPEC 12). Each rule's bound value and action are appended to
// `canonical`.
[[nodiscard]] std::vector<net::IpRule> lower_ip_rules(std::span<const SourceIpRule> rules,
                                                      std::span<const search::Binding> bindings,
                                                      std::string& canonical, Issues& issues);

}  // namespace fhirwall::policy
