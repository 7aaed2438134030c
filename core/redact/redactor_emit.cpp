#include "core/redact/bundle_parts.hpp"
#include "core/redact/redactor.hpp"

namespace fhirwall::redact {

using json::NodeIndex;

Redactor::Rest Redactor::rest_of(NodeIndex node) const {
  switch (marks_[node - root_]) {
    case Mark::kKeep: return Rest::kAll;
    case Mark::kTouched:
    case Mark::kPath: return Rest::kSome;
    case Mark::kNull: return Rest::kNull;
    case Mark::kCut:
    case Mark::kEmpty:
    case Mark::kPending: break;
  }
  return Rest::kNone;
}

void Redactor::emit(Edits& edits) {
  if (insertions_.size() > 1) {
    sort_insertions();
  }
  std::size_t next = 0;
  const auto put_until = [&](std::uint32_t at) {
    for (; next < insertions_.size() && insertions_[next].at <= at; ++next) {
      edits.literals.push_back(insertions_[next]);
    }
  };
  if (marks_[0] != Mark::kTouched) {
    put_until((*document_)[root_].end);
    return;
  }
  const json::Document& document = *document_;
  emit_stack_.clear();
  const auto open = [&](NodeIndex node) {
    emit_stack_.push_back(EmitFrame{json::MemberCutter(document, node, edits.cuts),
                                    document.first_child(node), document[node].next});
  };
  open(root_);
  while (!emit_stack_.empty()) {
    EmitFrame& frame = emit_stack_.back();
    if (frame.next_child == frame.end) {
      frame.cutter.finish();
      emit_stack_.pop_back();
      continue;
    }
    const NodeIndex node = frame.next_child;
    frame.next_child = document[node].next;
    put_until(document[node].begin);
    switch (marks_[node - root_]) {
      case Mark::kKeep: frame.cutter.keep(node); break;
      case Mark::kTouched:
        frame.cutter.keep(node);
        open(node);
        break;
      case Mark::kPath:
        frame.cutter.keep(node);
        edits.cuts.cut(document[node].begin + 1 +
                           static_cast<std::uint32_t>(query_begin(document.raw_string(node))),
                       document[node].end - 1);
        break;
      case Mark::kNull:
        frame.cutter.keep(node);
        edits.cuts.cut(document[node].begin, document[node].end);
        edits.literals.push_back({document[node].begin, "null"});
        break;
      case Mark::kCut:
      case Mark::kEmpty:
      case Mark::kPending:
        frame.cutter.cut(node);
        while (next < insertions_.size() && insertions_[next].at < document[node].end) {
          ++next;  // goes with what it was put in
        }
        break;
    }
  }
  put_until(document[root_].end);
}

}  // namespace fhirwall::redact
