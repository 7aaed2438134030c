#include "core/fhirpath/functions/factory_writer.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/base/ascii.hpp"
#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "core/base/wipe.hpp"
#include "core/fhirpath/functions/factory_text.hpp"
#include "core/fhirpath/text.hpp"

namespace fhirwall::fhirpath {

using Form = Item::Form;
using json::Document;
using json::kNoNode;
using json::NodeIndex;

namespace {

constexpr std::size_t kBytesPerStep = 16;
constexpr std::uint64_t kStepsPerValue = 8;  // of the parser's own work
constexpr std::string_view kUcumSystem = "http://unitsofmeasure.org";
// By fhir::TimeUnit (FHIR R4, section 2.27.2).
constexpr std::string_view kCalendarCodes[] = {"a", "mo", "wk", "d", "h", "min", "s", "ms"};

bool is_primitive(fhir::TypeId type) { return fhir::type_kind(type) == fhir::TypeKind::kPrimitive; }

// Whether a value of that System type may be written as a primitive that is read as `target`.
bool converts(Form form, Form target, bool instant) {
  if (form == Form::kString || form == target) {
    return true;
  }
  const bool number = form == Form::kInteger || form == Form::kLong || form == Form::kDecimal;
  switch (target) {
    case Form::kInteger:
    case Form::kDecimal: return number;
    case Form::kDateTime: return form == Form::kDate && !instant;
    default: return false;
  }
}

}  // namespace

std::string choice_key(const fhir::Element& element, fhir::TypeId type) {
  const std::string_view name = fhir::type_name(type);
  const char capital = ascii::to_upper(name[0]);
  return concat(element.name, std::string_view(&capital, 1), name.substr(1));
}

bool FactoryWriter::fail_value(ErrorCode code, std::string_view expected,
                               const fhir::Element* element) {
  const std::string_view name =
      call_.function.name.empty() ? fhir::type_name(call_.op.type.fhir) : call_.function.name;
  const std::string place =
      element == nullptr ? std::string() : concat(" for `", element->name, "`");
  return machine_.fail(code, call_.op.offset,
                       concat("`%factory.", name, "` expects ", expected, place));
}

// --- Bytes.

bool FactoryWriter::raw(std::string_view json) {
  if (!machine_.spend(json.size() / kBytesPerStep)) {
    return false;
  }
  if (json.size() + out_.size() + json::kPadding > machine_.scratch().arena.budget_left()) {
    return machine_.fail(ErrorCode::kResultTooLarge, 0, {});
  }
  return out_.append(json) || machine_.fail(ErrorCode::kOutOfMemory, 0, {});
}

bool FactoryWriter::string(std::string_view text) {
  const auto special = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7F;
  };
  if (std::none_of(text.begin(), text.end(), special)) {
    return raw("\"") && raw(text) && raw("\"");
  }
  std::string escaped;
  escaped.reserve(6 * text.size() + 2);
  append_json_string(escaped, text);
  const bool ok = raw(escaped);
  wipe_memory(escaped.data(), escaped.size());
  return ok;
}

bool FactoryWriter::comma() {
  const std::string_view written = out_.view();
  return written.empty() || written.back() == '{' || written.back() == '[' || raw(",");
}

bool FactoryWriter::key(std::string_view name) { return comma() && string(name) && raw(":"); }

// --- Values.

bool FactoryWriter::has_value(const Item& item) const {
  return !item.is_node() || item.node != kNoNode;
}

bool FactoryWriter::has_sibling(const Item& item) const {
  return item.is_node() && item.sibling != kNoNode &&
         machine_.document(item).has_children(item.sibling);
}

bool FactoryWriter::member(std::string_view name, const fhir::Element& element, fhir::TypeId type,
                           Range range) {
  if (range.size() > 1 && !element.repeats) {
    return fail_value(ErrorCode::kSingletonExpected, "one value", &element);
  }
  const auto any = [&](bool (FactoryWriter::*has)(const Item&) const) {
    for (std::size_t i = range.begin; i < range.end; ++i) {
      if ((this->*has)(machine_[i])) {
        return true;
      }
    }
    return false;
  };
  const auto write_all = [&](bool sibling) {
    if (!key(sibling ? concat("_", name) : std::string(name)) || (element.repeats && !raw("["))) {
      return false;
    }
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const Item item = machine_[i];
      if (!has_value(item) && !has_sibling(item)) {
        continue;  // has no place in JSON
      }
      const bool present = sibling ? has_sibling(item) : has_value(item);
      if ((element.repeats && !comma()) ||
          !(!present  ? raw("null")
            : sibling ? raw(machine_.document(item).raw(item.sibling))
                      : value(item, element, type))) {
        return false;
      }
    }
    return !element.repeats || raw("]");
  };
  return (!any(&FactoryWriter::has_value) || write_all(false)) &&
         (!is_primitive(type) || !any(&FactoryWriter::has_sibling) || write_all(true));
}

