#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace fhirwall::filter {

// Different texts, numbered from 0 in the order in which they came. Wiped at the end (SPEC P7).
class Names {
 public:
  Names() = default;
  Names(Names&&) = default;
  Names& operator=(Names&&) = default;
  ~Names() { clear(); }

  [[nodiscard]] std::size_t size() const { return texts_.size(); }
  // The number of the text, which may be the next one.
  std::uint32_t add(std::string_view text);
  [[nodiscard]] bool holds(std::string_view text) const;
  void clear();

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t end = 0;  // the number of the text and 1, or 0: free
  };
  // Where the text is, or where it belongs. There is a free slot.
  [[nodiscard]] std::size_t slot_of(std::string_view text, std::uint32_t hash) const;
  void grow();

  std::deque<std::string> texts_;  // never moved: growing would leave copies
  std::vector<Slot> slots_;        // a power of two of them, at most half in use
};

}  // namespace fhirwall::filter
