#include <algorithm>

#include "core/base/wipe.hpp"
#include "core/redact/closure.hpp"
#include "core/redact/repair_merger.hpp"

namespace fhirwall::redact {

using fhir::TypeKind;
using json::Kind;
using json::kNoNode;
using json::NodeIndex;

namespace {

constexpr std::string_view kNullText = "null";

}  // namespace

// Can objects of the type hold arrays that are aligned whether or not anything was cut from them?
bool Merger::aligns(fhir::TypeId type) const {
  const bool narratives = plans_.closure != nullptr
                              ? facts_of(*plans_.closure).cuts_narratives
                              : plans_.shown != nullptr && plans_.shown->cut_narratives;
  return narratives && type != fhir::TypeId::kNone &&
         (fhir::type_kind(type) == TypeKind::kBackbone || is_resource(type));
}

// Does closure cut from objects of the type what is more than a rendering: a Narrative, or from a
// resource? The type answers, not what stands there (SPEC P3).
bool Merger::holds_closure(fhir::TypeId type) const {
  if (!aligns(type) || is_resource(type)) {
    return aligns(type) && plans_.judge != nullptr;
  }
  const auto among = [type](const std::vector<fhir::TypeId>& types) {
    return std::binary_search(types.begin(), types.end(), type);
  };
  return among(narrative_holders(type)) ||
         (plans_.judge != nullptr && among(resource_holders(type)));
}

// Contained resources are known by their ids: one that was not shown gives way to one that was sent
// with the same.
void Merger::drop_replaced(Entries& entries) const {
  for (std::size_t i = 0; i < entries.stored.size(); ++i) {
    const NodeIndex id = before_->find(entries.stored[i].value.node, "id");
    if (entries.fates[i] != Entries::Fate::kReturns || id == kNoNode || !before_->is_string(id)) {
      continue;
    }
    WipedText scratch;
    const std::string_view text = before_->string(id, scratch.text);
    for (std::size_t j = 0; j < entries.sent.size(); ++j) {
      const NodeIndex sent = after_.find(entries.sent[j].value, "id");
      if (entries.partners[j] == kNewEntry && sent != kNoNode && after_.string_is(sent, text)) {
        entries.fates[i] = Entries::Fate::kGone;
      }
    }
  }
}

// Decides what becomes of each entry. Where no hidden path leads into the array, nothing readonly
// stands in it and nothing was cut from it, there is nothing to align. An entry that was removed
// takes with it what closure cut; one into which a hidden path leads cannot be removed, and one
// that holds something readonly comes back. Where closure alone cuts, and no more than renderings,
// an entry whose partner cannot be told is a new one.
//
// INVARIANT: whether a hidden element is there changes nothing of this (SPEC P3): its path does.
void Merger::find_partners(Entries& entries, const MemberPlace& member) {
  entries.partners.assign(entries.sent.size(), kNewEntry);
  entries.fates.assign(entries.stored.size(), Entries::Fate::kGone);
  if (before_ == nullptr) {
    return;  // a create: every entry is new
  }
  MemberPlace plain = member;
  plain.child.sibling = false;
  MemberPlace sibling = member;
  sibling.child.sibling = true;
  const auto content_of = [&](const StoredEntry& stored, bool report) {
    return (stored.value.exists() ? entry_content(stored.value, plain, report) : 0) |
           (stored.sibling.exists() ? entry_content(stored.sibling, sibling, report) : 0);
  };
  const auto leads_hidden = [&](const Stored& part, const MemberPlace& place_of) {
    Place place;
    return part.exists() &&
           (places_.value(place_of, *before_, part.node, place) == Protection::kHidden ||
            place.tries[kHiddenPlan] != kNoTrie);
  };
  const auto may_hold_hidden = [&](const StoredEntry& stored) {
    return leads_hidden(stored.value, plain) || leads_hidden(stored.sibling, sibling);
  };
  const auto touched = [&](const StoredEntry& stored) {
    return (stored.value.exists() && stored.value.view != View::kAll) ||
           (stored.sibling.exists() && stored.sibling.view != View::kAll);
  };
  const fhir::TypeId type =
      member.child.element != nullptr ? member.child.type : fhir::TypeId::kNone;
  bool strict = member.edges[kHiddenPlan] != nullptr || holds_closure(type);
  bool any = strict;
  for (const StoredEntry& stored : entries.stored) {
    strict = strict || content_of(stored, false) != 0;
    any = any || strict || touched(stored);
  }
  if (!any) {
    return;
  }
  if (!align(*before_, entries.stored, after_, entries.sent, type, view_, entries.partners) &&
      strict) {
    (void)refuse();
    return;
  }
  for (std::uint32_t& partner : entries.partners) {
    if (partner != kNewEntry) {
      const bool taken = entries.fates[partner] == Entries::Fate::kMatched;
      entries.fates[partner] = Entries::Fate::kMatched;
      partner = taken ? kNewEntry : partner;
    }
  }
  for (std::size_t i = 0; i < entries.stored.size(); ++i) {
    const StoredEntry& stored = entries.stored[i];
    if (entries.fates[i] == Entries::Fate::kMatched) {
      continue;
    }
    if (!stored.shown()) {
      entries.fates[i] = Entries::Fate::kReturns;
      continue;
    }
    const unsigned holds = content_of(stored, true);
    if ((holds & kHoldsHidden) != 0 || may_hold_hidden(stored)) {
      (void)refuse();
    } else if (holds != 0) {
      entries.fates[i] = Entries::Fate::kReturns;
    }
  }
  if (places_.judged_elsewhere(member)) {
    drop_replaced(entries);
  }
}

// An array of objects; the items of an array of primitives that has no counterpart keep their
// positions.
bool Merger::array(const Stored& stored, NodeIndex sent, const MemberPlace& member) {
  Entries entries;
  if (stored.exists()) {
    for (NodeIndex node = stored.node + 1, end = (*before_)[stored.node].next; node != end;
         node = (*before_)[node].next) {
      entries.stored.push_back({view_.child(stored, node), {}});
    }
  }
  const NodeIndex first = sent == kNoNode ? 0 : sent + 1;
  const NodeIndex end = sent == kNoNode ? 0 : after_[sent].next;
  Place place;
  for (NodeIndex node = first; node != end; node = after_[node].next) {
    if (places_.value(member, after_, node, place) != Protection::kHidden) {
      entries.sent.push_back({node, kNoNode});
    }
  }
  find_partners(entries, member);
  if (result_.refused) {
    return false;
  }
  Joiner list(after_, sent, false, out_);
  returning_run(list, entries, 0);
  std::size_t at = 0;
  for (NodeIndex node = first; node != end; node = after_[node].next) {
    const Protection protection = places_.value(member, after_, node, place);
    path_.back().url = place.url;
    std::uint32_t partner = kNewEntry;
    list.next(node);
    bool written = false;
    if (protection == Protection::kHidden) {
      conflict(Conflict::Kind::kHidden);
    } else {
      partner = entries.partners[at++];
      written = partner == kNewEntry ? fresh_entry(node, member)
                                     : entry(entries.stored[partner].value, node, member);
    }
    path_.back().url = {};
    if (!written && member.primitive()) {
      out_ += kNullText;
    } else if (!written) {
      list.undo();
    }
    list.pass(node);
    if (partner != kNewEntry) {
      returning_run(list, entries, partner + std::size_t{1});
    }
  }
  if (list.finish()) {
    return true;
  }
  return sent != kNoNode && !after_.has_children(sent) && write_sent(sent);
}

// Entries that return stand behind the one that they follow in the stored version, or in front.
void Merger::returning_run(Joiner& list, const Entries& entries, std::size_t from) {
  for (std::size_t i = from;
       i < entries.stored.size() && entries.fates[i] != Entries::Fate::kMatched; ++i) {
    if (entries.fates[i] == Entries::Fate::kReturns) {
      list.insert();
      write_stored(entries.stored[i].value.node);
    }
  }
}

// One entry in both versions.
bool Merger::entry(const Stored& stored, NodeIndex sent, const MemberPlace& member) {
  if (places_.judged_elsewhere(member)) {
    return resource(stored, sent, member);
  }
  Place before;
  Place after;
  const Protection protection = places_.value(member, *before_, stored.node, before);
  if (places_.value(member, after_, sent, after) != protection ||
      before.tries[kHiddenPlan] != after.tries[kHiddenPlan] ||
      before.tries[kReadonlyPlan] != after.tries[kReadonlyPlan]) {
    return refuse();  // SPEC 9.2: a selector must select the same entry in both
  }
  if (protection == Protection::kReadonly) {
    if (!view_.same(stored, sent)) {
      conflict(Conflict::Kind::kReadonly);
    }
    report_hidden(sent, member, true);
    return write_stored(stored.node);
  }
  if (before_->is_object(stored.node) && after_.is_object(sent)) {
    return object(stored, sent, after);
  }
  return keeps(stored, member) ? refuse() : fresh_entry(sent, member);
}

bool Merger::fresh_entry(NodeIndex sent, const MemberPlace& member) {
  if (places_.judged_elsewhere(member)) {
    return resource({}, sent, member);
  }
  Place place;
  if (places_.value(member, after_, sent, place) == Protection::kReadonly && !hidden_only_) {
    conflict(Conflict::Kind::kReadonly);
    report_hidden(sent, member, true);
    return false;
  }
  if (after_.is_object(sent)) {
    return object({}, sent, place);
  }
  return after_.is_array(sent) ? array({}, sent, member) : write_sent(sent);
}

// True if the two arrays of a primitive element have to be merged position by position.
bool Merger::positions_of(const Pair& pair, const MemberPlace& member, std::string_view key,
                          Positions& positions) const {
  if (!member.primitive() || !pair.stored.exists() || (member.closure && !member.on_path())) {
    return false;
  }
  const std::string base(member.child.sibling ? key.substr(1) : key);
  bool array = false;
  bool touched = member.on_path();
  bool wrong = false;
  for (std::size_t side = 0; side < 2; ++side) {
    const std::string name = side == 0 ? base : "_" + base;
    const Stored stored = view_.child(pair.stored, pair.stored_members.find(name));
    positions.stored[side] = stored;
    positions.sent[side] = pair.sent_members.find(name);
    const NodeIndex sent = positions.sent[side];
    array = array || (stored.exists() && before_->is_array(stored.node));
    wrong = wrong || (stored.exists() && !before_->is_array(stored.node)) ||
            (sent != kNoNode && !after_.is_array(sent));
    touched = touched || (stored.exists() && stored.view != View::kAll);
  }
  return array && touched && (member.on_path() || !wrong);
}

// Writes one of the two arrays, compact: `null` where it has nothing at a position of the other.
bool Merger::positions(const Positions& positions, const MemberPlace& member) {
  const std::size_t side = member.child.sibling ? 1 : 0;
  Entries entries;
  for (std::size_t part = 0; part < 2; ++part) {
    const Stored& stored = positions.stored[part];
    NodeIndex sent = positions.sent[part];
    if ((stored.exists() && !before_->is_array(stored.node)) ||
        (sent != kNoNode && !after_.is_array(sent) && !member.on_path())) {
      return refuse();
    }
    if (sent != kNoNode && !after_.is_array(sent)) {
      conflict(member.edges[kHiddenPlan] != nullptr ? Conflict::Kind::kHidden
                                                    : Conflict::Kind::kReadonly);
      sent = kNoNode;
    }
    std::size_t at = 0;
    if (stored.exists()) {
      for (NodeIndex node = stored.node + 1, end = (*before_)[stored.node].next; node != end;
           node = (*before_)[node].next, ++at) {
        if (at == entries.stored.size()) {
          entries.stored.emplace_back();
        }
        StoredEntry& entry = entries.stored[at];
        (part == 0 ? entry.value : entry.sibling) = view_.child(stored, node);
      }
    }
    at = 0;
    if (sent != kNoNode) {
      for (NodeIndex node = sent + 1, end = after_[sent].next; node != end;
           node = after_[node].next, ++at) {
        if (at == entries.sent.size()) {
          entries.sent.emplace_back();
        }
        SentEntry& entry = entries.sent[at];
        (part == 0 ? entry.value : entry.sibling) = node;
      }
    }
  }
  find_partners(entries, member);
  if (result_.refused) {
    return false;
  }
  const std::size_t start = out_.size();
  std::size_t kept_end = start;
  out_ += '[';
  // `write` says whether anything stands at the position, an explicit `null` included.
  const auto add = [&](auto&& write) {
    if (out_.size() != start + 1) {
      out_ += ',';
    }
    if (write()) {
      kept_end = out_.size();
    } else {
      out_ += kNullText;
    }
  };
  const auto returning = [&](std::size_t from) {
    for (std::size_t i = from;
         i < entries.stored.size() && entries.fates[i] != Entries::Fate::kMatched; ++i) {
      const Stored& stored = side == 0 ? entries.stored[i].value : entries.stored[i].sibling;
      if (entries.fates[i] == Entries::Fate::kReturns) {
        add([&] { return stored.exists() && write_stored(stored.node); });
      }
    }
  };
  returning(0);
  for (std::size_t i = 0; i < entries.sent.size(); ++i) {
    const NodeIndex sent = side == 0 ? entries.sent[i].value : entries.sent[i].sibling;
    const std::uint32_t partner = entries.partners[i];
    if (partner == kNewEntry) {
      add([&] { return position({}, sent, member); });
      continue;
    }
    const StoredEntry& stored = entries.stored[partner];
    add([&] { return position(side == 0 ? stored.value : stored.sibling, sent, member); });
    returning(partner + std::size_t{1});
  }
  if (kept_end == start) {
    out_.resize(start);
    const Stored& whole = positions.stored[side];
    return whole.exists() && !before_->has_children(whole.node) && write_stored(whole.node);
  }
  out_.resize(kept_end);
  out_ += ']';
  return true;
}

bool Merger::position(const Stored& stored, NodeIndex sent, const MemberPlace& member) {
  const bool unseen = stored.exists() && (!stored.shown() || stored.view == View::kNull);
  if (sent == kNoNode || after_.kind(sent) == Kind::kNull) {
    if (unseen) {
      return write_stored(stored.node);
    }
    if (stored.exists() && left_out(stored, member)) {
      return true;
    }
    return sent != kNoNode && write_sent(sent);
  }
  Place place;
  if (places_.value(member, after_, sent, place) != Protection::kFree) {
    conflict(member.edges[kHiddenPlan] != nullptr ? Conflict::Kind::kHidden
                                                  : Conflict::Kind::kReadonly);
    return unseen && write_stored(stored.node);
  }
  if (stored.exists() && before_->is_object(stored.node) && after_.is_object(sent)) {
    return object(stored, sent, place);
  }
  if (unseen && !is_null(stored)) {
    return refuse();
  }
  return fresh_entry(sent, member);
}

unsigned Merger::content(const Stored& stored, const MemberPlace& member, bool report) {
  if ((view_.whole(stored) && !member.on_path()) ||
      (!stored.shown() && member.closure && !member.on_path())) {
    return 0;
  }
  if (!before_->is_array(stored.node)) {
    return entry_content(stored, member, report);
  }
  unsigned holds = 0;
  for (NodeIndex node = stored.node + 1, end = (*before_)[stored.node].next; node != end;
       node = (*before_)[node].next) {
    holds |= entry_content(view_.child(stored, node), member, report);
  }
  return holds;
}

unsigned Merger::entry_content(const Stored& stored, const MemberPlace& member, bool report) {
  if (places_.judged_elsewhere(member)) {
    if (plans_.judge == nullptr || member.on_path()) {
      return stored.view == View::kAll ? kHoldsReadonly : kHoldsHidden;
    }
    // Whether its plan hides something counts, not whether there is any.
    const Plan* const plan = view_.plan_of(stored.node);
    return plan != nullptr && plan->hides ? kHoldsHidden : 0;
  }
  Place place;
  switch (places_.value(member, *before_, stored.node, place)) {
    case Protection::kFree: break;
    case Protection::kReadonly:
      if (report && stored.shown()) {
        path_.back().url = place.url;
        conflict(Conflict::Kind::kReadonly);
        path_.back().url = {};
      }
      return kHoldsReadonly;
    case Protection::kHidden: return is_null(stored) ? 0 : kHoldsHidden;
  }
  if (before_->is_object(stored.node)) {
    path_.back().url = place.url;
    const unsigned holds = object_content(stored, place, report);
    path_.back().url = {};
    return holds;
  }
  if (before_->is_array(stored.node)) {
    MemberPlace items = member;
    items.edges = {};
    return content(stored, items, report);
  }
  const bool unseen = !stored.shown() || stored.view == View::kNull;
  return unseen && !is_null(stored) && !member.closure && member.on_path() ? kHoldsHidden : 0;
}

unsigned Merger::object_content(const Stored& stored, const Place& place, bool report) {
  if (view_.whole(stored) && place.tries[kHiddenPlan] == kNoTrie &&
      place.tries[kReadonlyPlan] == kNoTrie) {
    return 0;
  }
  unsigned holds = 0;
  for (NodeIndex node = stored.node + 1, end = (*before_)[stored.node].next; node != end;
       node = (*before_)[node].next) {
    const std::string_view key = before_->key(node);
    const MemberPlace member = places_.member(place, key);
    const Stored part = view_.child(stored, node);
    enter(place, key, member);
    switch (member.protection) {
      case Protection::kFree: holds |= content(part, member, report); break;
      case Protection::kReadonly:
        holds |= part.shown() ? kHoldsReadonly : kHoldsHidden;
        if (report && part.shown()) {
          conflict(Conflict::Kind::kReadonly);
        }
        break;
      case Protection::kHidden:
        // Whether there is a key that the model does not know is not to be told.
        holds |= member.child.element != nullptr ? kHoldsHidden : 0;
        break;
    }
    path_.pop_back();
  }
  return holds;
}

}  // namespace fhirwall::redact
