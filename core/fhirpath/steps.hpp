#pragma once

#include <vector>

#include "core/fhirpath/instructions.hpp"

// Where the model meets an expression: what `.name` can mean on a type.
namespace fhirwall::fhirpath {

using Types = std::vector<fhir::TypeId>;

void add_type(Types& types, fhir::TypeId type);
[[nodiscard]] Shape shape_of(fhir::TypeId type);

// Adds every way to take `step` from an object of type `parent` to the program, and to `types` what
// it can lead to. Adds nothing when the type has no such element. A `parent` that is an abstract
// resource (other than the focus) makes the step dynamic: its type stands in the data.
void add_edges(Program& program, const CompileOptions& options, fhir::TypeId parent, Step& step,
               Types& types);

}  // namespace fhirwall::fhirpath
