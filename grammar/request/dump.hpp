#pragma once

#include <string>

#include "grammar/request/ast.hpp"

namespace fhirwall::grammar::request {

// The URL again, in one spelling: each parameter in order, of its name only what needs no escape,
// of its value everything but letters, digits and `-._~` as `%XX`. Parses back to an equal tree.
std::string dump(const Target& target);
std::string dump(const Parameters& parameters);

}  // namespace fhirwall::grammar::request
