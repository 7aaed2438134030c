// Paths: from an element to its children, by the static edges of a step or by the model.
#include "core/fhirpath/machine.hpp"
#include "core/fhirpath/steps.hpp"

namespace fhirwall::fhirpath {

using json::Kind;
using json::kNoNode;
using json::NodeIndex;

namespace {

// The members of one element: the value and, for a primitive, the `_` sibling beside it.
struct Members {
  NodeIndex value = kNoNode;
  NodeIndex sibling = kNoNode;
  [[nodiscard]] bool none() const { return value == kNoNode && sibling == kNoNode; }
};

Members find_members(Machine& machine, const json::Document& document, NodeIndex object,
                     std::string_view key, bool primitive) {
  Members members;
  std::size_t passed = 0;
  for (NodeIndex i = json::Document::first_child(object), end = document[object].next; i != end;
       i = document[i].next, ++passed) {
    const std::size_t length = document[i].key_length;
    if (length == key.size()) {
      if (document.key(i) == key) {
        members.value = i;
        // Keys are unique, so that nothing more can come.
        if (!primitive || members.sibling != kNoNode) {
          break;
        }
      }
    } else if (primitive && length == key.size() + 1) {
      const std::string_view candidate = document.key(i);
      if (candidate.front() == '_' && candidate.substr(1) == key) {
        members.sibling = i;
        if (members.value != kNoNode) {
          break;
        }
      }
    }
  }
  machine.charge_members(passed);
  return members;
}

// The members that a choice element can be, in all its types and with their siblings, found in one
// pass over the object instead of one for each type.
class ChoiceMembers {
 public:
  // Finds them; `name` is what the keys of all types start with.
  void find(Machine& machine, const json::Document& document, NodeIndex object,
            std::string_view name) {
    std::size_t passed = 0;
    for (NodeIndex i = json::Document::first_child(object), end = document[object].next; i != end;
         i = document[i].next, ++passed) {
      const std::string_view key = document.key(i);
      const std::size_t from = key.starts_with('_') ? 1 : 0;
      // Most keys differ in their first character.
      if (key.size() >= from + name.size() && key[from] == name.front() &&
          key.substr(from).starts_with(name)) {
        if (count_ < kMost) {
          keys_[count_] = key;
          nodes_[count_] = i;
        }
        ++count_;
      }
    }
    machine.charge_members(passed);
    listed_ = count_ <= kMost;
  }
  // There were not too many.
  [[nodiscard]] bool listed() const { return listed_; }

  [[nodiscard]] Members members(std::string_view key, bool primitive) const {
    Members members;
    for (std::size_t i = 0; i < count_; ++i) {
      if (keys_[i].size() == key.size()) {
        members.value = keys_[i] == key ? nodes_[i] : members.value;
      } else if (primitive && keys_[i].size() == key.size() + 1 && keys_[i].front() == '_' &&
                 keys_[i].substr(1) == key) {
        members.sibling = nodes_[i];
      }
    }
    return members;
  }

