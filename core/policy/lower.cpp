#include "core/policy/lower.hpp"

#include <utility>

#include "core/base/ascii.hpp"
#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "core/policy/constraint.hpp"
#include "core/policy/type_sets.hpp"
#include "core/policy/variables.hpp"

namespace fhirwall::policy {
namespace {

// SPEC 2.4: `readonly: true` without `interaction` reads; an explicit empty list grants nothing.
InteractionMask effective_interactions(const SourceRule& source) {
  if (source.interactions) {
    return *source.interactions;
  }
  return source.readonly ? kReadInteractions : kAllInteractions;
}

void write_texts(JsonList& rule, std::string_view key, std::span<const SourceText> texts,
                 std::string& out) {
  if (texts.empty()) {
    return;
  }
  rule.key(key);
  JsonList list(out, '[', ']');
  for (const SourceText& text : texts) {
    list.item();
    append_json_string(out, text.value);
  }
  list.close();
}

void write_interactions(JsonList& rule, InteractionMask mask, std::string& out) {
  rule.key("interaction");
  JsonList list(out, '[', ']');
  for (unsigned i = 0; i < 7; ++i) {
    const auto interaction = static_cast<Interaction>(i);
    if ((mask & mask_of(interaction)) != 0) {
      list.item();
      append_json_string(out, interaction_name(interaction));
    }
  }
  list.close();
}

void write_constraints(JsonList& rule, std::span<const std::string> constraints, std::string& out) {
  if (constraints.empty()) {
    return;
  }
  rule.key("writeConstraint");
  JsonList list(out, '[', ']');
  for (const std::string& expression : constraints) {
    list.item();
    JsonList item(out, '{', '}');
    item.key("language");
    append_json_string(out, "text/fhirpath");
    item.key("expression");
    append_json_string(out, expression);
    item.close();
  }
  list.close();
}

void make_plans(const SourceRule& source, const redact::PlanOptions& options, Rule& rule) {
  if (!rule.any_type) {
    rule.plan = make_rule_plan(source, rule.type, options);
    rule.readonly_plan = make_readonly_plan(source, rule.type);
    return;
  }
  const auto types = fhir::resource_types();
  rule.plans.resize(types.size());
  rule.readonly_plans.resize(types.size());
  for (const fhir::TypeId type : types) {
    if (is_in_wildcard(type)) {
      rule.plans[fhir::resource_index(type)] = make_rule_plan(source, type, options);
      rule.readonly_plans[fhir::resource_index(type)] = make_readonly_plan(source, type);
    }
  }
}

}  // namespace

LoweredRule lower_rule(const SourceRule& source, const LowerContext& context) {
  LoweredRule result;
  Rule& rule = result.rule;
  rule.any_type = source.any_type;
  rule.type = source.type;
  rule.interactions = effective_interactions(source);
  rule.source_rule = source.index;
  if (!rule.any_type && rule.type == fhir::TypeId::kNone) {
    return result;  // reported where it was read
  }
  // `*?...` may use only what all types have (SPEC 4.1).
  const fhir::TypeId type = rule.any_type ? fhir::well_known().resource : rule.type;
  const search::CompileOptions options = criteria_options(context);
  std::shared_ptr<const search::Criteria> criteria;
  std::shared_ptr<const search::Criteria> in_compartment;
  if (source.criteria) {
    criteria = search::compile(source.criteria->value, type, options, source.criteria->path,
                               context.issues);
  }
  std::optional<std::string> compartment;
  if (source.compartment) {  // SPEC 4.5
    compartment = bind_reference(*source.compartment, context.bindings, context.issues);
    if (compartment) {
      in_compartment = search::compile_compartment(source.compartment->value, type, options,
                                                   source.compartment->path, context.issues);
    }
  }
  check_fields(source, source.hidden_fields, true, context.issues);
  check_fields(source, source.readonly_fields, false, context.issues);
  for (const SourceText& expression : source.write_constraints) {
    if (auto bound =
            bind_constraint(expression, type, context.bindings, context.limits, context.issues)) {
      result.constraints.push_back(std::move(bound->text));
      rule.constraints.push_back(std::move(bound->program));
    }
  }
  // SPEC P1: a rule whose condition was refused must never look unconditional.
  if (context.issues.has_errors() || (source.criteria && !criteria) ||
      (source.compartment && !in_compartment)) {
    rule.interactions = 0;
    return result;
  }
  for (const auto& condition : {criteria, in_compartment}) {
    if (condition) {
      rule.conditions.push_back(condition);
    }
  }
  if (criteria) {
    append_query(*criteria, result.query);
  }
  result.compartment = compartment.value_or(std::string());
  make_plans(source, context.plan_options, rule);
  result.accepted = true;
  return result;
}

search::CompileOptions criteria_options(const LowerContext& context) {
  search::CompileOptions options;
  options.bindings = context.bindings;
  options.base_urls = context.base_urls;
  options.limits = context.limits;
  options.resolves = context.resolves;
  options.custom = context.custom;
  return options;
}

void append_query(const search::Criteria& criteria, std::string& query) {
  const std::string_view text = search::bound_text(criteria);
  query += query.empty() ? "" : "&";
  query += text.substr(text.find('?') + 1);
}

std::string rule_json(const SourceRule& source, const LoweredRule& lowered) {
  const Rule& rule = lowered.rule;
  const std::string_view type = rule.any_type ? "*" : fhir::type_name(rule.type);
  std::string out;
  JsonList list(out, '{', '}');
  list.key("resourceType");
  append_json_string(out, type);
  if (source.compartment) {
    list.key("compartment");
    JsonList reference(out, '{', '}');
    reference.key("reference");
    append_json_string(out, lowered.compartment);
    reference.close();
  }
  if (!lowered.query.empty()) {
    list.key("criteria");
    append_json_string(out, concat(type, "?", lowered.query));
  }
  if (source.readonly) {
    list.key("readonly");
    out += "true";
  }
  if (source.readonly || source.interactions || rule.interactions != kAllInteractions) {
    write_interactions(list, rule.interactions, out);
  }
  const bool narrowed = source.any_type && !rule.any_type;  // by a scope
  const auto write_fields = [&](std::string_view key, std::vector<SourceText> fields) {
    if (narrowed) {
      std::erase_if(fields,
                    [&](const SourceText& field) { return !exists_on(field.value, rule.type); });
    }
    write_texts(list, key, fields, out);
  };
  write_fields("hiddenFields", source.hidden_fields);
  write_fields("readonlyFields", source.readonly_fields);
  write_constraints(list, lowered.constraints, out);
  list.close();
  return out;
}

std::vector<net::IpRule> lower_ip_rules(std::span<const SourceIpRule> rules,
                                        std::span<const search::Binding> bindings,
                                        std::string& canonical, Issues& issues) {
  std::vector<net::IpRule> result;
  for (const SourceIpRule& source : rules) {
    const auto value = bind_whole(source.value, bindings, issues);
    if (!value) {
      continue;
    }
    // SPEC 3.5: a bound value is parsed as a value; offsets stay in the text of the policy.
    const bool is_plain = *value == source.value.value;
    net::IpValueFailure failure;
    auto rule = net::parse_ip_rule(*value, source.action, failure);
    if (!rule) {
      issues.error(IssueCode::kInvalidIpRule, source.value.path, is_plain ? failure.offset : 0,
                   failure.message);
      continue;
    }
    if (net::is_ambiguous_prefix(*rule)) {  // SPEC 12.2
      issues.warning(IssueCode::kAmbiguousIpPrefix, source.value.path, 0,
                     "a prefix without a dot at its end matches whole octets only");
    }
    append_json_string(canonical, ascii::trim(*value));
    canonical += source.action == net::IpAction::kAllow ? "+" : "-";
    result.push_back(std::move(*rule));
  }
  return result;
}

}  // namespace fhirwall::policy
