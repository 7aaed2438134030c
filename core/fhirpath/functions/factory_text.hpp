#pragma once

#include <string_view>

#include "core/fhir/model.hpp"

namespace fhirwall::fhirpath {

// True if `text` is one that FHIR R4 allows for a primitive type (datatypes, section 2.24.0.1): the
// lexical forms of its table, real days, integers of 32 bits. Seconds and zone of a dateTime and
// the seconds of a time may be left out, as in FHIRPath's own values; a uri may be empty.
[[nodiscard]] bool is_primitive_text(fhir::TypeId type, std::string_view text);

}  // namespace fhirwall::fhirpath
