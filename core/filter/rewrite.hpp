#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/json/document.hpp"
#include "core/redact/edits.hpp"

namespace fhirwall::filter {

// Where a Bundle comes from and where its reader finds it: URLs without query, fragment or trailing
// slash, of characters that JSON needs not escape (SPEC 14).
struct Rewrite {
  std::string from;
  std::string to;

  // Adds to `edits` what lets the URL in the string `url` begin with `to` in place of `from`.
  // False: it must go whole, since it names another place. What names none stays: `urn:uuid:`,
  // `urn:oid:`, and what is relative as `Patient/1`. LIFETIME: the edits refer to `to`.
  [[nodiscard]] bool emit_url(const json::Document& document, json::NodeIndex url,
                              redact::Edits& edits) const;
};

// Can it be one side of a Rewrite?
[[nodiscard]] bool is_rewrite_base(std::string_view url);

// The bytes of `Bundle.link` of the envelope at the root that the filter keeps; empty: none.
// kTooLarge, without a place (SPEC P3), when they are more than 64 KiB.
[[nodiscard]] Error kept_links(const json::Document& document, std::string& links);

}  // namespace fhirwall::filter
