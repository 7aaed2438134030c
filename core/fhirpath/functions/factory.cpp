// %factory: values of FHIR types (FHIR, FHIRPath supplement, "Type Factory").
#include <array>
#include <iterator>

#include "core/fhirpath/functions/factory_writer.hpp"

namespace fhirwall::fhirpath {
namespace {

using json::kNoNode;
using json::NodeIndex;

constexpr std::size_t kMostArguments = 7;
using Arguments = std::array<Range, kMostArguments>;

bool evaluate_arguments(Machine& machine, const Call& call, Arguments& arguments) {
  for (std::size_t i = 0; i < call.argument_count(); ++i) {
    if (!machine.argument(call, i, arguments[i])) {
      return false;
    }
  }
  return true;
}

bool leave(Machine& machine, const Call& call, FactoryWriter& writer, fhir::TypeId type) {
  Item item;
  return writer.finish(type, item) && machine.leave(call.input, item);
}

// string(value [, extensions]), and so on for every primitive type. Without value it is one that
// has extensions only.
bool make_primitive(Machine& machine, const Call& call) {
  Arguments arguments;
  if (!evaluate_arguments(machine, call, arguments)) {
    return false;
  }
  const fhir::Element& extension = *fhir::find_element(fhir::well_known().element, "extension");
  FactoryWriter writer(machine, call);
  const fhir::TypeId type = call.op.type.fhir;
  return writer.raw("{") && writer.primitive_value(arguments[0], type) && writer.key("_value") &&
         writer.raw("{") &&
         writer.member("extension", extension, fhir::well_known().extension, arguments[1]) &&
         writer.raw("}}") && leave(machine, call, writer, type);
}

// What the arguments of each constructor are, in this order.
struct Constructor {
  std::string_view name;
  std::array<std::string_view, kMostArguments> elements;
};
constexpr Constructor kConstructors[] = {
    {"Identifier", {"system", "value", "use", "type"}},
    {"HumanName", {"family", "given", "prefix", "suffix", "text", "use"}},
    {"ContactPoint", {"system", "value", "use"}},
    {"Address", {"line", "city", "state", "postalCode", "country", "use", "type"}},
    {"Quantity", {"system", "code", "value", "unit"}},
    {"Coding", {"system", "code", "display", "version"}},
    {"CodeableConcept", {"coding", "text"}},
};

bool construct(Machine& machine, const Call& call) {
  Arguments arguments;
  if (!evaluate_arguments(machine, call, arguments)) {
    return false;
  }
  const fhir::TypeId type = call.op.type.fhir;
  const Constructor* constructor = kConstructors;
  while (constructor->name != call.function.name) {
    ++constructor;
  }
  FactoryWriter writer(machine, call);
  if (!writer.raw("{")) {
    return false;
  }
  for (std::size_t i = 0; i < call.argument_count(); ++i) {
    const std::string_view name = constructor->elements[i];
    const fhir::Element& element = *fhir::find_element(type, name);
    if (!writer.member(name, element, element.types.front(), arguments[i])) {
      return false;
    }
  }
  return writer.raw("}") && leave(machine, call, writer, type);
}

// Extension(url, value)
bool make_extension(Machine& machine, const Call& call) {
  Arguments arguments;
  if (!evaluate_arguments(machine, call, arguments)) {
    return false;
  }
  FactoryWriter writer(machine, call);
  return writer.extension(arguments[0], arguments[1]) &&
         leave(machine, call, writer, fhir::well_known().extension);
}

// create(type): one without elements.
bool create(Machine& machine, const Call& call) {
  FactoryWriter writer(machine, call);
  const fhir::TypeId type = call.op.type.fhir;
  bool ok = writer.raw("{");
  if (ok && fhir::type_kind(type) == fhir::TypeKind::kResource) {
    ok = writer.key("resourceType") && writer.string(fhir::type_name(type));
  } else if (ok && fhir::type_kind(type) == fhir::TypeKind::kPrimitive) {
    ok = writer.raw("\"_value\":{}");
  }
  return ok && writer.raw("}") && leave(machine, call, writer, type);
}

// --- Copies with a change.

// The element that an instance is, and where its members stand: those of a primitive are in its
// sibling.
struct Instance {
  Item item;
  bool primitive = false;
  fhir::TypeId type = fhir::TypeId::kNone;  // of `members`
  NodeIndex members = kNoNode;
};

One read_instance(Machine& machine, const Call& call, Range range, Instance& instance) {
  if (range.empty()) {
    return One::kEmpty;
  }
  if (range.size() > 1) {
    machine.fail(ErrorCode::kSingletonExpected, call.op.offset,
                 "`%factory` expects one instance to change");
    return One::kFailed;
  }
  const Item item = machine[range.begin];
  if (!item.is_node() || item.type == fhir::TypeId::kNone) {
    machine.fail(ErrorCode::kTypeMismatch, call.op.offset,
                 "`%factory` expects an instance of a FHIR type to change");
    return One::kFailed;
  }
  instance.item = item;
  instance.primitive = fhir::type_kind(item.type) == fhir::TypeKind::kPrimitive;
  instance.type = instance.primitive ? fhir::well_known().element : item.type;
  instance.members = instance.primitive ? item.sibling : item.node;
  return One::kValue;
}

// Everything in front of the changed member.
bool begin_copy(Machine& machine, FactoryWriter& writer, const Instance& instance,
                const fhir::Element* left_out) {
  const json::Document& document = machine.document(instance.item);
  if (!writer.raw("{")) {
    return false;
  }
  if (instance.primitive) {
    if (instance.item.node != kNoNode &&
        (!writer.key("value") || !writer.raw(document.raw(instance.item.node)))) {
      return false;
    }
    if (!writer.key("_value") || !writer.raw("{")) {
      return false;
    }
  }
  return instance.members == kNoNode ||
         writer.members(document, instance.members, instance.type, left_out);
}

bool end_copy(Machine& machine, const Call& call, FactoryWriter& writer, const Instance& instance) {
  return writer.raw(instance.primitive ? "}}" : "}") &&
         leave(machine, call, writer, instance.item.type);
}

bool fail_property(Machine& machine, const Call& call) {
  return machine.fail(ErrorCode::kInvalidArgument, call.op.offset,
                      "`%factory` expects an element that the instance's type has");
}

// withExtension(instance, url, value): behind those that it has.
bool with_extension(Machine& machine, const Call& call) {
  Arguments arguments;
  Instance instance;
  if (!evaluate_arguments(machine, call, arguments)) {
    return false;
  }
  const One one = read_instance(machine, call, arguments[0], instance);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  const fhir::Element* extension = fhir::find_element(instance.type, "extension");
  if (extension == nullptr) {
    return fail_property(machine, call);
  }
  FactoryWriter writer(machine, call);
  return begin_copy(machine, writer, instance, extension) &&
         writer.extensions(machine.document(instance.item), instance.members) && writer.comma() &&
         writer.extension(arguments[1], arguments[2]) && writer.raw("]") &&
         end_copy(machine, call, writer, instance);
}

// withProperty(instance, name, value): in place of the values that it has; {} takes them away. The
// element of a choice has its name without type, or that of its JSON key.
bool with_property(Machine& machine, const Call& call) {
  Arguments arguments;
  Instance instance;
  if (!evaluate_arguments(machine, call, arguments)) {
    return false;
  }
  const One one = read_instance(machine, call, arguments[0], instance);
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  std::string_view name;
  const One named = machine.one_text(arguments[1], call, name);
  if (named != One::kValue) {
    return named == One::kEmpty && fail_property(machine, call);
  }
  const fhir::Child child = fhir::find_child(instance.type, name);
  const fhir::Element* element =
      child.element != nullptr ? child.element : fhir::find_element(instance.type, name);
  if (element == nullptr || child.sibling || name == "resourceType") {
    return fail_property(machine, call);
  }
  FactoryWriter writer(machine, call);
  return begin_copy(machine, writer, instance, element) &&
         (child.element != nullptr ? writer.member(name, *element, child.type, arguments[2])
                                   : writer.choice(*element, arguments[2])) &&
         end_copy(machine, call, writer, instance);
}

constexpr Function kFunctions[] = {
    {"", 1, 2, Takes::kValues, Yields::kAny, make_primitive},  // under the name of its type
    {"Extension", 2, 2, Takes::kValues, Yields::kAny, make_extension},
    {"Identifier", 1, 4, Takes::kValues, Yields::kAny, construct},
    {"HumanName", 1, 6, Takes::kValues, Yields::kAny, construct},
    {"ContactPoint", 1, 3, Takes::kValues, Yields::kAny, construct},
    {"Address", 1, 7, Takes::kValues, Yields::kAny, construct},
    {"Quantity", 1, 4, Takes::kValues, Yields::kAny, construct},
    {"Coding", 1, 4, Takes::kValues, Yields::kAny, construct},
    {"CodeableConcept", 1, 2, Takes::kValues, Yields::kAny, construct},
    {"create", 1, 1, Takes::kValues, Yields::kAny, create},
    {"withExtension", 3, 3, Takes::kValues, Yields::kAny, with_extension},
    {"withProperty", 3, 3, Takes::kValues, Yields::kAny, with_property},
};

}  // namespace

std::span<const Function> factory_functions() { return kFunctions; }

int find_factory_function(std::string_view name, fhir::TypeId& type) {
  type = fhir::find_type(name);
  for (int i = 1; i < static_cast<int>(std::size(kFunctions)); ++i) {
    if (kFunctions[i].name == name) {
      return i;
    }
  }
  const bool primitive =
      type != fhir::TypeId::kNone && fhir::type_kind(type) == fhir::TypeKind::kPrimitive;
  return primitive ? 0 : -1;
}

}  // namespace fhirwall::fhirpath
