// What an item is as a value of the System types.
#include "core/base/concat.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

using Form = Item::Form;
using json::Kind;
using json::kNoNode;

namespace {

constexpr std::string_view kUcumSystem = "http://unitsofmeasure.org";
constexpr std::string_view kCalendarSystem = "http://hl7.org/fhirpath/CodeSystem/calendar-units";

// A primitive with an `_x` sibling and no value, which is empty where a value is wanted.
bool is_without_value(const Item& item) { return item.is_node() && item.node == kNoNode; }

// JSON outside the model: a number is an Integer when it is written as one and fits.
Form form_of_number(std::string_view text, const fhir::Decimal& value) {
  const bool whole = text.find_first_of(".eE") == std::string_view::npos;
  const auto integer = fhir::to_int64(value);
  if (!whole || !integer) {
    return Form::kDecimal;
  }
  return *integer >= INT32_MIN && *integer <= INT32_MAX ? Form::kInteger : Form::kLong;
}

}  // namespace

Form form_of(fhir::TypeId type) {
  const fhir::WellKnown& known = fhir::well_known();
  if (type == known.boolean) {
    return Form::kBoolean;
  }
  if (fhir::is_a(type, known.integer)) {
    return Form::kInteger;
  }
  if (type == known.decimal) {
    return Form::kDecimal;
  }
  if (type == known.date) {
    return Form::kDate;
  }
  if (type == known.date_time || type == known.instant) {
    return Form::kDateTime;
  }
  return type == known.time ? Form::kTime : Form::kString;
}

std::string_view system_type_name(Form form) {
  switch (form) {
    case Form::kBoolean: return "Boolean";
    case Form::kInteger: return "Integer";
    case Form::kLong: return "Long";
    case Form::kDecimal: return "Decimal";
    case Form::kString:
    case Form::kTypeName: return "String";
    case Form::kDate: return "Date";
    case Form::kDateTime: return "DateTime";
    case Form::kTime: return "Time";
    case Form::kQuantity: return "Quantity";
    case Form::kNode:
    case Form::kStub:
    case Form::kTypeInfo: break;
  }
  return {};
}

bool Machine::value_of(const Item& item, Item& value) {
  Held held;
  if (!value_of(item, held, value)) {
    return false;
  }
  if (item.form != Form::kNode) {
    return true;  // points to nothing of `held`
  }
  if (value.form == Form::kDecimal) {
    value.payload.decimal = make(held.decimal);
    return value.payload.decimal != nullptr;
  }
  if (value.is_temporal()) {
    value.payload.temporal = make(held.temporal);
    return value.payload.temporal != nullptr;
  }
  if (value.form == Form::kQuantity) {
    value.payload.quantity = make(held.quantity);
    return value.payload.quantity != nullptr;
  }
  return true;
}

bool Machine::value_of(const Item& item, Held& held, Item& value) {
  value = item;
  if (item.form == Form::kString) {
    charge_bytes(item.text_size);  // whoever asks for it is going to look at it
    return true;
  }
  if (item.form == Form::kTypeName) {
    value = Item::of_text(fhir::type_name(item.type));
    return true;
  }
  if (item.form != Form::kNode || item.node == kNoNode) {
    return true;
  }
  const json::Document& data = document(item);
  const bool untyped = item.type == fhir::TypeId::kNone;
  switch (data.kind(item.node)) {
    case Kind::kTrue: value = Item::of_boolean(true); return true;
    case Kind::kFalse: value = Item::of_boolean(false); return true;
    case Kind::kNull:
    case Kind::kArray: return true;
    case Kind::kObject:
      return !fhir::is_a(item.type, fhir::well_known().quantity) || quantity_of(item, held, value);
    case Kind::kNumber: {
      charge_bytes(data.raw(item.node).size());
      const auto number = fhir::parse_decimal(data.raw(item.node));
      if (!number) {
        note_malformed();  // more digits than a Decimal has
        return true;
      }
      const Form form = untyped ? form_of_number(data.raw(item.node), *number) : form_of(item.type);
      if (form != Form::kDecimal) {
        const auto integer = fhir::to_int64(*number);
        const bool fits =
            integer && (form == Form::kLong || (*integer >= INT32_MIN && *integer <= INT32_MAX));
        if (!fits) {
          note_malformed();
          return true;
        }
        value = Item::of_integer(*integer, form);
        return true;
      }
      held.decimal = *number;
      value = Item::of_decimal(&held.decimal);
      return true;
    }
    case Kind::kString: break;
  }
  std::string_view text;
  if (!text_of(data, item.node, text)) {
    return false;
  }
  const Form form = untyped ? Form::kString : form_of(item.type);
  if (form == Form::kString) {
    value = Item::of_text(text);
    return true;
  }
  const std::optional<fhir::Temporal> temporal = form == Form::kDate ? fhir::parse_date_value(text)
                                                 : form == Form::kDateTime
                                                     ? fhir::parse_datetime_value(text)
                                                     : fhir::parse_time_value(text);
  if (!temporal) {
    note_malformed();
    return true;
  }
  held.temporal = *temporal;
  value = Item::of_temporal(&held.temporal);
  return true;
}

