#pragma once

#include <string>

#include "core/decide/decision.hpp"

namespace fhirwall::decide {

// Appends how one resource is decided, as JSON without any value of it (SPEC 15.1):
//
//     { allowed, reason, rule: { index, source } | null,
//       tried: [{ index, source, outcome, criterion? }],   // up to the rule that decides
//       hidden: [{ path, field, step }] }                  // of the rule that decides
//
// `outcome` is `interaction` (the rule does not grant it), `criteria` (then `criterion` is the
// first parameter that does not hold, variables bound) or `decides`.
[[nodiscard]] Error explain(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                            const json::Document& document, json::NodeIndex resource,
                            Scratch& scratch, std::string& out);

// Appends `{ "index": ..., "source": ... }`, or `null` for a negative index.
void append_rule(const policy::CompiledPolicy& policy, std::int32_t rule, std::string& out);

}  // namespace fhirwall::decide
