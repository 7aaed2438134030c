#pragma once

#include "core/base/error.hpp"
#include "core/decide/decision.hpp"
#include "core/json/document.hpp"

namespace fhirwall::filter {

// Answers whose entries are decided one by one, without any rule for the Bundle (SPEC 8.2).
enum class EnvelopeKind : unsigned char { kNone, kSearchset, kHistory };

// What the Bundle at `node` is as the answer to `interaction`.
[[nodiscard]] EnvelopeKind envelope_kind(const json::Document& document, json::NodeIndex node,
                                         policy::Interaction interaction);

enum class Verdict : unsigned char {
  kRefused,
  kReleased,  // by a rule; `plan` says what goes
  kOutcome,   // an OperationOutcome of the search itself: little of it stays
  kInclude,   // permitted, but released only if something released links it
};

// One entry of an envelope and what becomes of it.
struct Entry {
  json::NodeIndex node = json::kNoNode;
  json::NodeIndex resource = json::kNoNode;  // none: the version of a history that is a deletion
  json::NodeIndex full_url = json::kNoNode;
  const redact::Plan* plan = nullptr;
  Verdict verdict = Verdict::kRefused;
};

// `search.mode` is `include`: such an entry is decided as `read` (SPEC 8.2).
[[nodiscard]] bool is_include(const json::Document& document, json::NodeIndex entry);

// Decides on an entry of a searchset by its `search.mode`, on one of a history as `history`. Wrong
// shapes and unknown types are refused entries; an error means that a decision could not be taken.
// A `plan` that two rules make together lives in `scratch` until the next decision.
[[nodiscard]] Error judge_entry(const policy::CompiledPolicy& policy, EnvelopeKind kind,
                                const json::Document& document, json::NodeIndex node,
                                decide::Scratch& scratch, Entry& entry);

}  // namespace fhirwall::filter
