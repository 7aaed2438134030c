#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/base/issue.hpp"
#include "core/base/limits.hpp"
#include "core/fhirpath/program.hpp"
#include "core/policy/source.hpp"
#include "core/search/criteria.hpp"

namespace fhirwall::policy {

// A `writeConstraint` with variables bound.
struct BoundConstraint {
  std::string text;
  std::shared_ptr<const fhirpath::Program> program;
};

// Checks that the FHIRPath of a `writeConstraint` compiles for the rule's `type` (an abstract one
// for `*`), and returns it with variables bound: `%name` as an
// environment variable, and a string literal that is exactly `'%name'` or `'%name.id'`, become
// string literals of the value (SPEC 3.5). nullopt when something was reported.
[[nodiscard]] std::optional<BoundConstraint> bind_constraint(
    const SourceText& expression, fhir::TypeId type, std::span<const search::Binding> bindings,
    const Limits& limits, Issues& issues);

}  // namespace fhirwall::policy
