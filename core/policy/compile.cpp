#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "core/base/sha256.hpp"
#include "core/json/document.hpp"
#include "core/policy/admin_rules.hpp"
#include "core/policy/closure.hpp"
#include "core/policy/compiled_policy.hpp"
#include "core/policy/fields.hpp"
#include "core/policy/lower.hpp"
#include "core/policy/project_reader.hpp"
#include "core/policy/scope_set.hpp"
#include "core/policy/source.hpp"
#include "core/policy/type_sets.hpp"
#include "core/policy/variables.hpp"

namespace fhirwall::policy {
namespace {

// Part of every hash: changes whenever the same documents may be decided differently.
constexpr std::string_view kDecisionVersion = "fhirwall decisions 2";

redact::PlanOptions plan_options(const Options& options) {
  redact::PlanOptions result;
  result.closure_strict = options.closure_strict;
  result.keep_unknown_elements = options.keep_unknown_elements;
  result.extended_meta = options.extended_meta;
  result.mark = options.mark;
  result.absent = options.absent;
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
        profile_(effective_profile(source, issues)),
        scope_issues_(limits.max_issues),
        scopes_(source, profile_, context({}, scope_issues_)) {
    policy_->limits = limits;
    policy_->plan_options = plan_options_;
    policy_->base_urls = source.options.base_urls;
    policy_->restores_readonly = source.options.restore_readonly;
    policy_->contained = source.options.contained;
    policy_->exact_totals = source.options.exact_totals;
    policy_->now = source.options.now;
    policy_->custom = source.options.custom;
  }

  void run() {
    if (!check_size()) {
      return;
    }
    for (const SourceInput::Use& use : source_.uses) {
      add_policy(use);
    }
    for (const SourceInput::Use& use : source_.caller_uses) {
      add_caller(use);
    }
    add_option_rules();
    add_admin_rules();
    decide_for_all();
    merge(scope_issues_, issues_);
  }

  // Null if anything was wrong (SPEC 1.3: all-or-nothing).
  [[nodiscard]] std::shared_ptr<const CompiledPolicy> finish() {
    if (issues_.has_errors()) {
      return nullptr;
    }
    policy_->listed_rules = policy_->rules.size();
    for (LoweredRule& rule : hiding_) {
      policy_->rules.push_back(std::move(rule.rule));
    }
    index_rules();
    policy_->closure = redact::make_closure(closure_facts(*policy_, source_.options));
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
    for (const SourceInput::Use& use : source_.caller_uses) {
      ip_rules += source_.policies[use.policy].ip_rules.size();
    }
    if (rules > max_rules() || ip_rules > max_rules() || source_.uses.size() > max_rules()) {
      issues_.error(IssueCode::kLimitExceeded, "policies", 0, "too many rules");
      return false;
    }
    return true;
  }

  // Rules are counted in 16 bits.
  [[nodiscard]] std::size_t max_rules() const {
    return std::min<std::size_t>(limits_.max_rules, 60'000);
  }

  [[nodiscard]] LowerContext context(std::span<const search::Binding> bindings,
                                     Issues& issues) const {
    return {bindings,
            source_.options.base_urls,
            limits_,
            plan_options_,
            issues,
            source_.options.resolves,
            source_.options.custom};
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
    LoweredRule lowered = lower_rule(source, context(bindings, issues));
    if (!lowered.accepted) {
      return;
    }
    const fhir::TypeId type = lowered.rule.type;
    if (!lowered.rule.any_type && is_unreachable(type)) {  // SPEC 4.1
      issues.warning(IssueCode::kUnknownResourceType, source.path + ".resourceType", 0,
                     "no policy reaches this resource type");
    }
    // SPEC 4.4, 10.2: with a membership, rules for admin types go.
    lowered.rule.source_policy = source_index;
    if (!lowered.rule.any_type && strips_admin_types_ && is_admin_type(type)) {
      keep_hiding(source, std::move(lowered));
      return;
    }
    if (scopes_.empty()) {  // SPEC 11.3
      push_rule(source, std::move(lowered));
    } else {
      push_scoped(source, std::move(lowered));
    }
  }

  void push_rule(const SourceRule& source, LoweredRule&& lowered) {
    if (!rules_json_.empty()) {
      rules_json_ += ',';
    }
    rules_json_ += rule_json(source, lowered);
    policy_->rules.push_back(std::move(lowered.rule));
  }

  // SPEC 11.2: what the scopes leave of the rule.
  void push_scoped(const SourceRule& source, LoweredRule&& lowered) {
    std::vector<LoweredRule> parts;
    scopes_.intersect(lowered, parts);
    const bool whole = std::any_of(parts.begin(), parts.end(), [&](const LoweredRule& part) {
      return part.rule.any_type == lowered.rule.any_type;
    });
    const std::size_t count = policy_->rules.size() + hiding_.size() + parts.size();
    if (count + (whole || source.hidden_fields.empty() ? 0 : 1) > max_rules()) {  // SPEC P8
      scope_issues_.error(IssueCode::kLimitExceeded, "scopes", 0, "too many rules under scopes");
      return;
    }
    for (LoweredRule& part : parts) {
      push_rule(source, std::move(part));
    }
    if (!whole) {
      keep_hiding(source, std::move(lowered));
    }
  }

  // What any rule for a type hides counts wherever the type shows (SPEC 7.3, 7.4): taking such a
  // rule away must not widen what the others release.
  void keep_hiding(const SourceRule& source, LoweredRule&& lowered) {
    if (source.hidden_fields.empty()) {
      return;
    }
    lowered.rule.interactions = 0;
    canonical_sources_ += concat("\nhides", rule_json(source, lowered));
    hiding_.push_back(std::move(lowered));
  }

  // SPEC 10.3: of the policies of who acts on behalf, the IP rules.
  void add_caller(const SourceInput::Use& use) {
    const SourcePolicy& policy = source_.policies[use.policy];
    const auto bindings =
        make_bindings(source_.caller_profile, use.access, source_.options.base_urls, issues_);
    Issues found(limits_.max_issues);
    canonical_sources_ += "\ncaller";
    policy_->sources.push_back(
        {source_reference(policy),
         policy.name,
         lower_ip_rules(policy.ip_rules, bindings, canonical_sources_, found),
         {}});
    merge(found, issues_);
  }

  // SPEC 10.2, with what grants them as their source.
  void add_admin_rules() {
    policy_->project_admin = is_project_admin(source_) || is_super_admin(source_);
    strips_admin_types_ = false;
    const std::vector<SourceRule> rules = admin_rules(source_);
    if (rules.empty()) {
      return;
    }
    policy_->unrestricted = false;
    policy_->sources.push_back({rules.front().path, {}, {}, {}});
    for (const SourceRule& rule : rules) {
      add_rule(rule, {}, static_cast<std::uint32_t>(policy_->sources.size() - 1), issues_);
    }
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
        policy_->unrestricted = scopes_.empty();
        add_synthetic_rule("allowUnrestricted", "*", false);
      }
      return;
    }
    if (!source_.options.default_resource_types) {
      return;
    }
    for (const std::string_view name : {"SearchParameter", "StructureDefinition"}) {  // SPEC 2.5
      if (!mentions(source_, fhir::find_resource_type(name))) {
        add_synthetic_rule("defaultResourceTypes", name, true);
      }
    }
  }

