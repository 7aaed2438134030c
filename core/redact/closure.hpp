#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/fhir/element_path.hpp"
#include "core/fhir/model.hpp"
#include "core/redact/closure_facts.hpp"

namespace fhirwall::redact {

// What closure removes besides the hidden paths themselves, from the rule alone (SPEC 7.3 b, 7.6):
// the human-readable summaries of every element that a hidden part belongs to, and `Coding.display`
// with `Coding.code`.
[[nodiscard]] std::vector<fhir::ElementPath> closure_paths(
    fhir::TypeId type, std::span<const fhir::ElementPath> hidden);

// Which of the types reached from the resource type `type`, itself included, have an element below
// which a Narrative or another resource stands; sorted.
[[nodiscard]] std::vector<fhir::TypeId> narrative_holders(fhir::TypeId type);
[[nodiscard]] std::vector<fhir::TypeId> resource_holders(fhir::TypeId type);

// The paths of the Narratives of a resource type, `text` and for instance `section.text`; recursion
// is listed once.
[[nodiscard]] std::vector<fhir::ElementPath> narrative_paths(fhir::TypeId type);

// Where closure can cut something from resources of a type that the paths of their own rule do not
// name, whatever the rule, and whether or not it is there (SPEC 15.1).
struct ClosureStep {
  std::string path;       // as path_text()
  std::string_view step;  // constant: `narrative`, `reference`, `contained` or `bundle`
};
// In the order of the model. Of References the parts that go when nothing says whom they name;
// those in extensions, which every element can have, are not listed.
[[nodiscard]] std::vector<ClosureStep> closure_steps(fhir::TypeId type, const Closure& closure);

}  // namespace fhirwall::redact
