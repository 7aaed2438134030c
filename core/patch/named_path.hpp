#pragma once

#include <string_view>

#include "core/fhir/model.hpp"
#include "core/patch/patch.hpp"

namespace fhirwall::patch {

// Whether an expression that selects nothing may be about something protected, judged by the names
// that it is made of (SPEC 9.6): `Patient.name.where(use = 'old').given` by `name.given`. Where it
// does more than walk down and filter, it counts as the place that was reached; as the whole
// resource when it has operators.
[[nodiscard]] bool names_protected(std::string_view expression, fhir::TypeId type,
                                   const IsProtected& is_protected);

// Splits the last `.name` off an expression. False when it does not end so.
[[nodiscard]] bool split_last(std::string_view expression, std::string_view& front,
                              std::string_view& name);

}  // namespace fhirwall::patch
