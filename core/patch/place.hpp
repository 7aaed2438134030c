#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/fhirpath/value.hpp"
#include "core/json/document.hpp"

namespace fhirwall::patch {

// Where an element of a resource stands in its JSON.
//
//     {"name":[{"given":["Ann",null],"_given":[null,{..}]}]}
//              ^object   key          index 1 has a sibling only
//
// LIFETIME: views of the document.
struct Place {
  json::NodeIndex object = json::kNoNode;    // that has the element as a member; none for the root
  fhir::TypeId owner = fhir::TypeId::kNone;  // of that object
  const fhir::Element* element = nullptr;
  fhir::TypeId type = fhir::TypeId::kNone;  // of the element; of a resource its own
  std::string_view key;                     // without `_`
  bool listed = false;                      // an item of an array, at `index`
  std::uint32_t index = 0;
  std::vector<std::string_view> keys;  // the member names from the root
};

// False for what the model does not know, and for what is no element.
[[nodiscard]] bool locate(const json::Document& document, const fhirpath::Item& item, Place& out);

// The type whose elements the object of an element has: that of a primitive, `_x`, is Element.
[[nodiscard]] fhir::TypeId members_of(fhir::TypeId type);

// The type that a resource says it is of, or kNone.
[[nodiscard]] fhir::TypeId stated_type(const json::Document& document, json::NodeIndex resource);

// The element of `owner` that `name` means: a choice by its base, as `x[x]`, or by its key, and
// then `choice` is the one type. Null when there is none.
[[nodiscard]] const fhir::Element* find_named(fhir::TypeId owner, std::string_view name,
                                              fhir::TypeId& choice);

// The key under which an element of that type stands.
[[nodiscard]] std::string key_of(const fhir::Element& element, fhir::TypeId type);

}  // namespace fhirwall::patch
