// Functions that FHIR adds (FHIR R4, section 2.27.4).
#include "core/base/concat.hpp"
#include "core/fhirpath/machine.hpp"
#include "core/fhirpath/narrative.hpp"
#include "core/fhirpath/resolve.hpp"

namespace fhirwall::fhirpath {
namespace {

constexpr std::size_t kBytesPerStep = 16;  // of a scan over text

// extension(url): the extensions with that url.
bool extension(Machine& machine, const Call& call) {
  Range argument;
  std::string_view url;
  if (!machine.argument(call, 0, argument)) {
    return false;
  }
  const One one = machine.one_text(argument, call, url);
  if (one == One::kFailed) {
    return false;
  }
  machine.resize(argument.begin);
  if (one == One::kEmpty) {
    return machine.leave_nothing(call.input);
  }
  const std::size_t first = machine.size();
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    const Item item = machine[i];
    const std::size_t begin = machine.size();
    if (!machine.push_children(item, "extension")) {
      return false;
    }
    std::size_t kept = begin;
    for (std::size_t k = begin; k < machine.size(); ++k) {
      Item candidate = machine[k];
      if (!candidate.is_node() || candidate.node == json::kNoNode) {
        continue;
      }
      if (candidate.type == fhir::TypeId::kNone && !machine.input().untyped) {
        candidate.type = fhir::well_known().extension;  // what else, also in JSON of no known type
      }
      machine.charge_bytes(url.size());
      const json::Document& data = machine.document(candidate);
      const json::NodeIndex name = machine.find(data, candidate.node, "url");
      if (name == json::kNoNode || !data.is_string(name)) {
        machine.note_malformed();
      } else if (data.string_is(name, url)) {
        machine[kept++] = candidate;
      }
    }
    machine.resize(kept);
  }
  return machine.leave_from(call.input, first);
}

// resolve(): what a reference points to, as far as it is here (SPEC 6.2).
bool resolve_references(Machine& machine, const Call& call) {
  std::size_t kept = call.input.begin;
  for (std::size_t i = call.input.begin; i < call.input.end; ++i) {
    const Item item = machine[i];
    Item resolved;
    bool found = false;
    if (!machine.spend() || !resolve(machine, item, resolved, found)) {
      return false;
    }
    if (found) {
      machine[kept++] = resolved;
    } else {
      machine.note_malformed();
    }
  }
  machine.resize(kept);
  return true;
}

// The value of a single FHIR primitive or System value; kEmpty for anything else. xhtml and
// quantities are not primitive.
One primitive_value(Machine& machine, const Call& call, Item& value) {
  if (call.input.size() != 1) {
    return One::kEmpty;
  }
  const Item item = machine[call.input.begin];
  if (item.is_node() && item.type == fhir::well_known().xhtml) {
    return One::kEmpty;
  }
  if (!machine.value_of(item, value)) {
    return One::kFailed;
  }
  return value.is_system() && value.form != Item::Form::kQuantity ? One::kValue : One::kEmpty;
}

// hasValue(): the input is one primitive, and it has a value.
bool has_value(Machine& machine, const Call& call) {
  Item value;
  const One one = primitive_value(machine, call, value);
  return one != One::kFailed && machine.leave(call.input, std::optional<bool>(one == One::kValue));
}

// getValue(): that value.
bool get_value(Machine& machine, const Call& call) {
  Item value;
  const One one = primitive_value(machine, call, value);
  return one != One::kFailed && (one == One::kValue ? machine.leave(call.input, value)
                                                    : machine.leave_nothing(call.input));
}

// htmlChecks(): whether a narrative keeps the rules (txt-1, txt-2). A string is what may stand in
// one. Empty for everything else.
bool html_checks(Machine& machine, const Call& call) {
  if (call.input.size() != 1) {
    return machine.leave_nothing(call.input);
  }
  const fhir::WellKnown& known = fhir::well_known();
  const Item item = machine[call.input.begin];
  const bool div = item.is_node() && item.type == known.xhtml;
  Item value;
  if (!machine.value_of(item, value)) {
    return false;
  }
  const bool text = div || item.form == Item::Form::kString || item.type == fhir::TypeId::kNone ||
                    fhir::is_a(item.type, known.string);
  if (!text || value.form != Item::Form::kString) {
    return machine.leave_nothing(call.input);
  }
  return machine.spend(value.text().size() / kBytesPerStep) &&
         machine.leave(call.input, std::optional<bool>(is_narrative(
                                       value.text(), div ? Markup::kDiv : Markup::kContent)));
}

// conformsTo(structure): for the profile that every type of FHIR is itself, and that of its
// ancestors, the type is the answer. Any other profile takes a validator.
bool conforms_to(Machine& machine, const Call& call) {
  constexpr std::string_view kBase = "http://hl7.org/fhir/StructureDefinition/";
  Range argument;
  std::string_view url;
  if (!machine.argument(call, 0, argument)) {
    return false;
  }
  const One one = machine.one_text(argument, call, url);
  if (one == One::kFailed) {
    return false;
  }
  if (call.input.size() > 1) {
    return machine.fail(ErrorCode::kSingletonExpected, call.op.offset,
                        "`conformsTo` expects one item");
  }
  if (one == One::kEmpty || call.input.empty()) {
    return machine.leave_nothing(call.input);
  }
  const fhir::TypeId type =
      url.starts_with(kBase) ? fhir::find_type(url.substr(kBase.size())) : fhir::TypeId::kNone;
  if (type == fhir::TypeId::kNone || fhir::type_kind(type) == fhir::TypeKind::kBackbone) {
    return machine.fail(ErrorCode::kHostFunctionRequired, call.op.offset,
                        "`conformsTo` knows the base profiles of FHIR R4 types only");
  }
  const Item item = machine[call.input.begin];
  if (item.is_system() || item.type == fhir::TypeId::kNone) {
    return machine.fail_expected(call, "an element of a FHIR type");
  }
  return machine.leave(call.input, std::optional<bool>(fhir::is_a(item.type, type)));
}

// What takes a terminology server or profiles: refused by name, also on an empty input, so that
// nobody takes silence for an answer (SPEC 6.1).
bool refuse(Machine& machine, const Call& call, std::string_view needs) {
  return machine.fail(ErrorCode::kHostFunctionRequired, call.op.offset,
                      concat("`", call.function.name, "` needs ", needs));
}
bool needs_terminology(Machine& machine, const Call& call) {
  return refuse(machine, call, "a terminology server");
}
bool needs_definitions(Machine& machine, const Call& call) {
  return refuse(machine, call, "structure definitions");
}

constexpr std::uint8_t kAnyNumber = 255;
constexpr auto kValues = Takes::kValues;

constexpr Function kFunctions[] = {
    {"extension", 1, 1, kValues, Yields::kExtension, extension, false, true},
    {"resolve", 0, 0, kValues, Yields::kResource, resolve_references, false, true},
    {"hasValue", 0, 0, kValues, Yields::kSystem, has_value},
    {"getValue", 0, 0, kValues, Yields::kSystem, get_value},
    {"htmlChecks", 0, 0, kValues, Yields::kSystem, html_checks},
    {"conformsTo", 1, 1, kValues, Yields::kSystem, conforms_to},
    {"memberOf", 1, 2, kValues, Yields::kSystem, needs_terminology, false, false, nullptr, true},
    {"subsumes", 1, 1, kValues, Yields::kSystem, needs_terminology, false, false, nullptr, true},
    {"subsumedBy", 1, 1, kValues, Yields::kSystem, needs_terminology, false, false, nullptr, true},
    {"elementDefinition", 0, 0, kValues, Yields::kAny, needs_definitions, false, false, nullptr,
     true},
    {"slice", 2, 2, kValues, Yields::kInput, needs_definitions, false, false, nullptr, true},
    {"checkModifiers", 0, kAnyNumber, kValues, Yields::kInput, needs_definitions, false, false,
     nullptr, true},
};

}  // namespace

std::span<const Function> fhir_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
