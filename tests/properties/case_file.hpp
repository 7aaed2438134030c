#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/properties/check.hpp"

namespace fhirwall::properties {

// A case as a file: everything needed to try it again, as one JSON object.
[[nodiscard]] std::string to_file(const Case& one, std::string_view what);
[[nodiscard]] std::optional<Case> from_file(std::string_view text);

// Makes a failing case smaller, as long as it fails in the same call.
[[nodiscard]] Case shrunk(Checker& checker, Case failing, const Failure& failure);

}  // namespace fhirwall::properties
