#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/properties/policy.hpp"
#include "tests/properties/random.hpp"
#include "tests/properties/reading.hpp"
#include "tests/properties/tree.hpp"

namespace fhirwall::properties {

// A compile input: `policies` and `options`.
[[nodiscard]] Node random_policy(Random& random);

// Inputs for a policy: resources out of the model's tables, rather of the types that it names and
// with the elements that it hides.
class Generator {
 public:
  Generator(Random& random, const Node& policy);

  // `requests`: of a batch, what was asked.
  [[nodiscard]] Node body(BodyKind kind, Interaction interaction, Node& requests);
  [[nodiscard]] Node resource(std::string_view type, int nesting = 0);
  // Of a type that the policy names, or another one.
  [[nodiscard]] std::string resource_type();
  [[nodiscard]] Node entry(std::string_view bundle_type, int nesting = 0);
  [[nodiscard]] Node parameter(int nesting = 0);
  // A value for an element of this type, an array where it repeats.
  [[nodiscard]] Node value(fhir::TypeId type, bool sibling, bool repeats, int depth);
  // Something that a FHIR element might not be.
  [[nodiscard]] Node anything(int depth = 0);
  [[nodiscard]] std::string text();
  [[nodiscard]] Node narrative();
  // Writes some letters of tokens as escapes.
  void escape(Node& node, std::uint32_t percent);
  // Is it an element of a hidden path?
  [[nodiscard]] bool wanted(std::string_view name) const;
  // A name that no FHIR type knows.
  [[nodiscard]] std::string unknown_name();
  void new_budget(int nodes) { budget_ = nodes; }

 private:
  void elements(Node& object, fhir::TypeId type, int depth, int nesting);
  void element(Node& object, const fhir::Element& element, int depth, int nesting);
  [[nodiscard]] Node one(fhir::TypeId type, bool sibling, int depth);
  [[nodiscard]] Node scalar(std::string_view type);
  [[nodiscard]] Node reference(int depth);
  [[nodiscard]] Node batch(Node& requests);
  [[nodiscard]] Node bundle(std::string_view type, int nesting);
  void add_contained(Node& resource);

  Random& random_;
  std::vector<std::string> types_;  // that the policy names
  std::vector<std::string> names_;  // of elements in hidden paths
  std::vector<std::string> urls_;   // of extensions in hidden paths, and others
  int budget_ = 0;                  // values that may still be written
};

}  // namespace fhirwall::properties
