#include "core/fhirpath/resolve.hpp"

#include "core/fhir/reference.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

using json::kNoNode;
using json::NodeIndex;

bool find_contained(const json::Document& document, NodeIndex resource, std::string_view id,
                    std::string& scratch, Item& out) {
  const NodeIndex contained = document.find(resource, "contained");
  if (id.empty() || contained == kNoNode || !document.is_array(contained)) {
    return false;
  }
  for (NodeIndex i = json::Document::first_child(contained), end = document[contained].next;
       i != end; i = document[i].next) {
    const NodeIndex own = document.find(i, "id");
    if (own == kNoNode || !document.is_string(own) || !document.string_is(own, id)) {
      continue;
    }
    const NodeIndex type = document.find(i, "resourceType");
    if (type == kNoNode || !document.is_string(type)) {
      return false;
    }
    out = {};
    out.node = i;
    out.type = fhir::find_resource_type(document.string(type, scratch));
    return out.type != fhir::TypeId::kNone;
  }
  return false;
}

}  // namespace

fhir::TypeId type_of_reference_text(std::string_view text, std::string_view& id) {
  constexpr std::string_view kHistory = "/_history/";
  if (const std::size_t history = text.rfind(kHistory); history != std::string_view::npos) {
    if (!fhir::is_valid_id(text.substr(history + kHistory.size()))) {
      return fhir::TypeId::kNone;
    }
    text = text.substr(0, history);
  }
  const std::size_t last = text.rfind('/');
  if (last == std::string_view::npos || !fhir::is_valid_id(text.substr(last + 1))) {
    return fhir::TypeId::kNone;
  }
  id = text.substr(last + 1);
  text = text.substr(0, last);
  const std::size_t before = text.rfind('/');
  return fhir::find_resource_type(before == std::string_view::npos ? text
                                                                   : text.substr(before + 1));
}

bool resolve(const json::Document& document, NodeIndex resource, const Item& reference,
             std::string& scratch, Item& out) {
  if (reference.form != Item::Form::kNode || reference.node == kNoNode) {
    return false;
  }
  NodeIndex text_node = reference.node;
  if (document.is_object(reference.node)) {
    text_node = document.find(reference.node, "reference");
  }
  out = {};
  out.form = Item::Form::kStub;
  if (text_node != kNoNode) {
    if (!document.is_string(text_node)) {
      return false;
    }
    const std::string_view text = document.string(text_node, scratch);
    if (text.starts_with('#')) {
      // `text` may live in `scratch`, which the search below overwrites only after its last use of
      // the id.
      return find_contained(document, resource, text.substr(1), scratch, out);
    }
    std::string_view id;
    out.type = type_of_reference_text(text, id);
    return out.type != fhir::TypeId::kNone;
  }
  const NodeIndex type = document.find(reference.node, "type");
  if (type == kNoNode || !document.is_string(type)) {
    return false;
  }
  out.type = fhir::find_resource_type(document.string(type, scratch));
  return out.type != fhir::TypeId::kNone;
}

bool resolve(Machine& machine, const Item& reference, Item& out) {
  if (reference.form != Item::Form::kNode || reference.node == kNoNode) {
    return false;
  }
  const Item container = machine.program().dialect == Dialect::kSearch
                             ? machine.root()
                             : machine.container_of(reference);
  const bool found =
      resolve(machine.document(reference), container.node, reference, machine.scratch().text, out);
  out.document = reference.document;
  return found;
}

}  // namespace fhirwall::fhirpath
