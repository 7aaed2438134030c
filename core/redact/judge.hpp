#pragma once

#include <cstdint>
#include <string_view>

#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "core/redact/plan.hpp"

namespace fhirwall::redact {

// Where a resource stands inside another one.
enum class Nesting : std::uint8_t {
  kContained,  // `contained`, at any depth
  kEntry,      // Bundle.entry.resource
  kOutcome,    // Bundle.entry.response.outcome
  kOther,      // Parameters.parameter.resource, and whatever else the model types as a resource
};

// Answers what redaction asks while it walks: the policy stands behind it (core/decide). An answer
// that could not be taken cuts, and is remembered there as an error of the call.
class Judge {
 public:
  virtual ~Judge() = default;

  // What becomes of the resource at `resource`, an object or anything else, nested as `nesting`
  // says (SPEC 7.4, 8.2). Null: it is cut. The plan outlives the walk.
  [[nodiscard]] virtual const Plan* judge(const json::Document& document, json::NodeIndex resource,
                                          Nesting nesting) = 0;
  // Of a type with Readable::kByReference: may the caller read the resource that `reference`, the
  // text of a literal reference, names (SPEC 7.3 c)? Asked only where there is something to cut, so
  // the answer may cost a call nothing but that (SPEC P3).
  [[nodiscard]] virtual bool reads(fhir::TypeId type, std::string_view reference) = 0;
};

}  // namespace fhirwall::redact
