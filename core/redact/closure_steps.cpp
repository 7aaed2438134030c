#include <algorithm>
#include <utility>

#include "core/redact/bundle_parts.hpp"
#include "core/redact/closure.hpp"
#include "core/redact/closure_tables.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {
namespace {

using fhir::Element;
using fhir::ElementPath;
using fhir::TypeId;

class Steps {
 public:
  explicit Steps(const Closure& closure) : closure_(closure) {}

  // Depth first; a type below itself is listed once.
  void walk(TypeId type) {
    open_.push_back(type);
    for (const Element* element : fhir::elements(type)) {
      if (element->types.front() != fhir::well_known().extension) {
        visit(type, element);
      }
    }
    open_.pop_back();
  }

  std::vector<ClosureStep> out;

 private:
  void visit(TypeId owner, const Element* element) {
    for (const TypeId type : element->types) {
      path_.emplace_back().element = element;
      path_.back().choice = element->choice ? type : TypeId::kNone;
      if (type == fhir::well_known().narrative) {
        if (closure_.facts.cuts_narratives) {
          add("narrative");
        }
      } else if (is_resource(type)) {
        add(element->name == "contained" || !closure_.facts.filters_bundles ? "contained"
                                                                            : "bundle");
      } else if (of_bundle(owner, element->name)) {
        add("bundle");
      } else {
        if (type == fhir::well_known().reference && closure_.facts.cuts_displays) {
          add_reference(element);
        }
        if (!closure_.keys_of(type).empty() &&
            std::find(open_.begin(), open_.end(), type) == open_.end()) {
          walk(type);
        }
      }
      path_.pop_back();
    }
  }

  // SPEC 8.2.
  [[nodiscard]] bool of_bundle(TypeId owner, std::string_view name) const {
    if (!closure_.facts.filters_bundles) {
      return false;
    }
    if (owner == fhir::well_known().bundle) {
      return name == "total" || name == "signature" || name == "link";
    }
    return (owner == bundle_types().entry && name == "link") ||
           (owner == bundle_types().request && (name == "ifNoneExist" || name == "url"));
  }

  void add_reference(const Element* element) {
    bool display = false;
    bool identifier = false;
    const auto allowed = fhir::reference_targets(*element);
    for (const TypeId type : allowed.empty() ? fhir::resource_types() : allowed) {
      const TypeFacts& facts = closure_.of(type);
      display = display || facts.labels_hidden || closure_.unreadable(type);
      identifier = identifier || facts.identifier_hidden || closure_.unreadable(type);
    }
    const TypeId reference = fhir::well_known().reference;
    const auto add_part = [&](const char* name) {
      path_.emplace_back().element = fhir::find_element(reference, name);
      add("reference");
      path_.pop_back();
    };
    if (display) {
      add_part("display");
    }
    if (identifier) {
      add_part("identifier");
    }
  }

  void add(std::string_view step) { out.push_back({path_text(path_), step}); }

  const Closure& closure_;
  ElementPath path_;
  std::vector<TypeId> open_;
};

}  // namespace

std::vector<ClosureStep> closure_steps(TypeId type, const Closure& closure) {
  Steps steps(closure);
  steps.walk(type);
  return std::move(steps.out);
}

}  // namespace fhirwall::redact
