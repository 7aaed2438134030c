#include "core/decide/explain.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/json_text.hpp"
#include "core/base/sort.hpp"
#include "core/redact/closure.hpp"
#include "core/redact/provenance.hpp"

namespace fhirwall::decide {
namespace {

using policy::CompiledPolicy;
using policy::Rule;

std::string_view source_of(const CompiledPolicy& policy, const Rule& rule) {
  return policy.sources[rule.source_policy].reference;
}

// The first parameter of the rule's conditions that does not hold; empty when all do.
std::string_view failing_criterion(const CompiledPolicy& policy, const Rule& rule,
                                   const search::Subject& subject, Scratch& scratch, Error& error) {
  for (const auto& criteria : rule.conditions) {
    std::uint32_t failed = 0;
    if (!search::matches(*criteria, subject, policy.limits, scratch.search, error, &failed)) {
      return search::clause_text(*criteria, failed);
    }
  }
  return {};
}

void write_hidden(const CompiledPolicy& policy, const Decision& decision, fhir::TypeId type,
                  std::string& out) {
  JsonList list(out, '[', ']');
  const redact::Plan* plan =
      decision.allowed ? policy.rules[static_cast<std::size_t>(decision.rule)].plan_of(type)
                       : nullptr;
  if (plan != nullptr) {
    for (const HiddenPart& hidden : hidden_parts(policy, *plan)) {
      list.item();
      JsonList item(out, '{', '}');
      item.key("path");
      append_json_string(out, hidden.path);
      item.key("field");
      if (hidden.field.empty()) {
        out += "null";
      } else {
        append_json_string(out, hidden.field);
      }
      item.key("step");
      append_json_string(out, hidden.step);
      item.close();
    }
  }
  list.close();
}

// Can a contained resource lose anything, or go itself?
bool cuts_contained(const redact::ClosureFacts& facts) {
  return facts.cuts_contained ||
         std::any_of(facts.types.begin(), facts.types.end(), [](const redact::TypeFacts& type) {
           return redact::hides_anything(*type.contained);
         });
}

// Is the path, or one around it, listed already?
bool is_covered(std::string_view path, const std::vector<HiddenPart>& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const HiddenPart& part) {
    return path.starts_with(part.path) &&
           (path.size() == part.path.size() || path[part.path.size()] == '.');
  });
}

}  // namespace

std::vector<HiddenPart> hidden_parts(const CompiledPolicy& policy, const redact::Plan& plan) {
  std::vector<HiddenPart> parts;
  for (redact::HiddenPath& hidden : redact::explained_paths(plan)) {
    parts.push_back(
        {std::move(hidden.path), std::move(hidden.field), redact::step_name(hidden.step)});
  }
  const bool contained = cuts_contained(redact::facts_of(*policy.closure));
  // The References of `meta` are what SPEC 7.7 names: without `extendedMeta` they go whole.
  const bool meta = policy.plan_options.extended_meta;
  for (redact::ClosureStep& step :
       redact::closure_steps(redact::resource_type(plan), *policy.closure)) {
    if ((contained || step.step != "contained") && (meta || !step.path.starts_with("meta.")) &&
        !is_covered(step.path, parts)) {
      parts.push_back({std::move(step.path), {}, step.step});
    }
  }
  sort_by(parts, [](const HiddenPart& a, const HiddenPart& b) { return a.path < b.path; });
  return parts;
}

void append_rule(const CompiledPolicy& policy, std::int32_t rule, std::string& out) {
  if (rule < 0) {
    out += "null";
    return;
  }
  JsonList object(out, '{', '}');
  object.key("index");
  out += std::to_string(rule);
  object.key("source");
  append_json_string(out, source_of(policy, policy.rules[static_cast<std::size_t>(rule)]));
  object.close();
}

Error explain(const CompiledPolicy& policy, policy::Interaction interaction,
              const json::Document& document, json::NodeIndex resource, Scratch& scratch,
              std::string& out) {
  Error error;
  const Decision decision = decide(policy, interaction, document, resource, scratch, error);
  if (error) {
    return error;
  }
  const fhir::TypeId type = resource_type_of(document, resource);
  JsonList object(out, '{', '}');
  object.key("allowed");
  out += decision.allowed ? "true" : "false";
  object.key("reason");
  append_json_string(out, reason_name(decision.reason));
  object.key("rule");
  append_rule(policy, decision.rule, out);
  object.key("tried");
  JsonList tried(out, '[', ']');
  const bool any = type != fhir::TypeId::kNone && !policy.denies_everything;
  const search::Subject subject{document, resource, type, purpose_of(interaction),
                                scratch.resolved};
  for (std::size_t i = 0; any && i < policy.rules_by_type[fhir::resource_index(type)].size(); ++i) {
    const std::uint16_t index = policy.rules_by_type[fhir::resource_index(type)][i];
    const Rule& rule = policy.rules[index];
    if (index >= policy.listed_rules) {
      break;  // what scopes took away grants nothing and has no place in `policy.rules`
    }
    tried.item();
    JsonList item(out, '{', '}');
    item.key("index");
    out += std::to_string(index);
    item.key("source");
    append_json_string(out, source_of(policy, rule));
    item.key("outcome");
    const bool decides = index == decision.rule;
    if ((rule.interactions & policy::mask_of(interaction)) == 0) {
      out += "\"interaction\"";
    } else if (decides) {
      out += "\"decides\"";
    } else {
      out += "\"criteria\"";
      const std::string_view criterion = failing_criterion(policy, rule, subject, scratch, error);
      if (error) {
        return error;
      }
      if (!criterion.empty()) {
        item.key("criterion");
        append_json_string(out, criterion);
      }
    }
    item.close();
    if (decides) {
      break;
    }
  }
  tried.close();
  object.key("hidden");
  write_hidden(policy, decision, type, out);
  object.close();
  return {};
}

}  // namespace fhirwall::decide
