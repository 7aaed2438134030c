#pragma once

#include <cstdint>

#include "core/fhir/model.hpp"
#include "core/json/document.hpp"

namespace fhirwall::fhirpath {

// A value during evaluation. Nothing is copied out of the document: most items are a place in it.
struct Item {
  enum class Form : std::uint8_t {
    kNode,      // an element: `node` with its FHIR type; kNoNode for a primitive that has only a
                // `_name` sibling, no value
    kBoolean,   // computed: `boolean`
    kInteger,   // computed: `integer`
    kTypeName,  // computed: the name of `type`, as `resolve().resourceType` gives it
    kStub,      // what resolve() knows of a resource elsewhere: its `type`
  };
  json::NodeIndex node = json::kNoNode;
  json::NodeIndex sibling = json::kNoNode;  // the `_name` object beside a primitive, if any
  fhir::TypeId type = fhir::TypeId::kNone;
  Form form = Form::kNode;
  bool boolean = false;
  std::int32_t integer = 0;

  [[nodiscard]] static Item of_boolean(bool value) {
    Item item;
    item.form = Form::kBoolean;
    item.type = fhir::well_known().boolean;
    item.boolean = value;
    return item;
  }
};

}  // namespace fhirwall::fhirpath
