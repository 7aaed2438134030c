#pragma once

#include <cstddef>
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
  // Lets the last cut begin at `begin` already, if it begins behind it; `begin` is not before the
  // end of the cut in front.
  void reach_back(std::uint32_t begin);
  // rollback() forgets every cut made since mark(): for "everything below was cut, so cut it
  // whole". Right also when such a cut was merged into one that was there before.
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
// A kept child takes along the white space around it, up to the comma or bracket on either side; a
// cut child takes all that with it, but for the white space behind the opening and in front of the
// closing bracket: the one takes the place of what stood in front of the first kept child, the
// other of what stood behind the last one. The comma that leaves is the one in front of a cut child
// that follows a kept one, and the one behind a cut child that follows none. So the output depends
// only on which children are kept, never on what stood in a cut one or on how many there were, and
// whoever puts white space around commas in one way, and around brackets in another, gets the text
// that would be there without the cut children (SPEC P3):
//
//     [ a , b , c ]   cut a: [ b , c ]   cut b: [ a , c ]   cut c: [ a , b ]   cut all: [ ]
class MemberCutter {
 public:
  MemberCutter(const Document& document, NodeIndex container, EditList& edits);
  // Looks at the child and at the text behind it, so the container need not be closed yet.
  // keep() adds no cut itself, so it may come before or after the cuts inside the child; a child
  // whose inner cuts were rolled back may still be cut instead.
  void keep(NodeIndex child);
  void cut(NodeIndex child);
  // Nothing is pending between calls; marks the end for the reader.
  void finish() {}
  [[nodiscard]] bool kept_any() const { return kept_any_; }

 private:
  [[nodiscard]] std::uint32_t behind_space(std::uint32_t at) const;

  const Document& document_;
  EditList& edits_;
  std::uint32_t open_;              // behind the opening bracket
  std::uint32_t leading_end_ = 0;   // while nothing is kept: end of what was cut, or 0
  std::uint32_t previous_end_ = 0;  // end of the last child's value, once something is kept
  std::uint32_t kept_end_ = 0;      // end of the last kept child's value
  bool kept_any_ = false;
};

}  // namespace fhirwall::json