bool FactoryWriter::choice(const fhir::Element& element, Range range) {
  if (range.size() > 1) {
    return fail_value(ErrorCode::kSingletonExpected, "one value", &element);
  }
  fhir::TypeId type = fhir::TypeId::kNone;
  return range.empty() || (choose(element, machine_[range.begin], type) &&
                           member(choice_key(element, type), element, type, range));
}

// The type of a choice that a value is: its own or an ancestor of it, or the one that has its
// System type.
bool FactoryWriter::choose(const fhir::Element& element, const Item& item, fhir::TypeId& type) {
  const std::span<const fhir::TypeId> types = element.types;
  const auto has = [&](fhir::TypeId wanted) {
    type = wanted;
    return wanted != fhir::TypeId::kNone &&
           std::find(types.begin(), types.end(), wanted) != types.end();
  };
  if (item.is_node() && item.type != fhir::TypeId::kNone) {
    for (fhir::TypeId at = item.type; at != fhir::TypeId::kNone; at = fhir::base_type(at)) {
      if (has(at)) {
        return true;
      }
    }
  } else {
    Item value;
    Held held;
    if (!machine_.value_of(item, held, value)) {
      return false;
    }
    const fhir::WellKnown& known = fhir::well_known();
    bool found = false;
    switch (value.form) {
      case Form::kBoolean: found = has(known.boolean); break;
      case Form::kInteger: found = has(known.integer); break;
      case Form::kDecimal: found = has(known.decimal); break;
      case Form::kString: found = has(known.string); break;
      case Form::kDate: found = has(known.date) || has(known.date_time); break;
      case Form::kDateTime: found = has(known.date_time); break;
      case Form::kTime: found = has(known.time); break;
      case Form::kQuantity: found = has(known.quantity); break;
      default: break;
    }
    if (found) {
      return true;
    }
  }
  return fail_value(ErrorCode::kTypeMismatch, "a value of a type that the element has", &element);
}

bool FactoryWriter::value(const Item& item, const fhir::Element& element, fhir::TypeId type) {
  const bool typed = item.is_node() && item.type != fhir::TypeId::kNone && item.node != kNoNode;
  if (typed && fhir::is_a(item.type, type)) {
    return raw(machine_.document(item).raw(item.node));
  }
  if (is_primitive(type)) {
    return primitive(item, &element, type);
  }
  if (item.form == Form::kQuantity && fhir::is_a(type, fhir::well_known().quantity)) {
    return quantity(item.quantity());
  }
  return fail_value(ErrorCode::kTypeMismatch,
                    concat("a value of type `", fhir::type_name(type), "`"), &element);
}

bool FactoryWriter::primitive_value(Range range, fhir::TypeId type) {
  if (range.size() > 1) {
    return fail_value(ErrorCode::kSingletonExpected, "one value", nullptr);
  }
  if (range.empty() || !has_value(machine_[range.begin])) {
    return true;
  }
  return key("value") && primitive(Item(machine_[range.begin]), nullptr, type);
}

bool FactoryWriter::primitive(const Item& item, const fhir::Element* element, fhir::TypeId type) {
  Item value;
  if (!machine_.value_of(item, value)) {
    return false;
  }
  const Form target = form_of(type);
  const std::string expected = concat("a value of type `", fhir::type_name(type), "`");
  if (!value.is_system() || !converts(value.form, target, type == fhir::well_known().instant)) {
    return fail_value(ErrorCode::kTypeMismatch, expected, element);
  }
  std::string& scratch = machine_.scratch().text;
  std::string_view text;
  if (value.form == Form::kString) {
    text = value.text();
  } else {
    // 2.0 is an integer.
    if (value.form == Form::kDecimal && target == Form::kInteger) {
      const auto whole = fhir::to_int64(value.decimal());
      if (!whole) {
        return fail_value(ErrorCode::kInvalidArgument, expected, element);
      }
      value = Item::of_integer(*whole);
    }
    scratch.clear();
    append_text(value, scratch);
    text = scratch;
  }
  if (!machine_.spend(text.size() / kBytesPerStep)) {
    return false;
  }
  if (!is_primitive_text(type, text)) {
    return fail_value(ErrorCode::kInvalidArgument, expected, element);
  }
  const bool bare =
      target == Form::kBoolean || target == Form::kInteger || target == Form::kDecimal;
  return bare ? raw(text) : string(text);
}

