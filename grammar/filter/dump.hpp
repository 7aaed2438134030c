#pragma once

#include <string>

#include "grammar/filter/ast.hpp"

namespace fhirwall::grammar::filter {

// One line for people and tests, operators first and values with their kind, for instance
//   (and (eq given "peter") (not (ge birthdate date:2014-10-10)))
//   (pr related[(eq type word:x)].target word:true)
//   number:1.5  token:http://loinc.org|1234-5  %patient  %patient.id
std::string dump(const Filter& filter);

}  // namespace fhirwall::grammar::filter
