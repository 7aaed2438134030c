#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "core/base/sha256.hpp"
#include "core/json/document.hpp"
#include "core/policy/compiled_policy.hpp"
#include "core/policy/fields.hpp"
#include "core/policy/lower.hpp"
#include "core/policy/source.hpp"
#include "core/policy/type_sets.hpp"
#include "core/policy/variables.hpp"

namespace fhirwall::policy {
namespace {

// Part of every hash: changes whenever the same documents may be decided differently.
constexpr std::string_view kDecisionVersion = "fhirwall decisions 1";

redact::PlanOptions plan_options(const Options& options) {
  redact::PlanOptions result;
  result.closure_strict = options.closure_strict;
  result.keep_unknown_elements = options.keep_unknown_elements;
  result.extended_meta = options.extended_meta;
  return result;
}

std::string source_reference(const SourcePolicy& policy) {
  return policy.id.empty() ? policy.path : concat("AccessPolicy/", policy.id);
}

// One compile in progress. SPEC 2: rules are concatenated in assembly order.
class Assembler {
 public:
  Assembler(const SourceInput& source, const Limits& limits, Issues& issues)
      : source_(source),
        limits_(limits),
        issues_(issues),
        plan_options_(plan_options(source.options)),
        profile_(effective_profile(source, issues)) {
    policy_->limits = limits;
    policy_->plan_options = plan_options_;
    policy_->base_urls = source.options.base_urls;
  }

  void run() {
    if (!check_size()) {
      return;
    }
    for (const SourceInput::Use& use : source_.uses) {
      add_policy(use);
    }
    add_option_rules();
    decide_for_all();
  }

  // Null if anything was wrong (SPEC 1.3: all-or-nothing).
  [[nodiscard]] std::shared_ptr<const CompiledPolicy> finish() {
    if (issues_.has_errors()) {
      return nullptr;
    }
    index_rules();
    note_references();
    policy_->rules_json = concat("[", rules_json_, "]");
    policy_->hash = sha256_hex(canonical_text());
    return policy_;
  }

