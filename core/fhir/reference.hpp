#pragma once

#include <span>
#include <string_view>

#include "core/fhir/model.hpp"

namespace fhirwall::fhir {

// A reference text taken apart; views into the text. FHIR R4 references, section 2.3.0.1; SPEC 5.6.
struct ReferenceParts {
  enum class Form : unsigned char {
    kTypeId,    // `Type/id`, `Type/id/_history/v`, or the same under a configured base URL
    kAbsolute,  // any other absolute URL: equals only the identical text
    kFragment,  // `#id`
    kUrn,       // `urn:uuid:...`, `urn:oid:...`
    kQuery,     // conditional: `Patient?identifier=...`
    kOther,     // anything else, malformed included
  };
  Form form = Form::kOther;
  TypeId type = TypeId::kNone;  // kTypeId only, always a concrete resource type
  std::string_view id;          // kTypeId only, a valid FHIR id
  std::string_view version;     // kTypeId only; empty if there is none
};

// `base_urls` are without trailing slash.
[[nodiscard]] ReferenceParts parse_reference(std::string_view text,
                                             std::span<const std::string_view> base_urls = {});

[[nodiscard]] bool is_valid_id(std::string_view text);  // [A-Za-z0-9\-\.]{1,64}
[[nodiscard]] bool is_uuid(std::string_view text);      // 8-4-4-4-12 hex digits, either case

}  // namespace fhirwall::fhir
