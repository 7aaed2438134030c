#include "tests/properties/mutate.hpp"

#include <algorithm>
#include <utility>

namespace fhirwall::properties {

using fhir::TypeId;

namespace {

void rename(Node& node, std::string_view name) {
  node.name = name;
  node.key = quoted(name);
}

}  // namespace

Node Mutator::mutated(const Node& body, int changes) {
  Node current = body;
  for (int i = 0; i < changes; ++i) {
    Node next = current;
    change(next);
    if (still_the_same(current, next)) {
      current = std::move(next);
    }
  }
  return current;
}

bool Mutator::still_the_same(const Node& before, Node& after) const {
  clear_fates(after);
  Reading reading(policy_, interaction_);
  reading.mark(after, kind_, requests_);
  return !reading.uncertain() && same_view(before, after);
}

void Mutator::collect(Node& node, bool hidden) {
  if (!hidden && node.is_object()) {
    objects_.push_back(&node);
  } else if (!hidden && node.is_array()) {
    arrays_.push_back(&node);
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    Node& child = node.children[i];
    const bool goes = child.fate != Fate::kVisible;
    if (hidden) {
      deep_.push_back({&node, i});
    } else if (goes) {
      hidden_.push_back({&node, i});
    }
    collect(child, hidden || goes);
  }
}

void Mutator::change(Node& body) {
  hidden_.clear();
  deep_.clear();
  objects_.clear();
  arrays_.clear();
  collect(body, !body.visible());
  generator_.new_budget(15);
  const std::uint32_t kind = random_.below(10);
  if (kind < 5 && !hidden_.empty()) {
    change_hidden(random_.pick(hidden_));
  } else if (kind < 6 && !deep_.empty()) {
    change_hidden(random_.pick(deep_));
  } else if (kind < 8 && !arrays_.empty()) {
    add_item(*random_.pick(arrays_));
  } else if (!objects_.empty()) {
    add_member(*random_.pick(objects_));
  } else if (!deep_.empty()) {
    change_hidden(random_.pick(deep_));
  } else if (body.is_object()) {
    add_member(body);
  }
}

void Mutator::change_hidden(const Place& place) {
  std::vector<Node>& siblings = place.parent->children;
  const auto at = siblings.begin() + static_cast<std::ptrdiff_t>(place.index);
  switch (random_.below(8)) {
    case 0:
    case 1: siblings.erase(at); break;
    case 2: {  // elsewhere among its siblings
      Node node = std::move(*at);
      siblings.erase(at);
      insert(*place.parent, std::move(node));
      break;
    }
    case 3: {
      Node copy = *at;
      change_value(copy);
      if (place.parent->is_array()) {
        insert(*place.parent, std::move(copy));
      } else {
        *at = std::move(copy);
      }
      break;
    }
    case 4: generator_.escape(*at, 60); break;
    case 5: {  // of the same name: another value altogether
      Node node = generator_.anything();
      node.name = at->name;
      node.key = at->key;
      *at = std::move(node);
      break;
    }
    default: change_value(*at); break;
  }
}

void Mutator::change_value(Node& node) {
  if (node.is_string()) {
    const std::string text = quoted(generator_.text());
    if (node.fate == Fate::kPrefix) {
      node.text = std::string(before_query(node.text)) + "?" + text.substr(1);
    } else {
      node.text = text;
    }
  } else if (!node.is_container()) {
    const Node other = random_.chance(50) ? other_node(std::to_string(random_.below(100000)))
                                          : generator_.anything(3);
    node.kind = other.kind;
    node.text = other.text;
  } else if (node.children.empty() || random_.chance(15)) {
    if (random_.chance(30)) {
      node.children.clear();
    } else if (node.is_array()) {
      add_item(node);
    } else {
      add_member(node);
    }
  } else {
    change_value(node.children[random_.below(node.children.size())]);
  }
}

void Mutator::insert(Node& container, Node node) {
  const auto at = static_cast<std::ptrdiff_t>(random_.below(container.children.size() + 1));
  container.children.insert(container.children.begin() + at, std::move(node));
}

void Mutator::add_member(Node& object) {
  Node node = generator_.anything();
  rename(node, generator_.unknown_name());
  const auto type = static_cast<TypeId>(object.type);
  const fhir::ElementList elements = fhir::elements(type);
  if (type != TypeId::kNone && !elements.empty() && random_.chance(85)) {
    const fhir::Element* element = nullptr;
    for (int tries = 0; tries < 8; ++tries) {
      std::size_t wanted = random_.below(elements.size());
      for (const fhir::Element* candidate : elements) {
        if (wanted-- == 0) {
          element = candidate;
        }
      }
      if (generator_.wanted(element->name) || element->name == "display" ||
          element->name == "text" || element->name == "total" || element->name == "contained") {
        break;
      }
    }
    if (element->types.empty() || element->name == "resourceType") {
      return;
    }
    const TypeId value = element->types[random_.below(element->types.size())];
    std::string name(element->name);
    if (element->choice) {
      std::string capital(fhir::type_name(value));
      capital[0] = static_cast<char>(capital[0] & ~0x20);
      name += capital;
    }
    if (is_resource_type(value)) {
      node = generator_.resource(generator_.resource_type(), 3);
      if (element->repeats) {
        Node list = array_node();
        list.children.push_back(std::move(node));
        node = std::move(list);
      }
    } else {
      const bool sibling =
          fhir::type_kind(value) == fhir::TypeKind::kPrimitive && random_.chance(35);
      node = generator_.value(value, sibling, element->repeats, 3);
      name = sibling ? "_" + name : name;
    }
    rename(node, name);
  }
  if (object.find(node.name) == nullptr) {
    insert(object, std::move(node));
  }
}

void Mutator::add_item(Node& array) {
  Node node;
  if (array.name == "entry") {
    node = generator_.entry(random_.pick({"searchset", "history", "collection"}), 2);
  } else if (array.name == "parameter" || array.name == "part") {
    node = generator_.parameter(1);
  } else if (array.name == "contained" || kind_ == BodyKind::kLines) {
    node = generator_.resource(generator_.resource_type(), 3);
  } else if (!array.children.empty() && random_.chance(70)) {
    node = random_.pick(array.children);
    change_value(node);
  } else {
    node = random_.chance(30) ? other_node("null") : generator_.anything();
  }
  node.name.clear();
  node.key.clear();
  insert(array, std::move(node));
}

}  // namespace fhirwall::properties
