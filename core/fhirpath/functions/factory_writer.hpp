#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/fhirpath/machine.hpp"
#include "core/json/padded_buffer.hpp"

namespace fhirwall::fhirpath {

// Writes the JSON of one FHIR value and makes an item of it. The arguments of the call are on the
// stack before it begins: a value that is an argument is written into the same memory.
//
// Each method gives false when the evaluation has ended: by its bounds, or because a value is not
// what the model says.
class FactoryWriter {
 public:
  FactoryWriter(Machine& machine, const Call& call) : machine_(machine), call_(call) {}
  FactoryWriter(const FactoryWriter&) = delete;
  FactoryWriter& operator=(const FactoryWriter&) = delete;

  [[nodiscard]] bool raw(std::string_view json);
  [[nodiscard]] bool string(std::string_view text);
  // `"key":`, behind a comma where the last byte ended a value.
  [[nodiscard]] bool key(std::string_view name);
  [[nodiscard]] bool comma();  // the same before an item of an array

  // The member `value` with the value of an item as a primitive, without the item's extensions.
  [[nodiscard]] bool primitive_value(Range range, fhir::TypeId type);
  // The member `name` and its `_name` sibling with the values in `range`, as the model has an
  // element of that type; nothing when the range is empty. `element` is the name for messages.
  [[nodiscard]] bool member(std::string_view name, const fhir::Element& element, fhir::TypeId type,
                            Range range);
  // The member of a choice element: the value says which.
  [[nodiscard]] bool choice(const fhir::Element& element, Range range);
  // Extension.value and url, as one object.
  [[nodiscard]] bool extension(Range url, Range value);
  // The items of the `extension` of an object, which may be kNoNode, as the beginning of an array.
  [[nodiscard]] bool extensions(const json::Document& document, json::NodeIndex object);
  // The members of a node, without those of `left_out` (may be null).
  [[nodiscard]] bool members(const json::Document& document, json::NodeIndex object,
                             fhir::TypeId type, const fhir::Element* left_out);

  // Parses what was written, a `type`; of a primitive, `value` and `_value` in an object. The item
  // lives as long as the evaluation's memory.
  [[nodiscard]] bool finish(fhir::TypeId type, Item& item);

  // "`HumanName` expects one `string` for `given`"
  bool fail_value(ErrorCode code, std::string_view expected, const fhir::Element* element);

 private:
  [[nodiscard]] bool value(const Item& item, const fhir::Element& element, fhir::TypeId type);
  [[nodiscard]] bool primitive(const Item& item, const fhir::Element* element, fhir::TypeId type);
  [[nodiscard]] bool quantity(const Quantity& quantity);
  [[nodiscard]] bool has_value(const Item& item) const;
  [[nodiscard]] bool has_sibling(const Item& item) const;
  [[nodiscard]] bool choose(const fhir::Element& element, const Item& item, fhir::TypeId& type);

  Machine& machine_;
  const Call& call_;
  json::PaddedBuffer out_;  // overwritten when it goes (SPEC P7)
};

// The member name of a choice element's type: `valueString`.
[[nodiscard]] std::string choice_key(const fhir::Element& element, fhir::TypeId type);

}  // namespace fhirwall::fhirpath
