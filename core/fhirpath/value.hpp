#pragma once

#include <cstdint>
#include <string_view>

#include "core/fhir/decimal.hpp"
#include "core/fhir/model.hpp"
#include "core/fhir/temporal.hpp"
#include "core/json/document.hpp"

namespace fhirwall::fhirpath {

// A System.Quantity: 4 'kg', 3 days.
struct Quantity {
  fhir::Decimal value;
  std::string_view unit;  // UCUM text, `1` for none; a calendar word in the singular if `calendar`
  bool calendar = false;
  // From a FHIR Quantity in UCUM years or months, which FHIR R4 2.27.2 reads as calendar years and
  // months: `calendar` is set too, but products, quotients, sums with UCUM units and conversions to
  // them take the unit as it was written.
  bool mapped = false;
};

// A value during evaluation. Nothing is copied out of a document: most items are a place in one.
// Plain data; what it points to lives in the document, the program or the evaluation's arena.
struct Item {
  enum class Form : std::uint8_t {
    kNode,      // an element: `node` with its FHIR type, kNone for JSON outside the model. kNoNode
                // for a primitive that has only a `_name` sibling, no value
    kStub,      // what resolve() knows of a resource elsewhere: its `type`
    kTypeName,  // the name of `type`, as `resolve().resourceType` gives it for a stub
    kTypeInfo,  // what type() gives: `type`, or the System type of `integer` (a Form) for kNone
    // Values of the System types.
    kBoolean,  // integer != 0
    kInteger,  // 32 bits, in `integer`
    kLong,     // 64 bits, in `integer`
    kDecimal,
    kString,
    kDate,
    kDateTime,
    kTime,
    kQuantity,
  };
  union Payload {
    std::int64_t integer;
    const char* text;
    const fhir::Decimal* decimal;
    const fhir::Temporal* temporal;
    const Quantity* quantity;
    // Of a node in the search dialect: the element that the model has it in, whose binding says
    // what its code means; null where only the data knows it.
    const fhir::Element* element;
  };

  json::NodeIndex node = json::kNoNode;
  json::NodeIndex sibling = json::kNoNode;  // the `_name` object beside a primitive, if any
  fhir::TypeId type = fhir::TypeId::kNone;
  Form form = Form::kNode;
  std::uint16_t document = 0;   // of a node: which of the evaluation's documents
  std::uint32_t text_size = 0;  // kString
  Payload payload{.integer = 0};

  [[nodiscard]] bool is_node() const { return form == Form::kNode; }
  [[nodiscard]] bool is_system() const { return form >= Form::kBoolean; }
  [[nodiscard]] bool is_number() const {
    return form == Form::kInteger || form == Form::kLong || form == Form::kDecimal;
  }
  [[nodiscard]] bool is_temporal() const { return form >= Form::kDate && form <= Form::kTime; }

  [[nodiscard]] bool boolean() const { return payload.integer != 0; }
  [[nodiscard]] std::int64_t integer() const { return payload.integer; }
  [[nodiscard]] std::string_view text() const { return {payload.text, text_size}; }
  [[nodiscard]] const fhir::Decimal& decimal() const { return *payload.decimal; }
  [[nodiscard]] const fhir::Temporal& temporal() const { return *payload.temporal; }
  [[nodiscard]] const Quantity& quantity() const { return *payload.quantity; }

  [[nodiscard]] static Item of_integer(std::int64_t value, Form form = Form::kInteger) {
    Item item;
    item.form = form;
    item.payload.integer = value;
    return item;
  }
  [[nodiscard]] static Item of_boolean(bool value) { return of_integer(value, Form::kBoolean); }
  // The text must outlive the item.
  [[nodiscard]] static Item of_text(std::string_view text) {
    Item item;
    item.form = Form::kString;
    item.text_size = static_cast<std::uint32_t>(text.size());
    item.payload.text = text.data();
    return item;
  }
  [[nodiscard]] static Item of_decimal(const fhir::Decimal* value) {
    Item item;
    item.form = Form::kDecimal;
    item.payload.decimal = value;
    return item;
  }
  [[nodiscard]] static Item of_temporal(const fhir::Temporal* value);
  [[nodiscard]] static Item of_quantity(const Quantity* value) {
    Item item;
    item.form = Form::kQuantity;
    item.payload.quantity = value;
    return item;
  }
};

inline Item Item::of_temporal(const fhir::Temporal* value) {
  Item item;
  using Kind = fhir::Temporal::Kind;
  item.form = value->kind == Kind::kDate       ? Form::kDate
              : value->kind == Kind::kDateTime ? Form::kDateTime
                                               : Form::kTime;
  item.payload.temporal = value;
  return item;
}

// `String`, `DateTime`, ...: the name in the System namespace; empty for what has none.
[[nodiscard]] std::string_view system_type_name(Item::Form form);
// The System type of a FHIR primitive (FHIR R4, section 2.27.1).
[[nodiscard]] Item::Form form_of(fhir::TypeId primitive);

}  // namespace fhirwall::fhirpath
