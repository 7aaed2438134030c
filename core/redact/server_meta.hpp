#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace fhirwall::redact {

// The parts of `meta` that leave only with option `extendedMeta` (SPEC 7.7).
inline constexpr std::string_view kServerMeta[] = {"author",   "project",     "account",
                                                   "accounts", "compartment", "onBehalfOf"};

[[nodiscard]] inline bool is_server_meta(std::string_view name) {
  return std::find(std::begin(kServerMeta), std::end(kServerMeta), name) != std::end(kServerMeta);
}

}  // namespace fhirwall::redact
