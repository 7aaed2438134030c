#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/base/issue.hpp"
#include "core/base/limits.hpp"
#include "core/policy/source.hpp"
#include "core/search/criteria.hpp"

namespace fhirwall::policy {

// Checks that the FHIRPath of a `writeConstraint` compiles for the rule's `type` (an abstract one
// for
// `*`), and returns it with variables bound: `%name` as an
// environment variable, and a string literal that is exactly `'%name'` or `'%name.id'`, become
// string literals of the value (SPEC 3.5). nullopt when something was reported.
[[nodiscard]] std::optional<std::string> bind_constraint(const SourceText& expression,
                                                         fhir::TypeId type,
                                                         std::span<const search::Binding> bindings,
                                                         const Limits& limits, Issues& issues);

}  // namespace fhirwall::policy
