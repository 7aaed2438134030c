#pragma once

#include <string>

#include "core/fhir/model.hpp"
#include "core/json/document.hpp"

namespace fhirwall::patch {

// What the part `value` of a FHIRPath Patch operation holds, or a part below it: a value[x]; a
// resource; or parts, one for each element of a type that value[x] has not (FHIR R4, 3.1.0.8.2).
struct GivenValue {
  fhir::TypeId type = fhir::TypeId::kNone;  // of the value[x]
  json::NodeIndex value = json::kNoNode;    // the member `valueX`
  json::NodeIndex sibling = json::kNoNode;  // the member `_valueX`
  json::NodeIndex resource = json::kNoNode;
  json::NodeIndex parts = json::kNoNode;
};
// False unless it holds exactly one of these.
[[nodiscard]] bool read_value(const json::Document& patch, json::NodeIndex part, GivenValue& out);

// The same as JSON for one element. A primitive may have a value, a sibling object, or both.
struct ElementText {
  std::string value;
  std::string sibling;
  fhir::TypeId type = fhir::TypeId::kNone;
};
// False when the value is not of a type that the element may have: of exactly `choice` unless that
// is kNone. "The type of the value must be correct for the place" (FHIR R4, 3.1.0.8.2); primitives
// of one family, as string and code, may stand for each other where there is no choice.
[[nodiscard]] bool render_value(const json::Document& patch, const GivenValue& given,
                                const fhir::Element& element, fhir::TypeId choice,
                                ElementText& out);

}  // namespace fhirwall::patch
