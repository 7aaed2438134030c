#include "core/filter/answer.hpp"

namespace fhirwall::filter {

Error plan_of_answer(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                     const json::Document& document, decide::Scratch& scratch,
                     const redact::Plan*& plan) {
  if ((policy::mask_of(interaction) & policy::kReadInteractions) != 0) {
    return {};
  }
  Error error;
  const decide::Decision read =
      decide::decide(policy, policy::Interaction::kRead, document, 0, scratch, error);
  if (error) {
    return error;
  }
  if (!read.allowed || read.plan == nullptr) {
    plan = interaction == policy::Interaction::kCreate ? plan : nullptr;
  } else if (!redact::hides_anything(*plan)) {
    plan = read.plan;
  } else if (read.plan != plan && redact::hides_anything(*read.plan)) {
    return {ErrorCode::kUnsupportedContent, 0};
  }
  return {};
}

}  // namespace fhirwall::filter
