#include <algorithm>
#include <string>
#include <vector>

#include "core/base/concat.hpp"
#include "core/base/wipe.hpp"
#include "core/fhirpath/program.hpp"
#include "core/patch/element_edit.hpp"
#include "core/patch/fhirpath_operation.hpp"
#include "core/patch/formats.hpp"
#include "core/patch/named_path.hpp"
#include "core/patch/place.hpp"
#include "core/patch/value.hpp"

// FHIRPath Patch, FHIR R4, 3.1.0.8.2.
namespace fhirwall::patch {

using fhir::TypeId;
using fhirpath::Item;
using json::Document;
using json::NodeIndex;

namespace {

// Runs the operations of one patch.
class Runner {
 public:
  Runner(const Document& patch, const IsProtected& is_protected, const Limits& limits,
         Editor& editor, TypeId type)
      : patch_(patch), is_protected_(is_protected), limits_(limits), editor_(editor), type_(type) {}

  [[nodiscard]] Refusal run(const FhirPathOperation& operation);
  [[nodiscard]] Error error() const { return error_; }

 private:
  [[nodiscard]] Refusal select(std::string_view path);
  [[nodiscard]] Refusal add(const FhirPathOperation& operation, const Place& place);
  [[nodiscard]] Refusal insert(const FhirPathOperation& operation, const Place& place);
  [[nodiscard]] Refusal insert_first(const FhirPathOperation& operation);
  [[nodiscard]] Refusal replace(const FhirPathOperation& operation, const Place& place);
  [[nodiscard]] Refusal remove(Place place);
  [[nodiscard]] bool is_whole_list(const Place& place) const;
  // The editor keeps its own errors.
  [[nodiscard]] static Refusal after(bool /*done*/) { return Refusal::kNone; }