bool FactoryWriter::quantity(const Quantity& quantity) {
  std::string number;
  fhir::append_decimal(quantity.value, number);
  std::string_view code = quantity.unit;
  if (quantity.calendar) {
    if (const auto unit = fhir::find_calendar_unit(code)) {
      code = kCalendarCodes[static_cast<std::size_t>(*unit)];
    }
  }
  return raw("{\"value\":") && raw(number) && key("unit") && string(quantity.unit) &&
         key("system") && string(kUcumSystem) && key("code") && string(code) && raw("}");
}

bool FactoryWriter::extension(Range url, Range value) {
  const fhir::TypeId type = fhir::well_known().extension;
  const fhir::Element& url_element = *fhir::find_element(type, "url");
  const fhir::Element& value_element = *fhir::find_element(type, "value");
  if (url.empty() || value.empty()) {
    return fail_value(ErrorCode::kInvalidArgument, "one value",
                      url.empty() ? &url_element : &value_element);
  }
  return raw("{") && member("url", url_element, fhir::well_known().uri, url) &&
         choice(value_element, value) && raw("}");
}

// --- Copies.

bool FactoryWriter::members(const Document& document, NodeIndex object, fhir::TypeId type,
                            const fhir::Element* left_out) {
  for (NodeIndex i = Document::first_child(object), end = document[object].next; i != end;
       i = document[i].next) {
    const std::string_view name = document.key(i);
    const bool skipped = left_out != nullptr && (fhir::find_child(type, name).element == left_out ||
                                                 fhir::is_choice_key(*left_out, name, type));
    if (!machine_.spend() || (!skipped && (!key(name) || !raw(document.raw(i))))) {
      return false;
    }
  }
  return true;
}

bool FactoryWriter::extensions(const Document& document, NodeIndex object) {
  const NodeIndex list = object == kNoNode ? kNoNode : document.find(object, "extension");
  if (!key("extension") || !raw("[")) {
    return false;
  }
  if (list == kNoNode) {
    return true;
  }
  if (!document.is_array(list)) {
    return fail_value(ErrorCode::kTypeMismatch, "a list of extensions in the instance", nullptr);
  }
  for (NodeIndex i = Document::first_child(list), end = document[list].next; i != end;
       i = document[i].next) {
    if (!machine_.spend() || !comma() || !raw(document.raw(i))) {
      return false;
    }
  }
  return true;
}

// --- The item.

bool FactoryWriter::finish(fhir::TypeId type, Item& item) {
  Scratch& scratch = machine_.scratch();
  if (scratch.documents.size() >= kMaxDocuments) {
    return machine_.fail(ErrorCode::kResultTooLarge, call_.op.offset,
                         "the evaluation makes too many values with `%factory`");
  }
  if (scratch.parser == nullptr) {
    scratch.parser = std::make_unique<json::Parser>();
  }
  const std::string_view written = out_.view();
  char* text = machine_.spend(kStepsPerValue + written.size() / kBytesPerStep)
                   ? machine_.allocate(written.size() + json::kPadding)
                   : nullptr;
  if (text == nullptr) {
    return false;
  }
  std::memcpy(text, written.data(), written.size());
  std::memset(text + written.size(), 0, json::kPadding);
  json::Parser& parser = *scratch.parser;
  if (const Error error = parser.parse({text, written.size()}, machine_.limits())) {
    // Too deep, or text that is no text.
    const bool bound = error_class(error.code) == ErrorClass::kLimit;
    return machine_.fail(bound ? error.code : ErrorCode::kInvalidArgument, call_.op.offset, {});
  }
  const Document& parsed = parser.document();
  char* table = machine_.allocate(parsed.table_bytes());
  const Document* made = table == nullptr ? nullptr : machine_.make(parsed.detach(table));
  parser.wipe();
  if (made == nullptr) {
    return false;
  }
  item = {};
  item.document = static_cast<std::uint16_t>(scratch.documents.size());
  item.type = type;
  item.node = 0;
  if (is_primitive(type)) {
    item.node = made->find(0, "value");
    item.sibling = made->find(0, "_value");
  }
  scratch.documents.push_back(made);
  return true;
}

}  // namespace fhirwall::fhirpath
