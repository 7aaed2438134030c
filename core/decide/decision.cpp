#include "core/decide/decision.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/concat.hpp"
#include "core/base/result.hpp"
#include "core/decide/persons.hpp"
#include "core/fhir/model.hpp"
#include "core/fhir/partial.hpp"
#include "core/fhir/reference.hpp"

namespace fhirwall::decide {
namespace {

using json::Document;
using json::NodeIndex;
using policy::CompiledPolicy;
using policy::Interaction;
using policy::Rule;

Reason reason_of_denying_all(const CompiledPolicy& policy) {
  return policy.lacks_scopes ? Reason::kNoScope : Reason::kNoPolicy;
}

// SPEC 10.4: a Binary is never searched, whatever a rule says.
bool is_never(fhir::TypeId type, Interaction interaction) {
  return interaction == Interaction::kSearch && type == fhir::well_known().binary;
}

// A Binary in the context of a Binary, and so on (SPEC 10.4): the loop guard.
constexpr std::uint8_t kMaxContexts = 3;

// The resource that the `securityContext` of a Binary refers to.
fhir::ReferenceParts context_of(const CompiledPolicy& policy, const Document& document,
                                NodeIndex binary, std::string& text) {
  const NodeIndex context = document.find(binary, "securityContext");
  const NodeIndex reference = document.find(context, "reference");
  if (reference == json::kNoNode || !document.is_string(reference)) {
    return {};
  }
  const std::vector<std::string_view> base_urls(policy.base_urls.begin(), policy.base_urls.end());
  return fhir::parse_reference(text = document.string(reference, text), base_urls);
}

// SPEC 10.4: the caller must be able to read the context; without one only the option lets a Binary
// out.
bool binary_is_open(const CompiledPolicy& policy, const Document& document, NodeIndex binary,
                    Scratch& scratch, Error& error) {
  if (document.find(binary, "securityContext") == json::kNoNode) {
    return policy.allows_binary_without_context;
  }
  std::string text;
  const fhir::ReferenceParts context = context_of(policy, document, binary, text);
  if (scratch.resolved == nullptr || scratch.contexts == kMaxContexts ||
      context.form != fhir::ReferenceParts::Form::kTypeId) {
    return false;
  }
  const NodeIndex found = scratch.resolved->find(context.type, context.id);
  if (found == json::kNoNode) {
    return false;
  }
  ++scratch.contexts;
  const Decision decision =
      decide(policy, Interaction::kRead, scratch.resolved->document(), found, scratch, error);
  --scratch.contexts;
  if (error) {
    error.offset = document[binary].begin;
  }
  return decision.allowed && !error;
}

}  // namespace

std::string_view reason_name(Reason reason) {
  switch (reason) {
    case Reason::kRule: return "rule";
    case Reason::kUnrestricted: return "unrestricted";
    case Reason::kNoPolicy: return "no-policy";
    case Reason::kNoRule: return "no-rule";
    case Reason::kCriteria: return "criteria";
    case Reason::kUnknownType: return "unknown-type";
    case Reason::kPartial: return "partial";
    case Reason::kProject: return "project";
    case Reason::kNoScope: return "no-scope";
    case Reason::kBinaryContext: return "binary-context";
  }
  return "unknown";
}

// A write's result has its compartments computed; what is read or deleted is a stored version.
search::Purpose purpose_of(Interaction interaction) {
  switch (interaction) {
    case Interaction::kCreate:
    case Interaction::kUpdate: return search::Purpose::kWriteResult;
    case Interaction::kRead:
    case Interaction::kVread:
    case Interaction::kSearch:
    case Interaction::kHistory:
    case Interaction::kDelete: return search::Purpose::kRead;
  }
  return search::Purpose::kWriteResult;
}

bool can(const CompiledPolicy& policy, Interaction interaction, fhir::TypeId type) {
  if (policy.denies_everything || type == fhir::TypeId::kNone ||
      fhir::type_kind(type) != fhir::TypeKind::kResource || is_never(type, interaction)) {
    return false;
  }
  for (const std::uint16_t index : policy.rules_by_type[fhir::resource_index(type)]) {
    if ((policy.rules[index].interactions & policy::mask_of(interaction)) != 0) {
      return true;
    }
  }
  return false;
}

fhir::TypeId resource_type_of(const Document& document, NodeIndex resource) {
  if (!document.is_object(resource) || !document.has_children(resource)) {
    return fhir::TypeId::kNone;
  }
  // Nearly always the first member.
  NodeIndex member = Document::first_child(resource);
  if (document.key(member) != "resourceType") {
    member = document.find(resource, "resourceType");
    if (member == json::kNoNode) {
      return fhir::TypeId::kNone;
    }
  }
  if (!document.is_string(member)) {
    return fhir::TypeId::kNone;
  }
  std::string scratch;
  return fhir::find_resource_type(document.string(member, scratch));
}

Decision decide(const CompiledPolicy& policy, Interaction interaction, const Document& document,
                NodeIndex resource, Scratch& scratch, Error& error) {
  return decide(policy, interaction, purpose_of(interaction), document, resource, scratch, error);
}

Decision decide(const CompiledPolicy& policy, Interaction interaction, search::Purpose purpose,
                const Document& document, NodeIndex resource, Scratch& scratch, Error& error,
                std::int32_t only) {
  Decision decision;
  if (policy.denies_everything) {
    decision.reason = reason_of_denying_all(policy);
    return decision;
  }
  const fhir::TypeId type = resource_type_of(document, resource);
  if (type == fhir::TypeId::kNone) {
    decision.reason = Reason::kUnknownType;
    return decision;
  }
  if (is_never(type, interaction)) {
    return decision;
  }
  const std::uint32_t type_index = fhir::resource_index(type);
  bool conditional_before = false;
  bool in_project = policy.projects.own.empty();
  decision.reason = Reason::kNoRule;
  for (const std::uint16_t index : policy.rules_by_type[type_index]) {
    const Rule& rule = policy.rules[index];
    const bool conditional = !rule.conditions.empty();
    conditional_before = conditional_before || conditional;
    if ((rule.interactions & policy::mask_of(interaction)) == 0 ||
        (only != kAnyRule && index != only)) {
      continue;
    }
    in_project =
        in_project || policy::in_projects(policy.projects, interaction, type, document, resource);
    if (!in_project) {  // SPEC 10.1
      decision.reason = Reason::kProject;
      return decision;
    }
    // SPEC 8.6: every rule of the type up to the deciding one must be unconditional.
    if (conditional_before && fhir::is_partial(document, resource)) {
      decision.reason = Reason::kPartial;
      return decision;
    }
    const bool matches =
        std::all_of(rule.conditions.begin(), rule.conditions.end(), [&](const auto& criteria) {
          return search::matches(*criteria, {document, resource, type, purpose, scratch.resolved},
                                 policy.limits, scratch.search, error);
        });
    if (!matches) {
      decision.reason = Reason::kCriteria;
      if (error) {
        return decision;  // SPEC P1: later rules must not decide what this one could not
      }
      continue;
    }
    // SPEC 4.2: the first matching rule decides.
    decision.rule = index;
    if (type == fhir::well_known().binary &&
        !binary_is_open(policy, document, resource, scratch, error)) {
      decision.reason = Reason::kBinaryContext;
      return decision;
    }
    decision.allowed = true;
    decision.reason = policy.unrestricted ? Reason::kUnrestricted : Reason::kRule;
    decision.plan = rule.plan_of(type);
    return decision;
  }
  return decision;
}

Error references(const CompiledPolicy& policy, Interaction interaction, const Document& document,
                 NodeIndex resource, Scratch& scratch, std::vector<std::string>& out) {
  FHIRWALL_TRY(criteria_references(policy, interaction, document, resource, scratch, out));
  if (policy.asks_for_persons) {
    person_references(policy, interaction, document, resource, scratch, out);
  }
  return {};
}

Error criteria_references(const CompiledPolicy& policy, Interaction interaction,
                          const Document& document, NodeIndex resource, Scratch& scratch,
                          std::vector<std::string>& out) {
  const fhir::TypeId type = resource_type_of(document, resource);
  if (!policy.reads_references || policy.denies_everything || type == fhir::TypeId::kNone) {
    return {};
  }
  // What answers a write needs `read` too (SPEC 9.8), and so do versions (9.1).
  unsigned wanted = policy::mask_of(interaction);
  if (interaction != Interaction::kSearch) {
    wanted |= policy::mask_of(Interaction::kRead);
  }
  const search::Subject subject{document, resource, type, purpose_of(interaction),
                                scratch.resolved};
  bool applies = false;
  for (const std::uint16_t index : policy.rules_by_type[fhir::resource_index(type)]) {
    const Rule& rule = policy.rules[index];
    if ((rule.interactions & wanted) == 0) {
      continue;
    }
    applies = true;
    for (const auto& condition : rule.conditions) {
      FHIRWALL_TRY(search::references(*condition, subject, policy.limits, scratch.search, out));
    }
    if (rule.conditions.empty()) {  // no rule behind it is tried
      wanted &= ~static_cast<unsigned>(rule.interactions);
    }
  }
  if (!applies || type != fhir::well_known().binary || scratch.contexts == kMaxContexts) {
    return {};
  }
  std::string text;
  const fhir::ReferenceParts context = context_of(policy, document, resource, text);
  if (context.form != fhir::ReferenceParts::Form::kTypeId) {
    return {};
  }
  const NodeIndex found = scratch.resolved == nullptr
                              ? json::kNoNode
                              : scratch.resolved->find(context.type, context.id);
  if (found == json::kNoNode) {
    std::string reference = concat(fhir::type_name(context.type), "/", context.id);
    return search::need_reference(scratch.resolved, std::move(reference), out)
               ? Error{}
               : Error{ErrorCode::kExpressionTooComplex, document[resource].begin};
  }
  ++scratch.contexts;
  const Error error = criteria_references(policy, Interaction::kRead, scratch.resolved->document(),
                                          found, scratch, out);
  --scratch.contexts;
  return error;
}

IpOutcome check_ip(const CompiledPolicy& policy, std::string_view address) {
  // SPEC 12.1: each policy's list is evaluated by itself; all must allow.
  IpOutcome outcome{true, net::IpReason::kNoRules, -1, -1};
  for (std::size_t i = 0; i < policy.sources.size(); ++i) {
    const net::IpDecision decision = net::check(policy.sources[i].ip_rules, address);
    if (decision.reason == net::IpReason::kNoRules) {
      continue;
    }
    const bool first = outcome.reason == net::IpReason::kNoRules;
    if (!decision.allowed || first) {
      outcome = {decision.allowed, decision.reason, static_cast<std::int32_t>(i), decision.rule};
    }
    if (!decision.allowed) {
      return outcome;
    }
  }
  return outcome;
}

}  // namespace fhirwall::decide
