#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/base/error.hpp"
#include "core/json/document.hpp"
#include "core/json/node_builder.hpp"

namespace fhirwall::json {

// SPEC 8.1: no object has the same key twice, escapes resolved. Members of a small object are
// compared one by one, and only when a Bloom filter of 64 bits says that it may be needed. An
// object with more than kManyMembers members is sorted once when it closes, so that no input costs
// quadratic time.
inline constexpr std::uint32_t kManyMembers = 48;

// Where key texts are: the input, or the side buffer for keys that were written with escapes.
struct KeyTexts {
  const char* text;
  const char* side;

  [[nodiscard]] const char* operator()(const Node& node) const {
    return (node.key_escaped ? side : text) + node.key;
  }
};

// The bit of the Bloom filter for a key, from its length, its first eight bytes and its last one.
// Reads eight bytes from `key` on and one before it, whatever its length: there is a quote in front
// and padding behind. NOTE: without a branch on the length, which no processor can predict.
inline std::uint64_t key_bit(const char* key, std::uint32_t length) {
  std::uint64_t head = 0;
  std::memcpy(&head, key, 8);
  const std::uint64_t last =
      static_cast<unsigned char>(key[static_cast<std::ptrdiff_t>(length) - 1]);
  // Little endian, as is wasm: the first byte is the lowest.
  const std::uint64_t used = length >= 8 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} << (8 * length));
  const std::uint64_t hash =
      ((head & used) + (last << 32) + length) * std::uint64_t{0x9E3779B97F4A7C15};
  return std::uint64_t{1} << (hash >> 58);
}

// True if a member of the open `object` in front of node `end` has that key.
[[nodiscard]] bool has_earlier_twin(KeyTexts keys, const Node* nodes, NodeIndex object,
                                    NodeIndex end, std::string_view key);

// kDuplicateKey at the first member of the closed `object` whose key an earlier member has, in
// O(n log n). `sorted` is working memory.
[[nodiscard]] Error find_twins(KeyTexts keys, const Node* nodes, NodeIndex object,
                               Memory<NodeIndex>& sorted);

}  // namespace fhirwall::json
