#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/json/edit_list.hpp"

namespace fhirwall::redact {

// Bytes that are no part of the input, from a fixed set (SPEC P4): `null` for a position of a
// primitive array that was emptied while its counterpart in the sibling array stays (7.5), marks
// and masks (7.8), and what stands for a refused entry of a batch response (8.2).
struct Literal {
  std::uint32_t at = 0;   // offset into the text
  std::string_view text;  // constant data, or of the plan or policy: it outlives the edits
};

// What redaction does to a text: cuts, and literals that are put in.
struct Edits {
  json::EditList cuts;
  // Ascending by `at`; of those at one place the first stands first. One inside a cut or on its
  // border stands where the cut was.
  std::vector<Literal> literals;

  void clear() {
    cuts.clear();
    literals.clear();
  }

  // rollback() forgets what was added since mark().
  struct Mark {
    json::EditList::Mark cuts;
    std::size_t literals = 0;
  };
  [[nodiscard]] Mark mark() const { return {cuts.mark(), literals.size()}; }
  void rollback(const Mark& mark) {
    cuts.rollback(mark.cuts);
    literals.resize(mark.literals);
  }

  // What is left of `size` bytes that hold all the edits, in bytes.
  [[nodiscard]] std::size_t result_size(std::size_t size) const {
    for (const json::Cut& cut : cuts.cuts()) {
      size -= cut.end - cut.begin;
    }
    for (const Literal& literal : literals) {
      size += literal.text.size();
    }
    return size;
  }

  // Appends text[begin, end) with the edits applied to `sink` (anything with append(const char*,
  // size_t)). Edits outside that range are passed over.
  template <typename Sink>
  void apply(std::string_view text, std::uint32_t begin, std::uint32_t end, Sink& sink) const {
    std::uint32_t position = begin;
    std::size_t next = 0;
    const auto keep_until = [&](std::uint32_t until) {
      if (until > position) {
        sink.append(text.data() + position, until - position);
        position = until;
      }
    };
    const auto put_until = [&](std::uint32_t until) {
      for (; next < literals.size() && literals[next].at <= until; ++next) {
        if (literals[next].at >= begin) {
          keep_until(literals[next].at);
          sink.append(literals[next].text.data(), literals[next].text.size());
        }
      }
    };
    for (const json::Cut& cut : cuts.cuts()) {
      if (cut.end <= begin || cut.begin >= end) {
        continue;
      }
      put_until(cut.begin);
      keep_until(cut.begin);
      position = cut.end;
      put_until(cut.end);
    }
    put_until(end);
    keep_until(end);
  }
};

}  // namespace fhirwall::redact
