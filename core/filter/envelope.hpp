#pragma once

#include <optional>

#include "core/filter/state.hpp"

namespace fhirwall::filter {

// Adds to `state.edits` the cuts inside one released entry.
[[nodiscard]] Error emit_entry(Context::State& state, const policy::CompiledPolicy& policy,
                               EnvelopeKind kind, const json::Document& document,
                               const Entry& entry);

// Adds to `state.edits` what goes of the `response` of an entry. `allowed` are its members beside
// `outcome`; `kept`: is anything left of it?
[[nodiscard]] Error emit_response(Context::State& state, const policy::CompiledPolicy& policy,
                                  const json::Document& document, json::NodeIndex response,
                                  AllowList allowed, bool& kept);
// What `response` may tell of a resource that was released under `plan`.
[[nodiscard]] AllowList response_members(const redact::Plan& plan);

// Adds the cuts of the envelope at `node`, member by member in their order.
//
// What stays does not depend on which entries were refused, only on which were released (SPEC P3):
// `total` (without option exactTotals), `signature` and links to the last page go always, as do
// `_x` siblings and keys that the model does not know.
class EnvelopeCutter {
 public:
  EnvelopeCutter(Context::State& state, const json::Document& document, json::NodeIndex node,
                 bool keeps_total)
      : document_(document),
        edits_(state.edits),
        cutter_(document, node, edits_.cuts),
        keeps_total_(keeps_total),
        keeps_links_(state.rewrite == nullptr) {}

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
  bool keeps_total_;
  bool keeps_links_;  // else they are the host's to write: kept_links()
};

// Adds to `state.edits` the cuts of the envelope at the root of `document`, of which the array
// `entry` stays if `keep_entries`; the cuts inside that array are none.
void emit_envelope(Context::State& state, const policy::CompiledPolicy& policy,
                   const json::Document& document, bool keep_entries);

// Filters the envelope at `node`: judges all entries and adds all cuts. `kept`: was any entry
// released?
[[nodiscard]] Error filter_envelope(Context::State& state, const policy::CompiledPolicy& policy,
                                    EnvelopeKind kind, const json::Document& document,
                                    json::NodeIndex node, bool& kept);

// Does the same while the body is being parsed, one entry after the other, so that of a large
// Bundle no more than one entry's nodes are in memory. Declines, and the parser builds the whole
// document, when `resourceType` and `type` do not precede `entry`, and when there are includes,
// about which nothing is known before all entries are judged.
class EnvelopeVisitor final : public json::ItemVisitor {
 public:
  EnvelopeVisitor(Context::State& state, const policy::CompiledPolicy& policy,
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
  EnvelopeKind kind_ = EnvelopeKind::kNone;
  std::optional<EnvelopeCutter> envelope_;
  std::optional<json::MemberCutter> entries_;
  json::NodeIndex array_ = 0;
  Error error_;
};

}  // namespace fhirwall::filter
