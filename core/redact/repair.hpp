#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json/document.hpp"
#include "core/redact/closure_facts.hpp"
#include "core/redact/judge.hpp"
#include "core/redact/plan.hpp"

// Puts back what a write may not change (SPEC 9.2, 9.3).
namespace fhirwall::redact {

// All three are of the resource's type.
struct RepairPlans {
  // What the caller was not shown of the stored version: hidden elements with closure, of the rule
  // for `read` and of the rules that decide the write. The submission is aligned with the stored
  // version minus this.
  const Plan* shown = nullptr;
  // The same hidden elements without closure: the caller may not submit them.
  const Plan* hidden = nullptr;
  // `readonlyFields` of the rules that decide: the caller sees them and may not change them.
  const Plan* readonly = nullptr;
  // As in Redactor::mark(), what else the caller was not shown, both or none. They need `shown`.
  const Closure* closure = nullptr;
  Judge* judge = nullptr;
};

// A change that the caller asked for and did not get.
struct Conflict {
  enum class Kind : std::uint8_t {
    kHidden,    // a hidden element was submitted, whatever its value
    kReadonly,  // a readonly element was changed, added or removed
  };
  Kind kind = Kind::kReadonly;
  std::string path;  // as path_text(): model names, no positions, no values
};

struct Repair {
  // The submission cannot be aligned with what the caller was shown: nothing of it may be stored.
  bool refused = false;
  std::vector<Conflict> conflicts;  // in document order of the submission, each path once a kind
};

// Appends to `out` the submission `after` with every protected element as it stands in `before`.
//
//   - Hidden and readonly elements come from `before`, byte for byte, at any depth: every concrete
//     choice, every `_sibling`, falsy values included. A protected concrete choice protects the
//     whole choice.
//   - Arrays on the way to a protected element are aligned by `id`, else by position in what the
//     caller was shown; entries that were not shown return in their place. What cannot be aligned
//     is refused, unless only closure cut something from it: what closure cut from an entry whose
//     partner cannot be told goes with it. See repair_align.hpp. Where nothing protected stands in
//     the stored array, and nothing was cut from it, there is nothing to align.
//   - What holds something protected cannot be taken away: of a single object the protected
//     elements stay, an entry that holds something hidden refuses the write, and one that holds
//     something readonly stays whole. Nor can it give way to another concrete choice.
//   - Unknown keys, where the plan for `shown` cuts them, are hidden elements; they go with what
//     they stand in.
//   - A resource inside the resource that was not shown returns, unless one of its `id` was sent.
//     Of one that was shown in part the hidden elements are restored by the plan that the judge
//     applied to it; without a judge it returns, and another in its place is refused.
//   - What closure cut returns where the submission lacks it; Reference.display and identifier only
//     on an unchanged `reference`.
//   - Everything else is the submission's, byte for byte. A member that only `before` has stands
//     behind the one that it follows there, if the submission has that, else further in front.
//
// `before` is null for a create: then protected elements are dropped, and reported (SPEC 9.2).
// Both roots are objects of the same known type. `out` is untouched when refused.
[[nodiscard]] Repair repair(const json::Document* before, json::NodeIndex before_root,
                            const json::Document& after, json::NodeIndex after_root,
                            const RepairPlans& plans, std::string& out);

}  // namespace fhirwall::redact
