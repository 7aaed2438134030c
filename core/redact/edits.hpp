#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/json/edit_list.hpp"

namespace fhirwall::redact {

// What redaction does to a text: cuts, and places where the literal `null` takes the place of what
// was cut. The literal is needed in one case only: a position of a primitive array that was emptied
// while its counterpart in the sibling array stays (SPEC 7.5, P4).
struct Edits {
  json::EditList cuts;
  // Ascending; each is the first byte of a value that was cut, so it lies inside or on the border
  // of exactly one cut, and no cut holds two: a comma is kept between two array positions that
  // stay.
  std::vector<std::uint32_t> nulls;

  void clear() {
    cuts.clear();
    nulls.clear();
  }

  // rollback() forgets what was added since mark().
  struct Mark {
    json::EditList::Mark cuts;
    std::size_t nulls = 0;
  };
  [[nodiscard]] Mark mark() const { return {cuts.mark(), nulls.size()}; }
  void rollback(const Mark& mark) {
    cuts.rollback(mark.cuts);
    nulls.resize(mark.nulls);
  }

  // Appends text[begin, end) with the edits applied to `sink` (anything with append(const char*,
  // size_t)). Edits outside that range are passed over.
  template <typename Sink>
  void apply(std::string_view text, std::uint32_t begin, std::uint32_t end, Sink& sink) const {
    apply_from(text, begin, end, 0, 0, sink);
  }

  // The same, starting at the given positions of the two lists: for callers that release one list
  // piece by piece.
  template <typename Sink>
  void apply_from(std::string_view text, std::uint32_t begin, std::uint32_t end,
                  std::size_t first_cut, std::size_t first_null, Sink& sink) const {
    std::uint32_t position = begin;
    std::size_t null = first_null;
    const std::vector<json::Cut>& list = cuts.cuts();
    for (std::size_t i = first_cut; i < list.size() && list[i].begin < end; ++i) {
      if (list[i].end <= begin) {
        continue;
      }
      if (list[i].begin > position) {
        sink.append(text.data() + position, list[i].begin - position);
      }
      position = list[i].end;
      while (null < nulls.size() && nulls[null] < list[i].begin) {
        ++null;
      }
      if (null < nulls.size() && nulls[null] <= list[i].end) {
        sink.append("null", 4);
        ++null;
      }
    }
    if (position < end) {
      sink.append(text.data() + position, end - position);
    }
  }
};

}  // namespace fhirwall::redact
