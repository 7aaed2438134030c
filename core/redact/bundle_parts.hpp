#pragma once

#include <cstddef>
#include <string_view>

#include "core/fhir/model.hpp"

namespace fhirwall::redact {

// The types of a Bundle's parts.
struct BundleTypes {
  fhir::TypeId entry, link, request, response;
};
[[nodiscard]] inline const BundleTypes& bundle_types() {
  static const BundleTypes types{fhir::find_type("Bundle.entry"), fhir::find_type("Bundle.link"),
                                 fhir::find_type("Bundle.entry.request"),
                                 fhir::find_type("Bundle.entry.response")};
  return types;
}

// Of the raw text of a JSON string: where its first `?` begins, also one that is escaped; its size
// if there is none (SPEC 8.2).
[[nodiscard]] inline std::size_t query_begin(std::string_view raw) {
  for (std::size_t at = 0; at < raw.size(); ++at) {
    if (raw[at] == '?') {
      return at;
    }
    if (raw[at] == '\\') {
      const std::string_view escape = raw.substr(at, 6);
      if (escape == "\\u003f" || escape == "\\u003F") {
        return at;
      }
      ++at;
    }
  }
  return raw.size();
}

}  // namespace fhirwall::redact
