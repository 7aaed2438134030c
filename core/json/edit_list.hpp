#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/json/document.hpp"

namespace fhirwall::json {

// Output is the input minus cuts: a list of half-open byte ranges, ascending and disjoint, and
// nothing inserted (SPEC P4).
struct Cut {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

class EditList {
 public:
  void clear() { cuts_.clear(); }
  [[nodiscard]] bool empty() const { return cuts_.empty(); }
  [[nodiscard]] std::size_t size() const { return cuts_.size(); }
  [[nodiscard]] const std::vector<Cut>& cuts() const { return cuts_; }

  // Appends a cut; `begin` is not before the end of the last one. Adjacent cuts are merged.
  void cut(std::uint32_t begin, std::uint32_t end);
  // Forgets every cut from position `size` on and restores the one before it: for "everything below
  // was cut, so cut it whole". INVARIANT: the cut at size - 1 was not extended since size() was
  // read; see Mark.
  struct Mark {
    std::size_t size = 0;
    std::uint32_t last_end = 0;
  };
  [[nodiscard]] Mark mark() const;
  void rollback(Mark mark);

  // Appends the kept bytes of text[begin, end) to `sink` (anything with append(const char*,
  // size_t)).
  template <typename Sink>
  void apply(std::string_view text, std::uint32_t begin, std::uint32_t end, Sink& sink) const {
    std::uint32_t position = begin;
    for (const Cut& c : cuts_) {
      sink.append(text.data() + position, c.begin - position);
      position = c.end;
    }
    sink.append(text.data() + position, end - position);
  }

 private:
  std::vector<Cut> cuts_;
};

// Cuts members of one object or items of one array, repairing commas. Use: one MemberCutter a
// container, one call of keep() or cut() for each child in order, then finish().
//
// A child's region starts right behind the `{`, `[` or `,` before it and ends with its value, so
// white space in front of a child goes with it. The comma that leaves is the one before a cut child
// that follows a kept one, or the one behind a run of cut children at the front. So output depends
// only on which children are kept, never on what stood in a cut one.
class MemberCutter {
 public:
  MemberCutter(const Document& document, NodeIndex container, EditList& edits);
  // Called before the child's own inner cuts are added: cuts must be added in ascending order.
  void keep(NodeIndex child);
  void cut(NodeIndex child);
  void finish();
  [[nodiscard]] bool kept_any() const { return kept_any_; }

 private:
  const Document& document_;
  EditList& edits_;
  NodeIndex container_;
  std::uint32_t region_begin_;  // start of the next child's region
  std::uint32_t separator_ =
      0;  // offset of the comma in front of that region; 0 before the first child
  bool kept_any_ = false;
};

}  // namespace fhirwall::json
