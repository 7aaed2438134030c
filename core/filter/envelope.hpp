#pragma once

#include "core/filter/state.hpp"

namespace fhirwall::filter {

// A Bundle of type searchset that answers a search: it needs no rule of its own (SPEC 8.2).
[[nodiscard]] bool is_searchset(const json::Document& document);

// Adds to `state.edits` the cuts inside one released entry.
[[nodiscard]] Error emit_entry(Context::State& state, const policy::CompiledPolicy& policy,
                               const json::Document& document, const Entry& entry);

// Adds to `state.edits` the cuts of the envelope at the root of `document`. `inside_entry(array,
// kept)` adds the cuts inside the array `entry` and says whether anything is left of it.
//
// What stays does not depend on which entries were refused, only on which were released (SPEC P3):
// `total`, `signature` and links to the last page go always, as do `_x` siblings and keys that the
// model does not know.
template <typename InsideEntry>
[[nodiscard]] Error emit_envelope(Context::State& state, const json::Document& document,
                                  InsideEntry&& inside_entry);

// Filters the searchset at the root of `document`: judges all entries and adds all cuts.
[[nodiscard]] Error filter_searchset(Context::State& state, const policy::CompiledPolicy& policy,
                                     const json::Document& document);

// --- Implementation.

enum class EnvelopeMember : unsigned char { kCut, kKeep, kMeta, kLink, kEntry };
[[nodiscard]] EnvelopeMember envelope_member(const json::Document& document,
                                             json::NodeIndex member);
void emit_envelope_part(const json::Document& document, json::NodeIndex member, EnvelopeMember what,
                        json::EditList& edits);

template <typename InsideEntry>
Error emit_envelope(Context::State& state, const json::Document& document,
                    InsideEntry&& inside_entry) {
  json::MemberCutter cutter(document, 0, state.edits.cuts);
  for (json::NodeIndex member = json::Document::first_child(0), end = document[0].next;
       member != end; member = document[member].next) {
    const EnvelopeMember what = envelope_member(document, member);
    if (what == EnvelopeMember::kEntry) {
      const redact::Edits::Mark mark = state.edits.mark();
      bool kept = false;
      FHIRWALL_TRY(inside_entry(member, kept));
      if (kept) {
        cutter.keep(member);
      } else {
        state.edits.rollback(mark);  // SPEC 7.5: an empty `entry` is pruned
        cutter.cut(member);
      }
    } else if (what == EnvelopeMember::kCut) {
      cutter.cut(member);
    } else {
      cutter.keep(member);
      emit_envelope_part(document, member, what, state.edits.cuts);
    }
  }
  cutter.finish();
  return {};
}

}  // namespace fhirwall::filter
