// Functions that FHIR adds (FHIR R4, section 2.27.4).
#include "core/fhirpath/machine.hpp"
#include "core/fhirpath/resolve.hpp"

namespace fhirwall::fhirpath {
namespace {

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
      const Item candidate = machine[k];
      if (!candidate.is_node() || candidate.node == json::kNoNode) {
        continue;
      }
      const json::Document& data = machine.document(candidate);
      const json::NodeIndex name = data.find(candidate.node, "url");
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
    if (!machine.spend()) {
      return false;
    }
    if (resolve(machine, item, resolved)) {
      machine[kept++] = resolved;
    } else {
      machine.note_malformed();
    }
  }
  machine.resize(kept);
  return true;
}

constexpr Function kFunctions[] = {
    {"extension", 1, 1, Takes::kValues, Yields::kExtension, extension, false, true},
    {"resolve", 0, 0, Takes::kValues, Yields::kResource, resolve_references, false, true},
};

}  // namespace

std::span<const Function> fhir_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
