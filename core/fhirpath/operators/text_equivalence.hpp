#pragma once

#include <string_view>

namespace fhirwall::fhirpath {

// `~` of two Strings (FHIRPath N1, 6.1.2): case is ignored, by Unicode's simple case folding, and
// one white-space character is as good as another.
[[nodiscard]] bool equivalent_texts(std::string_view a, std::string_view b);

}  // namespace fhirwall::fhirpath
