#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/redact/repair.hpp"
#include "core/redact/repair_align.hpp"
#include "core/redact/repair_joiner.hpp"
#include "core/redact/repair_places.hpp"
#include "core/redact/repair_view.hpp"

namespace fhirwall::redact {

// Walks the stored version and the submission together, with the model type and a trie node for
// each plan, and writes the result: spans of the submission, and of the stored version where that
// is protected. Each function that writes a value returns false, and has written nothing, when
// nothing is left of it.
//
// Recursion is as deep as the resource is nested: at most Limits::max_depth.
//
// INVARIANT: the value of a hidden element is never looked at (SPEC 9.3). Whether there is one is
// looked at where the submission takes away what it stands in, or may not be aligned.
class Merger {
 public:
  Merger(const json::Document* before, const json::Document& after, const RepairPlans& plans,
         std::string& out, Repair& result)
      : before_(before),
        after_(after),
        plans_(plans),
        places_(plans),
        view_(after),
        out_(out),
        result_(result) {}

  void run(json::NodeIndex before_root, json::NodeIndex after_root);

 private:
  // One object in both versions; `sent` may be none: the submission does not have it.
  struct Pair {
    Stored stored;
    json::NodeIndex sent = json::kNoNode;
    MemberIndex stored_members;
    MemberIndex sent_members;
    const Place& place;

    [[nodiscard]] bool owner_stays() const { return sent != json::kNoNode; }
  };
  // A repeating primitive element: `x` and `_x`.
  struct Positions {
    Stored stored[2];
    json::NodeIndex sent[2] = {json::kNoNode, json::kNoNode};
  };
  struct Entries {
    std::vector<StoredEntry> stored;
    std::vector<SentEntry> sent;
    std::vector<std::uint32_t> partners;  // of `sent`
    enum class Fate : std::uint8_t { kGone, kMatched, kReturns };
    std::vector<Fate> fates;  // of `stored`
  };
  // The plan that a resource inside the resource was shown by, and its hidden elements alone.
  struct NestedPlan {
    const Plan* shown = nullptr;
    std::shared_ptr<const Plan> hidden;
  };
  struct Segment {
    std::string_view name;
    std::string_view url;
  };
  // What of a stored value may not get lost; bits.
  static constexpr unsigned kHoldsHidden = 1;
  static constexpr unsigned kHoldsReadonly = 2;

  // Objects.
  bool object(const Stored& stored, json::NodeIndex sent, const Place& place);
  void sent_member(Joiner& list, const Pair& pair, json::NodeIndex node, const Stored& stored);
  void stored_member(Joiner& list, const Pair& pair, json::NodeIndex node);
  void stored_run(Joiner& list, const Pair& pair, json::NodeIndex from);
  bool stored_rival(const Pair& pair, const MemberPlace& member);
  [[nodiscard]] bool sent_rival(const Pair& pair, const MemberPlace& member) const;
  bool closure_returns(const Pair& pair, std::string_view key);

  // Values of members.
  bool value(const Stored& stored, json::NodeIndex sent, const MemberPlace& member);
  bool keeps(const Stored& stored, const MemberPlace& member);
  bool left_out(const Stored& stored, const MemberPlace& member);
  bool fresh(json::NodeIndex sent, const MemberPlace& member);
  bool resource(const Stored& stored, json::NodeIndex sent, const MemberPlace& member);
  bool nested(const Stored& stored, json::NodeIndex sent, const Plan& plan);
  [[nodiscard]] bool is_null(const Stored& stored) const {
    return before_->kind(stored.node) == json::Kind::kNull;
  }

  // Arrays.
  bool array(const Stored& stored, json::NodeIndex sent, const MemberPlace& member);
  void find_partners(Entries& entries, const MemberPlace& member);
  [[nodiscard]] bool aligns(fhir::TypeId type) const;
  [[nodiscard]] bool holds_closure(fhir::TypeId type) const;
  void drop_replaced(Entries& entries) const;
  void returning_run(Joiner& list, const Entries& entries, std::size_t from);
  bool entry(const Stored& stored, json::NodeIndex sent, const MemberPlace& member);
  bool fresh_entry(json::NodeIndex sent, const MemberPlace& member);
  [[nodiscard]] bool positions_of(const Pair& pair, const MemberPlace& member, std::string_view key,
                                  Positions& positions) const;
  bool positions(const Positions& positions, const MemberPlace& member);
  bool position(const Stored& stored, json::NodeIndex sent, const MemberPlace& member);

  // What is in a stored value; `report`: names the readonly elements, since they were removed.
  unsigned content(const Stored& stored, const MemberPlace& member, bool report);
  unsigned entry_content(const Stored& stored, const MemberPlace& member, bool report);
  unsigned object_content(const Stored& stored, const Place& place, bool report);

  // Reports the hidden elements in a value, or an `entry` of an array, that is not taken over
  // anyway.
  void report_hidden(json::NodeIndex sent, const MemberPlace& member, bool entry);
  void conflict(Conflict::Kind kind);
  bool refuse() {
    result_.refused = true;
    return false;
  }
  bool write_stored(json::NodeIndex node) {
    out_ += before_->raw(node);
    return true;
  }
  bool write_sent(json::NodeIndex node) {
    out_ += after_.raw(node);
    return true;
  }
  void write_key(const json::Document& document, json::NodeIndex node);
  void enter(const Place& owner, std::string_view key, const MemberPlace& member);

  const json::Document* before_;  // none: a create
  const json::Document& after_;
  const RepairPlans& plans_;
  Places places_;
  StoredView view_;
  std::string& out_;
  Repair& result_;
  std::vector<NestedPlan> nested_plans_;
  std::vector<Segment> path_;
  bool hidden_only_ = false;  // readonly elements are compared elsewhere, and not to be reported
};

}  // namespace fhirwall::redact