// The text of a string: of the input where it stands there as it is, else a copy.
bool Machine::text_of(const json::Document& data, json::NodeIndex node, std::string_view& text) {
  charge_bytes(data.raw(node).size());
  if (!data[node].escaped) {
    text = data.raw_string(node);
    return true;
  }
  const auto kept = keep(data.string(node, scratch_.text));
  text = kept.value_or(std::string_view{});
  return kept.has_value();
}

json::NodeIndex Machine::find(const json::Document& document, json::NodeIndex object,
                              std::string_view key) {
  if (object == kNoNode || !document.is_object(object)) {
    return kNoNode;
  }
  json::NodeIndex i = json::Document::first_child(object);
  const json::NodeIndex end = document[object].next;
  std::uint64_t passed = 0;
  for (; i != end && (document[i].key_length != key.size() || document.key(i) != key); ++passed) {
    i = document[i].next;
  }
  charge_members(passed);
  return i == end ? kNoNode : i;
}

// A FHIR Quantity as a System.Quantity: its UCUM code is the unit, `a` and `mo` are calendar years
// and months. One without code and unit has the unit `1`; one with a comparator or in another
// system of units has no System value (FHIR R4, section 2.27.2).
bool Machine::quantity_of(const Item& item, Held& held, Item& value) {
  const json::Document& data = document(item);
  const json::NodeIndex number = find(data, item.node, "value");
  if (number == kNoNode || data.kind(number) != Kind::kNumber ||
      find(data, item.node, "comparator") != kNoNode) {
    return true;
  }
  charge_bytes(data.raw(number).size());
  const auto decimal = fhir::parse_decimal(data.raw(number));
  if (!decimal) {
    note_malformed();
    return true;
  }
  Quantity quantity{*decimal, "1"};
  const json::NodeIndex code = find(data, item.node, "code");
  const json::NodeIndex system = find(data, item.node, "system");
  const json::NodeIndex unit = find(data, item.node, "unit");
  if (code != kNoNode) {
    if (!data.is_string(code) || system == kNoNode || !data.is_string(system)) {
      return true;
    }
    if (!text_of(data, code, quantity.unit)) {
      return false;
    }
    if (data.string_is(system, kUcumSystem)) {
      if (quantity.unit == "a" || quantity.unit == "mo") {
        quantity.unit = quantity.unit == "a" ? "year" : "month";
        quantity.calendar = true;
        quantity.mapped = true;
      }
    } else if (data.string_is(system, kCalendarSystem) && fhir::find_calendar_unit(quantity.unit)) {
      if (quantity.unit.ends_with('s')) {
        quantity.unit.remove_suffix(1);
      }
      quantity.calendar = true;
    } else {
      return true;
    }
  } else if (unit != kNoNode || system != kNoNode) {
    return true;
  }
  held.quantity = quantity;
  value = Item::of_quantity(&held.quantity);
  return true;
}