 private:
  static constexpr std::size_t kMost = 4;  // a value and its sibling are two
  std::string_view keys_[kMost];
  NodeIndex nodes_[kMost];
  std::size_t count_ = 0;
  bool listed_ = false;
};

// Has any member a `_` before its name?
bool has_siblings(const json::Document& document, NodeIndex object) {
  for (NodeIndex i = json::Document::first_child(object), end = document[object].next; i != end;
       i = document[i].next) {
    if (document.key(i).starts_with('_')) {
      return true;
    }
  }
  return false;
}

bool is_primitive(Shape shape) { return shape != Shape::kObject && shape != Shape::kResource; }

// The object in which the children of an item stand: `id` and `extension` of a primitive are in its
// sibling.
NodeIndex object_of(const json::Document& document, const Item& item) {
  if (item.node != kNoNode && document.is_object(item.node)) {
    return item.node;
  }
  return item.sibling != kNoNode && document.is_object(item.sibling) ? item.sibling : kNoNode;
}

}  // namespace

bool Machine::evaluate_path(const Instruction& op, const Focus& focus) {
  const Step* first = program_.steps.data() + op.first;
  const Step* last = first + op.count;
  if (program_.code[op.a].op == Op::kThis && !focus.many) {
    return walk(first, last, focus.self);
  }
  const std::size_t base = stack_.size();
  if (!evaluate(op.a, focus)) {
    return false;
  }
  const std::size_t end = stack_.size();
  for (std::size_t i = base; i < end; ++i) {
    const Item item = stack_[i];
    if (!walk(first, last, item)) {
      return false;
    }
  }
  return leave_from({base, end}, end);
}

bool Machine::walk(const Step* step, const Step* last, const Item& item) {
  if (!spend()) {
    return false;
  }
  if (step == last) {
    stack_.push_back(item);
    return true;
  }
  if (item.form != Item::Form::kNode) {
    if (item.form == Item::Form::kStub && step->resource_type && step + 1 == last) {
      Item name = item;
      name.form = Item::Form::kTypeName;
      stack_.push_back(name);
    } else if ((item.form == Item::Form::kTypeInfo || item.form == Item::Form::kQuantity) &&
               step + 1 == last) {  // what such a member is has no members itself
      return push_system_member(item, step->name);
    }
    return true;
  }
  const json::Document& data = document(item);
  const NodeIndex object = object_of(data, item);
  if (object == kNoNode) {
    return true;
  }
  if (item.type == fhir::TypeId::kNone) {
    return take_untyped(step, last, item, object);
  }
  bool known = false;
  const Edge* edges = program_.edges.data() + step->first_edge;
  if (step->edge_count > 1) {
    if (!take_choice(step, last, item, object, known)) {
      return false;
    }
  } else if (step->edge_count == 1 && edges->parent == item.type) {
    known = true;
    const Members members =
        find_members(*this, data, object, edges->key, is_primitive(edges->shape));
    if (!members.none() && !take(step, last, item, members.value, members.sibling, *edges)) {
      return false;
    }
  }
  return known || !step->dynamic || take_dynamic(step, last, item, object);
}

// Follows the edges of a step that has several; `known`: the item's type has one. Apart from
// walk(), which all paths run through, because its list takes stack.
[[gnu::noinline]] bool Machine::take_choice(const Step* step, const Step* last, const Item& item,
                                            NodeIndex object, bool& known) {
  const json::Document& data = document(item);
  ChoiceMembers choice;
  choice.find(*this, data, object, step->name);
  const Edge* edges = program_.edges.data() + step->first_edge;
  for (const Edge* edge = edges; edge != edges + step->edge_count; ++edge) {
    if (edge->parent != item.type) {
      continue;
    }
    known = true;
    const bool primitive = is_primitive(edge->shape);
    const Members members = choice.listed()
                                ? choice.members(edge->key, primitive)
                                : find_members(*this, data, object, edge->key, primitive);
    if (!members.none() && !take(step, last, item, members.value, members.sibling, *edge)) {
      return false;
    }
  }
  return true;
}

// Follows one edge to the member that is there, its value, its sibling, or both.
bool Machine::take(const Step* step, const Step* last, const Item& parent, NodeIndex value,
                   NodeIndex sibling, const Edge& edge) {
  Item item = parent;
  item.node = value;
  item.sibling = sibling;
  item.type = edge.child;
  item.payload.element = edge.element;
  return enter(step, last, item, edge.shape, edge.repeats);
}

// The same where the parent's type is known only now.
bool Machine::take_dynamic(const Step* step, const Step* last, const Item& parent,
                           NodeIndex object) {
  const fhir::Element* element = fhir::find_element(parent.type, step->name);
  if (element == nullptr && fhir::type_kind(parent.type) == fhir::TypeKind::kPrimitive) {
    element = fhir::find_element(fhir::well_known().element, step->name);
  }
  if (element == nullptr) {
    return true;
  }
  const json::Document& data = document(parent);
  Item item = parent;
  item.payload.element = nullptr;
  if (!element->choice) {
    const std::span<const fhir::TypeId> types = element->types;
    item.type = types.front();
    const Shape shape = shape_of(item.type);
    const Members members = find_members(*this, data, object, step->name, is_primitive(shape));
    item.node = members.value;
    item.sibling = members.sibling;
    return members.none() || enter(step, last, item, shape, element->repeats);
  }
  // A choice: every member is looked up in the model. Value and sibling may come in either order.
  for (NodeIndex i = json::Document::first_child(object), end = data[object].next; i != end;
       i = data[i].next) {
    const std::string_view key = data.key(i);
    charge(1);
    const fhir::Child child = fhir::find_child(parent.type, key);
    if (child.element != element) {
      continue;
    }
    const Shape shape = shape_of(child.type);
    const std::string_view name = child.sibling ? key.substr(1) : key;
    const Members members = find_members(*this, data, object, name, is_primitive(shape));
    if (child.sibling && members.value != kNoNode) {
      continue;  // comes with its value
    }
    item.type = child.type;
    item.node = members.value;
    item.sibling = members.sibling;
    if (!enter(step, last, item, shape, element->repeats)) {
      return false;
    }
  }
  return true;
}

// Plain JSON: a member is its value, an array is its items.
bool Machine::take_untyped(const Step* step, const Step* last, const Item& parent,
                           NodeIndex object) {
  const json::Document& data = document(parent);
  const Members members = find_members(*this, data, object, step->name, true);
  if (members.none()) {
    return true;
  }
  Item item = parent;
  item.type = fhir::TypeId::kNone;
  item.node = members.value;
  item.sibling = members.sibling;
  const bool repeats = data.is_array(members.value == kNoNode ? members.sibling : members.value);
  return enter(step, last, item, Shape::kAny, repeats);
}

bool Machine::enter(const Step* step, const Step* last, Item& item, Shape shape, bool repeats) {
  if (!repeats) {
    return enter_item(step, last, item, shape);
  }
  const json::Document& data = document(item);
  const NodeIndex value = item.node;
  const NodeIndex sibling = item.sibling;
  const fhir::TypeId type = item.type;
  if ((value != kNoNode && !data.is_array(value)) ||
      (sibling != kNoNode && !data.is_array(sibling))) {
    note_malformed();
    return true;
  }
  // Two arrays side by side; either may be shorter or absent (FHIR R4 JSON, section 2.6.2.3).
  NodeIndex v = value == kNoNode ? kNoNode : json::Document::first_child(value);
  const NodeIndex v_end = value == kNoNode ? kNoNode : data[value].next;
  NodeIndex s = sibling == kNoNode ? kNoNode : json::Document::first_child(sibling);
  const NodeIndex s_end = sibling == kNoNode ? kNoNode : data[sibling].next;
  while (v != v_end || s != s_end) {
    item.node = v == v_end ? kNoNode : v;
    item.sibling = s == s_end ? kNoNode : s;
    item.type = type;
    if (!enter_item(step, last, item, shape)) {
      return false;
    }
    v = v == v_end ? v : data[v].next;
    s = s == s_end ? s : data[s].next;
  }
  return true;
}

bool Machine::enter_item(const Step* step, const Step* last, Item& item, Shape shape) {
  const json::Document& data = document(item);
  if (item.sibling != kNoNode && !data.is_object(item.sibling)) {
    if (data.kind(item.sibling) != Kind::kNull) {
      note_malformed();
    }
    item.sibling = kNoNode;
  }
  if (item.node != kNoNode && data.kind(item.node) == Kind::kNull) {
    item.node = kNoNode;  // a place-holder beside a sibling; alone it is malformed
  }
  if (item.node == kNoNode ? item.sibling == kNoNode : !fits(item, shape)) {
    note_malformed();
    return true;
  }
  return walk(step + 1, last, item);
}

// INVARIANT: a typed item's node always has the JSON kind of its type.
bool Machine::fits(Item& item, Shape shape) {
  const json::Document& data = document(item);
  const Kind kind = data.kind(item.node);
  switch (shape) {
    case Shape::kObject: return kind == Kind::kObject;
    case Shape::kString: return kind == Kind::kString;
    case Shape::kNumber: return kind == Kind::kNumber;
    case Shape::kBoolean: return kind == Kind::kTrue || kind == Kind::kFalse;
    case Shape::kAny:
      item.type = node_of(item.document, item.node).type;
      return kind != Kind::kArray;  // FHIRPath has no collections of collections
    case Shape::kResource: break;
  }
  const NodeIndex name = find(data, item.node, "resourceType");
  if (name == kNoNode || !data.is_string(name)) {
    return false;
  }
  item.type = fhir::find_resource_type(data.string(name, scratch_.text));
  return item.type != fhir::TypeId::kNone;
}

Item Machine::node_of(std::uint16_t document, NodeIndex node) {
  Item item;
  item.node = node;
  item.document = document;
  const json::Document& data = *scratch_.documents[document];
  if (input_.untyped || !data.is_object(node)) {
    return item;
  }
  const NodeIndex name = find(data, node, "resourceType");
  if (name != kNoNode && data.is_string(name)) {
    item.type = fhir::find_resource_type(data.string(name, scratch_.text));
  }
  return item;
}

bool Machine::push_children(const Item& node, std::string_view name) {
  Step step;
  step.name = name;
  step.dynamic = true;
  return walk(&step, &step + 1, node);
}

bool Machine::push_children(const Item& node) {
  if (!node.is_node()) {
    return true;
  }
  const json::Document& data = document(node);
  const NodeIndex object = object_of(data, node);
  if (object == kNoNode) {
    return true;
  }
  const bool untyped = node.type == fhir::TypeId::kNone;
  const fhir::TypeId parent = object == node.sibling ? fhir::well_known().element : node.type;
  const bool siblings = has_siblings(data, object);
  Step none;
  for (NodeIndex i = json::Document::first_child(object), end = data[object].next; i != end;
       i = data[i].next) {
    if (!spend()) {
      return false;
    }
    const std::string_view key = data.key(i);
    Item item = node;
    item.node = i;
    item.sibling = kNoNode;
    Shape shape = Shape::kAny;
    bool repeats = data.is_array(i);
    if (!untyped || object == node.sibling) {
      const fhir::Child child = fhir::find_child(parent, key);
      if (child.element == nullptr || key == "resourceType") {
        continue;
      }
      shape = shape_of(child.type);
      repeats = child.element->repeats;
      item.type = child.type;
      if (siblings) {
        const std::string_view name = child.sibling ? key.substr(1) : key;
        const Members members = find_members(*this, data, object, name, is_primitive(shape));
        if (child.sibling && members.value != kNoNode) {
          continue;  // comes with its value
        }
        item.node = members.value;
        item.sibling = members.sibling;
      }
    }
    // `enter` walks behind the step that it is given: nothing is left to take.
    if (!enter(&none, &none + 1, item, shape, repeats)) {
      return false;
    }
  }
  return true;
}

}  // namespace fhirwall::fhirpath
