#pragma once

#include "core/search/bind.hpp"
#include "core/search/compiled.hpp"

// From a bound value to what a matcher compares: one function for each kind of clause. Each adds to
// the clause, or reports why the value is no value of its parameter (SPEC 1.3).
namespace fhirwall::search {

void compile_token(const BoundValue& value, Reporter& reporter, Clause& clause);
void compile_of_type(const BoundValue& value, Reporter& reporter, Clause& clause);
void compile_uri_path(const BoundValue& value, Reporter& reporter, Clause& clause);
void compile_number(const BoundValue& value, Reporter& reporter, Clause& clause);
void compile_quantity(const BoundValue& value, Reporter& reporter, Clause& clause);
void compile_string(const BoundValue& value, Reporter& reporter, Clause& clause);
void compile_date(const BoundValue& value, Reporter& reporter, Clause& clause);
// `only` is the type of `:[type]`, kNone without.
void compile_reference(const BoundValue& value, fhir::TypeId only, const Criteria& criteria,
                       Reporter& reporter, Clause& clause);
void compile_member(const BoundValue& value, const Criteria& criteria, Reporter& reporter,
                    Clause& clause);
void compile_missing(const BoundValue& value, Reporter& reporter, Clause& clause);

}  // namespace fhirwall::search
