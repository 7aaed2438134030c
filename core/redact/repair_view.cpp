#include "core/redact/repair_view.hpp"

#include <algorithm>

#include "core/base/wipe.hpp"

namespace fhirwall::redact {

using json::Document;
using json::Kind;
using json::kNoNode;
using json::NodeIndex;

namespace {

// Objects of fewer members are searched from the front.
constexpr std::uint32_t kSmallObject = 32;

}  // namespace

bool TextIndex::sort() {
  std::make_heap(entries_.begin(), entries_.end());  // a heap sort is the small one
  std::sort_heap(entries_.begin(), entries_.end());
  return std::adjacent_find(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
           return a.first == b.first;
         }) == entries_.end();
}

std::uint32_t TextIndex::find(std::string_view text) const {
  const auto entry = std::lower_bound(entries_.begin(), entries_.end(),
                                      std::pair<std::string_view, std::uint32_t>(text, 0));
  return entry != entries_.end() && entry->first == text ? entry->second : kNoNode;
}

MemberIndex::MemberIndex(const Document* document, NodeIndex object)
    : document_(document), object_(object) {
  if (object == kNoNode || (*document)[object].next - object <= kSmallObject) {
    return;
  }
  for (NodeIndex node = document->first_child(object), end = (*document)[object].next; node != end;
       node = (*document)[node].next) {
    index_.add(document->key(node), node);
  }
  (void)index_.sort();  // a document has no key twice (SPEC 8.1)
  sorted_ = true;
}

NodeIndex MemberIndex::find(std::string_view key) const {
  if (object_ == kNoNode) {
    return kNoNode;
  }
  return sorted_ ? index_.find(key) : document_->find(object_, key);
}

const Plan* Verdicts::find(NodeIndex resource) const {
  const auto found = from(resource);
  return found != plans_.end() && found->first == resource ? found->second : nullptr;
}

bool Verdicts::hides(NodeIndex begin, NodeIndex end) const {
  return std::any_of(from(begin), from(end), [](const auto& entry) {
    return entry.second != nullptr && hides_anything(*entry.second);
  });
}

Verdicts::Plans::const_iterator Verdicts::from(NodeIndex node) const {
  return std::lower_bound(plans_.begin(), plans_.end(), node,
                          [](const auto& entry, NodeIndex at) { return entry.first < at; });
}

Stored StoredView::open(const Document& stored, NodeIndex root, const RepairPlans& plans) {
  stored_ = &stored;
  if (plans.shown == nullptr) {
    return {root, View::kAll};
  }
  verdicts_.open(plans.judge);
  redactor_.mark(stored, root, *plans.shown, plans.closure,
                 plans.judge == nullptr ? nullptr : &verdicts_);
  return {root, redactor_.rest_of(root)};
}

bool StoredView::same(const Stored& stored, NodeIndex sent) {
  ++steps_;
  if (exhausted()) {
    return false;
  }
  if (!stored.shown() || sent == kNoNode) {
    return !stored.shown() && sent == kNoNode;
  }
  const Kind kind = stored.view == View::kNull ? Kind::kNull : stored_->kind(stored.node);
  if (kind != sent_.kind(sent)) {
    return false;
  }
  switch (kind) {
    case Kind::kObject: return same_object(stored, sent);
    case Kind::kArray: return same_array(stored, sent);
    case Kind::kString: {
      if (stored.view == View::kSome) {
        return same_part(stored.node, sent);
      }
      if (stored_->raw(stored.node) == sent_.raw(sent)) {
        return true;
      }
      WipedText scratch;
      return sent_.string_is(sent, stored_->string(stored.node, scratch.text));
    }
    case Kind::kNumber: return stored_->raw(stored.node) == sent_.raw(sent);
    case Kind::kTrue:
    case Kind::kFalse:
    case Kind::kNull: return true;
  }
  return false;
}

bool StoredView::same_part(NodeIndex stored, NodeIndex sent) const {
  WipedText scratch;
  const std::string_view whole = stored_->string(stored, scratch.text);
  return sent_.string_is(sent, whole.substr(0, whole.find('?')));
}

bool StoredView::same_object(const Stored& stored, NodeIndex sent) {
  const MemberIndex members(&sent_, sent);
  std::uint32_t count = 0;
  for (NodeIndex node = stored.node + 1, end = (*stored_)[stored.node].next; node != end;
       node = (*stored_)[node].next) {
    const Stored member = child(stored, node);
    if (!member.shown()) {
      continue;
    }
    ++count;
    if (!same(member, members.find(stored_->key(node)))) {
      return false;
    }
  }
  for (NodeIndex node = sent + 1, end = sent_[sent].next; node != end; node = sent_[node].next) {
    --count;
  }
  return count == 0;
}

bool StoredView::same_array(const Stored& stored, NodeIndex sent) {
  NodeIndex other = sent + 1;
  const NodeIndex other_end = sent_[sent].next;
  for (NodeIndex node = stored.node + 1, end = (*stored_)[stored.node].next; node != end;
       node = (*stored_)[node].next) {
    const Stored item = child(stored, node);
    if (!item.shown()) {
      continue;
    }
    if (other == other_end || !same(item, other)) {
      return false;
    }
    other = sent_[other].next;
  }
  return other == other_end;
}

}  // namespace fhirwall::redact
