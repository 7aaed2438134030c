#include "core/filter/envelope.hpp"

#include <array>

#include "core/redact/touches.hpp"

namespace fhirwall::filter {

using json::Document;
using json::MemberCutter;
using json::NodeIndex;

namespace {

enum class Fate : unsigned char { kCut, kKeep, kMeta, kLink, kIdentifier };

Fate fate_of(const Document& document, NodeIndex member, bool keeps_total, bool keeps_links) {
  const std::string_view key = document.key(member);
  const bool scalar = !document.is_object(member) && !document.is_array(member);
  if (key == "link") {
    return keeps_links && keeps_any_link(document, member) ? Fate::kLink : Fate::kCut;
  }
  if (key == "meta") {
    return keeps_any_meta(document, member) ? Fate::kMeta : Fate::kCut;
  }
  if (key == "resourceType" || key == "id" || key == "implicitRules" || key == "language" ||
      key == "type" || key == "timestamp") {
    return scalar ? Fate::kKeep : Fate::kCut;
  }
  if (key == "total") {
    return keeps_total && document.kind(member) == json::Kind::kNumber ? Fate::kKeep : Fate::kCut;
  }
  return key == "identifier" && keeps_any(document, member, identifier_members())
             ? Fate::kIdentifier
             : Fate::kCut;
}

}  // namespace

bool EnvelopeCutter::is_entries(NodeIndex member) const {
  return document_.key(member) == "entry" && document_.is_array(member);
}

void EnvelopeCutter::member(NodeIndex member) {
  const Fate fate = fate_of(document_, member, keeps_total_, keeps_links_);
  if (fate == Fate::kCut) {
    cutter_.cut(member);
    return;
  }
  cutter_.keep(member);
  if (fate == Fate::kMeta) {
    emit_meta(document_, member, edits_.cuts);
  } else if (fate == Fate::kLink) {
    emit_links(document_, member, edits_.cuts);
  } else if (fate == Fate::kIdentifier) {
    emit_allowed(document_, member, identifier_members(), edits_.cuts);
  }
}

void EnvelopeCutter::close_entries(NodeIndex array, bool kept) {
  if (kept) {
    cutter_.keep(array);
    return;
  }
  edits_.rollback(mark_);  // SPEC 7.5: an empty `entry` is pruned
  cutter_.cut(array);
}

void emit_envelope(Context::State& state, const policy::CompiledPolicy& policy,
                   const Document& document, bool keep_entries) {
  EnvelopeCutter envelope(state, document, 0, policy.exact_totals);
  for (NodeIndex member = Document::first_child(0), end = document[0].next; member != end;
       member = document[member].next) {
    if (envelope.is_entries(member)) {
      envelope.open_entries();
      envelope.close_entries(member, keep_entries);
    } else {
      envelope.member(member);
    }
  }
}

namespace {

// Does this URL stay, with what has to be edited of it?
bool emit_url(Context::State& state, const Document& document, NodeIndex url) {
  return state.rewrite == nullptr || state.rewrite->emit_url(document, url, state.edits);
}

// Adds what goes inside of a member of an object of which `allowed` may stay; false: all of it.
bool emit_if_allowed(Context::State& state, const Document& document, NodeIndex member,
                     AllowList allowed) {
  const AllowedMember* const found = find_allowed(document, member, allowed);
  if (found == nullptr ||
      (found->shape == AllowedMember::Shape::kUrl && !emit_url(state, document, member))) {
    return false;
  }
  emit_member(document, member, *found, state.edits.cuts);
  return true;
}

// Of `request`; false: nothing is left of it.
bool emit_request(Context::State& state, const Document& document, NodeIndex request) {
  if (!document.is_object(request)) {
    return false;
  }
  MemberCutter cutter(document, request, state.edits.cuts);
  for (NodeIndex member = Document::first_child(request), end = document[request].next;
       member != end; member = document[member].next) {
    if (emit_if_allowed(state, document, member, entry_request_members())) {
      cutter.keep(member);
    } else {
      cutter.cut(member);
    }
  }
  return cutter.kept_any();
}

}  // namespace

AllowList response_members(const redact::Plan& plan) {
  constexpr std::array<std::string_view, 2> kVersion = {"meta", "versionId"};
  constexpr std::array<std::string_view, 2> kDate = {"meta", "lastUpdated"};
  return entry_response_members(!redact::touches(plan, kVersion), !redact::touches(plan, kDate));
}

Error emit_response(Context::State& state, const policy::CompiledPolicy& policy,
                    const Document& document, NodeIndex response, AllowList allowed, bool& kept) {
  kept = false;
  if (!document.is_object(response)) {
    return {};
  }
  json::EditList& cuts = state.edits.cuts;
  MemberCutter cutter(document, response, cuts);
  for (NodeIndex member = Document::first_child(response), end = document[response].next;
       member != end; member = document[member].next) {
    if (emit_if_allowed(state, document, member, allowed)) {
      cutter.keep(member);
    } else if (document.key(member) != "outcome") {
      cutter.cut(member);
    } else if (decide::resource_type_of(document, member) == fhir::well_known().operation_outcome) {
      // It needs no rule (SPEC 8.2).
      if (outcome_says_anything(document, member)) {
        cutter.keep(member);
        emit_allowed(document, member, operation_outcome_members(), cuts);
      } else {
        cutter.cut(member);
      }
    } else if (const redact::Plan* const plan =
                   state.judge->judge(document, member, redact::Nesting::kOutcome)) {
      cutter.keep(member);
      FHIRWALL_TRY(state.redact_resource(policy, document, member, *plan));
    } else {
      FHIRWALL_TRY(state.judge->error());
      cutter.cut(member);
    }
  }
  cutter.finish();
  kept = cutter.kept_any();
  return {};
}

Error emit_entry(Context::State& state, const policy::CompiledPolicy& policy, EnvelopeKind kind,
                 const Document& document, const Entry& entry) {
  json::EditList& cuts = state.edits.cuts;
  const bool history = kind == EnvelopeKind::kHistory;
  MemberCutter cutter(document, entry.node, cuts);
  for (NodeIndex member = Document::first_child(entry.node), end = document[entry.node].next;
       member != end; member = document[member].next) {
    const std::string_view key = document.key(member);
    bool kept = true;
    if (member == entry.resource) {
      if (entry.verdict == Verdict::kOutcome) {
        emit_allowed(document, member, operation_outcome_members(), cuts);
      } else {
        FHIRWALL_TRY(state.redact_resource(policy, document, member, *entry.plan));
      }
    } else if (key == "fullUrl" && document.is_string(member)) {
      kept = emit_url(state, document, member);
    } else if (key == "link" && state.rewrite == nullptr && keeps_any_link(document, member)) {
      emit_links(document, member, cuts);
    } else if (history && (key == "response" || key == "request")) {
      const redact::Edits::Mark mark = state.edits.mark();
      if (key == "request") {
        kept = emit_request(state, document, member);
      } else {
        FHIRWALL_TRY(
            emit_response(state, policy, document, member, response_members(*entry.plan), kept));
      }
      if (!kept) {
        state.edits.rollback(mark);
      }
    } else if (!history && key == "search" && keeps_any(document, member, entry_search_members())) {
      emit_allowed(document, member, entry_search_members(), cuts);
    } else {
      kept = false;
    }
    if (kept) {
      cutter.keep(member);
    } else {
      cutter.cut(member);
    }
  }
  cutter.finish();
  return {};
}

namespace {

// Releases the includes that something released links, and refuses the others.
void settle_includes(Context::State& state, const policy::CompiledPolicy& policy,
                     const Document& document) {
  LinkGraph& links = state.links;
  std::vector<std::string> names;
  std::vector<std::string> references;
  const auto links_count = [](const Entry& entry) {
    return entry.verdict == Verdict::kReleased || entry.verdict == Verdict::kInclude;
  };
  for (const Entry& entry : state.entries) {
    if (links_count(entry)) {
      entry_names(document, entry.resource, entry.full_url, names);
      state.mark_resource(policy, document, entry.resource, *entry.plan);
      kept_references(document, state.redactor, references);
      links.add(entry.verdict == Verdict::kReleased, names, references);
    }
  }
  links.settle();
  std::uint32_t number = 0;
  for (Entry& entry : state.entries) {
    if (links_count(entry)) {
      entry.verdict = links.released(number) ? Verdict::kReleased : Verdict::kRefused;
      ++number;
    }
  }
  links.clear();
}

// One entry in one pass; false for an include, about which nothing is known yet.
Error take_entry(Context::State& state, const policy::CompiledPolicy& policy, EnvelopeKind kind,
                 const Document& document, NodeIndex item, MemberCutter& cutter, bool& decided) {
  Entry entry;
  FHIRWALL_TRY(judge_entry(policy, kind, document, item, state.scratch, entry));
  decided = entry.verdict != Verdict::kInclude;
  if (entry.verdict == Verdict::kRefused) {
    cutter.cut(item);
  } else if (decided) {
    cutter.keep(item);
    return emit_entry(state, policy, kind, document, entry);
  }
  return {};
}

// A searchset in two passes: all entries are judged, and the includes settled, before the first is
// emitted. Of a history each entry stands for itself.
Error emit_entries(Context::State& state, const policy::CompiledPolicy& policy, EnvelopeKind kind,
                   const Document& document, NodeIndex array, bool& kept) {
  MemberCutter cutter(document, array, state.edits.cuts);
  const NodeIndex end = document[array].next;
  if (kind == EnvelopeKind::kHistory) {
    for (NodeIndex item = Document::first_child(array); item != end; item = document[item].next) {
      bool decided = true;
      FHIRWALL_TRY(take_entry(state, policy, kind, document, item, cutter, decided));
    }
    kept = cutter.kept_any();
    return {};
  }
  state.entries.clear();
  for (NodeIndex item = Document::first_child(array); item != end; item = document[item].next) {
    FHIRWALL_TRY(
        judge_entry(policy, kind, document, item, state.scratch, state.entries.emplace_back()));
  }
  settle_includes(state, policy, document);
  for (const Entry& entry : state.entries) {
    if (entry.verdict == Verdict::kRefused) {
      cutter.cut(entry.node);
    } else {
      cutter.keep(entry.node);
      FHIRWALL_TRY(emit_entry(state, policy, kind, document, entry));
    }
  }
  cutter.finish();
  kept = cutter.kept_any();
  return {};
}

}  // namespace

Error filter_envelope(Context::State& state, const policy::CompiledPolicy& policy,
                      EnvelopeKind kind, const Document& document, NodeIndex node, bool& kept) {
  kept = false;
  EnvelopeCutter envelope(state, document, node, policy.exact_totals);
  for (NodeIndex member = Document::first_child(node), end = document[node].next; member != end;
       member = document[member].next) {
    if (!envelope.is_entries(member)) {
      envelope.member(member);
      continue;
    }
    envelope.open_entries();
    FHIRWALL_TRY(emit_entries(state, policy, kind, document, member, kept));
    envelope.close_entries(member, kept);
  }
  return {};
}

bool EnvelopeVisitor::open(const Document& document, NodeIndex array) {
  kind_ = envelope_kind(document, 0, interaction_);
  if (policy_.denies_everything || kind_ == EnvelopeKind::kNone) {
    return false;
  }
  array_ = array;
  envelope_.emplace(state_, document, 0, policy_.exact_totals);
  for (NodeIndex member = Document::first_child(0); member != array;
       member = document[member].next) {
    envelope_->member(member);
  }
  envelope_->open_entries();
  entries_.emplace(document, array, state_.edits.cuts);
  return true;
}

bool EnvelopeVisitor::visit(const Document& document, NodeIndex item) {
  if (error_) {
    return true;
  }
  bool decided = true;
  error_ = take_entry(state_, policy_, kind_, document, item, *entries_, decided);
  return decided;
}

Error EnvelopeVisitor::finish(const Document& document) {
  if (error_) {
    return error_;
  }
  envelope_->close_entries(array_, entries_->kept_any());
  for (NodeIndex member = document[array_].next, end = document[0].next; member != end;
       member = document[member].next) {
    envelope_->member(member);
  }
  return {};
}

}  // namespace fhirwall::filter
