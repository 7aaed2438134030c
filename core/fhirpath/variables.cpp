#include <algorithm>
#include <array>

#include "core/base/concat.hpp"
#include "core/fhirpath/machine.hpp"
#include "core/fhirpath/names.hpp"
#include "core/fhirpath/resolve.hpp"

namespace fhirwall::fhirpath {
namespace {

constexpr unsigned kDocumentsPerStep = 64;  // of a search among them

constexpr std::string_view kUcum = "http://unitsofmeasure.org";
constexpr std::string_view kSct = "http://snomed.info/sct";
constexpr std::string_view kLoinc = "http://loinc.org";
// %`vs-name` and %`ext-name` (FHIR R4, section 2.27.3)
constexpr std::string_view kValueSetPrefix = "vs-";
constexpr std::string_view kExtensionPrefix = "ext-";
constexpr std::string_view kValueSet = "http://hl7.org/fhir/ValueSet/";
constexpr std::string_view kExtension = "http://hl7.org/fhir/StructureDefinition/";

}  // namespace

bool is_language_variable(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"context", "resource", "rootResource",
                                                      "ucum",    "sct",      "loinc"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         name.starts_with(kValueSetPrefix) || name.starts_with(kExtensionPrefix);
}

bool Machine::evaluate_external(const Instruction& op) {
  const std::string_view name = program_.names[op.first];
  for (std::size_t i = scratch_.bindings.size(); i-- > 0;) {
    if (scratch_.bindings[i].name == name) {
      const Scratch::Binding binding = scratch_.bindings[i];
      for (std::size_t k = 0; k < binding.count; ++k) {
        push(scratch_.held[binding.first + k]);
      }
      return spend(binding.count);
    }
  }
  for (const Variable& variable : input_.variables) {
    if (variable.name == name) {
      return push_variable(variable, op.offset);
    }
  }
  if (name == "context") {
    push(root_);
    return true;
  }
  if (name == "resource" || name == "rootResource") {
    return push_resource(name == "rootResource");
  }
  if (name == "ucum" || name == "sct" || name == "loinc") {
    push(Item::of_text(name == "ucum" ? kUcum : name == "sct" ? kSct : kLoinc));
    return true;
  }
  for (const auto& [prefix, base] :
       {std::pair(kValueSetPrefix, kValueSet), std::pair(kExtensionPrefix, kExtension)}) {
    if (name.starts_with(prefix)) {
      const auto url = keep(concat(base, name.substr(prefix.size())));
      if (!url) {
        return false;
      }
      push(Item::of_text(*url));
      return true;
    }
  }
  return fail(ErrorCode::kUnknownVariable, op.offset, {});
}

// %resource: the resource around the focus. %rootResource: the same, or the one that it is
// contained in (FHIR R4, section 2.27.3). Where there is no resource, the whole document.
bool Machine::push_resource(bool container) {
  Enclosing enclosing;
  if (!find_enclosing(*this, root_, enclosing)) {
    return false;
  }
  json::NodeIndex node = container ? enclosing.container : enclosing.resource;
  if (node == json::kNoNode) {
    node = 0;
  }
  push(node == root_.node ? root_ : node_of(root_.document, node));
  return true;
}

// A value from outside is a collection; null is none (SPEC 6.2). An array in an array is nothing
// that FHIRPath knows.
bool Machine::push_variable(const Variable& variable, std::uint32_t offset) {
  if (variable.document == nullptr) {
    return true;
  }
  const json::Document& document = *variable.document;
  std::vector<const json::Document*>& documents = scratch_.documents;
  const auto found = std::find(documents.begin(), documents.end(), &document);
  const auto position = static_cast<std::uint16_t>(found - documents.begin());
  // Values of %factory may have made many.
  if (!spend(position / kDocumentsPerStep)) {
    return false;
  }
  if (found == documents.end()) {
    if (documents.size() == kMaxDocuments) {
      return fail(ErrorCode::kResultTooLarge, offset, "the evaluation holds too many documents");
    }
    documents.push_back(&document);
  }
  const bool array = document.is_array(variable.node);
  const json::NodeIndex end = document[variable.node].next;
  for (json::NodeIndex i = array ? json::Document::first_child(variable.node) : variable.node;
       i != end; i = document[i].next) {
    if (!spend()) {
      return false;
    }
    if (document.is_array(i)) {
      return fail(ErrorCode::kTypeMismatch, offset, "a variable holds an array of arrays");
    }
    if (document.kind(i) != json::Kind::kNull) {
      push(node_of(position, i));
    }
  }
  return true;
}

}  // namespace fhirwall::fhirpath
