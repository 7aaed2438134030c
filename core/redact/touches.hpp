#pragma once

#include <span>
#include <string_view>

#include "core/redact/plan.hpp"

namespace fhirwall::redact {

// True if the place that `keys` lead to, from the resource's root by JSON member names (positions
// in arrays left out), is a path that the plan cuts, contains one, or lies below one (SPEC 9.6).
// `_birthDate` counts like `birthDate`, every concrete choice of a protected choice element like
// the element, and the root like everything. Keys that the model does not know are touched where
// the plan cuts those. Resources inside the resource are for their own plans to judge.
[[nodiscard]] bool touches(const Plan& plan, std::span<const std::string_view> keys);

}  // namespace fhirwall::redact
