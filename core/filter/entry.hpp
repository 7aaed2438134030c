#pragma once

#include "core/base/error.hpp"
#include "core/decide/decision.hpp"
#include "core/json/document.hpp"

namespace fhirwall::filter {

enum class Verdict : unsigned char {
  kRefused,
  kReleased,  // by a rule; `plan` says what goes
  kOutcome,   // an OperationOutcome of the search itself: little of it stays
  kInclude,   // permitted, but released only if something released links it
};

// One entry of a searchset and what becomes of it.
struct Entry {
  json::NodeIndex node = json::kNoNode;
  json::NodeIndex resource = json::kNoNode;
  json::NodeIndex full_url = json::kNoNode;
  const redact::Plan* plan = nullptr;
  Verdict verdict = Verdict::kRefused;
};

// Decides on an entry of a searchset by its `search.mode` (SPEC 8.2). Wrong shapes and unknown
// types are refused entries; an error means that a decision could not be taken.
[[nodiscard]] Error judge_entry(const policy::CompiledPolicy& policy,
                                const json::Document& document, json::NodeIndex node,
                                decide::Scratch& scratch, Entry& entry);

}  // namespace fhirwall::filter
