#include "core/filter/unsupported.hpp"

#include <algorithm>

#include "core/decide/nested.hpp"

namespace fhirwall::filter {
namespace {

using fhir::TypeId;
using json::Document;
using json::NodeIndex;

// Without offset: what is refused here is well-formed, and an offset would count hidden bytes in
// front of it (SPEC P3).
Error refuse(ErrorCode code) { return {code, 0}; }

bool is_resource(TypeId type) {
  const fhir::TypeKind kind = fhir::type_kind(type);
  return kind == fhir::TypeKind::kResource ||
         (kind == fhir::TypeKind::kAbstract && fhir::is_a(type, fhir::well_known().resource));
}

}  // namespace

Error UnsupportedContent::check(const policy::CompiledPolicy& policy, const Document& document,
                                NodeIndex resource, TypeId type, const redact::Redactor& redactor) {
  if (type == fhir::well_known().bundle) {
    return refuse(ErrorCode::kUnsupportedBundle);
  }
  if (redactor.nested_resource() != json::kNoNode) {
    const NodeIndex nested = redactor.nested_resource();
    if (redactor.hides() || document.key(nested) != "contained") {
      return refuse(ErrorCode::kUnsupportedContent);
    }
    FHIRWALL_TRY(check_contained(policy, document, nested));
  }
  if (!redactor.hides() && type_nests(type)) {
    const NodeIndex nested = find_nested(document, resource, type);
    if (nested != json::kNoNode) {
      return refuse(ErrorCode::kUnsupportedContent);
    }
  }
  return {};
}

Error UnsupportedContent::check_contained(const policy::CompiledPolicy& policy,
                                          const Document& document, NodeIndex contained) {
  if (!document.is_array(contained)) {
    return refuse(ErrorCode::kUnsupportedContent);
  }
  for (NodeIndex item = Document::first_child(contained), end = document[contained].next;
       item != end; item = document[item].next) {
    const TypeId type = decide::resource_type_of(document, item);
    if (type == TypeId::kNone || type_nests(type) ||
        document.find(item, "contained") != json::kNoNode || decide::any_rule_hides(policy, type) ||
        (decide::is_person(type) && !decide::can(policy, policy::Interaction::kRead, type))) {
      return refuse(ErrorCode::kUnsupportedContent);
    }
  }
  return {};
}

bool UnsupportedContent::type_nests(TypeId type) {
  const std::size_t index = fhir::resource_index(type);
  if (nests_.empty()) {
    nests_.resize(fhir::resource_types().size(), Nests::kUnknown);
  }
  if (nests_[index] == Nests::kUnknown) {
    // Only backbone elements hold resources; data types do not.
    std::vector<TypeId> reached{type};
    nests_[index] = Nests::kNo;
    for (std::size_t i = 0; i < reached.size(); ++i) {
      for (const fhir::Element* element : fhir::elements(reached[i])) {
        for (const TypeId next : element->types) {
          if (is_resource(next) && element->name != "contained") {
            nests_[index] = Nests::kYes;
          } else if (fhir::type_kind(next) == fhir::TypeKind::kBackbone &&
                     std::find(reached.begin(), reached.end(), next) == reached.end()) {
            reached.push_back(next);
          }
        }
      }
    }
  }
  return nests_[index] == Nests::kYes;
}

// The first member that the model types as a resource, wherever arrays put it.
NodeIndex UnsupportedContent::find_nested(const Document& document, NodeIndex resource,
                                          TypeId type) {
  open_.clear();
  open_.push_back({Document::first_child(resource), document[resource].next, type, true});
  while (!open_.empty()) {
    Open& top = open_.back();
    if (top.node == top.end) {
      open_.pop_back();
      continue;
    }
    const NodeIndex node = top.node;
    top.node = document[node].next;
    TypeId next = top.type;
    if (top.object) {
      const fhir::Child child = fhir::find_child(top.type, document.key(node));
      if (child.element == nullptr) {
        continue;
      }
      next = child.type;
      if (is_resource(next)) {
        return node;
      }
    }
    if (document.is_object(node) || document.is_array(node)) {
      open_.push_back(
          {Document::first_child(node), document[node].next, next, document.is_object(node)});
    }
  }
  return json::kNoNode;
}

}  // namespace fhirwall::filter
