#pragma once

#include <cstdint>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/redact/repair_view.hpp"

namespace fhirwall::redact {

// An entry of an array; of a primitive element a position in `x` and in `_x`, either of which may
// have none.
struct StoredEntry {
  Stored value;
  Stored sibling;

  [[nodiscard]] bool shown() const {
    const auto visible = [](const Stored& part) {
      return part.exists() && part.view != View::kNone && part.view != View::kNull;
    };
    return visible(value) || visible(sibling);
  }
};
struct SentEntry {
  json::NodeIndex value = json::kNoNode;
  json::NodeIndex sibling = json::kNoNode;
};

inline constexpr std::uint32_t kNewEntry = 0xFFFFFFFFu;

// Says of each entry that was sent which stored one it is, or kNewEntry. Only shown ones count; a
// shown one that is nobody's partner was removed. False: that cannot be told (SPEC 9.2).
//
//   1. By `id`, where every shown entry has one of its own and one that was sent has any; of
//      extensions likewise by `url`, where every one that was sent has its own, too. An entry
//      without a partner is new or removed then.
//   2. Else entries are the same whose JSON values are equal, those at the same position first.
//   3. If entries without a partner are left on one side only, they were added or removed.
//   4. If they are left on both sides, and the arrays are of equal length, and nothing moved, they
//      go by position. Ids that differ forbid that.
[[nodiscard]] bool align(const json::Document& before, const std::vector<StoredEntry>& stored,
                         const json::Document& after, const std::vector<SentEntry>& sent,
                         fhir::TypeId type, StoredView& view, std::vector<std::uint32_t>& partners);

}  // namespace fhirwall::redact
