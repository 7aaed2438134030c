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
  bool resolves = false;  // chains and `_has` are allowed (SPEC 5.8)
};

// A rule ready for decisions, and what it says with variables bound.
struct LoweredRule {
  Rule rule;
  std::string json;  // as an item of `resource[]`, members in a fixed order
};

// Compiles criteria, field paths and constraints of one rule; every problem becomes an issue, and
// then the result is of no use.
[[nodiscard]] LoweredRule lower_rule(const SourceRule& source, const LowerContext& context);

// A policy's IP list, parsed (SPEC 12). Each rule's bound value and action are appended to
// `canonical`.
[[nodiscard]] std::vector<net::IpRule> lower_ip_rules(std::span<const SourceIpRule> rules,
                                                      std::span<const search::Binding> bindings,
                                                      std::string& canonical, Issues& issues);

}  // namespace fhirwall::policy
