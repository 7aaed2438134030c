#include "core/filter/answer.hpp"

#include <array>

namespace fhirwall::filter {

Error plan_of_answer(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                     const json::Document& document, decide::Scratch& scratch,
                     const redact::Plan*& plan) {
  using policy::Interaction;
  if (interaction == Interaction::kRead || interaction == Interaction::kSearch) {
    return {};
  }
  Error error;
  const decide::Decision read =
      decide::decide(policy, Interaction::kRead, document, 0, scratch, error);
  if (error) {
    return error;
  }
  // SPEC 9.1: an old version is read, too.
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

}  // namespace fhirwall::filter
