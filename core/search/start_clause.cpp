#include <algorithm>

#include "core/base/concat.hpp"
#include "core/base/sort.hpp"
#include "core/search/compile_clause.hpp"
#include "core/search/modifiers.hpp"
#include "core/search/nearest.hpp"

// One `name:modifier=value,value`.
namespace fhirwall::search {
namespace {

void refuse(const ParameterName& name, std::string_view why, Reporter& reporter) {
  reporter.error(IssueCode::kUnsupportedParameter, name.name_offset,
                 concat("`", name.name, "` cannot be used in criteria: ", why));
}

// Why a special parameter is refused (SPEC 5.2).
std::string_view special_reason(std::string_view name) {
  if (name == "near") {
    return "distances on the globe are left to a server";
  }
  if (name == "_text" || name == "_content") {
    return "the text that it searches is a server's index";
  }
  if (name == "_list") {
    return "it reads another resource, the List";
  }
  if (name == "_query") {
    return "it names a query that a server defines";
  }
  if (name == "_has") {
    return "it reads other resources: `_has:Type:reference:parameter`, with the option `resolve`";
  }
  if (name == "_type") {
    return "it shapes an answer and selects nothing";
  }
  return "a special parameter is not decided by one resource";
}

void report_unknown(const ParameterName& name, fhir::TypeId type, Lowering& lowering) {
  std::string message =
      concat("`", criteria_name(type), "` has no search parameter `", name.name, "`");
  const std::string_view nearest = nearest_param(type, name.name, lowering.options.custom.get());
  if (!nearest.empty()) {
    message += concat("; did you mean `", nearest, "`?");
  }
  lowering.reporter.error(IssueCode::kUnknownParameter, name.name_offset, std::move(message));
}

void add_compartments(fhir::TypeId type, const Custom* custom, Clause& clause) {
  std::vector<fhir::TypeId> seen;
  for (const MembershipValue& member : clause.members) {
    if (std::find(seen.begin(), seen.end(), member.type) != seen.end()) {
      continue;
    }
    seen.push_back(member.type);
    for (CompartmentPrograms& programs : compartment_programs(member.type, type, custom)) {
      clause.compartments.push_back(std::move(programs));
    }
  }
  sort_by(clause.compartments, [](const CompartmentPrograms& a, const CompartmentPrograms& b) {
    return a.resource_type < b.resource_type;
  });
}

}  // namespace

std::string_view criteria_name(fhir::TypeId type) {
  return type == fhir::well_known().resource ? "*" : fhir::type_name(type);
}

bool start_clause(const ParameterName& name, fhir::TypeId type, Lowering& lowering,
                  ClauseStart& start) {
  Reporter& reporter = lowering.reporter;
  start.type = type;
  start.param = find_param(type, name.name, lowering.options.custom.get());
  if (!start.param) {
    report_unknown(name, type, lowering);
    return false;
  }
  if (start.param.type() == fhir::ParamType::kSpecial) {
    refuse(name, special_reason(name.name), reporter);
    return false;
  }
  Clause& clause = start.clause;
  clause.kind = kind_of(start.param);
  clause.targets = start.param.targets();
  const Clause plain = clause;
  const bool takes = !name.has_modifier || apply_modifier(name.modifier, clause, start.only);
  if (takes && is_membership(clause.kind)) {
    return true;
  }
  const fhirpath::CompileResult compiled = start.param.program(type);
  const std::string why = set_program(compiled, clause);
  if (takes && why.empty()) {
    return true;
  }
  // A modifier may ask for what the parameter's elements do not have.
  if (!takes || (clause.kind != plain.kind && compiled.program)) {
    reporter.error(IssueCode::kUnsupportedModifier, name.modifier_offset,
                   modifier_refusal(name.name, name.modifier, plain, compiled));
  } else {
    refuse(name, why, reporter);
  }
  return false;
}

void finish_clause(std::span<const BoundValue> values, const ParameterName& name,
                   Lowering& lowering, ClauseStart& start) {
  Clause& clause = start.clause;
  if (clause.kind == Clause::Kind::kMissing && values.size() != 1) {
    lowering.reporter.error(IssueCode::kInvalidValue, name.offset,
                            "`:missing` takes `true` or `false` only");
    return;
  }
  for (const BoundValue& value : values) {
    if (clause.kind == Clause::Kind::kComposite) {
      compile_composite(value, start.param, start.type, lowering.criteria, lowering.reporter,
                        clause);
    } else {
      compile_value(value, start.only, lowering.criteria, lowering.reporter, clause);
    }
  }
  if (clause.kind == Clause::Kind::kCompartment) {
    // SPEC 10.4: a Binary lies where its context does, which may be of any type.
    const fhir::WellKnown& known = fhir::well_known();
    add_compartments(start.type == known.binary ? known.resource : start.type,
                     lowering.options.custom.get(), clause);
  }
}

}  // namespace fhirwall::search