bool Machine::push_system_member(const Item& item, std::string_view name) {
  if (item.form == Form::kQuantity) {
    if (name == "value") {
      push(Item::of_decimal(&item.quantity().value));
    } else if (name == "unit") {
      push(Item::of_text(item.quantity().unit));
    }
    return true;
  }
  const bool system = item.type == fhir::TypeId::kNone;
  if (name == "namespace") {
    push(Item::of_text(system ? std::string_view("System") : std::string_view("FHIR")));
  } else if (name == "name") {
    push(Item::of_text(system ? system_type_name(static_cast<Form>(item.integer()))
                              : fhir::type_name(item.type)));
  }
  return true;
}

bool Machine::is_a(const Item& item, const TypeName& type) {
  if (item.form == Form::kNode || item.form == Form::kStub || item.form == Form::kTypeName) {
    if (item.type != fhir::TypeId::kNone) {
      return type.fhir != fhir::TypeId::kNone && fhir::is_a(item.type, type.fhir);
    }
    if (item.node == kNoNode || type.system == Form::kNode) {
      return false;
    }
    const json::Document& data = document(item);
    switch (data.kind(item.node)) {
      case Kind::kTrue:
      case Kind::kFalse: return type.system == Form::kBoolean;
      case Kind::kString: return type.system == Form::kString;
      case Kind::kNumber: {
        charge_bytes(data.raw(item.node).size());
        const auto number = fhir::parse_decimal(data.raw(item.node));
        return number && form_of_number(data.raw(item.node), *number) == type.system;
      }
      case Kind::kObject:
      case Kind::kArray:
      case Kind::kNull: return false;
    }
  }
  return type.system != Form::kNode && item.form == type.system;
}

// --- One value.

One Machine::one(Range range, std::uint32_t offset, std::string_view what, Item& value) {
  if (range.empty()) {
    return One::kEmpty;
  }
  if (range.size() > 1) {
    fail(ErrorCode::kSingletonExpected, offset, concat("`", what, "` expects one item"));
    return One::kFailed;
  }
  if (!value_of(stack_[range.begin], value)) {
    return One::kFailed;
  }
  // A primitive that has only extensions is as good as none where its value is wanted.
  return value.form == Form::kNode && value.node == kNoNode ? One::kEmpty : One::kValue;
}

One Machine::one_text(Range range, const Call& call, std::string_view& text) {
  Item value;
  const One result = one(range, call.op.offset, call.function.name, value);
  if (result != One::kValue) {
    return result;
  }
  if (value.form != Form::kString) {
    fail_expected(call, "a String");
    return One::kFailed;
  }
  text = value.text();
  return One::kValue;
}

One Machine::one_integer(Range range, const Call& call, std::int64_t& value) {
  Item item;
  const One result = one(range, call.op.offset, call.function.name, item);
  if (result != One::kValue) {
    return result;
  }
  if (item.form != Form::kInteger && item.form != Form::kLong) {
    fail_expected(call, "an Integer");
    return One::kFailed;
  }
  value = item.integer();
  return One::kValue;
}

One Machine::one_decimal(Range range, const Call& call, fhir::Decimal& value) {
  Item item;
  const One result = one(range, call.op.offset, call.function.name, item);
  if (result != One::kValue) {
    return result;
  }
  if (!item.is_number()) {
    fail_expected(call, "a number");
    return One::kFailed;
  }
  value = item.form == Form::kDecimal ? item.decimal() : fhir::decimal_of(item.integer());
  return One::kValue;
}

One Machine::one_boolean(Range range, std::uint32_t offset, bool& value) {
  if (range.empty()) {
    return One::kEmpty;
  }
  if (range.size() > 1) {
    fail(ErrorCode::kSingletonExpected, offset, "a single Boolean is expected");
    return One::kFailed;
  }
  if (is_without_value(stack_[range.begin])) {
    return One::kEmpty;
  }
  Item item;
  Held held;
  if (!value_of(stack_[range.begin], held, item)) {
    return One::kFailed;
  }
  value = item.form != Form::kBoolean || item.boolean();
  return One::kValue;
}

}  // namespace fhirwall::fhirpath
