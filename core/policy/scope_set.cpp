#include "core/policy/scope_set.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "core/policy/variables.hpp"
#include "grammar/scope/dump.hpp"

namespace fhirwall::policy {
namespace {

using grammar::scope::Level;
using grammar::scope::ResourceScope;

constexpr std::size_t kPatientScope = std::numeric_limits<std::size_t>::max();
constexpr std::string_view kPath = "scopes";

// SPEC 11.2: `r` is read, vread and history.
InteractionMask interactions_of(const ResourceScope& scope) {
  constexpr std::pair<grammar::scope::Access, Interaction> kLetters[] = {
      {grammar::scope::kCreate, Interaction::kCreate},
      {grammar::scope::kRead, Interaction::kRead},
      {grammar::scope::kRead, Interaction::kVread},
      {grammar::scope::kRead, Interaction::kHistory},
      {grammar::scope::kUpdate, Interaction::kUpdate},
      {grammar::scope::kDelete, Interaction::kDelete},
      {grammar::scope::kSearch, Interaction::kSearch}};
  unsigned mask = 0;
  for (const auto& [letter, interaction] : kLetters) {
    mask |= (scope.access & letter) != 0 ? mask_of(interaction) : 0U;
  }
  return static_cast<InteractionMask>(mask);
}

// A rule of `*` as a rule of one type that it covers.
void set_type(Rule& rule, fhir::TypeId type) {
  const std::size_t index = fhir::resource_index(type);
  rule.any_type = false;
  rule.type = type;
  rule.plan = rule.plans[index];
  rule.readonly_plan = rule.readonly_plans[index];
  rule.plans.clear();
  rule.readonly_plans.clear();
}

}  // namespace

ScopeSet::ScopeSet(const SourceInput& source, const std::optional<SourceText>& profile,
                   const LowerContext& context)
    : context_(context),
      source_(source),
      patient_(patient_context(source, profile, context.issues)) {
  bool patient_missing = !patient_ && !(source.has_launch_patient);
  for (const ResourceScope& syntax : source.scopes.resources) {
    Scope scope{&syntax, syntax.type == "*", fhir::TypeId::kNone, interactions_of(syntax)};
    if (!scope.any_type) {
      scope.type = fhir::find_resource_type(syntax.type);
    }
    if (syntax.level == Level::kPatient && patient_missing) {  // SPEC 11.4
      context_.issues.error(IssueCode::kMissingPatient, std::string(kPath), syntax.span.begin,
                            "`patient/` scopes need a launch patient, or a Patient as the profile");
      patient_missing = false;  // once is enough
    }
    if (!scope.any_type && scope.type == fhir::TypeId::kNone) {  // SPEC 11.1
      context_.issues.warning(IssueCode::kUnknownResourceType, std::string(kPath),
                              syntax.type_span.begin,
                              concat("`", syntax.type, "` is not a resource type"));
    }
    scopes_.push_back(scope);
    if (syntax.has_query && scope.type != fhir::TypeId::kNone) {
      // SPEC 1.3: a query that does not compile is an issue whether or not a rule asks for it.
      (void)condition_of(scopes_.size() - 1, scope.type);
    }
  }
}

void ScopeSet::intersect(const LoweredRule& rule, std::vector<LoweredRule>& out) {
  const Rule& whole = rule.rule;
  for (std::size_t i = 0; i < scopes_.size(); ++i) {
    const Scope& scope = scopes_[i];
    const unsigned both = whole.interactions & scope.interactions;
    if (both == 0) {
      continue;
    }
    const bool narrows_type = whole.any_type && !scope.any_type;
    if (narrows_type) {
      // SPEC 4.1: what `*` does not cover, no scope adds.
      if (scope.type == fhir::TypeId::kNone || whole.plan_of(scope.type) == nullptr) {
        continue;
      }
    } else if (!scope.any_type && scope.type != whole.type) {
      continue;
    }
    LoweredRule part = rule;
    part.rule.interactions = static_cast<InteractionMask>(both);
    if (narrows_type) {
      set_type(part.rule, scope.type);
    }
    const fhir::TypeId type = part.rule.any_type ? fhir::well_known().resource : part.rule.type;
    if (add_conditions(i, type, part)) {
      out.push_back(std::move(part));
    }
  }
}

// SPEC P1: false where a condition was refused; without it the rule would grant more.
bool ScopeSet::add_conditions(std::size_t scope, fhir::TypeId type, LoweredRule& rule) {
  const ResourceScope& syntax = *scopes_[scope].syntax;
  const auto add = [&](const Condition& condition) {
    if (!condition) {
      return false;
    }
    rule.rule.conditions.push_back(condition);
    append_query(*condition, rule.query);
    return true;
  };
  if (syntax.has_query && !add(condition_of(scope, type))) {
    return false;
  }
  return syntax.level != Level::kPatient || add(condition_of(kPatientScope, type));  // SPEC 11.4
}

const ScopeSet::Condition& ScopeSet::condition_of(std::size_t scope, fhir::TypeId type) {
  const auto known = std::find_if(compiled_.begin(), compiled_.end(), [&](const Compiled& one) {
    return one.scope == scope && one.type == type;
  });
  if (known != compiled_.end()) {
    return known->condition;
  }
  Compiled made{scope, type, nullptr};
  if (scope != kPatientScope) {
    made.condition = compile_query(*scopes_[scope].syntax, type);
  } else if (patient_) {
    made.condition = search::compile_compartment(*patient_, type, criteria_options(context_),
                                                 std::string(kPath), context_.issues);
  }
  compiled_.push_back(std::move(made));
  return compiled_.back().condition;
}

ScopeSet::Condition ScopeSet::compile_query(const ResourceScope& scope, fhir::TypeId type) const {
  const bool any_type = type == fhir::well_known().resource;
  const std::string_view name = any_type ? std::string_view("*") : fhir::type_name(type);
  Issues found(context_.limits.max_issues);
  Condition condition = search::compile(concat(name, "?", scope.query), type,
                                        criteria_options(context_), std::string(kPath), found);
  const auto prefix = static_cast<std::uint32_t>(name.size() + 1);
  for (Issue issue : found.list()) {
    if (issue.code == IssueCode::kUnboundVariable) {  // SPEC 3.5
      issue.code = IssueCode::kVariableNotAllowed;
      issue.message = "a scope takes no variables";
    }
    issue.offset = scope.query_span.begin + (issue.offset > prefix ? issue.offset - prefix : 0);
    context_.issues.add(std::move(issue));
  }
  return condition;
}

void ScopeSet::append_canonical(std::string& out) const {
  out += "\nscopes";
  append_json_string(out, grammar::scope::dump(source_.scopes));
  out += "\npatient";
  append_json_string(out, source_.has_launch_patient && patient_ ? *patient_ : std::string());
}

}  // namespace fhirwall::policy
