#pragma once

#include <string_view>

#include "core/json/document.hpp"

namespace fhirwall::patch {

// Whether two JSON values are the same one (RFC 6902, 4.6): strings by their characters, numbers by
// value, arrays item by item, objects by their members in any order.
[[nodiscard]] bool same_value(const json::Document& a, json::NodeIndex a_node,
                              const json::Document& b, json::NodeIndex b_node);

// Whether two JSON numbers have the same value, exactly: `1.50` and `15e-1`, `-0` and `0`.
[[nodiscard]] bool same_number(std::string_view a, std::string_view b);

}  // namespace fhirwall::patch
