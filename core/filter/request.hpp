#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/decide/request.hpp"
#include "core/json/document.hpp"
#include "core/policy/compiled_policy.hpp"

namespace fhirwall::filter {

// What one entry of a batch asks for, as far as its answer depends on it.
struct EntryRequest {
  policy::Interaction interaction = policy::Interaction::kRead;
  fhir::TypeId type = fhir::TypeId::kNone;  // kNone: of the system, or not said
  bool known = false;                       // false: nothing that has an answer here
  // About one resource, or what lies in its compartment: the answer may tell whether it exists.
  bool instance = true;
  fhir::TypeId about = fhir::TypeId::kNone;  // its type, where it is known
  // Create, update or delete by a query: the answer tells whether something matched (SPEC 13.4).
  bool conditional = false;
};

// What `Bundle.entry.request` says, its URL relative or below a configured base URL. nullopt: it is
// not canonical (SPEC 13.1), or of another shape. Without its query where that is cut and so must
// not count (SPEC 8.2, P3).
[[nodiscard]] std::optional<decide::ClassifiedRequest> request_of(
    const policy::CompiledPolicy& policy, const json::Document& document, json::NodeIndex request,
    bool with_query = true);

// The requests of a batch: the entries of a Bundle of type `batch` or `transaction`, or an array
// of interactions, each a name or { "interaction", "resourceType" }. What is wrong with one entry
// makes it unknown; kBatchRequest: it is no such document.
[[nodiscard]] Error read_requests(const policy::CompiledPolicy& policy,
                                  const json::Document& document,
                                  std::vector<EntryRequest>& requests);

}  // namespace fhirwall::filter
