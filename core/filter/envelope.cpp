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

EnvelopeMember envelope_member(const Document& document, NodeIndex member) {
  const std::string_view key = document.key(member);
  const bool scalar = !document.is_object(member) && !document.is_array(member);
  if (key == "entry") {
    return document.is_array(member) ? EnvelopeMember::kEntry : EnvelopeMember::kCut;
  }
  if (key == "link") {
    return keeps_any_link(document, member) ? EnvelopeMember::kLink : EnvelopeMember::kCut;
  }
  if (key == "meta") {
    return keeps_any_meta(document, member) ? EnvelopeMember::kMeta : EnvelopeMember::kCut;
  }
  if (key == "resourceType" || key == "id" || key == "implicitRules" || key == "language" ||
      key == "type" || key == "timestamp") {
    return scalar ? EnvelopeMember::kKeep : EnvelopeMember::kCut;
  }
  return key == "identifier" && document.is_object(member) ? EnvelopeMember::kKeep
                                                           : EnvelopeMember::kCut;
}

void emit_envelope_part(const Document& document, NodeIndex member, EnvelopeMember what,
                        json::EditList& edits) {
  switch (what) {
    case EnvelopeMember::kMeta: emit_meta(document, member, edits); break;
    case EnvelopeMember::kLink: emit_links(document, member, edits); break;
    case EnvelopeMember::kCut:
    case EnvelopeMember::kKeep:
    case EnvelopeMember::kEntry: break;
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

// Entries in one pass, while their nodes are in the cache; false when there are includes, about
// which nothing is known before all entries are judged.
Error emit_entries(Context::State& state, const policy::CompiledPolicy& policy,
                   const Document& document, NodeIndex array, bool& kept, bool& done) {
  MemberCutter cutter(document, array, state.edits.cuts);
  Entry entry;
  for (NodeIndex item = Document::first_child(array), end = document[array].next; item != end;
       item = document[item].next) {
    // The nodes of a large body are not in the cache: ask for the next entry's while at this one's.
    const json::Node* next = &document[item] + (document[item].next - item);
    __builtin_prefetch(next);
    __builtin_prefetch(next + 4);
    FHIRWALL_TRY(judge_entry(policy, document, item, state.scratch, entry));
    if (entry.verdict == Verdict::kInclude) {
      return {};
    }
    if (entry.verdict == Verdict::kRefused) {
      cutter.cut(item);
      continue;
    }
    cutter.keep(item);
    FHIRWALL_TRY(emit_entry(state, policy, document, entry));
  }
  cutter.finish();
  kept = cutter.kept_any();
  done = true;
  return {};
}

// Entries in two passes: all are judged, and the includes settled, before the first is emitted.
Error emit_entries_with_includes(Context::State& state, const policy::CompiledPolicy& policy,
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
  return emit_envelope(state, document, [&](NodeIndex array, bool& kept) -> Error {
    const redact::Edits::Mark mark = state.edits.mark();
    bool done = false;
    const Error error = emit_entries(state, policy, document, array, kept, done);
    if (done || error) {
      return error;
    }
    state.edits.rollback(mark);
    return emit_entries_with_includes(state, policy, document, array, kept);
  });
}

}  // namespace fhirwall::filter
