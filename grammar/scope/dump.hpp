#pragma once

#include <string>

#include "grammar/scope/ast.hpp"

namespace fhirwall::grammar::scope {

// The resource scopes in the words of version 2, one space between them:
// `patient/Observation.rs?category=laboratory user/*.cruds`. Parses back to the same scopes.
std::string dump(const Scopes& scopes);

}  // namespace fhirwall::grammar::scope
