#pragma once

#include <string_view>

#include "core/fhir/model.hpp"
#include "core/search/custom.hpp"

namespace fhirwall::search {

// The search parameter of `type`, of the tables or supplied, whose name is most like `name`; empty
// when none is near enough to be what was meant.
[[nodiscard]] std::string_view nearest_param(fhir::TypeId type, std::string_view name,
                                             const Custom* custom);

}  // namespace fhirwall::search
