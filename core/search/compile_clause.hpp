#pragma once

#include <string>

#include "core/fhir/search_param.hpp"
#include "core/search/bind.hpp"
#include "core/search/compiled.hpp"

// From a search parameter, a modifier and values to a clause.
namespace fhirwall::search {

// What a value of a parameter without modifier is compared by.
[[nodiscard]] Clause::Kind kind_of(const fhir::SearchParam& param);

// Gives the clause what `compiled` is, if its kind can compare what that yields; else says why not.
[[nodiscard]] std::string set_program(const fhirpath::CompileResult& compiled, Clause& clause);

// Lowers one value. `only` is the type of `:[type]`, kNone without.
void compile_value(const BoundValue& value, fhir::TypeId only, const Criteria& criteria,
                   Reporter& reporter, Clause& clause);

// One value of a composite parameter: its parts for every type of item that `clause.program`
// yields.
void compile_composite(const BoundValue& value, const fhir::SearchParam& param,
                       const Criteria& criteria, Reporter& reporter, Clause& clause);

}  // namespace fhirwall::search
