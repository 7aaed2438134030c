#include "core/redact/repair.hpp"

#include <algorithm>

#include "core/redact/repair_merger.hpp"

namespace fhirwall::redact {

using json::Kind;
using json::kNoNode;
using json::NodeIndex;

namespace {

// Conflicts that are named: one is enough to refuse a write, and a user reads no more.
constexpr std::size_t kMaxConflicts = 100;

bool is_container(Kind kind) { return kind == Kind::kObject || kind == Kind::kArray; }

std::string_view without_underscore(std::string_view key) {
  return key.starts_with('_') ? key.substr(1) : key;
}

fhir::TypeId resource_type_of(const json::Document& document, NodeIndex resource) {
  const NodeIndex name = document.find(resource, "resourceType");
  std::string scratch;
  return name != kNoNode && document.is_string(name)
             ? fhir::find_resource_type(document.string(name, scratch))
             : fhir::TypeId::kNone;
}

}  // namespace

Repair repair(const json::Document* before, NodeIndex before_root, const json::Document& after,
              NodeIndex after_root, const RepairPlans& plans, std::string& out) {
  Repair result;
  // Little more than both texts; one that grew would leave copies of itself behind (SPEC P7).
  const std::size_t stored = before == nullptr ? 0 : before->text().size();
  out.reserve(out.size() + stored + after.text().size() + 1024);
  Merger(before, after, plans, out, result).run(before_root, after_root);
  return result;
}

void Merger::run(NodeIndex before_root, NodeIndex after_root) {
  const std::size_t start = out_.size();
  const Plan* plan = plans_.hidden != nullptr     ? plans_.hidden
                     : plans_.readonly != nullptr ? plans_.readonly
                                                  : plans_.shown;
  Stored stored;
  if (before_ != nullptr) {
    stored = view_.open(*before_, before_root, plans_);
  }
  const Place root = places_.root(plan != nullptr ? plan->type : fhir::TypeId::kNone);
  if (!object(stored, after_root, root)) {
    out_ += "{}";
  }
  if (view_.exhausted()) {
    result_.refused = true;
  }
  if (result_.refused) {
    out_.resize(start);
  }
}

// Members stand where the submission has them. One that only the stored version has stands behind
// the member that it follows there, or in front of all.
bool Merger::object(const Stored& stored, NodeIndex sent, const Place& place) {
  if (sent != kNoNode && (!stored.exists() || (view_.whole(stored) && !aligns(place.type))) &&
      !places_.reaches(place)) {
    return write_sent(sent);
  }
  const Pair pair{stored, sent, MemberIndex(before_, stored.node), MemberIndex(&after_, sent),
                  place};
  Joiner list(after_, sent, true, out_);
  if (stored.exists()) {
    stored_run(list, pair, stored.node + 1);
  }
  if (sent != kNoNode) {
    for (NodeIndex node = sent + 1, end = after_[sent].next; node != end;
         node = after_[node].next) {
      const NodeIndex other = pair.stored_members.find(after_.key(node));
      sent_member(list, pair, node, view_.child(stored, other));
      list.pass(node);
      if (other != kNoNode) {
        stored_run(list, pair, (*before_)[other].next);
      }
    }
  }
  if (list.finish()) {
    return true;
  }
  return sent != kNoNode && !after_.has_children(sent) && write_sent(sent);
}

// The members from `from` on, up to one that the submission has.
void Merger::stored_run(Joiner& list, const Pair& pair, NodeIndex from) {
  for (NodeIndex node = from, end = (*before_)[pair.stored.node].next;
       node != end && pair.sent_members.find(before_->key(node)) == kNoNode;
       node = (*before_)[node].next) {
    stored_member(list, pair, node);
  }
}

void Merger::sent_member(Joiner& list, const Pair& pair, NodeIndex node, const Stored& stored) {
  const std::string_view key = after_.key(node);
  const MemberPlace member = places_.member(pair.place, key);
  enter(pair.place, key, member);
  const auto restore = [&] {
    if (stored.exists()) {
      list.next(node);
      write_key(*before_, stored.node);
      write_stored(stored.node);
    }
  };
  switch (member.protection) {
    case Protection::kHidden:
      // SPEC 9.3: whatever its value, since comparing would tell it.
      conflict(Conflict::Kind::kHidden);
      restore();
      break;
    case Protection::kReadonly:
      report_hidden(node, member, false);
      if (!view_.same(stored, node)) {
        conflict(Conflict::Kind::kReadonly);
      }
      restore();
      break;
    case Protection::kFree: {
      if (stored_rival(pair, member)) {
        conflict(Conflict::Kind::kReadonly);
        list.next(node);
        write_key(after_, node);
        if (!stored.exists() || !left_out(stored, member)) {
          list.undo();
        }
        break;
      }
      list.next(node);
      write_key(after_, node);
      Positions both;
      const bool written = positions_of(pair, member, key, both) ? positions(both, member)
                                                                 : value(stored, node, member);
      if (!written) {
        list.undo();
      }
      break;
    }
  }
  path_.pop_back();
}

// A member that the submission lacks.
void Merger::stored_member(Joiner& list, const Pair& pair, NodeIndex node) {
  const std::string_view key = before_->key(node);
  const MemberPlace member = places_.member(pair.place, key);
  const Stored stored = view_.child(pair.stored, node);
  enter(pair.place, key, member);
  list.insert();
  write_key(*before_, node);
  bool written = false;
  Positions both;
  if (member.protection != Protection::kFree) {
    // SPEC 9.3: the absence of a hidden element is no conflict.
    if (member.protection == Protection::kReadonly && stored.shown()) {
      conflict(Conflict::Kind::kReadonly);
    }
    written = write_stored(node);
  } else if (member.closure && !stored.shown() && !member.on_path()) {
    written = pair.owner_stays() && closure_returns(pair, key) &&
              !(member.child.element != nullptr && member.child.element->choice &&
                sent_rival(pair, member)) &&
              write_stored(node);
  } else if (member.child.element != nullptr && member.child.element->choice &&
             sent_rival(pair, member)) {
    written = (member.edges[kHiddenPlan] != nullptr || content(stored, member, false) != 0) &&
              write_stored(node);
  } else if (positions_of(pair, member, key, both) &&
             (both.sent[0] != kNoNode || both.sent[1] != kNoNode || both.stored[0].shown() ||
              both.stored[1].shown())) {
    written = positions(both, member);
  } else if (pair.owner_stays() && !stored.shown()) {
    written = write_stored(node);
  } else {
    written = left_out(stored, member);
  }
  if (!written) {
    list.undo();
  }
  path_.pop_back();
}

// SPEC 9.2: what closure cut returns where the submission lacks it: `x` and `_x` as one, and what
// describes the target of a Reference only while that is the same.
bool Merger::closure_returns(const Pair& pair, std::string_view key) {
  const std::string_view base = without_underscore(key);
  const bool sibling = base.size() != key.size();
  if (pair.sent_members.find(sibling ? std::string(base) : std::string("_").append(key)) !=
      kNoNode) {
    return false;
  }
  if (pair.place.type != fhir::well_known().reference ||
      (base != "display" && base != "identifier")) {
    return true;
  }
  const NodeIndex reference = pair.stored_members.find("reference");
  return view_.same(view_.child(pair.stored, reference), pair.sent_members.find("reference"));
}

// SPEC 9.2: does the stored version hold something protected in another choice of this element?
// Then it cannot give way, and no resource has two choices.
bool Merger::stored_rival(const Pair& pair, const MemberPlace& member) {
  if (!pair.stored.exists() || member.child.element == nullptr || !member.child.element->choice) {
    return false;
  }
  // Where a hidden path leads into another concrete choice, that one may stand there unseen, unless
  // the caller sees which one does (SPEC P3: whether it has the hidden element is not asked).
  bool rival = places_.hides_in_choice(pair.place, member.child);
  for (NodeIndex node = pair.stored.node + 1, end = (*before_)[pair.stored.node].next; node != end;
       node = (*before_)[node].next) {
    const MemberPlace other = places_.member(pair.place, before_->key(node));
    if (other.child.element != member.child.element) {
      continue;
    }
    const Stored part = view_.child(pair.stored, node);
    if (part.shown() && other.edges[kHiddenPlan] == nullptr) {
      rival = false;
    }
    if (other.child.type == member.child.type) {
      rival = rival && !part.shown();
    } else if ((content(part, other, false) & kHoldsReadonly) != 0 ||
               (part.shown() && other.edges[kHiddenPlan] != nullptr)) {
      return true;
    }
  }
  return rival;
}

bool Merger::sent_rival(const Pair& pair, const MemberPlace& member) const {
  if (!pair.owner_stays()) {
    return false;
  }
  for (NodeIndex node = pair.sent + 1, end = after_[pair.sent].next; node != end;
       node = after_[node].next) {
    const fhir::Child other = fhir::find_child(pair.place.type, after_.key(node));
    if (other.element == member.child.element && other.type != member.child.type) {
      return true;
    }
  }
  return false;
}

bool Merger::value(const Stored& stored, NodeIndex sent, const MemberPlace& member) {
  const bool judged = places_.judged_elsewhere(member);
  if (judged && (plans_.judge == nullptr || !after_.is_array(sent))) {
    return resource(stored, sent, member);
  }
  if (member.on_path() && !Places::right_shape(member, after_.kind(sent))) {
    // SPEC 7.2: such a value is protected whole.
    if (stored.shown() && view_.same(stored, sent)) {
      return write_stored(stored.node);
    }
    conflict(member.edges[kHiddenPlan] != nullptr ? Conflict::Kind::kHidden
                                                  : Conflict::Kind::kReadonly);
    if (!stored.exists()) {
      return false;
    }
    return stored.shown() ? left_out(stored, member) : write_stored(stored.node);
  }
  const fhir::TypeId type =
      member.child.element != nullptr ? member.child.type : fhir::TypeId::kNone;
  if (!stored.exists() || is_null(stored) ||
      (view_.whole(stored) && !member.on_path() &&
       !(before_->is_array(stored.node) && holds_closure(type)))) {
    return fresh(sent, member);
  }
  const Kind kind = before_->kind(stored.node);
  if (!stored.shown() && !(member.on_path() && is_container(kind)) &&
      (member.closure || (!member.on_path() && !is_container(kind)))) {
    return fresh(sent, member);  // SPEC 9.2: the submission has its own
  }
  if (kind == Kind::kString && stored.view == View::kSome && view_.same(stored, sent)) {
    return write_stored(stored.node);
  }
  if (!member.on_path() && !stored.shown() && kind != after_.kind(sent)) {
    return fresh(sent, member);
  }
  if (!is_container(kind) && stored.shown()) {
    return fresh(sent, member);
  }
  if (kind != after_.kind(sent) || !is_container(kind) ||
      (kind == Kind::kArray && member.primitive())) {
    if (view_.same(stored, sent)) {
      return write_stored(stored.node);
    }
    return keeps(stored, member) ? refuse() : fresh(sent, member);
  }
  if (kind == Kind::kArray) {
    return array(stored, sent, member);
  }
  Place place;
  (void)places_.value(member, after_, sent, place);
  return object(stored, sent, place);
}

// May a value not give way to one that cannot be merged with it?
bool Merger::keeps(const Stored& stored, const MemberPlace& member) {
  return member.on_path() ||
         (member.child.element != nullptr && holds_closure(member.child.type)) ||
         content(stored, member, false) != 0;
}

// What stays of a value that was shown in part and that the submission took away, or that stood in
// something that it took away: the protected elements in it.
bool Merger::left_out(const Stored& stored, const MemberPlace& member) {
  if (view_.whole(stored) && !member.on_path()) {
    return false;
  }
  if (places_.judged_elsewhere(member) &&
      (plans_.judge == nullptr || !before_->is_array(stored.node))) {
    return plans_.judge == nullptr ? write_stored(stored.node)
                                   : content(stored, member, false) != 0 && refuse();
  }
  switch (before_->kind(stored.node)) {
    case Kind::kObject: {
      Place place;
      (void)places_.value(member, *before_, stored.node, place);
      return object(stored, kNoNode, place);
    }
    case Kind::kArray: return array(stored, kNoNode, member);
    case Kind::kNull: return false;
    case Kind::kString:
    case Kind::kNumber:
    case Kind::kTrue:
    case Kind::kFalse: return !stored.shown() && write_stored(stored.node);
  }
  return false;
}

// A value that has no counterpart: protected elements in it are dropped.
bool Merger::fresh(NodeIndex sent, const MemberPlace& member) {
  if (places_.judged_elsewhere(member)) {
    return resource({}, sent, member);
  }
  const Kind kind = after_.kind(sent);
  if (kind == Kind::kObject) {
    Place place;
    (void)places_.value(member, after_, sent, place);
    return object({}, sent, place);
  }
  if (kind == Kind::kArray && (member.on_path() || places_.reaches({}))) {
    return array({}, sent, member);
  }
  return write_sent(sent);
}

// A resource inside the resource, whose elements other rules judge. Without a judge, or where a
// path of the resource at hand leads into it, what the caller was not shown of it cannot be told
// apart from what was changed.
bool Merger::resource(const Stored& stored, NodeIndex sent, const MemberPlace& member) {
  if (!member.on_path()) {
    if (!stored.exists() || (plans_.judge != nullptr && !stored.shown())) {
      return write_sent(sent);
    }
    const Plan* const plan = view_.plan_of(stored.node);
    if (plan != nullptr && resource_type_of(after_, sent) == plan->type) {
      return nested(stored, sent, *plan);
    }
    if (plan != nullptr && !plan->hides) {
      return write_sent(sent);
    }
  }
  return view_.same(stored, sent) ? write_stored(stored.node) : refuse();
}

// One resource inside the resource in both versions, by its own plan.
bool Merger::nested(const Stored& stored, NodeIndex sent, const Plan& plan) {
  auto own = std::find_if(nested_plans_.begin(), nested_plans_.end(),
                          [&](const NestedPlan& entry) { return entry.shown == &plan; });
  if (own == nested_plans_.end()) {
    PlanOptions options;
    options.closure_strict = false;
    options.keep_unknown_elements = true;
    options.extended_meta = true;
    own = nested_plans_.insert(own, {&plan, make_plan(plan.type, plan.elements, options)});
  }
  RepairPlans plans{&plan, own->hidden.get(), nullptr, plans_.closure, plans_.judge};
  const Places outer = places_;
  places_ = Places(plans);
  const bool written = object(stored, sent, places_.root(plan.type));
  places_ = outer;
  return written;
}

void Merger::report_hidden(NodeIndex sent, const MemberPlace& member, bool entry) {
  if (places_.judged_elsewhere(member)) {
    return;
  }
  const std::size_t size = out_.size();
  const bool outer = hidden_only_;
  hidden_only_ = true;
  (void)(entry ? fresh_entry(sent, member) : value({}, sent, member));
  hidden_only_ = outer;
  out_.resize(size);
}

void Merger::conflict(Conflict::Kind kind) {
  if (hidden_only_ && kind != Conflict::Kind::kHidden) {
    return;
  }
  std::string path;
  for (const Segment& segment : path_) {
    path.append(path.empty() ? "" : ".").append(segment.name);
    if (!segment.url.empty()) {
      path.append("('").append(segment.url).append("')");
    }
  }
  for (const Conflict& other : result_.conflicts) {
    if (other.kind == kind && other.path == path) {
      return;
    }
  }
  if (result_.conflicts.size() < kMaxConflicts) {
    result_.conflicts.push_back({kind, std::move(path)});
  }
}

// Up to the value's first byte.
void Merger::write_key(const json::Document& document, NodeIndex node) {
  const std::uint32_t begin = member_begin(document, node, true);
  out_ += document.text().substr(begin, document[node].begin - begin);
}

// SPEC P6: a key that the model does not know is not named.
void Merger::enter(const Place& owner, std::string_view key, const MemberPlace& member) {
  const std::string_view base = without_underscore(key);
  const bool known =
      member.child.element != nullptr || fhir::find_child(owner.type, base).element != nullptr;
  path_.push_back({known ? base : std::string_view("*"), {}});
}

}  // namespace fhirwall::redact
