#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/search/bind.hpp"
#include "core/search/compiled.hpp"
#include "core/search/param.hpp"

// From a search parameter, a modifier and values to a clause.
namespace fhirwall::search {

// The type as criteria spell it: `*` for the abstract Resource.
[[nodiscard]] std::string_view criteria_name(fhir::TypeId type);

// What a value of a parameter without modifier is compared by.
[[nodiscard]] Clause::Kind kind_of(const Param& param);

// Gives the clause what `compiled` is, if its kind can compare what that yields; else says why not.
[[nodiscard]] std::string set_program(const fhirpath::CompileResult& compiled, Clause& clause);

// A part of a composite value, for items of type `item` in resources of `type`; what set_program()
// says.
[[nodiscard]] std::string start_part(const fhir::ParamComponent& component, fhir::TypeId type,
                                     fhir::TypeId item, Clause& part);

// Lowers one value. `only` is the type of `:[type]`, kNone without.
void compile_value(const BoundValue& value, fhir::TypeId only, const Criteria& criteria,
                   Reporter& reporter, Clause& clause);

// One value of a composite parameter of resources of `type`: its parts for every type of item that
// `clause.program` yields.
void compile_composite(const BoundValue& value, const Param& param, fhir::TypeId type,
                       const Criteria& criteria, Reporter& reporter, Clause& clause);

// What lowering of one criteria text works with.
struct Lowering {
  const CompileOptions& options;
  Reporter& reporter;
  Criteria& criteria;
};

// `name:modifier` with the places of its parts in the criteria.
struct ParameterName {
  std::string_view name;
  std::uint32_t name_offset = 0;
  bool has_modifier = false;
  std::string_view modifier;
  std::uint32_t modifier_offset = 0;
  std::uint32_t offset = 0;  // of the whole parameter
};

// A clause without its values.
struct ClauseStart {
  Param param;
  fhir::TypeId type = fhir::TypeId::kNone;  // of the resources that it is about
  fhir::TypeId only = fhir::TypeId::kNone;  // `:[type]`
  Clause clause;
};

// Finds the parameter and gives the clause its program and what the modifier makes of it. False,
// and an issue, when resources of `type` have no such parameter or it cannot be used so.
[[nodiscard]] bool start_clause(const ParameterName& name, fhir::TypeId type, Lowering& lowering,
                                ClauseStart& start);
// Adds the values; what is wrong with them is reported.
void finish_clause(std::span<const BoundValue> values, const ParameterName& name,
                   Lowering& lowering, ClauseStart& start);

// `_filter=...` (SPEC 5.7). False, and an issue, when it is refused. Appends to the criteria's
// bound text what stands behind `_filter=`.
[[nodiscard]] bool compile_filter(const grammar::criteria::Parameter& parameter, Lowering& lowering,
                                  Clause& clause);
// True for `subject:Patient.name` and `_has:...`.
[[nodiscard]] bool is_linked(const grammar::criteria::Parameter& parameter);
// A chain or `_has`, its values bound (SPEC 5.8). False, and an issue, when it is refused.
[[nodiscard]] bool compile_linked(const grammar::criteria::Parameter& parameter,
                                  std::span<const BoundValue> values, Lowering& lowering,
                                  Clause& clause);

}  // namespace fhirwall::search
