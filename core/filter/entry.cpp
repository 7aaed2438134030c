#include "core/filter/entry.hpp"

#include <string_view>

#include "core/base/result.hpp"
#include "core/filter/allow_list.hpp"
#include "core/filter/answer.hpp"
#include "core/filter/request.hpp"

namespace fhirwall::filter {
namespace {

using json::Document;
using json::NodeIndex;
using policy::Interaction;

enum class Mode : unsigned char { kMatch, kInclude, kOutcome, kOther };

std::string_view envelope_type(EnvelopeKind kind) {
  return kind == EnvelopeKind::kSearchset ? "searchset" : "history";
}

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

// The plan of an entry without resource, a deletion: null unless who reads the type sees all of it,
// so that what was deleted is no secret.
const redact::Plan* plan_of_deletion(const policy::CompiledPolicy& policy, const Document& document,
                                     NodeIndex entry) {
  const auto request = request_of(policy, document, document.find(entry, "request"), false);
  if (!request || plan_for_all(policy, Interaction::kRead, request->type) == nullptr) {
    return nullptr;
  }
  return plan_for_all(policy, Interaction::kHistory, request->type);
}

}  // namespace

EnvelopeKind envelope_kind(const Document& document, NodeIndex node, Interaction interaction) {
  const EnvelopeKind kind = interaction == Interaction::kSearch    ? EnvelopeKind::kSearchset
                            : interaction == Interaction::kHistory ? EnvelopeKind::kHistory
                                                                   : EnvelopeKind::kNone;
  if (kind == EnvelopeKind::kNone ||
      decide::resource_type_of(document, node) != fhir::well_known().bundle) {
    return EnvelopeKind::kNone;
  }
  const NodeIndex type = document.find(node, "type");
  return type != json::kNoNode && document.string_is(type, envelope_type(kind))
             ? kind
             : EnvelopeKind::kNone;
}

bool is_include(const Document& document, NodeIndex entry) {
  return mode_of(document, document.find(entry, "search")) == Mode::kInclude;
}

Error judge_entry(const policy::CompiledPolicy& policy, EnvelopeKind kind, const Document& document,
                  NodeIndex node, decide::Scratch& scratch, Entry& entry) {
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
  const bool history = kind == EnvelopeKind::kHistory;
  if (entry.resource == json::kNoNode) {
    entry.plan = history ? plan_of_deletion(policy, document, node) : nullptr;
    entry.verdict = entry.plan != nullptr ? Verdict::kReleased : Verdict::kRefused;
    return {};
  }
  const Mode mode = history ? Mode::kMatch : mode_of(document, search);
  if (mode == Mode::kOther ||
      (mode == Mode::kOutcome && decide::resource_type_of(document, entry.resource) !=
                                     fhir::well_known().operation_outcome)) {
    return {};
  }
  const Interaction interaction = history                  ? Interaction::kHistory
                                  : mode == Mode::kInclude ? Interaction::kRead
                                                           : Interaction::kSearch;
  const redact::Plan* plan = nullptr;
  if (Error error = plan_for(policy, interaction, document, entry.resource, scratch, plan)) {
    error.offset = document[entry.resource].begin;
    return error;
  }
  if (mode == Mode::kOutcome) {
    // It needs no rule; but where a rule hides part of it, nobody looks closer which part.
    const bool hidden = plan != nullptr && redact::hides_anything(*plan);
    if (!hidden && outcome_says_anything(document, entry.resource)) {
      entry.verdict = Verdict::kOutcome;
    }
    return {};
  }
  if (plan != nullptr) {
    entry.plan = plan;  // so its type is known
    entry.verdict = mode == Mode::kInclude ? Verdict::kInclude : Verdict::kReleased;
  }
  return {};
}

}  // namespace fhirwall::filter
