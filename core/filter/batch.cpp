#include "core/filter/batch.hpp"

#include "core/filter/answer.hpp"
#include "core/filter/envelope.hpp"

namespace fhirwall::filter {
namespace {

using json::Document;
using json::MemberCutter;
using json::NodeIndex;
using policy::CompiledPolicy;
using policy::Interaction;

constexpr std::string_view kRefused = R"({"response":{"status":"403"}})";

bool only_reads(Interaction interaction) { return interaction < Interaction::kCreate; }

// The plan under which everything that a reading request may be about is released, so that its
// answer says nothing about what exists; null when there is none such.
const redact::Plan* plan_for_any_answer(const CompiledPolicy& policy, const EntryRequest& request) {
  const redact::Plan* const read = plan_for_all(policy, Interaction::kRead, request.about);
  return read == nullptr || request.about != request.type
             ? read
             : plan_for_all(policy, request.interaction, request.type);
}

// What any rule for the type hides.
const redact::Plan* plan_of_any_rule(const CompiledPolicy& policy, fhir::TypeId type) {
  return redact::facts_of(*policy.closure).types[fhir::resource_index(type)].contained.get();
}

// The answer to a query, by a write, tells whether something matched it, hidden elements included.
bool may_be_conditional(const CompiledPolicy& policy, fhir::TypeId type) {
  return plan_for_all(policy, Interaction::kRead, type) != nullptr &&
         !redact::hides_anything(*plan_of_any_rule(policy, type));
}

bool failed(const Document& document, NodeIndex response) {
  const NodeIndex status = document.find(response, "status");
  if (status == json::kNoNode || !document.is_string(status)) {
    return true;
  }
  std::string scratch;
  return !document.string(status, scratch).starts_with('2');
}

// What becomes of one entry.
struct Answer {
  bool refused = true;
  NodeIndex resource = json::kNoNode;
  NodeIndex response = json::kNoNode;
  EnvelopeKind envelope = EnvelopeKind::kNone;  // of the resource
  const redact::Plan* plan = nullptr;           // of the resource that is no envelope
  bool must_hold = false;                       // refused if the envelope holds nothing
  AllowList members;                            // of the response
};

Error decide_answer(Context::State& state, const CompiledPolicy& policy,
                    const EntryRequest& request, const Document& document, NodeIndex entry,
                    Answer& answer) {
  const Interaction interaction = request.interaction;
  const bool typed = request.type != fhir::TypeId::kNone;
  answer.resource = document.find(entry, "resource");
  answer.response = document.find(entry, "response");
  answer.members = entry_response_members(false, false);
  const bool gathers = interaction == Interaction::kSearch || interaction == Interaction::kHistory;
  // SPEC 4.3: what is refused at type level.
  if (!request.known || (!typed && !gathers && answer.resource == json::kNoNode) ||
      (typed && !decide::can(policy, interaction, request.type)) ||
      (request.conditional && !(typed && may_be_conditional(policy, request.type)))) {
    return {};
  }
  const redact::Plan* const any =
      only_reads(interaction) ? plan_for_any_answer(policy, request) : nullptr;
  if (answer.resource == json::kNoNode) {
    const bool one = only_reads(interaction) && request.instance;
    // Of one that may be read or not, one that exists and is refused looks the same.
    answer.refused = !typed || (one && any == nullptr);
    if (!gathers && !answer.refused && !failed(document, answer.response)) {
      answer.members = response_members(one ? *any : *plan_of_any_rule(policy, request.type));
    }
    return {};
  }
  if (gathers) {
    answer.envelope = envelope_kind(document, answer.resource, interaction);
    answer.refused = answer.envelope == EnvelopeKind::kNone;
    answer.must_hold = request.instance && any == nullptr;
    return {};
  }
  if (typed && decide::resource_type_of(document, answer.resource) != request.type) {
    return {};
  }
  FHIRWALL_TRY(
      plan_for(policy, interaction, document, answer.resource, state.scratch, answer.plan));
  answer.refused = answer.plan == nullptr;
  if (!answer.refused && !failed(document, answer.response)) {
    answer.members = response_members(*answer.plan);
  }
  return {};
}

// Adds the cuts inside an entry that stays; `kept`: is anything left of it?
Error emit_answer(Context::State& state, const CompiledPolicy& policy, const Document& document,
                  NodeIndex entry, const Answer& answer, bool& kept) {
  json::EditList& cuts = state.edits.cuts;
  MemberCutter cutter(document, entry, cuts);
  kept = false;
  for (NodeIndex member = Document::first_child(entry), end = document[entry].next; member != end;
       member = document[member].next) {
    const std::string_view key = document.key(member);
    const redact::Edits::Mark mark = state.edits.mark();
    bool stays = false;
    if (member == answer.resource) {
      stays = true;
      if (answer.envelope == EnvelopeKind::kNone) {
        FHIRWALL_TRY(state.redact_resource(policy, document, member, *answer.plan));
      } else {
        bool holds = false;
        FHIRWALL_TRY(filter_envelope(state, policy, answer.envelope, document, member, holds));
        if (answer.must_hold && !holds) {
          kept = false;
          return {};
        }
      }
    } else if (member == answer.response) {
      FHIRWALL_TRY(emit_response(state, policy, document, member, answer.members, stays));
    } else if (key == "fullUrl") {
      stays = document.is_string(member) && answer.resource != json::kNoNode;
    } else if (key == "link" && keeps_any_link(document, member)) {
      emit_links(document, member, cuts);
      stays = true;
    }
    if (stays) {
      cutter.keep(member);
    } else {
      state.edits.rollback(mark);
      cutter.cut(member);
    }
  }
  cutter.finish();
  kept = cutter.kept_any();
  return {};
}

Error filter_entry(Context::State& state, const CompiledPolicy& policy, const EntryRequest& request,
                   const Document& document, NodeIndex entry) {
  const redact::Edits::Mark mark = state.edits.mark();
  Answer answer;
  bool kept = false;
  FHIRWALL_TRY(decide_answer(state, policy, request, document, entry, answer));
  if (!answer.refused) {
    FHIRWALL_TRY(emit_answer(state, policy, document, entry, answer, kept));
  }
  if (!kept) {
    state.edits.rollback(mark);
    state.edits.cuts.cut(document[entry].begin, document[entry].end);
    state.edits.literals.push_back({document[entry].begin, kRefused});
  }
  return {};
}

}  // namespace

Error filter_batch(Context::State& state, const CompiledPolicy& policy, const Document& document) {
  NodeIndex next = 0;
  std::size_t number = 0;
  EnvelopeCutter envelope(state, document, 0, false);
  for (NodeIndex member = Document::first_child(0), end = document[0].next; member != end;
       member = document[member].next) {
    if (!envelope.is_entries(member)) {
      envelope.member(member);
      continue;
    }
    envelope.open_entries();
    next = document[member].next;
    for (NodeIndex item = Document::first_child(member); item != next; item = document[item].next) {
      if (number == state.requests.size()) {
        return {ErrorCode::kBatchEntries, 0};
      }
      FHIRWALL_TRY(filter_entry(state, policy, state.requests[number], document, item));
      ++number;
    }
    envelope.close_entries(member, number != 0);
  }
  return number == state.requests.size() ? Error{} : Error{ErrorCode::kBatchEntries, 0};
}

}  // namespace fhirwall::filter
