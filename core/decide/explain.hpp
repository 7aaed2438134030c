#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/decide/decision.hpp"

namespace fhirwall::decide {

// Appends how one resource is decided, as JSON without any value of it (SPEC 15.1):
//
//     { allowed, reason, rule: { index, source } | null,
//       tried: [{ index, source, outcome, criterion? }],   // up to the rule that decides
//       hidden: [{ path, field, step }] }                  // see hidden_parts()
//
// `outcome` is `interaction` (the rule does not grant it), `criteria` (then `criterion` is the
// first parameter that does not hold, variables bound) or `decides`.
[[nodiscard]] Error explain(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                            const json::Document& document, json::NodeIndex resource,
                            Scratch& scratch, std::string& out);

// A path that is removed from every resource of a type, whether or not it is there, and why (SPEC
// 15.1).
struct HiddenPart {
  std::string path;
  // The entry of the deciding rule's list that it comes from; empty: it comes from the policy as a
  // whole.
  std::string field;
  // `field`, `closure` or `narrative` of the rule (redact::HiddenPath); `narrative`, `reference`,
  // `contained` or `bundle` of the policy (redact::ClosureStep): what lies there is cut unless
  // whom it names, or what it is, lets it stay.
  std::string_view step;
};
// What goes from resources that `plan` is applied to; ascending by path.
[[nodiscard]] std::vector<HiddenPart> hidden_parts(const policy::CompiledPolicy& policy,
                                                   const redact::Plan& plan);

// Appends `{ "index": ..., "source": ... }`, or `null` for a negative index.
void append_rule(const policy::CompiledPolicy& policy, std::int32_t rule, std::string& out);

}  // namespace fhirwall::decide
