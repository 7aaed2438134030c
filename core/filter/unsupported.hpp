#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.hpp"
#include "core/policy/compiled_policy.hpp"
#include "core/redact/redactor.hpp"

namespace fhirwall::filter {

// Finds what is refused because it would have to be judged by rules of its own: resources inside
// resources (SPEC 7.4). Refused rather than passed: kUnsupportedBundle, kUnsupportedContent.
//
//   - a Bundle, other than as the envelope of a search;
//   - `Parameters.parameter.resource` and whatever else the model types as a resource;
//   - `contained` of a resource whose own rule hides anything, whatever is in it;
//   - any other `contained` when an item is of a type for which any rule hides something, is a
//   person
//     whose type the policy does not grant for read, is of unknown type, or has resources inside.
class UnsupportedContent {
 public:
  // `redactor` has just marked the resource of this type.
  [[nodiscard]] Error check(const policy::CompiledPolicy& policy, const json::Document& document,
                            json::NodeIndex resource, fhir::TypeId type,
                            const redact::Redactor& redactor);

 private:
  [[nodiscard]] Error check_contained(const policy::CompiledPolicy& policy,
                                      const json::Document& document, json::NodeIndex contained);
  [[nodiscard]] bool type_nests(fhir::TypeId type);
  [[nodiscard]] json::NodeIndex find_nested(const json::Document& document,
                                            json::NodeIndex resource, fhir::TypeId type);

  struct Open {
    json::NodeIndex node;
    json::NodeIndex end;
    fhir::TypeId type;  // of the object; kNone inside what the model does not know
    bool object;
  };
  std::vector<Open> open_;
  // Facts about the model, by resource index: can a value of this type hold a resource below the
  // top level?
  enum class Nests : std::uint8_t { kUnknown, kNo, kYes };
  std::vector<Nests> nests_;
};

}  // namespace fhirwall::filter
