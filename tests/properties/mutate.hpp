#pragma once

#include <vector>

#include "tests/properties/generate.hpp"
#include "tests/properties/reading.hpp"

namespace fhirwall::properties {

// Makes out of a body one that differs in what is hidden only. Every single change is checked by
// reading the result again: one that shows is taken back.
class Mutator {
 public:
  Mutator(Random& random, Generator& generator, const Policy& policy, BodyKind kind,
          Interaction interaction, const Node& requests)
      : random_(random),
        generator_(generator),
        policy_(policy),
        kind_(kind),
        interaction_(interaction),
        requests_(requests) {}

  // `body` was read; the result was, too.
  [[nodiscard]] Node mutated(const Node& body, int changes);

 private:
  struct Place {
    Node* parent = nullptr;
    std::size_t index = 0;
  };

  void collect(Node& node, bool hidden);
  void change(Node& body);
  void change_hidden(const Place& place);
  void change_value(Node& node);
  void add_member(Node& object);
  void add_item(Node& array);
  void insert(Node& container, Node node);
  [[nodiscard]] bool still_the_same(const Node& before, Node& after) const;

  Random& random_;
  Generator& generator_;
  const Policy& policy_;
  BodyKind kind_;
  Interaction interaction_;
  const Node& requests_;
  std::vector<Place> hidden_;   // hidden values that stand in visible ones
  std::vector<Place> deep_;     // values inside hidden ones
  std::vector<Node*> objects_;  // visible
  std::vector<Node*> arrays_;   // visible
};

}  // namespace fhirwall::properties
