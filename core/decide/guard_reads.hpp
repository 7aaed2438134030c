#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/fhirpath/program.hpp"
#include "core/policy/compiled_policy.hpp"

// What the expression of a search parameter reads of a resource (SPEC 13.2).
namespace fhirwall::decide {

// A place in a resource, by JSON member names from its root, positions in arrays left out.
// LIFETIME: views into the program that leads there.
struct Place {
  std::vector<std::string_view> keys;
  fhir::TypeId type = fhir::TypeId::kNone;
  bool narrative = false;   // it lies in one
  bool display = false;     // it is, or lies below, Reference.display
  bool identifier = false;  // the same of Reference.identifier
  bool inside = false;      // it is, or lies in, a resource inside the resource
  bool elsewhere = false;   // a resource that a reference leads to; nothing but its type is known
};

// Appends every place that the program looks at when it starts from `focus`: what it yields to
// `yields`, what its conditions look at to `reads`. False: it looks at something that has no place.
[[nodiscard]] bool places_of(const fhirpath::Program& program, const Place& focus,
                             std::vector<Place>& yields, std::vector<Place>& reads);

// Does any rule for the type, or what closure adds to them, hide the place, something in it, or
// what it lies in?
[[nodiscard]] bool is_hidden(const policy::CompiledPolicy& policy, fhir::TypeId type,
                             const Place& place);

// SPEC 7.3 (c): can `display`, or `identifier`, of a Reference to one of the types be cut? No types
// are all.
[[nodiscard]] bool cuts_display(const policy::CompiledPolicy& policy,
                                std::span<const fhir::TypeId> targets, bool identifier);

}  // namespace fhirwall::decide
