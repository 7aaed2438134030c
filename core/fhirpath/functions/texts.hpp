#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "core/fhirpath/machine.hpp"

// What functions on strings share.
namespace fhirwall::fhirpath {

// Reads the input as a String, then the call's arguments, in order, as far as `texts` goes beyond
// it. kEmpty as soon as one is empty (FHIRPath N1, 5.6).
[[nodiscard]] One read_texts(Machine& machine, const Call& call, std::string_view& input,
                             std::initializer_list<std::string_view*> arguments = {});
// Argument `index` as a String.
[[nodiscard]] One read_text(Machine& machine, const Call& call, std::size_t index,
                            std::string_view& text);

// Takes steps for work on that many bytes.
[[nodiscard]] inline bool spend_bytes(Machine& machine, std::size_t bytes) {
  return machine.spend(bytes / 16 + 1);
}

// Finds one text in others, in time linear in both.
class Finder {
 public:
  // False: out of memory, and machine.fail() was called.
  [[nodiscard]] bool prepare(Machine& machine, std::string_view needle);
  // Where the needle begins in the text, at or after `from`; npos: nowhere. An empty one is found
  // at once.
  [[nodiscard]] std::size_t find(std::string_view text, std::size_t from) const {
    return scan(text, from, false);
  }
  // Where it begins for the last time; occurrences may overlap.
  [[nodiscard]] std::size_t find_last(std::string_view text) const { return scan(text, 0, true); }

 private:
  [[nodiscard]] std::size_t scan(std::string_view text, std::size_t from, bool last) const;

  std::string_view needle_;
  // For a long needle: how much of its beginning is also the end of its first i + 1 bytes (Knuth,
  // Morris and Pratt).
  std::span<const std::uint32_t> borders_;
};

}  // namespace fhirwall::fhirpath
