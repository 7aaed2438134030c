#pragma once

#include <cstdint>

namespace fhirwall {

// A half-open range of bytes, [begin, end), counted from the start of the text that was parsed.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] constexpr std::uint32_t size() const { return end - begin; }
  [[nodiscard]] constexpr bool empty() const { return begin == end; }
  // Position is not part of what a syntax tree says: two trees of different spacing compare equal.
  friend constexpr bool operator==(Span, Span) { return true; }
};

}  // namespace fhirwall
