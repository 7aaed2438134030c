// Types (FHIRPath N1, 6.3 and 10.2). is() and as() are instructions of their own.
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

// The FHIR type or the System type of an item; false when it has neither, as a JSON object outside
// the model.
bool type_of(Machine& machine, const Item& item, Item& type, bool& known) {
  type.form = Item::Form::kTypeInfo;
  known = true;
  if ((item.is_node() && item.type != fhir::TypeId::kNone) || item.form == Item::Form::kStub) {
    // `Patient.contact` names no type of FHIR: it is a BackboneElement (or an Element).
    type.type = fhir::type_kind(item.type) == fhir::TypeKind::kBackbone ? fhir::base_type(item.type)
                                                                        : item.type;
    return true;
  }
  Item value;
  if (!machine.value_of(item, value)) {
    return false;
  }
  type.payload.integer = static_cast<std::int64_t>(value.form);
  known = value.is_system();
  return true;
}

// type(): of each item.
bool types(Machine& machine, const Call& call) {
  std::size_t kept = call.input.begin;
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    const Item item = machine[i];
    Item type;
    bool known = false;
    if (!machine.spend() || !type_of(machine, item, type, known)) {
      return false;
    }
    if (known) {
      machine[kept++] = type;
    }
  }
  machine.resize(kept);
  return true;
}

constexpr Function kFunctions[] = {
    {"type", 0, 0, Takes::kValues, Yields::kSystem, types},
};

}  // namespace

std::span<const Function> type_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
