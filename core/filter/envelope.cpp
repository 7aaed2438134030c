#include "core/filter/envelope.hpp"

#include "core/filter/allow_list.hpp"

namespace fhirwall::filter {

using json::Document;
using json::MemberCutter;
using json::NodeIndex;

bool is_searchset(const Document& document) {
  const NodeIndex type = document.find(0, "type");
  return type != json::kNoNode && document.string_is(type, "searchset");
}

namespace {

enum class Fate : unsigned char { kCut, kKeep, kMeta, kLink };

Fate fate_of(const Document& document, NodeIndex member) {
  const std::string_view key = document.key(member);
  const bool scalar = !document.is_object(member) && !document.is_array(member);
  if (key == "link") {
    return keeps_any_link(document, member) ? Fate::kLink : Fate::kCut;
  }
  if (key == "meta") {
    return keeps_any_meta(document, member) ? Fate::kMeta : Fate::kCut;
  }
  if (key == "resourceType" || key == "id" || key == "implicitRules" || key == "language" ||
      key == "type" || key == "timestamp") {
    return scalar ? Fate::kKeep : Fate::kCut;
  }
  return key == "identifier" && document.is_object(member) ? Fate::kKeep : Fate::kCut;
}

}  // namespace

bool EnvelopeCutter::is_entries(NodeIndex member) const {
  return document_.key(member) == "entry" && document_.is_array(member);
}

void EnvelopeCutter::member(NodeIndex member) {
  const Fate fate = fate_of(document_, member);
  if (fate == Fate::kCut) {
    cutter_.cut(member);
    return;
  }
  cutter_.keep(member);
  if (fate == Fate::kMeta) {
    emit_meta(document_, member, edits_.cuts);
  } else if (fate == Fate::kLink) {
    emit_links(document_, member, edits_.cuts);
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

void emit_envelope(Context::State& state, const Document& document, bool keep_entries) {
  EnvelopeCutter envelope(document, state.edits);
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

Error emit_entry(Context::State& state, const policy::CompiledPolicy& policy,
                 const Document& document, const Entry& entry) {
  json::EditList& cuts = state.edits.cuts;
  MemberCutter cutter(document, entry.node, cuts);
  for (NodeIndex member = Document::first_child(entry.node), end = document[entry.node].next;
       member != end; member = document[member].next) {
    const std::string_view key = document.key(member);
    if (member == entry.resource) {
      cutter.keep(member);
      if (entry.verdict == Verdict::kOutcome) {
        emit_allowed(document, member, operation_outcome_members(), cuts);
      } else {
        FHIRWALL_TRY(state.redact_resource(policy, document, member, *entry.plan));
      }
    } else if (key == "fullUrl" && document.is_string(member)) {
      cutter.keep(member);
    } else if (key == "search" && keeps_any(document, member, entry_search_members())) {
      cutter.keep(member);
      emit_allowed(document, member, entry_search_members(), cuts);
    } else if (key == "link" && keeps_any_link(document, member)) {
      cutter.keep(member);
      emit_links(document, member, cuts);
    } else {
      cutter.cut(member);
    }
  }
  cutter.finish();
  return {};
}

namespace {

// Releases the includes that something released links, and refuses the others.
void settle_includes(Context::State& state, const Document& document) {
  LinkGraph& links = state.links;
  std::vector<std::string> names;
  std::vector<std::string> references;
  const auto links_count = [](const Entry& entry) {
    return entry.verdict == Verdict::kReleased || entry.verdict == Verdict::kInclude;
  };
  for (const Entry& entry : state.entries) {
    if (links_count(entry)) {
      entry_names(document, entry.resource, entry.full_url, names);
      state.redactor.mark(document, entry.resource, *entry.plan);
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
Error take_entry(Context::State& state, const policy::CompiledPolicy& policy,
                 const Document& document, NodeIndex item, MemberCutter& cutter, bool& decided) {
  Entry entry;
  FHIRWALL_TRY(judge_entry(policy, document, item, state.scratch, entry));
  decided = entry.verdict != Verdict::kInclude;
  if (entry.verdict == Verdict::kRefused) {
    cutter.cut(item);
  } else if (decided) {
    cutter.keep(item);
    return emit_entry(state, policy, document, entry);
  }
  return {};
}

// Two passes: all entries are judged, and the includes settled, before the first is emitted.
Error emit_entries(Context::State& state, const policy::CompiledPolicy& policy,
                   const Document& document, NodeIndex array, bool& kept) {
  state.entries.clear();
  for (NodeIndex item = Document::first_child(array), end = document[array].next; item != end;
       item = document[item].next) {
    FHIRWALL_TRY(judge_entry(policy, document, item, state.scratch, state.entries.emplace_back()));
  }
  settle_includes(state, document);
  MemberCutter cutter(document, array, state.edits.cuts);
  for (const Entry& entry : state.entries) {
    if (entry.verdict == Verdict::kRefused) {
      cutter.cut(entry.node);
    } else {
      cutter.keep(entry.node);
      FHIRWALL_TRY(emit_entry(state, policy, document, entry));
    }
  }
  cutter.finish();
  kept = cutter.kept_any();
  return {};
}

}  // namespace

Error filter_searchset(Context::State& state, const policy::CompiledPolicy& policy,
                       const Document& document) {
  EnvelopeCutter envelope(document, state.edits);
  for (NodeIndex member = Document::first_child(0), end = document[0].next; member != end;
       member = document[member].next) {
    if (!envelope.is_entries(member)) {
      envelope.member(member);
      continue;
    }
    envelope.open_entries();
    bool kept = false;
    FHIRWALL_TRY(emit_entries(state, policy, document, member, kept));
    envelope.close_entries(member, kept);
  }
  return {};
}

bool SearchsetVisitor::open(const Document& document, NodeIndex array) {
  if (interaction_ != policy::Interaction::kSearch || policy_.denies_everything ||
      decide::resource_type_of(document, 0) != fhir::well_known().bundle ||
      !is_searchset(document)) {
    return false;
  }
  array_ = array;
  envelope_.emplace(document, state_.edits);
  for (NodeIndex member = Document::first_child(0); member != array;
       member = document[member].next) {
    envelope_->member(member);
  }
  envelope_->open_entries();
  entries_.emplace(document, array, state_.edits.cuts);
  return true;
}

bool SearchsetVisitor::visit(const Document& document, NodeIndex item) {
  if (error_) {
    return true;
  }
  bool decided = true;
  error_ = take_entry(state_, policy_, document, item, *entries_, decided);
  return decided;
}

Error SearchsetVisitor::finish(const Document& document) {
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