  const Document& patch_;
  const IsProtected& is_protected_;
  const Limits& limits_;
  Editor& editor_;
  TypeId type_;
  fhirpath::Scratch scratch_;
  std::vector<Item> items_;  // what the path selects
  Error error_;
};

Refusal Runner::select(std::string_view path) {
  static const std::vector<std::string> kNoVariables;
  fhirpath::CompileOptions options;
  options.focus = type_;
  options.host_functions = false;
  options.strict = true;  // a path that can select nothing is a mistake, no success
  options.variables = &kNoVariables;
  const fhirpath::CompileResult compiled = fhirpath::compile(path, options, limits_);
  if (compiled.program == nullptr) {
    return Refusal::kMalformed;
  }
  fhirpath::Input input;
  input.document = &editor_.document();
  items_.clear();
  const fhirpath::EvaluationError failed =
      fhirpath::evaluate(*compiled.program, input, limits_, scratch_, items_);
  if (!failed) {
    return Refusal::kNone;
  }
  items_.clear();
  if (error_class(failed.error.code) != ErrorClass::kEvaluation) {
    error_ = failed.error;
  }
  return Refusal::kNotFound;
}

Refusal Runner::run(const FhirPathOperation& operation) {
  if (const Refusal refusal = select(operation.path); refusal != Refusal::kNone) {
    return refusal;
  }
  if (items_.empty()) {
    // SPEC 9.6: asked before it is said that nothing is there.
    if (names_protected(operation.path, type_, is_protected_)) {
      return Refusal::kProtected;
    }
    switch (operation.type) {
      case OperationType::kDelete:
        return Refusal::kNone;  // "Path of the element to delete (if found)"
      case OperationType::kInsert: return insert_first(operation);
      case OperationType::kAdd:
      case OperationType::kReplace:
      case OperationType::kMove: return Refusal::kNotFound;
    }
  }
  // "The FHIRPath statement must return elements from the resource being modified": neither a
  // computed value nor what the model does not know.
  const Item& item = items_.front();
  Place place;
  if (!item.is_node() || item.document != 0 || !locate(editor_.document(), item, place)) {
    return Refusal::kNotFound;
  }
  if (operation.type != OperationType::kAdd && is_protected_(place.keys)) {
    return Refusal::kProtected;
  }
  const bool of_list =
      operation.type == OperationType::kInsert || operation.type == OperationType::kMove;
  if (of_list ? !is_whole_list(place) : items_.size() != 1) {
    return Refusal::kNotFound;
  }
  switch (operation.type) {
    case OperationType::kAdd: return add(operation, place);
    case OperationType::kInsert: return insert(operation, place);
    case OperationType::kReplace: return replace(operation, place);
    case OperationType::kDelete: return remove(std::move(place));
    case OperationType::kMove:
      if (operation.index >= items_.size() || operation.destination >= items_.size()) {
        return Refusal::kNotFound;
      }
      return after(operation.index == operation.destination ||
                   move_item(editor_, place.object, std::string(place.key), operation.index,
                             operation.destination));
  }
  return Refusal::kMalformed;
}

// Whether the items are all those of one list, in their order.
bool Runner::is_whole_list(const Place& place) const {
  const Document& now = editor_.document();
  if (!place.listed || list_length(now, place.object, place.key) != items_.size()) {
    return false;
  }
  const NodeIndex arrays[] = {now.find(place.object, place.key),
                              now.find(place.object, concat("_", place.key))};
  NodeIndex next[2];
  NodeIndex end[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const bool there = arrays[i] != json::kNoNode && now.is_array(arrays[i]);
    next[i] = there ? arrays[i] + 1 : 0;
    end[i] = there ? now[arrays[i]].next : 0;
  }
  for (const Item& item : items_) {
    if (!item.is_node() || item.document != 0 ||
        (item.node != json::kNoNode ? item.node != next[0] : item.sibling != next[1])) {
      return false;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      next[i] = next[i] == end[i] ? end[i] : now[next[i]].next;
    }
  }
  return true;
}

Refusal Runner::add(const FhirPathOperation& operation, const Place& place) {
  const Item item = items_.front();
  TypeId choice = TypeId::kNone;
  const TypeId owner = members_of(place.type);
  const fhir::Element* const element = find_named(owner, operation.name, choice);
  ElementText text;
  const bool fits =
      element != nullptr && render_value(patch_, *operation.value, *element, choice, text);
  const std::string key = fits ? key_of(*element, text.type) : operation.name;
  std::vector<std::string_view> keys = place.keys;
  keys.push_back(key);
  if (is_protected_(keys)) {
    return Refusal::kProtected;
  }
  if (!fits) {
    return Refusal::kMalformed;
  }
  const Document& now = editor_.document();
  // A primitive's own members stand in its sibling.
  const bool primitive = fhir::type_kind(place.type) == fhir::TypeKind::kPrimitive;
  const NodeIndex object = primitive ? item.sibling : item.node;
  if (object == json::kNoNode && place.object != json::kNoNode) {
    WipedText held;
    std::string& fresh = held.text;
    fresh += "{\"" + key + (element->repeats ? "\":[" : "\":");
    fresh += text.value;
    fresh += element->repeats ? "]}" : "}";
    ElementText whole;
    whole.sibling = fresh;
    if (text.value.empty() || !text.sibling.empty()) {
      return Refusal::kMalformed;  // an extension or an id has a value
    }
    if (item.node != json::kNoNode) {
      whole.value = now.raw(item.node);
    }
    const std::string own(place.key);
    return after(place.listed ? replace_item(editor_, place.object, own, place.index, whole)
                              : set_element(editor_, place.object, own, whole));
  }
  if (object == json::kNoNode || !now.is_object(object)) {
    return Refusal::kNotFound;
  }
  for (NodeIndex member = object + 1; member != now[object].next; member = now[member].next) {
    const std::string_view there = now.key(member);
    const bool same = there == key || (there.starts_with('_') && there.substr(1) == key);
    // "Add can be used for non-repeating elements as long as they do not already exist"
    if (element->repeats ? same && !now.is_array(member)
                         : same || fhir::is_choice_key(*element, there, owner)) {
      return Refusal::kResultWrong;
    }
  }
  return after(element->repeats
                   ? insert_item(editor_, object, key, list_length(now, object, key), text)
                   : set_element(editor_, object, key, text));
}

Refusal Runner::insert(const FhirPathOperation& operation, const Place& place) {
  ElementText text;
  if (operation.index > items_.size()) {
    return Refusal::kNotFound;
  }
  if (!place.element->repeats ||
      !render_value(patch_, *operation.value, *place.element, TypeId::kNone, text)) {
    return Refusal::kMalformed;
  }
  return after(insert_item(editor_, place.object, std::string(place.key), operation.index, text));
}

// Into a list that is not there yet: the path's last name says which one.
Refusal Runner::insert_first(const FhirPathOperation& operation) {
  FhirPathOperation as_add = operation;
  std::string_view front;
  std::string_view name;
  if (!split_last(operation.path, front, name) || select(front) != Refusal::kNone ||
      items_.size() != 1) {
    return Refusal::kNotFound;
  }
  const Item& item = items_.front();
  Place place;
  if (!item.is_node() || item.document != 0 || !locate(editor_.document(), item, place)) {
    return Refusal::kNotFound;
  }
  TypeId choice = TypeId::kNone;
  const fhir::Element* const element = find_named(members_of(place.type), name, choice);
  if (operation.index != 0 || element == nullptr || !element->repeats) {
    return Refusal::kNotFound;
  }
  as_add.name = name;
  return add(as_add, place);
}

Refusal Runner::replace(const FhirPathOperation& operation, const Place& place) {
  if (place.object == json::kNoNode) {
    return Refusal::kResultWrong;
  }
  ElementText text;
  if (!render_value(patch_, *operation.value, *place.element, TypeId::kNone, text)) {
    return Refusal::kMalformed;
  }
  const std::string old_key(place.key);
  if (place.listed) {
    return after(replace_item(editor_, place.object, old_key, place.index, text));
  }
  const std::string key = key_of(*place.element, text.type);
  if (key != old_key) {
    // Another type of a choice stands under another key.
    std::vector<std::string_view> keys = place.keys;
    keys.back() = key;
    if (is_protected_(keys)) {
      return Refusal::kProtected;
    }
    if (!set_element(editor_, place.object, old_key, {})) {
      return Refusal::kNone;
    }
  }
  return after(set_element(editor_, place.object, key, text));
}

// An element without content is none (FHIR R4, 2.6.2.1): what is emptied goes, too, unless hidden
// content may be left in it (SPEC 9.2 puts that back).
Refusal Runner::remove(Place place) {
  if (place.object == json::kNoNode) {
    return Refusal::kResultWrong;
  }
  ElementText left;  // of the element
  for (;;) {
    const std::string key(place.key);
    const bool done = !place.listed ? set_element(editor_, place.object, key, left)
                      : left.value.empty()
                          ? remove_item(editor_, place.object, key, place.index)
                          : replace_item(editor_, place.object, key, place.index, left);
    Item parent;
    parent.node = place.object;
    const Document& now = editor_.document();
    if (!done || !left.value.empty() || parent.node == 0 || now.has_children(parent.node) ||
        !locate(now, parent, place) || is_protected_(place.keys)) {
      return Refusal::kNone;
    }
    // Of a primitive only what stood beside the value is empty.
    if (place.keys.back().starts_with('_')) {
      NodeIndex value = now.find(place.object, place.key);
      if (value != json::kNoNode && place.listed) {
        value = child_at(now, value, place.index);
      }
      if (value != json::kNoNode && now.kind(value) != json::Kind::kNull) {
        left.value = now.raw(value);
      }
    }
  }
}

}  // namespace

Refusal apply_fhirpath_patch(const Document& patch, const IsProtected& is_protected,
                             const Limits& limits, Editor& editor, std::uint32_t& operation,
                             Error& error) {
  const TypeId type = stated_type(editor.document(), 0);
  if (patch.size() == 0 || stated_type(patch, 0) != fhir::well_known().parameters) {
    return Refusal::kMalformed;
  }
  if (type == TypeId::kNone) {
    return Refusal::kResultWrong;
  }
  std::vector<FhirPathOperation> operations;
  if (const NodeIndex list = patch.find(0, "parameter"); list != json::kNoNode) {
    if (!patch.is_array(list)) {
      return Refusal::kMalformed;
    }
    for (NodeIndex node = list + 1; node != patch[list].next; node = patch[node].next) {
      if (!read_operation(patch, node, operations.emplace_back())) {
        return Refusal::kMalformed;
      }
      ++operation;
    }
  }
  operation = 0;
  // SPEC P8: the budget is that of the patch, not of each of its operations.
  Limits shared = limits;
  shared.max_evaluation_steps /= std::max(1u, static_cast<std::uint32_t>(operations.size()));
  Runner runner(patch, is_protected, shared, editor, type);
  for (const FhirPathOperation& one : operations) {
    const Refusal refusal = runner.run(one);
    error = runner.error();
    if (refusal != Refusal::kNone || error || editor.error()) {
      return refusal;
    }
    if (stated_type(editor.document(), 0) != type) {
      return Refusal::kResultWrong;
    }
    ++operation;
  }
  return Refusal::kNone;
}

}  // namespace fhirwall::patch
