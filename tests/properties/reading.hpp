#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/properties/policy.hpp"
#include "tests/properties/tree.hpp"

namespace fhirwall::properties {

enum class BodyKind : std::uint8_t { kResource, kLines, kBatch };

// Reads what a policy hides in a body (SPEC 7.1-7.7, 8.2) and marks it in the tree. Where the rules
// leave a choice it calls visible what may be hidden: what is not marked proves nothing.
class Reading {
 public:
  Reading(const Policy& policy, Interaction interaction)
      : policy_(policy), interaction_(interaction) {}

  // `body`: a resource; an array of them, for NDJSON; or the answer to a batch, whose `requests`
  // are { interaction, resourceType } each.
  void mark(Node& body, BodyKind kind, const Node& requests = {});

  // Is anything released at all? Of lines: always.
  [[nodiscard]] bool released() const { return released_; }
  // Something in the body is not for this reading to judge.
  [[nodiscard]] bool uncertain() const { return uncertain_; }
  // How the resource at the root was decided, rule by rule.
  [[nodiscard]] const std::string& trace() const { return trace_; }

 private:
  // What hides things in the resource that is being read.
  struct Scope {
    bool hides = false;      // the rule hides something (SPEC 7.2)
    bool contained = false;  // in `contained`
    // Ids and types of contained resources that are released once.
    std::vector<std::pair<std::string, std::string>> fragments;
  };
  struct Active {
    const Path* path = nullptr;
    std::size_t at = 0;
  };
  using Actives = std::vector<Active>;

  bool envelope(Node& bundle);
  void batch(Node& bundle, const Node& requests);
  bool batch_entry(Node& entry, const Node& request);
  void outcome_of(Node& entry);
  bool searchset_entry(Node& entry, std::vector<Node*>& includes);
  void settle_includes(Node& bundle, const std::vector<Node*>& includes);
  bool stored(Node& resource, Interaction interaction);
  void body_of(Node& resource, const std::vector<const Path*>& paths, Scope scope);
  bool contained(Node& resource, const Scope& container);

  void object(Node& node, fhir::TypeId type, const Actives& actives, const Scope& scope);
  void member(Node& node, fhir::TypeId type, const Actives& actives, const Scope& scope);
  void unknown(Node& node, fhir::TypeId type, const Actives& actives, const Scope& scope);
  void value(Node& node, const fhir::Child& child, const Actives& next,
             const std::vector<const Active*>& by_url, const Scope& scope);
  void item(Node& node, const fhir::Child& child, const Actives& next,
            const std::vector<const Active*>& by_url, bool on_path, const Scope& scope);
  bool nested(Node& node, bool inner, fhir::TypeId type, const Scope& scope);
  void positions(Node& object, fhir::TypeId type, const Actives& actives, const Scope& scope);
  void reference(Node& node, const fhir::Element* element, const Scope& scope);
  void bundle_parts(Node& bundle, bool stored);
  void prune(Node& node, bool on_path, const Scope& scope);
  [[nodiscard]] bool loses_display(const Node& node, const fhir::Element* element,
                                   const Scope& scope, std::string_view part) const;

  const Policy& policy_;
  Interaction interaction_;
  bool released_ = false;
  bool uncertain_ = false;
  std::string trace_;
};

// Of an OperationOutcome of somebody else: only `severity`, `code` and `details.coding` (SPEC 8.2).
void mark_outcome(Node& resource);

}  // namespace fhirwall::properties