  void decide_for_all() {
    const bool inactive = source_.membership && !source_.membership->active;
    policy_->lacks_scopes = source_.options.require_scopes && scopes_.empty();  // SPEC 11.3
    policy_->denies_everything =
        inactive || policy_->lacks_scopes ||
        (source_.uses.empty() && !source_.options.allow_unrestricted);  // SPEC 2.3
    policy_->allows_binary_without_context =
        source_.options.allow_binary_without_context || policy_->project_admin;  // SPEC 10.4
    policy_->projects = source_.projects;
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
    const redact::ClosureFacts& facts = redact::facts_of(*policy_->closure);
    policy_->asks_for_persons =
        source_.options.resolves && facts.cuts_displays &&
        std::any_of(facts.types.begin(), facts.types.end(), [](const redact::TypeFacts& type) {
          return type.person == redact::Readable::kByReference;
        });
    policy_->reads_references =
        policy_->asks_for_persons || !policy_->rules_by_type[binary].empty();
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
          options.allow_binary_without_context, policy_->project_admin, options.restore_readonly,
          options.keep_displays, options.exact_totals, options.absent == redact::Absent::kMask}) {
      text += flag ? '1' : '0';
    }
    text += concat(" ", std::to_string(static_cast<unsigned>(options.contained)), " ",
                   std::to_string(static_cast<unsigned>(options.mark)));
    if (options.now) {
      text += concat("\nnow ", std::to_string(options.now->ms), " ",
                     std::to_string(options.now->zone_minutes));
    }
    for (const std::string& url : options.base_urls) {
      text += "\nbase";
      append_json_string(text, url);
    }
    if (options.custom) {
      search::append_canonical(*options.custom, text);
    }
    text += canonical_sources_;
    append_canonical_projects(source_, text);
    scopes_.append_canonical(text);
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
  Issues scope_issues_;
  ScopeSet scopes_;
  std::vector<LoweredRule> hiding_;  // grant nothing
  // SPEC 4.4, 10.2: only the policies of super admins reach admin types.
  bool strips_admin_types_ = source_.membership && !is_super_admin(source_);
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
