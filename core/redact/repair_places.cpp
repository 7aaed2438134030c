#include "core/redact/repair_places.hpp"

#include "core/base/ascii.hpp"

namespace fhirwall::redact {

using json::Kind;
using json::NodeIndex;

Place Places::root(fhir::TypeId type) const {
  Place place;
  place.type = type;
  for (std::size_t plan = 0; plan < plans_.size(); ++plan) {
    if (plans_[plan] != nullptr && !plans_[plan]->nodes[0].edges.empty()) {
      place.tries[plan] = 0;
    }
  }
  return place;
}

MemberPlace Places::member(const Place& owner, std::string_view key) const {
  MemberPlace member;
  member.child = fhir::find_child(owner.type, key);
  const fhir::Child& child = member.child;
  if (child.element == nullptr) {
    member.closure = true;
    std::string_view base = key;
    if (!base.empty() && base.front() == '_') {
      base.remove_prefix(1);
    }
    // SPEC 7.2: the caller was shown no unknown key, so each that is submitted is a hidden one,
    // whether or not the stored version has it.
    if (cuts_unknown() || guards_unknown(kHiddenPlan, owner, base)) {
      member.protection = Protection::kHidden;
    } else if (guards_unknown(kReadonlyPlan, owner, base)) {
      member.protection = Protection::kReadonly;
    }
    return member;
  }
  std::array<bool, 3> cut{};
  for (std::size_t plan = 0; plan < plans_.size(); ++plan) {
    if (owner.tries[plan] == kNoTrie) {
      continue;
    }
    const Edge* edge = plans_[plan]->find_edge(owner.tries[plan], child.element, child.type);
    cut[plan] = edge != nullptr && cuts(plan, edge->node);
    member.edges[plan] = edge;
  }
  // Only of consequence where something was cut, by whatever closure there is.
  const fhir::WellKnown& known = fhir::well_known();
  const std::string_view name = child.element->name;
  member.closure = cut[kShownPlan] || child.type == known.narrative ||
                   (child.type == known.reference && !child.element->repeats) ||
                   (owner.type == known.reference && (name == "display" || name == "identifier")) ||
                   (owner.type == known.bundle && (name == "total" || name == "signature"));
  if (cut[kHiddenPlan]) {
    member.protection = Protection::kHidden;
  } else if (cut[kReadonlyPlan] || guards_choice(kHiddenPlan, owner, child.element) ||
             guards_choice(kReadonlyPlan, owner, child.element)) {
    member.protection = Protection::kReadonly;
  }
  return member;
}

// SPEC 9.2: a protected concrete choice protects the whole choice.
bool Places::guards_choice(std::size_t plan, const Place& owner,
                           const fhir::Element* element) const {
  if (!element->choice || owner.tries[plan] == kNoTrie) {
    return false;
  }
  for (const Edge& edge : plans_[plan]->nodes[owner.tries[plan]].edges) {
    if (edge.element == element && cuts(plan, edge.node)) {
      return true;
    }
  }
  return false;
}

bool Places::hides_in_choice(const Place& owner, const fhir::Child& child) const {
  if (owner.tries[kHiddenPlan] == kNoTrie) {
    return false;
  }
  // A path through every choice has an edge for each, also for those without the rest of it.
  const auto leads_on = [&](const Edge& edge) {
    if (edge.node == kNoTrie) {
      return !edge.urls.empty();
    }
    const TrieNode& node = plans_[kHiddenPlan]->nodes[edge.node];
    return node.cut || !node.edges.empty() || !edge.urls.empty();
  };
  for (const Edge& edge : plans_[kHiddenPlan]->nodes[owner.tries[kHiddenPlan]].edges) {
    if (edge.element == child.element && edge.type != child.type && leads_on(edge)) {
      return true;
    }
  }
  return false;
}

// Keys that may stand for something protected: the sibling of an element that can have none, and
// what looks like one more concrete choice (SPEC 7.1).
bool Places::guards_unknown(std::size_t plan, const Place& owner, std::string_view base) const {
  if (owner.tries[plan] == kNoTrie) {
    return false;
  }
  const fhir::Child child = fhir::find_child(owner.type, base);
  if (child.element != nullptr &&
      plans_[plan]->find_edge(owner.tries[plan], child.element, child.type) != nullptr) {
    return true;
  }
  for (const fhir::Element* choice : plans_[plan]->nodes[owner.tries[plan]].any_choice) {
    if (base.starts_with(choice->name) &&
        (base.size() == choice->name.size() || ascii::is_upper(base[choice->name.size()]))) {
      return true;
    }
  }
  return false;
}

bool Places::right_shape(const MemberPlace& member, Kind kind) {
  const bool container = kind == Kind::kObject || kind == Kind::kArray;
  if (member.child.element->repeats) {
    return kind == Kind::kArray;
  }
  if (member.primitive() && !member.child.sibling) {
    return !container && kind != Kind::kNull;
  }
  return kind == Kind::kObject;
}

Protection Places::value(const MemberPlace& member, const json::Document& document, NodeIndex node,
                         Place& place) const {
  place = {};
  if (member.child.element != nullptr) {
    place.type = object_type(member.child.type);
  }
  const Kind kind = document.kind(node);
  const bool scalar_expected = member.primitive() && !member.child.sibling;
  const bool wrong_shape =
      scalar_expected ? kind == Kind::kObject || kind == Kind::kArray : kind != Kind::kObject;
  const bool position = member.primitive() && kind == Kind::kNull;
  Protection protection = Protection::kFree;
  const auto protect = [&](std::size_t plan) {
    if (plan == kHiddenPlan) {
      protection = Protection::kHidden;
    } else if (plan == kReadonlyPlan && protection == Protection::kFree) {
      protection = Protection::kReadonly;
    }
  };
  for (std::size_t plan = 0; plan < plans_.size(); ++plan) {
    const Edge* edge = member.edges[plan];
    if (edge == nullptr) {
      continue;
    }
    if (wrong_shape && !position) {
      protect(plan);
      continue;
    }
    place.tries[plan] = edge->node;
    if (!edge->urls.empty()) {
      const NodeIndex url = document.find(node, "url");
      if (url == json::kNoNode || !document.is_string(url)) {
        protect(plan);
        continue;
      }
      for (const UrlBranch& branch : edge->urls) {
        if (document.string_is(url, branch.url)) {
          place.tries[plan] = branch.node;
          place.url = branch.url;
        }
      }
    }
    if (cuts(plan, place.tries[plan])) {
      protect(plan);
    }
  }
  return protection;
}

}  // namespace fhirwall::redact
