#include "core/redact/repair_joiner.hpp"

namespace fhirwall::redact {

using json::Document;
using json::kNoNode;
using json::NodeIndex;

// The text of a key with escapes is in the side buffer, so its place is looked for from the value
// back: within a string every quote has an odd number of backslashes in front.
std::uint32_t member_begin(const Document& document, NodeIndex node, bool in_object) {
  if (!in_object) {
    return document[node].begin;
  }
  if (document[node].key_escaped == 0) {
    return document[node].key - 1;
  }
  const std::string_view text = document.text();
  std::size_t at = text.rfind('"', document[node].begin - 1);
  for (bool opening = false; !opening;) {
    at = text.rfind('"', at - 1);
    std::size_t slash = at;
    while (text[slash - 1] == '\\') {
      --slash;
    }
    opening = (at - slash) % 2 == 0;
  }
  return static_cast<std::uint32_t>(at);
}

Joiner::Joiner(const Document& document, NodeIndex container, bool object, std::string& out)
    : document_(document), out_(out), object_(object), container_(container) {
  if (container_ == kNoNode || !document.has_children(container_)) {
    container_ = kNoNode;
    return;
  }
  first_ = Document::first_child(container_);
  const NodeIndex second = document[first_].next;
  if (second != document[container_].next) {
    inserted_ = text(document[first_].end, member_begin(document, second, object));
  }
}

void Joiner::begin(std::string_view separator) {
  mark_ = out_.size();
  if (count_++ != 0) {
    out_ += separator;
    return;
  }
  out_ += object_ ? '{' : '[';
  if (container_ != kNoNode) {
    out_ += text(document_[container_].begin + 1, member_begin(document_, first_, object_));
  }
}

void Joiner::next(NodeIndex child) {
  begin(child == first_ ? inserted_ : text(passed_end_, member_begin(document_, child, object_)));
}

void Joiner::insert() { begin(inserted_); }

void Joiner::undo() {
  out_.resize(mark_);
  --count_;
}

bool Joiner::finish() {
  if (count_ == 0) {
    return false;
  }
  if (container_ != kNoNode) {
    out_ += text(passed_end_, document_[container_].end - 1);
  }
  out_ += object_ ? '}' : ']';
  return true;
}

}  // namespace fhirwall::redact
