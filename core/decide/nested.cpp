#include "core/decide/nested.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace fhirwall::decide {
namespace {

using fhir::TypeId;
using json::Document;
using json::NodeIndex;

bool is_resource(TypeId type) { return fhir::is_a(type, fhir::well_known().resource); }

struct Open {
  NodeIndex node = 0;
  NodeIndex end = 0;
  TypeId type = TypeId::kNone;  // of the object, or of the array's items
  bool object = false;
  bool contained = false;
};

}  // namespace

bool is_person(TypeId type) {
  constexpr std::string_view kPersons[] = {"Patient", "Person", "RelatedPerson", "Practitioner",
                                           "PractitionerRole"};
  return std::find(std::begin(kPersons), std::end(kPersons), fhir::type_name(type)) !=
         std::end(kPersons);
}

bool any_rule_hides(const policy::CompiledPolicy& policy, TypeId type) {
  const auto& rules = policy.rules_by_type[fhir::resource_index(type)];
  return std::any_of(rules.begin(), rules.end(), [&](std::uint16_t index) {
    const redact::Plan* plan = policy.rules[index].plan_of(type);
    return plan == nullptr || redact::hides_anything(*plan);
  });
}

bool holds_hidden_resource(const policy::CompiledPolicy& policy, const Document& document,
                           Scratch& scratch, Error& error) {
  std::vector<Open> open{{1, document[0].next, resource_type_of(document, 0), true, false}};
  while (!open.empty()) {
    Open& top = open.back();
    if (top.node == top.end) {
      open.pop_back();
      continue;
    }
    const NodeIndex node = top.node;
    top.node = document[node].next;
    Open next{node + 1, document[node].next, top.type, document.is_object(node), top.contained};
    if (top.object) {
      const fhir::Child child = fhir::find_child(top.type, document.key(node));
      if (child.element == nullptr || child.sibling) {
        continue;
      }
      next.type = child.type;
      next.contained = next.contained || document.key(node) == "contained";
    }
    if (next.object && is_resource(next.type)) {
      next.type = resource_type_of(document, node);
      if (next.type == TypeId::kNone || any_rule_hides(policy, next.type)) {
        return true;
      }
      const bool seen =
          next.contained
              ? !is_person(next.type) || can(policy, policy::Interaction::kRead, next.type)
              : decide(policy, policy::Interaction::kRead, document, node, scratch, error).allowed;
      if (!seen || error) {
        return true;
      }
    }
    if (next.object || document.is_array(node)) {
      open.push_back(next);
    }
  }
  return false;
}

}  // namespace fhirwall::decide
