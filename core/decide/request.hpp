#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/fhir/model.hpp"
#include "core/policy/interaction.hpp"

namespace fhirwall::decide {

// What a request of FHIR's REST interface asks for (SPEC 13.1).
enum class RequestKind : std::uint8_t {
  kInstance,   // read, vread, update, delete, and history of one resource
  kType,       // create, search and history of a type; conditional forms
  kSystem,     // search and history of everything
  kBatch,      // POST to the base: batch or transaction
  kOperation,  // `$name`
  kMetadata,
};

struct ClassifiedRequest {
  RequestKind kind = RequestKind::kInstance;
  // Of kInstance, kType and kSystem. PATCH counts as update.
  policy::Interaction interaction = policy::Interaction::kRead;
  fhir::TypeId type = fhir::TypeId::kNone;  // kNone at system level
  std::string id;                           // of kInstance, and of an operation on an instance
  std::string version;                      // of vread
  bool conditional = false;                 // create, update, patch or delete by a query
};

// Classifies method and URL, relative to the FHIR base: `Patient/1`, `Patient?name=a`,
// `Patient/1/_history/2`, `?_type=Patient`. Absolute URLs are refused here. nullopt: what is not
// canonical, or no interaction of FHIR R4. Pure text; the policy is not asked.
[[nodiscard]] std::optional<ClassifiedRequest> classify(std::string_view method,
                                                        std::string_view url);

}  // namespace fhirwall::decide
