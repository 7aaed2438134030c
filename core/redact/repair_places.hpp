#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "core/redact/plan.hpp"
#include "core/redact/repair.hpp"
#include "core/redact/trie.hpp"

// Which parts of a resource the plans of a repair protect: pure functions of plans and keys.
namespace fhirwall::redact {

// The plans of RepairPlans, as indices.
inline constexpr std::size_t kShownPlan = 0;
inline constexpr std::size_t kHiddenPlan = 1;
inline constexpr std::size_t kReadonlyPlan = 2;

enum class Protection : std::uint8_t {
  kFree,
  kReadonly,
  kHidden,  // also where a readonly path leads
};

// An object: its type, and where the paths of each plan go on in it.
struct Place {
  fhir::TypeId type = fhir::TypeId::kNone;
  std::array<std::uint32_t, 3> tries{kNoTrie, kNoTrie, kNoTrie};
  std::string_view url;  // of the `extension('url')` that led here, or empty
};

// A member of an object, whatever its value.
struct MemberPlace {
  fhir::Child child;  // without an element: the model does not know the key
  Protection protection = Protection::kFree;
  bool closure = false;  // what cuts it whole, if it is cut, is not a hidden path but closure
  std::array<const Edge*, 3> edges{};

  // A hidden or readonly path goes on below.
  [[nodiscard]] bool on_path() const {
    return edges[kHiddenPlan] != nullptr || edges[kReadonlyPlan] != nullptr;
  }
  [[nodiscard]] bool primitive() const {
    return child.element != nullptr && fhir::type_kind(child.type) == fhir::TypeKind::kPrimitive;
  }
};

class Places {
 public:
  explicit Places(const RepairPlans& plans)
      : plans_{plans.shown, plans.hidden, plans.readonly}, judges_(plans.judge != nullptr) {}

  [[nodiscard]] Place root(fhir::TypeId type) const;
  [[nodiscard]] MemberPlace member(const Place& owner, std::string_view key) const;
  // One value of a member, or one item of its array: fills `place` and says whether the value is
  // protected whole.
  [[nodiscard]] Protection value(const MemberPlace& member, const json::Document& document,
                                 json::NodeIndex node, Place& place) const;
  // Has the member's value the shape that the model allows? SPEC 7.2.
  [[nodiscard]] static bool right_shape(const MemberPlace& member, json::Kind kind);
  // Does a hidden path lead into another concrete choice of the same element?
  [[nodiscard]] bool hides_in_choice(const Place& owner, const fhir::Child& child) const;
  // Can anything in such an object be protected?
  [[nodiscard]] bool reaches(const Place& place) const {
    return cuts_unknown() || place.tries[kHiddenPlan] != kNoTrie ||
           place.tries[kReadonlyPlan] != kNoTrie;
  }
  // Resources inside a resource are the judge's; without one they are cut from what is shown where
  // the plan hides anything.
  [[nodiscard]] bool judged_elsewhere(const MemberPlace& member) const {
    return member.child.element != nullptr && is_resource(member.child.type) &&
           (judges_ || member.on_path() ||
            (plans_[kShownPlan] != nullptr && plans_[kShownPlan]->hides));
  }

 private:
  [[nodiscard]] bool cuts_unknown() const {
    return plans_[kShownPlan] != nullptr && plans_[kShownPlan]->cut_unknown;
  }
  [[nodiscard]] bool cuts(std::size_t plan, std::uint32_t trie) const {
    return trie != kNoTrie && plans_[plan]->nodes[trie].cut;
  }
  [[nodiscard]] bool guards_choice(std::size_t plan, const Place& owner,
                                   const fhir::Element* element) const;
  [[nodiscard]] bool guards_unknown(std::size_t plan, const Place& owner,
                                    std::string_view base) const;

  std::array<const Plan*, 3> plans_;
  bool judges_;
};

}  // namespace fhirwall::redact
