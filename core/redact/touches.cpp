#include "core/redact/touches.hpp"

#include <algorithm>

#include "core/redact/closure.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {

using fhir::TypeId;

namespace {

// Does a value of the type hold a Narrative, which goes with everything hidden?
bool holds_cut(const Plan& plan, TypeId type) {
  const std::vector<TypeId> holders =
      plan.cut_narratives ? narrative_holders(plan.type) : std::vector<TypeId>();
  return std::binary_search(holders.begin(), holders.end(), type);
}

// What the redactor does with a member of that element wherever it stands.
bool always_cut(const Plan& plan, TypeId type) {
  return plan.cut_narratives && type == fhir::well_known().narrative;
}

// Is there anything to cut at or below a node? A path through a choice also passes the types that
// have no element of the next name.
bool leads_to_cut(const Plan& plan, std::uint32_t trie) {
  std::vector<std::uint32_t> open{trie};
  std::vector<char> seen(plan.nodes.size());
  while (!open.empty()) {
    const std::uint32_t at = open.back();
    open.pop_back();
    if (at == kNoTrie || seen[at] != 0) {
      continue;
    }
    seen[at] = 1;
    if (plan.nodes[at].cut) {
      return true;
    }
    for (const Edge& edge : plan.nodes[at].edges) {
      open.push_back(edge.node);
      for (const UrlBranch& branch : edge.urls) {
        open.push_back(branch.node);
      }
    }
  }
  return false;
}

// A protected concrete choice protects the whole choice (SPEC 9.2).
bool cuts_choice(const Plan& plan, std::uint32_t trie, const fhir::Element* element) {
  if (trie == kNoTrie || !element->choice) {
    return false;
  }
  const std::vector<Edge>& edges = plan.nodes[trie].edges;
  return std::any_of(edges.begin(), edges.end(), [&](const Edge& edge) {
    return edge.element == element && edge.node != kNoTrie && plan.nodes[edge.node].cut;
  });
}

// A key that the model does not know: touched where Redactor cuts it.
bool cuts_unknown(const Plan& plan, std::uint32_t trie, TypeId owner, std::string_view key) {
  if (plan.cut_unknown) {
    return true;  // SPEC 7.2
  }
  if (key.starts_with('_')) {
    // The sibling of an element that can have none.
    const fhir::Child child = fhir::find_child(owner, key.substr(1));
    if (child.element != nullptr && (plan.find_edge(trie, child.element, child.type) != nullptr ||
                                     always_cut(plan, child.type))) {
      return true;
    }
    key.remove_prefix(1);
  }
  if (trie == kNoTrie) {
    return false;
  }
  const auto& choices = plan.nodes[trie].any_choice;
  return std::any_of(choices.begin(), choices.end(), [&](const fhir::Element* choice) {
    return key == choice->name || fhir::is_choice_key(*choice, key, owner);
  });
}

}  // namespace

bool touches(const Plan& plan, std::span<const std::string_view> keys) {
  if (keys.empty()) {
    return plan.hides || leads_to_cut(plan, 0);
  }
  TypeId owner = plan.type;
  std::uint32_t trie = 0;
  for (std::size_t at = 0; at < keys.size(); ++at) {
    const fhir::Child child = fhir::find_child(owner, keys[at]);
    if (child.element == nullptr) {
      // Below what the plan keeps without knowing it there is nothing that it cuts.
      return cuts_unknown(plan, trie, owner, keys[at]);
    }
    if (always_cut(plan, child.type) || cuts_choice(plan, trie, child.element)) {
      return true;
    }
    const Edge* const edge = plan.find_edge(trie, child.element, child.type);
    if (edge != nullptr && (!edge->urls.empty() || plan.nodes[edge->node].cut)) {
      return true;  // positions are left out: any item may be the one with the url
    }
    if (at + 1 == keys.size()) {
      return (edge != nullptr && leads_to_cut(plan, edge->node)) || holds_cut(plan, child.type);
    }
    owner = object_type(child.type);
    trie = edge != nullptr ? edge->node : kNoTrie;
  }
  return false;
}

}  // namespace fhirwall::redact
