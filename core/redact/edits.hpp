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

  // What is left of `size` bytes that hold all the edits, in bytes.
  [[nodiscard]] std::size_t result_size(std::size_t size) const {
    for (const json::Cut& cut : cuts.cuts()) {
      size -= cut.end - cut.begin;
    }
    return size + 4 * nulls.size();
  }

  // Appends text[begin, end) with the edits applied to `sink` (anything with append(const char*,
  // size_t)). Edits outside that range are passed over.
  template <typename Sink>
  void apply(std::string_view text, std::uint32_t begin, std::uint32_t end, Sink& sink) const {
    std::uint32_t position = begin;
    std::size_t null = 0;
    for (const json::Cut& cut : cuts.cuts()) {
      if (cut.end <= begin || cut.begin >= end) {
        continue;
      }
      if (cut.begin > position) {
        sink.append(text.data() + position, cut.begin - position);
      }
      position = cut.end;
      while (null < nulls.size() && nulls[null] < cut.begin) {
        ++null;
      }
      if (null < nulls.size() && nulls[null] <= cut.end) {
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
