#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fhirwall::redact {

// A set of JSON keys, as a Bloom filter: it lets some others through. Two words of one bit for each
// key.
struct KeySet {
  std::uint64_t first = 0;
  std::uint64_t second = 0;

  [[nodiscard]] static constexpr KeySet all() { return {~std::uint64_t{0}, ~std::uint64_t{0}}; }
  [[nodiscard]] static constexpr KeySet of(std::string_view key) {
    if (key.empty()) {
      return {1, 1};
    }
    const std::size_t size = key.size();
    const auto byte = [&](std::size_t at) {
      return std::size_t{static_cast<unsigned char>(key[at])};
    };
    const std::size_t one = size + 5 * byte(0) + 11 * byte(size - 1);
    const std::size_t other = 3 * size + 7 * byte(size / 2) + byte(size / 4);
    return {std::uint64_t{1} << (one & 63), std::uint64_t{1} << (other & 63)};
  }
  // `key`: of one key.
  [[nodiscard]] constexpr bool may_have(KeySet key) const {
    return (first & key.first) != 0 && (second & key.second) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return first == 0; }
  [[nodiscard]] constexpr bool has_all() const { return *this == all(); }
  // Without what has a bit of the others: some more may go.
  [[nodiscard]] constexpr KeySet without(KeySet others) const {
    return {first & ~others.first, second & ~others.second};
  }
  friend constexpr KeySet operator|(KeySet a, KeySet b) {
    return {a.first | b.first, a.second | b.second};
  }
  constexpr KeySet& operator|=(KeySet other) { return *this = *this | other; }
  friend bool operator==(const KeySet&, const KeySet&) = default;
};

}  // namespace fhirwall::redact
