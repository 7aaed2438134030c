#pragma once

#include <string>

#include "grammar/criteria/ast.hpp"

namespace fhirwall::grammar::criteria {

// One line for people and tests, for instance
//   (Patient (name:exact "a b" "c") (identifier "urn:x"~|~"7") (_id %p.id) (gender ""))
// where `~` joins the pieces of a value and a value without pieces is `""`; a verbatim value stands
// in `<>`. Control characters are escaped.
std::string dump(const Criteria& criteria);

}  // namespace fhirwall::grammar::criteria
