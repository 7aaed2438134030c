#include "core/json/edit_list.hpp"

#include "core/base/ascii.hpp"

namespace fhirwall::json {

void EditList::cut(std::uint32_t begin, std::uint32_t end) {
  if (begin >= end) {
    return;
  }
  if (!cuts_.empty() && cuts_.back().end == begin) {
    cuts_.back().end = end;
    return;
  }
  cuts_.push_back({begin, end});
}

void EditList::reach_back(std::uint32_t begin) {
  if (!cuts_.empty() && cuts_.back().begin > begin) {
    cuts_.back().begin = begin;
  }
}

EditList::Mark EditList::mark() const {
  return {cuts_.size(), cuts_.empty() ? 0 : cuts_.back().end};
}

void EditList::rollback(Mark mark) {
  cuts_.resize(mark.size);
  if (mark.size != 0) {
    cuts_.back().end = mark.last_end;  // a later cut may have been merged into it
  }
}

MemberCutter::MemberCutter(const Document& document, NodeIndex container, EditList& edits)
    : document_(document), edits_(edits), open_(document[container].begin + 1) {}

// What stands behind white space: behind a child the comma or closing bracket, else the next child.
std::uint32_t MemberCutter::behind_space(std::uint32_t at) const {
  const std::string_view text = document_.text();
  while (at < text.size() && ascii::is_space(text[at])) {
    ++at;
  }
  return at;
}

void MemberCutter::keep(NodeIndex child) {
  kept_any_ = true;
  previous_end_ = document_[child].end;
  kept_end_ = previous_end_;
}

void MemberCutter::cut(NodeIndex child) {
  const std::uint32_t value_end = document_[child].end;
  const std::uint32_t separator = behind_space(value_end);
  const bool last = document_.text()[separator] != ',';
  if (kept_any_) {
    // The comma in front goes, the one behind stays for whoever is kept next.
    edits_.cut(behind_space(previous_end_), last ? value_end : separator);
    if (last) {
      edits_.reach_back(kept_end_);  // all cut children since then are one cut
    }
    previous_end_ = value_end;
    return;
  }
  // The white space in front of the first child stays for the first that is kept; without one, that
  // in front of the closing bracket does.
  if (leading_end_ == 0) {
    leading_end_ = behind_space(open_);
  }
  const std::uint32_t end = last ? value_end : behind_space(separator + 1);
  edits_.cut(leading_end_, end);
  leading_end_ = end;
  if (last) {
    edits_.reach_back(open_);
  }
}

}  // namespace fhirwall::json
