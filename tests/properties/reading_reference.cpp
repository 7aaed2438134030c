#include <algorithm>

#include "tests/properties/reading.hpp"

// What a Reference says of what it refers to (SPEC 7.3 c, 7.5).
namespace fhirwall::properties {

using fhir::TypeId;

namespace {

// Of the contained resource that `#id` names; empty: of none.
std::string type_of_fragment(const std::string& reference,
                             const std::vector<std::pair<std::string, std::string>>& fragments) {
  for (const auto& [id, type] : fragments) {
    if (reference == "#" + id) {
      return type;
    }
  }
  return {};
}

void hide(Node& node) { node.fate = Fate::kHidden; }

void hide_member(Node& object, std::string_view name) {
  if (Node* const node = object.find(name)) {
    hide(*node);
  }
}

}  // namespace

void Reading::reference(Node& node, const fhir::Element* element, const Scope& scope) {
  const Node* const text = node.find("reference");
  const std::string literal =
      text != nullptr && text->visible() && text->is_string() ? text->string() : std::string();
  if (literal.size() > 1 && literal[0] == '#' && policy_.cuts_contained() &&
      type_of_fragment(literal, scope.fragments).empty()) {
    hide(node);
    return;
  }
  if (!policy_.strict || policy_.keep_displays) {
    return;
  }
  for (const std::string_view part : {"display", "identifier"}) {
    if (loses_display(node, element, scope, part)) {
      hide_member(node, part);
      hide_member(node, part == "display" ? "_display" : "_identifier");
    }
  }
}

bool Reading::loses_display(const Node& node, const fhir::Element* element, const Scope& scope,
                            std::string_view part) const {
  const auto known = [&](std::string_view name) -> std::string {
    const Node* const found = node.find(name);
    return found != nullptr && found->visible() && found->is_string() ? found->string() : "";
  };
  const std::string literal = known("reference");
  if (literal == "#") {
    return false;  // what it stands in, which is released
  }
  std::string of_text = literal;
  const bool absolute = literal.find("://") != std::string::npos;
  if (const std::size_t version = of_text.find("/_history/"); version != std::string::npos) {
    of_text.resize(version);
  }
  const std::size_t slash = of_text.rfind('/');
  std::vector<std::string> types;
  if (slash != std::string::npos) {
    const std::size_t before = of_text.rfind('/', slash == 0 ? 0 : slash - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    if (absolute || begin == 0) {
      types.push_back(of_text.substr(begin, slash - begin));
    }
  }
  // The type of a contained resource that is released says nothing that it does not say itself.
  if (const std::string named = known("type");
      !named.empty() && named != type_of_fragment(literal, scope.fragments)) {
    types.push_back(named);
  }
  const std::string by_text = !absolute && !types.empty() && slash != std::string::npos
                                  ? of_text.substr(0, slash)
                                  : std::string();
  std::erase_if(types, [](const std::string& type) {
    return fhir::find_resource_type(type) == TypeId::kNone;
  });
  if (types.empty()) {
    if (!literal.empty()) {
      return false;  // a fragment, an urn, or no reference at all
    }
    for (const TypeId type : fhir::reference_targets(*element)) {
      types.emplace_back(fhir::type_name(type));
    }
    if (types.empty()) {
      for (const TypeId type : fhir::resource_types()) {
        types.emplace_back(fhir::type_name(type));
      }
    }
  }
  return std::any_of(types.begin(), types.end(), [&](const std::string& type) {
    if (policy_.unreadable(type, type == by_text ? of_text : std::string())) {
      return true;
    }
    return part == "identifier"
               ? policy_.hides_element(type, "identifier")
               : policy_.hides_element(type, "name") || policy_.hides_element(type, "title") ||
                     policy_.hides_element(type, "code");
  });
}

}  // namespace fhirwall::properties
