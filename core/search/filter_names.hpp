#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fhirwall::search {

// The parameters that a `_filter` of a request compares, as chains are written: `a.b`. False: it is
// no such text, or asks for what a server's terminology or other elements say.
[[nodiscard]] bool filter_names(std::string_view text, std::vector<std::string>& names);

}  // namespace fhirwall::search
