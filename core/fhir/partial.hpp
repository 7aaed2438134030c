#pragma once

#include "core/json/document.hpp"

namespace fhirwall::fhir {

// True if the resource says that it is incomplete: `meta.tag` holds SUBSETTED, whatever its system
// (FHIR R4 search, section 3.1.1.5.8; SPEC 8.6).
[[nodiscard]] bool is_partial(const json::Document& document, json::NodeIndex resource);

}  // namespace fhirwall::fhir