 private:
  // SPEC P8. Counts what the assembled policy will hold, so that many uses of one policy count.
  [[nodiscard]] bool check_size() {
    std::size_t rules = 0;
    std::size_t ip_rules = 0;
    for (const SourceInput::Use& use : source_.uses) {
      rules += source_.policies[use.policy].rules.size();
      ip_rules += source_.policies[use.policy].ip_rules.size();
    }
    const std::size_t bound = std::min<std::size_t>(limits_.max_rules, 60'000);
    if (rules > bound || ip_rules > bound || source_.uses.size() > bound) {
      issues_.error(IssueCode::kLimitExceeded, "policies", 0, "too many rules");
      return false;
    }
    return true;
  }

  void add_policy(const SourceInput::Use& use) {
    const SourcePolicy& policy = source_.policies[use.policy];
    const auto bindings = make_bindings(profile_, use.access, source_.options.base_urls, issues_);
    Issues found(limits_.max_issues);
    // SPEC 2.6 tags writes with it; its variables must be bound in any case (SPEC 3.4).
    std::string compartment;
    if (policy.compartment) {
      compartment = bind_reference(*policy.compartment, bindings, found).value_or(std::string());
    }
    const auto source_index = static_cast<std::uint32_t>(policy_->sources.size());
    Source source;
    source.reference = source_reference(policy);
    source.name = policy.name;
    canonical_sources_ += "\nsource";
    append_json_string(canonical_sources_, source.reference);
    append_json_string(canonical_sources_, compartment);
    source.compartment = compartment;
    source.ip_rules = lower_ip_rules(policy.ip_rules, bindings, canonical_sources_, found);
    policy_->sources.push_back(std::move(source));
    for (const SourceRule& rule : policy.rules) {
      // Issues of one rule do not keep the next from being checked.
      Issues of_rule(limits_.max_issues);
      add_rule(rule, bindings, source_index, of_rule);
      merge(of_rule, found);
    }
    merge(found, issues_);
  }

  // A policy that is used twice says everything twice: the second time is left out.
  static void merge(const Issues& from, Issues& to) {
    for (const Issue& issue : from.list()) {
      const auto same = [&](const Issue& known) {
        return known.code == issue.code && known.offset == issue.offset &&
               known.path == issue.path && known.message == issue.message;
      };
      if (std::none_of(to.list().begin(), to.list().end(), same)) {
        to.add(issue);
      }
    }
  }

  void add_rule(const SourceRule& source, std::span<const search::Binding> bindings,
                std::uint32_t source_index, Issues& issues) {
    LoweredRule lowered = lower_rule(source, {bindings, source_.options.base_urls, limits_,
                                              plan_options_, issues, source_.options.resolves});
    if (lowered.json.empty()) {
      return;  // refused
    }
    const fhir::TypeId type = lowered.rule.type;
    if (!lowered.rule.any_type && is_unreachable(type)) {  // SPEC 4.1
      issues.warning(IssueCode::kUnknownResourceType, source.path + ".resourceType", 0,
                     "no policy reaches this resource type");
    }
    // SPEC 4.4, 10.2: with a membership, rules for admin types go.
    if (!lowered.rule.any_type && source_.membership && is_admin_type(type)) {
      return;
    }
    lowered.rule.source_policy = source_index;
    policy_->rules.push_back(std::move(lowered.rule));
    if (!rules_json_.empty()) {
      rules_json_ += ',';
    }
    rules_json_ += lowered.json;
  }

  // Rules that an option adds, with the option as their source.
  void add_synthetic_rule(std::string_view option, std::string_view type, bool readonly) {
    const std::string reference = concat("options.", option);
    if (policy_->sources.empty() || policy_->sources.back().reference != reference) {
      policy_->sources.push_back({reference, {}, {}, {}});
    }
    SourceRule rule;
    rule.path = reference;
    rule.any_type = type == "*";
    rule.type = rule.any_type ? fhir::TypeId::kNone : fhir::find_resource_type(type);
    rule.readonly = readonly;
    add_rule(rule, {}, static_cast<std::uint32_t>(policy_->sources.size() - 1), issues_);
  }

  void add_option_rules() {
    if (source_.uses.empty()) {  // SPEC 2.3
      if (source_.options.allow_unrestricted) {
        policy_->unrestricted = true;
        add_synthetic_rule("allowUnrestricted", "*", false);
      }
      return;
    }
    if (!source_.options.default_resource_types) {
      return;
    }
    for (const std::string_view name : {"SearchParameter", "StructureDefinition"}) {  // SPEC 2.5
      const fhir::TypeId type = fhir::find_resource_type(name);
      const bool present =
          std::any_of(policy_->rules.begin(), policy_->rules.end(),
                      [&](const Rule& rule) { return !rule.any_type && rule.type == type; });
      if (!present) {
        add_synthetic_rule("defaultResourceTypes", name, true);
      }
    }
  }

  void decide_for_all() {
    const bool inactive = source_.membership && !source_.membership->active;
    // SPEC 11.3: no resource scope was accepted, so that there is none.
    policy_->lacks_scopes = source_.options.require_scopes;
    policy_->denies_everything =
        inactive || policy_->lacks_scopes || (source_.uses.empty() && !policy_->unrestricted);
    policy_->allows_binary_without_context = source_.options.allow_binary_without_context;
  }

  void index_rules() {
    const auto types = fhir::resource_types();
    policy_->rules_by_type.resize(types.size());
    for (std::size_t i = 0; i < policy_->rules.size(); ++i) {
      const Rule& rule = policy_->rules[i];
      const auto index = static_cast<std::uint16_t>(i);
      if (!rule.any_type) {
        if (!is_unreachable(rule.type)) {
          policy_->rules_by_type[fhir::resource_index(rule.type)].push_back(index);
        }
        continue;
      }
      for (const fhir::TypeId type : types) {
        if (rule.plans[fhir::resource_index(type)]) {  // SPEC 4.1: what `*` covers
          policy_->rules_by_type[fhir::resource_index(type)].push_back(index);
        }
      }
    }
  }

  void note_references() {
    const std::uint32_t binary = fhir::resource_index(fhir::well_known().binary);
    policy_->reads_references = !policy_->rules_by_type[binary].empty();
    for (const Rule& rule : policy_->rules) {
      for (const auto& condition : rule.conditions) {
        policy_->reads_references |= search::reads_references(*condition);
      }
    }
  }

  // Everything that can change a decision, each part delimited: equal for equal inputs however
  // their JSON is written.
  [[nodiscard]] std::string canonical_text() const {
    const Options& options = source_.options;
    std::string text(kDecisionVersion);
    text += concat("\ntypes ", std::to_string(fhir::resource_types().size()));
    text += concat("\nsteps ", std::to_string(limits_.max_evaluation_steps));
    text += "\nflags ";
    for (const bool flag :
         {policy_->denies_everything, policy_->lacks_scopes, policy_->unrestricted,
          options.closure_strict, options.keep_unknown_elements, options.extended_meta,
          options.allow_binary_without_context}) {
      text += flag ? '1' : '0';
    }
    for (const std::string& url : options.base_urls) {
      text += "\nbase";
      append_json_string(text, url);
    }
    text += canonical_sources_;
    text += concat("\nrules", policy_->rules_json);
    for (const Rule& rule : policy_->rules) {
      text += concat("\nfrom ", std::to_string(rule.source_policy), " ",
                     std::to_string(rule.source_rule));
    }
    return text;
  }

  const SourceInput& source_;
  const Limits& limits_;
  Issues& issues_;
  redact::PlanOptions plan_options_;
  std::optional<SourceText> profile_;
  std::shared_ptr<CompiledPolicy> policy_ = std::make_shared<CompiledPolicy>();
  std::string rules_json_;
  std::string canonical_sources_;
};

}  // namespace

CompileOutcome compile(std::string_view input_json, const Limits& limits) {
  CompileOutcome outcome{nullptr, Issues(limits.max_issues)};
  if (input_json.size() > limits.max_policy_bytes) {
    outcome.issues.error(IssueCode::kLimitExceeded, {}, 0, "the compile input is too large");
    return outcome;
  }
  std::string padded(input_json);
  padded.resize(input_json.size() + json::kPadding, '\0');
  json::Parser parser;
  // The bounds of bodies are not those of policies.
  Limits bounds = limits;
  bounds.max_body_bytes = limits.max_policy_bytes;
  bounds.max_nodes = Limits().max_nodes;
  if (const Error error = parser.parse({padded.data(), input_json.size()}, bounds)) {
    outcome.issues.error(IssueCode::kInvalidJson, {}, static_cast<std::uint32_t>(error.offset),
                         std::string(error_message(error.code)));
    return outcome;
  }
  SourceInput source;
  read_source(parser.document(), limits, outcome.issues, source);
  Assembler assembler(source, limits, outcome.issues);
  assembler.run();
  outcome.policy = assembler.finish();
  return outcome;
}

}  // namespace fhirwall::policy
