#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/policy/interaction.hpp"
#include "tests/properties/tree.hpp"

// A second reading of policy documents (SPEC 2, 4, 5, 7), for tests only: plain, slow, without the
// engine's plans and tables, over the few kinds of criteria that the generator writes. Of the
// engine it uses the FHIR model, as facts.
namespace fhirwall::properties {

using policy::Interaction;

struct Step {
  std::string name;
  bool any_choice = false;  // `x[x]`
  std::string url;          // of `extension('url')`
};
using Path = std::vector<Step>;
[[nodiscard]] Path path_of(std::string_view text);

// The types of the value that a step leads to from an object of `type`; empty: it has no such one.
[[nodiscard]] std::vector<fhir::TypeId> types_behind(fhir::TypeId type, const Step& step);
// Does path[at...] exist from an object of `type`?
[[nodiscard]] bool exists(fhir::TypeId type, const Path& path, std::size_t at);
// The type whose elements an object in place of a `type` has.
[[nodiscard]] fhir::TypeId object_type(fhir::TypeId type);
[[nodiscard]] bool is_resource_type(fhir::TypeId type);
[[nodiscard]] bool is_person(std::string_view type);

struct Criterion {
  enum class Kind : std::uint8_t { kId, kTag, kStatus, kCompartment };
  Kind kind = Kind::kId;
  std::vector<std::string> values;
};

struct Rule {
  std::string type;
  std::uint32_t interactions = 0;  // bit n = Interaction n
  std::vector<Criterion> criteria;
  std::vector<Path> hidden;

  [[nodiscard]] bool covers(std::string_view resource_type) const;
  [[nodiscard]] bool grants(Interaction interaction) const {
    return (interactions >> static_cast<unsigned>(interaction) & 1u) != 0;
  }
  // Of a type it covers: some path exists there.
  [[nodiscard]] bool hides_of(std::string_view resource_type) const;
};

enum class Contained : std::uint8_t { kStrict, kPolicy, kKeep };

// What becomes of a resource, and why: equal reasons make equal decisions.
struct Decided {
  const Rule* rule = nullptr;  // null: refused
  std::string trace;           // rule by rule: `i` interaction, `c` criterion n, `d` decides
  bool uncertain = false;      // a criterion reads what this reading does not judge
};

struct Policy {
  std::vector<Rule> rules;
  bool strict = true;  // closure
  bool keep_unknown = false;
  bool extended_meta = false;
  bool keep_displays = false;
  bool exact_totals = false;
  bool adds_literals = false;  // marks or masks
  Contained contained = Contained::kStrict;

  // nullopt: no document that this reading understands.
  [[nodiscard]] static std::optional<Policy> read(const Node& input);

  [[nodiscard]] Decided decide(const Node& resource, Interaction interaction) const;
  [[nodiscard]] bool covers_unconditionally(std::string_view type, Interaction interaction) const;
  [[nodiscard]] bool grants(std::string_view type, Interaction interaction) const;
  // SPEC 7.3 (a): all Narratives go.
  [[nodiscard]] bool closed() const;
  // Does any rule hide a part of element `name` of this type?
  [[nodiscard]] bool hides_element(std::string_view type, std::string_view name) const;
  // Whether a Reference to `type`, by `reference` when it is known, names a person who the caller
  // cannot read (SPEC 7.3 c).
  [[nodiscard]] bool unreadable(std::string_view type, std::string_view reference) const;
  // A contained resource can be cut whole.
  [[nodiscard]] bool cuts_contained() const;
};

}  // namespace fhirwall::properties
