#pragma once

#include "core/base/error.hpp"
#include "core/decide/decision.hpp"

namespace fhirwall::filter {

// SPEC 9.8: a body that answers a write loses what the write's rule hides and what the rule for
// `read` hides. `plan` is that of the rule for `interaction` on the resource at the root, and
// becomes the one to apply, or null when nothing leaves: an update or delete shows what is stored,
// which only `read` grants; of a creation the caller sent the content. A plan that two rules make
// together lives in `scratch`. An old version that `read` does not grant does not leave either
// (SPEC 9.1).
[[nodiscard]] Error plan_of_answer(const policy::CompiledPolicy& policy,
                                   policy::Interaction interaction, const json::Document& document,
                                   decide::Scratch& scratch, const redact::Plan*& plan);

}  // namespace fhirwall::filter
