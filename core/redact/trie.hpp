#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/redact/plan.hpp"

namespace fhirwall::redact {

inline constexpr std::uint32_t kNoTrie = 0xFFFFFFFFu;

// Items of an `extension` array whose url is exactly this one continue at `node`.
struct UrlBranch {
  std::string url;
  std::uint32_t node = kNoTrie;
};

// From an object to one of its members: `type` is the concrete type, so `valueQuantity` and
// `valueString` have an edge each.
struct Edge {
  const fhir::Element* element = nullptr;
  fhir::TypeId type = fhir::TypeId::kNone;
  std::uint32_t node = kNoTrie;  // kNoTrie: only items of `urls` are concerned
  std::vector<UrlBranch> urls;   // each includes what `node` says
};

// What is put at the front of an object in place of a hidden element of it (SPEC 7.8).
struct Mask {
  const fhir::Element* element = nullptr;
  bool sibling = false;  // it stands in `_x`
  std::string text;      // the whole member with the comma behind it: `"_birthDate":{...},`
};

// One place in the model that a hidden path reaches or passes. Nodes are shared: paths of the same
// remainder from the same type meet, so their number stays small.
struct TrieNode {
  bool cut = false;  // the value goes whole; there are no edges then
  std::vector<Edge> edges;
  // Choice elements of which every concrete choice goes or is passed: keys like `valueFoo` that the
  // model does not know count too (SPEC 7.1).
  std::vector<const fhir::Element*> any_choice;
  std::vector<Mask> masks;  // of the hidden paths that end here; without closure
};

class Plan {
 public:
  fhir::TypeId type = fhir::TypeId::kNone;
  bool hides = false;                   // the rule hides something; else only SPEC 7.7 applies
  bool cut_unknown = false;             // SPEC 7.2
  bool cut_narratives = false;          // SPEC 7.3 (a)
  Mark mark = Mark::kNone;              // SPEC 7.8
  bool puts_in = false;                 // marks or masks: only then there is something to ask for
  bool reaches_into_resources = false;  // a hidden path goes on in a resource inside the resource
  std::vector<TrieNode> nodes;          // nodes[0] is the resource itself
  // Only without cut_unknown: types below which a Narrative or a resource can stand, sorted.
  // Elsewhere there is nothing to look for.
  std::vector<fhir::TypeId> holders;
  std::vector<std::string> paths;           // see hidden_paths
  std::vector<fhir::ElementPath> elements;  // see hidden_elements

  [[nodiscard]] const Edge* find_edge(std::uint32_t node, const fhir::Element* element,
                                      fhir::TypeId element_type) const {
    if (node == kNoTrie) {
      return nullptr;
    }
    for (const Edge& edge : nodes[node].edges) {
      if (edge.element == element && edge.type == element_type) {
        return &edge;
      }
    }
    return nullptr;
  }
};

// The type whose elements an object of `type` has in JSON: that of a primitive's object (`_x`) is
// Element.
[[nodiscard]] inline fhir::TypeId object_type(fhir::TypeId type) {
  return fhir::type_kind(type) == fhir::TypeKind::kPrimitive ? fhir::well_known().element : type;
}

// A resource inside a resource: its elements are for its own type's rules to judge.
[[nodiscard]] inline bool is_resource(fhir::TypeId type) {
  const fhir::TypeKind kind = fhir::type_kind(type);
  return kind == fhir::TypeKind::kResource ||
         (kind == fhir::TypeKind::kAbstract && fhir::is_a(type, fhir::well_known().resource));
}

}  // namespace fhirwall::redact
