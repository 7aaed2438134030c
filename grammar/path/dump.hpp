#pragma once

#include <string>

#include "grammar/path/ast.hpp"

namespace fhirwall::grammar::path {

// One line for people and tests: `(path name given)`, `(path value[x])`,
// `(path extension('http://example.org/x') value[x])`.
std::string dump(const Path& path);

}  // namespace fhirwall::grammar::path
