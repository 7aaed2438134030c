#include "core/filter/entry.hpp"

#include <string_view>

#include "core/filter/allow_list.hpp"

namespace fhirwall::filter {
namespace {

using json::Document;
using json::NodeIndex;
using policy::Interaction;

enum class Mode : unsigned char { kMatch, kInclude, kOutcome, kOther };

// SPEC 8.2: a missing mode is match; what is not one of the three is none of them.
Mode mode_of(const Document& document, NodeIndex search) {
  if (search == json::kNoNode) {
    return Mode::kMatch;
  }
  if (!document.is_object(search)) {
    return Mode::kOther;
  }
  const NodeIndex mode = document.find(search, "mode");
  if (mode == json::kNoNode || document.string_is(mode, "match")) {
    return Mode::kMatch;
  }
  if (document.string_is(mode, "include")) {
    return Mode::kInclude;
  }
  return document.string_is(mode, "outcome") ? Mode::kOutcome : Mode::kOther;
}

}  // namespace

Error judge_entry(const policy::CompiledPolicy& policy, const Document& document, NodeIndex node,
                  decide::Scratch& scratch, Entry& entry) {
  entry = {};
  entry.node = node;
  if (!document.is_object(node)) {
    return {};
  }
  NodeIndex search = json::kNoNode;
  for (NodeIndex member = Document::first_child(node), end = document[node].next; member != end;
       member = document[member].next) {
    const std::string_view key = document.key(member);
    switch (key.size()) {
      case 6: search = key == "search" ? member : search; break;
      case 7: entry.full_url = key == "fullUrl" ? member : entry.full_url; break;
      case 8: entry.resource = key == "resource" ? member : entry.resource; break;
      default: break;
    }
  }
  if (entry.resource == json::kNoNode) {
    return {};
  }
  const Mode mode = mode_of(document, search);
  if (mode == Mode::kOther ||
      (mode == Mode::kOutcome && decide::resource_type_of(document, entry.resource) !=
                                     fhir::well_known().operation_outcome)) {
    return {};
  }
  Error error;
  const Interaction interaction =
      mode == Mode::kInclude ? Interaction::kRead : Interaction::kSearch;
  const decide::Decision decision =
      decide::decide(policy, interaction, document, entry.resource, scratch, error);
  if (error) {
    error.offset = document[entry.resource].begin;
    return error;
  }
  if (mode == Mode::kOutcome) {
    // It needs no rule; but where a rule hides part of it, nobody looks closer which part.
    const bool hidden =
        decision.allowed && decision.plan != nullptr && redact::hides_anything(*decision.plan);
    if (!hidden && outcome_says_anything(document, entry.resource)) {
      entry.verdict = Verdict::kOutcome;
    }
    return {};
  }
  if (decision.allowed && decision.plan != nullptr) {
    entry.plan = decision.plan;  // so its type is known
    entry.verdict = mode == Mode::kInclude ? Verdict::kInclude : Verdict::kReleased;
  }
  return {};
}

}  // namespace fhirwall::filter
