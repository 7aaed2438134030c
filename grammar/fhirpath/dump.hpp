#pragma once

#include <string>

#include "grammar/fhirpath/ast.hpp"

namespace fhirwall::grammar::fhirpath {

// One line for people and tests, operators first: `a.b(1) = 'x'` is `(= (. a (call b 1)) "x")`.
//   (. a b)  ([] a 0)  (- 1)  (- a b)  (is a FHIR.Patient)  (call f)  {}  true  1  1L  "s"
//   (quantity 4 "kg")  (quantity 4 days)  @2015  @2015T  @T10  %x  $this  name  `odd name`
std::string dump(const Expression& expression);

}  // namespace fhirwall::grammar::fhirpath
