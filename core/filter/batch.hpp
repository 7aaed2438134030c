#pragma once

#include "core/filter/state.hpp"

namespace fhirwall::filter {

// Filters the answer to a batch or transaction at the root of `document`, whose requests are
// `state.requests`, position by position (SPEC 8.2). Every entry stays or becomes one literal, so
// that what was refused and what does not exist look alike.
[[nodiscard]] Error filter_batch(Context::State& state, const policy::CompiledPolicy& policy,
                                 const json::Document& document);

}  // namespace fhirwall::filter
