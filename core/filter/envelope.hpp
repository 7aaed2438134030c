#pragma once

#include <optional>

#include "core/filter/state.hpp"

namespace fhirwall::filter {

// A Bundle of type searchset that answers a search: it needs no rule of its own (SPEC 8.2).
[[nodiscard]] bool is_searchset(const json::Document& document);

// Adds to `state.edits` the cuts inside one released entry.
[[nodiscard]] Error emit_entry(Context::State& state, const policy::CompiledPolicy& policy,
                               const json::Document& document, const Entry& entry);

// Adds the cuts of the envelope at the root of a document, member by member in their order.
//
// What stays does not depend on which entries were refused, only on which were released (SPEC P3):
// `total`, `signature` and links to the last page go always, as do `_x` siblings and keys that the
// model does not know.
class EnvelopeCutter {
 public:
  EnvelopeCutter(const json::Document& document, redact::Edits& edits)
      : document_(document), edits_(edits), cutter_(document, 0, edits.cuts) {}

  // Is this member the array of entries?
  [[nodiscard]] bool is_entries(json::NodeIndex member) const;
  // Any other member.
  void member(json::NodeIndex member);
  // Around the cuts inside the array `entry`; `kept`: is anything left of it?
  void open_entries() { mark_ = edits_.mark(); }
  void close_entries(json::NodeIndex array, bool kept);

 private:
  const json::Document& document_;
  redact::Edits& edits_;
  json::MemberCutter cutter_;
  redact::Edits::Mark mark_;
};

// Adds to `state.edits` the cuts of the envelope at the root of `document`, of which the array
// `entry` stays if `keep_entries`; the cuts inside that array are none.
void emit_envelope(Context::State& state, const json::Document& document, bool keep_entries);

// Filters the searchset at the root of `document`: judges all entries and adds all cuts.
[[nodiscard]] Error filter_searchset(Context::State& state, const policy::CompiledPolicy& policy,
                                     const json::Document& document);

// Does the same while the body is being parsed, one entry after the other, so that of a large
// Bundle no more than one entry's nodes are in memory. Declines, and the parser builds the whole
// document, when `resourceType` and `type` do not precede `entry`, and when there are includes,
// about which nothing is known before all entries are judged.
class SearchsetVisitor final : public json::ItemVisitor {
 public:
  SearchsetVisitor(Context::State& state, const policy::CompiledPolicy& policy,
                   policy::Interaction interaction)
      : state_(state), policy_(policy), interaction_(interaction) {}

  [[nodiscard]] bool open(const json::Document& document, json::NodeIndex array) override;
  [[nodiscard]] bool visit(const json::Document& document, json::NodeIndex item) override;
  // After the whole body was parsed and all entries were visited: the rest of the envelope. An
  // entry that could not be decided is an error only now, since invalid JSON anywhere comes first.
  [[nodiscard]] Error finish(const json::Document& document);

 private:
  Context::State& state_;
  const policy::CompiledPolicy& policy_;
  policy::Interaction interaction_;
  std::optional<EnvelopeCutter> envelope_;
  std::optional<json::MemberCutter> entries_;
  json::NodeIndex array_ = 0;
  Error error_;
};

}  // namespace fhirwall::filter
