#include "core/patch/place.hpp"

#include "core/base/ascii.hpp"

namespace fhirwall::patch {

using fhir::TypeId;
using json::NodeIndex;

TypeId members_of(TypeId type) {
  return fhir::type_kind(type) == fhir::TypeKind::kPrimitive ? fhir::well_known().element : type;
}

TypeId stated_type(const json::Document& document, NodeIndex resource) {
  std::string scratch;
  const NodeIndex type = document.find(resource, "resourceType");
  return type == json::kNoNode || !document.is_string(type)
             ? TypeId::kNone
             : fhir::find_resource_type(document.string(type, scratch));
}

bool locate(const json::Document& document, const fhirpath::Item& item, Place& out) {
  const NodeIndex wanted = item.node != json::kNoNode ? item.node : item.sibling;
  out = Place{};
  out.type = stated_type(document, 0);
  if (wanted >= document.size() || out.type == TypeId::kNone) {
    return false;
  }
  NodeIndex at = 0;
  while (at != wanted) {
    NodeIndex child = json::Document::first_child(at);
    std::uint32_t index = 0;
    for (; wanted >= document[child].next; child = document[child].next) {
      ++index;
    }
    if (document.is_object(at)) {
      const std::string_view key = document.key(child);
      const TypeId owner = members_of(out.type);
      const fhir::Child known = fhir::find_child(owner, key);
      if (known.element == nullptr) {
        return false;
      }
      out.object = at;
      out.owner = owner;
      out.element = known.element;
      out.type = known.type;
      out.key = known.sibling ? key.substr(1) : key;
      out.listed = document.is_array(child);
      out.keys.push_back(key);
    } else if (document.is_object(child) || !document.is_array(child)) {
      out.index = index;
    } else {
      return false;  // an array in an array
    }
    at = child;
    if (document.is_object(at) && fhir::is_a(out.type, fhir::well_known().resource)) {
      out.type = stated_type(document, at);
      if (out.type == TypeId::kNone) {
        return false;
      }
    }
  }
  return !document.is_array(at);
}

const fhir::Element* find_named(TypeId owner, std::string_view name, TypeId& choice) {
  choice = TypeId::kNone;
  constexpr std::string_view kAnyChoice = "[x]";
  if (name.ends_with(kAnyChoice)) {
    name.remove_suffix(kAnyChoice.size());
    const fhir::Element* const element = fhir::find_element(owner, name);
    return element != nullptr && element->choice ? element : nullptr;
  }
  if (const fhir::Element* const element = fhir::find_element(owner, name)) {
    return element;
  }
  const fhir::Child child = fhir::find_child(owner, name);
  if (child.element == nullptr || child.sibling) {
    return nullptr;
  }
  choice = child.type;
  return child.element;
}

std::string key_of(const fhir::Element& element, TypeId type) {
  std::string key(element.name);
  if (element.choice) {
    const std::size_t base = key.size();
    key += fhir::type_name(type);
    key[base] = ascii::to_upper(key[base]);
  }
  return key;
}

}  // namespace fhirwall::patch
