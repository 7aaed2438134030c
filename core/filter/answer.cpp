#include "core/filter/answer.hpp"

#include <array>

#include "core/base/result.hpp"
#include "core/decide/judge.hpp"

namespace fhirwall::filter {
namespace {

using policy::Interaction;

// SPEC 9.8: a body that answers a write loses what the write's rule hides and what the rule for
// `read` hides: an update or delete shows what is stored, which only `read` grants; of a creation
// the caller sent the content. An old version that `read` does not grant does not leave either
// (SPEC 9.1).
Error adjust_to_reading(const policy::CompiledPolicy& policy, Interaction interaction,
                        const json::Document& document, json::NodeIndex resource,
                        decide::Scratch& scratch, const redact::Plan*& plan) {
  Error error;
  const decide::Decision read =
      decide::decide(policy, Interaction::kRead, document, resource, scratch, error);
  if (error) {
    return error;
  }
  if (interaction == Interaction::kVread || interaction == Interaction::kHistory) {
    plan = read.allowed ? plan : nullptr;
    return {};
  }
  if (!read.allowed || read.plan == nullptr) {
    plan = interaction == Interaction::kCreate ? plan : nullptr;
  } else if (!redact::hides_anything(*plan)) {
    plan = read.plan;
  } else if (read.plan != plan && redact::hides_anything(*read.plan)) {
    const std::array<const redact::Plan*, 2> both = {plan, read.plan};
    scratch.merged = redact::merge_plans(redact::resource_type(*plan), both, policy.plan_options);
    plan = scratch.merged.get();
  }
  return {};
}

}  // namespace

Error plan_for(const policy::CompiledPolicy& policy, Interaction interaction,
               const json::Document& document, json::NodeIndex resource, decide::Scratch& scratch,
               const redact::Plan*& plan) {
  Error error;
  const decide::Decision decision =
      decide::decide(policy, interaction, document, resource, scratch, error);
  plan = decision.allowed && !error ? decision.plan : nullptr;
  if (plan == nullptr) {
    return error;
  }
  if (redact::resource_type(*plan) == fhir::well_known().bundle &&
      !decide::document_is_open(policy, document, resource, scratch, error)) {
    plan = nullptr;
    return error;
  }
  const bool reads = interaction == Interaction::kRead || interaction == Interaction::kSearch;
  return reads ? error : adjust_to_reading(policy, interaction, document, resource, scratch, plan);
}

const redact::Plan* plan_for_all(const policy::CompiledPolicy& policy, Interaction interaction,
                                 fhir::TypeId type) {
  // The release of a Binary depends on its context (SPEC 10.4), that of a Bundle on what is in it
  // (8.2), and within projects that of everything on `meta.project` (10.1).
  const auto& known = fhir::well_known();
  if (policy.denies_everything || !policy.projects.own.empty() || type == fhir::TypeId::kNone ||
      type == known.binary || type == known.bundle) {
    return nullptr;
  }
  for (const std::uint16_t index : policy.rules_by_type[fhir::resource_index(type)]) {
    const policy::Rule& rule = policy.rules[index];
    if (!rule.conditions.empty()) {
      return nullptr;  // a partial resource would be refused (SPEC 8.6)
    }
    if ((rule.interactions & policy::mask_of(interaction)) != 0) {
      return rule.plan_of(type);
    }
  }
  return nullptr;
}

}  // namespace fhirwall::filter
