#pragma once

#include <span>
#include <vector>

#include "core/fhir/element_path.hpp"
#include "core/fhir/model.hpp"

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

}  // namespace fhirwall::redact
