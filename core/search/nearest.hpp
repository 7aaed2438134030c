#pragma once

#include <string_view>

#include "core/fhir/model.hpp"

namespace fhirwall::search {

// The search parameter of `type` whose name is most like `name`; empty when none is near enough to
// be what was meant.
[[nodiscard]] std::string_view nearest_param(fhir::TypeId type, std::string_view name);

}  // namespace fhirwall::search
