#pragma once

#include <string>

#include "core/fhirpath/value.hpp"

namespace fhirwall::fhirpath {

// Appends the text of a System value, as toString() gives it (FHIRPath N1, 5.5.4): `true`, `-5`,
// `1.50` with its scale, a string as it is, `2014-01-05T10:30Z` and `10:30` without `@` and T,
// `4 'kg'`, `1 year`, `12 months`. Nothing for an item that is no System value.
void append_text(const Item& item, std::string& out);

}  // namespace fhirwall::fhirpath
