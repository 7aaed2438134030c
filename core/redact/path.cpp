#include <algorithm>

#include "core/base/ascii.hpp"
#include "core/redact/plan.hpp"
#include "core/redact/trie.hpp"
#include "grammar/path/parse.hpp"

namespace fhirwall::redact {
namespace {

using fhir::Element;
using fhir::PathStep;
using fhir::TypeId;

void add_unique(std::vector<TypeId>& types, TypeId type) {
  if (std::find(types.begin(), types.end(), type) == types.end()) {
    types.push_back(type);
  }
}

// Follows one written step from `type`. A choice named by its base, or as `x[x]`, means every
// concrete choice; a concrete choice name means that one (SPEC 7.1).
bool follow(TypeId type, const grammar::path::Step& written, PathStep& step,
            std::vector<TypeId>& reached) {
  const TypeId owner = object_type(type);
  const Element* element = fhir::find_element(owner, written.name);
  TypeId choice = TypeId::kNone;
  if (element == nullptr && !written.any_choice) {
    const fhir::Child child = fhir::find_child(owner, written.name);
    if (child.element != nullptr && !child.sibling) {
      element = child.element;
      choice = child.element->choice ? child.type : TypeId::kNone;
    }
  }
  if (element == nullptr || (written.any_choice && !element->choice)) {
    return false;
  }
  if (written.has_url && (written.url.empty() || element->choice || element->types.empty() ||
                          element->types[0] != fhir::well_known().extension)) {
    return false;
  }
  if (step.element == nullptr) {
    step.element = element;
    step.choice = choice;
    step.extension_url = written.url;
  }
  if (choice != TypeId::kNone) {
    add_unique(reached, choice);
  } else {
    for (const TypeId next : element->types) {
      add_unique(reached, next);
    }
  }
  return true;
}

}  // namespace

bool resolve_path(std::string_view text, TypeId type, fhir::ElementPath& out,
                  ResolveFailure& failure) {
  out.clear();
  const auto parsed = grammar::path::parse(text);
  if (!parsed.ok()) {
    failure.offset = parsed.error().offset;
    failure.message = "expected " + std::string(parsed.error().expected);
    return false;
  }
  const auto& steps = parsed.value().steps;
  std::size_t at = 0;
  const std::string_view type_text = fhir::type_name(type);
  if (!steps[0].has_url && !steps[0].any_choice && steps[0].name == type_text) {
    if (steps.size() == 1) {
      failure.offset = steps[0].span.begin;
      failure.message = "a path needs an element behind the resource type";
      return false;
    }
    at = 1;
  }
  // After a choice several types are possible; a step must exist on at least one of them.
  std::vector<TypeId> types{type};
  std::vector<TypeId> reached;
  for (; at < steps.size(); ++at) {
    PathStep step;
    reached.clear();
    bool found = false;
    for (const TypeId candidate : types) {
      found = follow(candidate, steps[at], step, reached) || found;
    }
    if (!found) {
      failure.offset = steps[at].span.begin;
      failure.message = "no element of this name on `" +
                        std::string(types.size() == 1 ? fhir::type_name(types[0]) : type_text) +
                        "`";
      out.clear();
      return false;
    }
    out.push_back(std::move(step));
    types.swap(reached);
  }
  return true;
}

bool is_protected(const fhir::ElementPath& path) {
  return !path.empty() &&
         (path[0].element->name == "id" || path[0].element->name == "resourceType");
}

std::string path_text(const fhir::ElementPath& path) {
  std::string text;
  for (const PathStep& step : path) {
    if (!text.empty()) {
      text += '.';
    }
    text += step.element->name;
    if (step.choice != TypeId::kNone) {
      const std::string_view name = fhir::type_name(step.choice);
      text += ascii::to_upper(name[0]);
      text += name.substr(1);
    } else if (step.element->choice) {
      text += "[x]";
    }
    if (!step.extension_url.empty()) {
      text += "('" + step.extension_url + "')";
    }
  }
  return text;
}

}  // namespace fhirwall::redact
