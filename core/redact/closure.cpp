#include "core/redact/closure.hpp"

#include <algorithm>

#include "core/base/sort.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {
namespace {

using fhir::Element;
using fhir::ElementPath;
using fhir::PathStep;
using fhir::TypeId;

// The types that a step can lead to from `owner`; empty if `owner` has no such element.
std::vector<TypeId> targets(TypeId owner, const PathStep& step) {
  std::vector<TypeId> types;
  const Element* element = fhir::find_element(object_type(owner), step.element->name);
  if (element == nullptr) {
    return types;
  }
  for (const TypeId type : element->types) {
    if (step.choice == TypeId::kNone || step.choice == type || !element->choice) {
      types.push_back(type);
    }
  }
  return types;
}

// Does path[at...] exist from `owner`?
bool resolves(TypeId owner, const ElementPath& path, std::size_t at) {
  std::vector<TypeId> types{owner};
  for (; at < path.size() && !types.empty(); ++at) {
    std::vector<TypeId> next;
    for (const TypeId type : types) {
      for (const TypeId reached : targets(type, path[at])) {
        if (std::find(next.begin(), next.end(), reached) == next.end()) {
          next.push_back(reached);
        }
      }
    }
    types.swap(next);
  }
  return !types.empty();
}

// path[0, length) with its last step narrowed to `type` when that step is a choice, then `last`.
ElementPath beside(const ElementPath& path, std::size_t length, TypeId type, const Element* last) {
  ElementPath result(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(length));
  if (result.back().element->choice) {
    result.back().choice = type;
  }
  PathStep step;
  step.element = last;
  result.push_back(std::move(step));
  return result;
}

void close_over(TypeId root, const ElementPath& path, std::vector<ElementPath>& out) {
  std::vector<TypeId> owners{root};
  for (std::size_t length = 1; length < path.size(); ++length) {
    std::vector<TypeId> enclosing;
    for (const TypeId owner : owners) {
      for (const TypeId type : targets(owner, path[length - 1])) {
        if (std::find(enclosing.begin(), enclosing.end(), type) == enclosing.end() &&
            resolves(type, path, length)) {
          enclosing.push_back(type);
        }
      }
    }
    for (const TypeId type : enclosing) {
      for (const Element* element : fhir::elements(object_type(type))) {
        if (element->summary_text) {
          out.push_back(beside(path, length, type, element));
        }
      }
      if (type == fhir::well_known().coding && path[length].element->name == "code") {
        if (const Element* display = fhir::find_element(type, "display")) {
          out.push_back(beside(path, length, type, display));
        }
      }
    }
    owners.swap(enclosing);
  }
}

// Everything that can be reached, then, backwards to a fixed point, what holds a sought type. No
// data type holds a Narrative or a resource, only resources and their backbone elements do.
template <typename Sought>
std::vector<TypeId> holders_of(TypeId type, Sought&& sought) {
  std::vector<TypeId> reachable{type};
  for (std::size_t i = 0; i < reachable.size(); ++i) {
    for (const Element* element : fhir::elements(reachable[i])) {
      for (const TypeId next : element->types) {
        if (fhir::type_kind(next) == fhir::TypeKind::kBackbone &&
            std::find(reachable.begin(), reachable.end(), next) == reachable.end()) {
          reachable.push_back(next);
        }
      }
    }
  }
  std::vector<TypeId> holders;
  for (bool grown = true; grown;) {
    grown = false;
    for (const TypeId owner : reachable) {
      if (std::find(holders.begin(), holders.end(), owner) != holders.end()) {
        continue;
      }
      for (const Element* element : fhir::elements(owner)) {
        const bool holds =
            std::any_of(element->types.begin(), element->types.end(), [&](TypeId next) {
              return sought(next) ||
                     std::find(holders.begin(), holders.end(), next) != holders.end();
            });
        if (holds) {
          holders.push_back(owner);
          grown = true;
          break;
        }
      }
    }
  }
  sort_items(holders);
  return holders;
}

}  // namespace

std::vector<ElementPath> closure_paths(TypeId type, std::span<const ElementPath> hidden) {
  std::vector<ElementPath> result;
  for (const ElementPath& path : hidden) {
    close_over(type, path, result);
  }
  return result;
}

std::vector<TypeId> narrative_holders(TypeId type) {
  const TypeId narrative = fhir::well_known().narrative;
  return holders_of(type, [&](TypeId candidate) { return candidate == narrative; });
}

std::vector<TypeId> resource_holders(TypeId type) { return holders_of(type, is_resource); }

std::vector<ElementPath> narrative_paths(TypeId type) {
  const TypeId narrative = fhir::well_known().narrative;
  const std::vector<TypeId> holders = narrative_holders(type);
  std::vector<ElementPath> result;
  std::vector<std::pair<TypeId, ElementPath>> open{{type, {}}};
  std::vector<TypeId> seen{type};
  while (!open.empty()) {
    const auto [owner, prefix] = std::move(open.back());
    open.pop_back();
    for (const Element* element : fhir::elements(owner)) {
      for (const TypeId next : element->types) {
        const bool is_holder = std::binary_search(holders.begin(), holders.end(), next);
        if (next != narrative && !is_holder) {
          continue;
        }
        PathStep step;
        step.element = element;
        step.choice = element->choice ? next : TypeId::kNone;
        ElementPath path = prefix;
        path.push_back(std::move(step));
        if (next == narrative) {
          result.push_back(std::move(path));
        } else if (std::find(seen.begin(), seen.end(), next) == seen.end()) {
          seen.push_back(next);
          open.emplace_back(next, std::move(path));
        }
      }
    }
  }
  return result;
}

}  // namespace fhirwall::redact
