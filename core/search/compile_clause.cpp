#include "core/search/compile_clause.hpp"

#include <algorithm>
#include <utility>

#include "core/base/concat.hpp"
#include "core/search/compile_value.hpp"

namespace fhirwall::search {
namespace {

using fhir::ParamType;
using Kind = Clause::Kind;

bool is_any_of(fhir::TypeId type, std::initializer_list<fhir::TypeId> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// Whether a clause of this kind can look at elements of this type.
bool can_match(Kind kind, fhir::TypeId type) {
  const fhir::WellKnown& known = fhir::well_known();
  const bool primitive = fhir::type_kind(type) == fhir::TypeKind::kPrimitive;
  switch (kind) {
    case Kind::kToken:
      return primitive || is_any_of(type, {known.codeable_concept, known.coding, known.identifier,
                                           known.contact_point});
    case Kind::kOfType: return type == known.identifier;
    case Kind::kText:
      return is_any_of(type,
                       {known.codeable_concept, known.coding, known.identifier, known.reference});
    case Kind::kString: return primitive || is_any_of(type, {known.human_name, known.address});
    case Kind::kUri:
    case Kind::kUriAbove:
    case Kind::kUriBelow: return primitive;
    case Kind::kReference:
      return primitive || type == known.reference || fhir::is_a(type, known.resource);
    case Kind::kIdentifier: return type == known.reference;
    case Kind::kDate:
      return is_any_of(type,
                       {known.date, known.date_time, known.instant, known.period, known.timing});
    case Kind::kNumber:
      return fhir::is_a(type, known.integer) || fhir::is_a(type, known.decimal) ||
             fhir::is_a(type, known.quantity) || type == known.range;
    case Kind::kQuantity:
      return fhir::is_a(type, known.quantity) || type == known.range || type == known.money;
    case Kind::kComposite:
    case Kind::kMissing: return true;
    case Kind::kFilter:
    case Kind::kChain:
    case Kind::kHas:
    case Kind::kCompartment:
    case Kind::kAccount:
    case Kind::kProject: break;
  }
  return false;
}

Kind kind_of(ParamType type) {
  switch (type) {
    case ParamType::kToken: return Kind::kToken;
    case ParamType::kString: return Kind::kString;
    case ParamType::kUri: return Kind::kUri;
    case ParamType::kDate: return Kind::kDate;
    case ParamType::kReference: return Kind::kReference;
    case ParamType::kNumber: return Kind::kNumber;
    case ParamType::kQuantity: return Kind::kQuantity;
    case ParamType::kComposite: return Kind::kComposite;
    case ParamType::kSpecial: break;
  }
  return Kind::kMissing;
}

}  // namespace

Kind kind_of(const Param& param) {
  if (param.is_common("_compartment")) {
    return Kind::kCompartment;
  }
  if (param.is_common("_account")) {
    return Kind::kAccount;
  }
  if (param.is_common("_project")) {
    return Kind::kProject;
  }
  return kind_of(param.type());
}

std::string set_program(const fhirpath::CompileResult& compiled, Clause& clause) {
  if (!compiled.program) {
    return compiled.error.message;
  }
  const auto types = fhirpath::result_types(*compiled.program);
  // SPEC 5.3: a token compares codes. Words beside a code never match it; they can only defeat a
  // negation (5.5), or be what `:text` asks for.
  const bool words = fhirpath::yields_concept_text(*compiled.program);
  const bool can = std::any_of(types.begin(), types.end(),
                               [&](fhir::TypeId type) { return can_match(clause.kind, type); });
  if (!can && !(words && clause.kind == Kind::kText)) {
    return "its elements have no type that can be compared so";
  }
  clause.program = compiled.program;
  clause.words = words && clause.kind == Kind::kToken;
  return {};
}

std::string start_part(const fhir::ParamComponent& component, fhir::TypeId type, fhir::TypeId item,
                       Clause& part) {
  part.part = true;
  part.kind = kind_of(component.type);
  part.targets = component.targets;
  part.of_resource = component.of_resource;
  const std::string why = set_program(program_for(component, part.of_resource ? type : item), part);
  return why.empty() ? why : concat("component `", component.code.view(), "`: ", why);
}

void compile_value(const BoundValue& value, fhir::TypeId only, const Criteria& criteria,
                   Reporter& reporter, Clause& clause) {
  switch (clause.kind) {
    case Kind::kToken:
    case Kind::kIdentifier: compile_token(value, reporter, clause); return;
    case Kind::kOfType: compile_of_type(value, reporter, clause); return;
    case Kind::kText:
    case Kind::kString:
    case Kind::kUri: compile_string(value, reporter, clause); return;
    case Kind::kUriAbove:
    case Kind::kUriBelow: compile_uri_path(value, reporter, clause); return;
    case Kind::kReference: compile_reference(value, only, criteria, reporter, clause); return;
    case Kind::kDate: compile_date(value, reporter, clause); return;
    case Kind::kNumber: compile_number(value, reporter, clause); return;
    case Kind::kQuantity: compile_quantity(value, reporter, clause); return;
    case Kind::kMissing: compile_missing(value, reporter, clause); return;
    case Kind::kCompartment:
    case Kind::kAccount:
    case Kind::kProject: compile_member(value, criteria, reporter, clause); return;
    case Kind::kComposite:  // compile_composite
    case Kind::kFilter:
    case Kind::kChain:
    case Kind::kHas: return;
  }
}

void compile_composite(const BoundValue& value, const Param& param, fhir::TypeId type,
                       const Criteria& criteria, Reporter& reporter, Clause& clause) {
  const auto components = param.components();
  const std::vector<BoundValue> values = value.split();
  if (values.size() != components.size()) {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   concat("a composite value has ", std::to_string(components.size()),
                          " parts with `$` between them"));
    return;
  }
  bool complete = true;
  for (const BoundValue& part : values) {
    if (part.pieces.empty()) {
      complete = false;
      reporter.error(IssueCode::kInvalidValue, part.offset, "a part of the value is empty");
    }
  }
  // The items of a composite may be of two types: an Observation and its components. What is wrong
  // with a value is wrong for both.
  for (const fhir::TypeId item : fhirpath::result_types(*clause.program)) {
    Composite composite;
    composite.item = item;
    for (std::size_t i = 0; i < values.size() && complete; ++i) {
      Clause part;
      if (std::string why = start_part(components[i], type, item, part); !why.empty()) {
        reporter.error(IssueCode::kUnsupportedParameter, values[i].offset, std::move(why));
        complete = false;
        break;
      }
      compile_value(values[i], fhir::TypeId::kNone, criteria, reporter, part);
      composite.parts.push_back(std::move(part));
    }
    complete = complete && !reporter.failed();
    if (complete) {
      clause.composites.push_back(std::move(composite));
    }
  }
}

}  // namespace fhirwall::search
