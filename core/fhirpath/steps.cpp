#include "core/fhirpath/steps.hpp"

#include <algorithm>
#include <utility>

#include "core/base/ascii.hpp"

namespace fhirwall::fhirpath {
namespace {

void add_dynamic_types(std::string_view name, Types& types) {
  for (const fhir::TypeId concrete : fhir::resource_types()) {
    if (const fhir::Element* element = fhir::find_element(concrete, name)) {
      for (const fhir::TypeId type : element->types) {
        add_type(types, type);
      }
    }
  }
}

}  // namespace

void add_type(Types& types, fhir::TypeId type) {
  if (std::find(types.begin(), types.end(), type) == types.end()) {
    types.push_back(type);
  }
}

Shape shape_of(fhir::TypeId type) {
  const fhir::WellKnown& known = fhir::well_known();
  if (fhir::is_a(type, known.resource)) {
    return Shape::kResource;
  }
  if (fhir::type_kind(type) != fhir::TypeKind::kPrimitive) {
    return Shape::kObject;
  }
  if (type == known.boolean) {
    return Shape::kBoolean;
  }
  const bool number = fhir::is_a(type, known.integer) || fhir::is_a(type, known.decimal);
  return number ? Shape::kNumber : Shape::kString;
}

void add_edges(Program& program, const CompileOptions& options, fhir::TypeId parent, Step& step,
               Types& types) {
  const fhir::WellKnown& known = fhir::well_known();
  if (fhir::type_kind(parent) == fhir::TypeKind::kAbstract && parent != options.focus &&
      fhir::is_a(parent, known.resource)) {
    step.dynamic = true;
    add_dynamic_types(step.name, types);
    return;
  }
  const fhir::Element* element = fhir::find_element(parent, step.name);
  if (element == nullptr && fhir::type_kind(parent) == fhir::TypeKind::kPrimitive) {
    element = fhir::find_element(known.element, step.name);  // stands in the `_` sibling
  }
  fhir::TypeId only = fhir::TypeId::kNone;
  if (element == nullptr) {
    if (options.strict) {
      return;
    }
    // `valueDateTime`: one concrete choice, written as its JSON key.
    const fhir::Child child = fhir::find_child(parent, step.name);
    if (child.element == nullptr || child.sibling || !child.element->choice) {
      return;
    }
    element = child.element;
    only = child.type;
  }
  for (const fhir::TypeId type : element->types) {
    if (only != fhir::TypeId::kNone && type != only) {
      continue;
    }
    Edge edge{.parent = parent,
              .child = type,
              .shape = shape_of(type),
              .repeats = element->repeats,
              .key = std::string(element->name),
              .element = options.dialect == Dialect::kSearch ? element : nullptr};
    if (element->choice) {
      std::string suffix(fhir::type_name(type));
      suffix[0] = ascii::to_upper(suffix[0]);
      edge.key += suffix;
    }
    program.edges.push_back(std::move(edge));
    add_type(types, type);
  }
}

}  // namespace fhirwall::fhirpath
