#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/wipe.hpp"
#include "core/json/document.hpp"

namespace fhirwall::json {

// Uninitialised memory that is kept between documents and only ever grows.
template <typename T>
class Memory {
 public:
  Memory() = default;
  ~Memory() { std::free(data_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  // Room for `count` items, content not kept. False when there is no memory.
  [[nodiscard]] bool reserve(std::size_t count) { return count <= capacity_ || replace(count, 0); }
  // Room for `count` items behind the `kept` first ones, which stay.
  [[nodiscard]] bool grow(std::size_t count, std::size_t kept) {
    return count <= capacity_ ||
           replace(count < 2 * capacity_ ? 2 * capacity_ : count, kept * sizeof(T));
  }

 private:
  bool replace(std::size_t count, std::size_t kept_bytes) {
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) {
      return false;
    }
    if (kept_bytes == 0) {
      std::free(data_);  // first, so that old and new need not fit side by side
      data_ = nullptr;
      capacity_ = 0;
    }
    T* const fresh = static_cast<T*>(std::malloc(count * sizeof(T)));
    if (fresh == nullptr) {
      return false;
    }
    if (kept_bytes != 0) {
      std::memcpy(static_cast<void*>(fresh), data_, kept_bytes);
      wipe_memory(data_, kept_bytes);
      std::free(data_);
    }
    data_ = fresh;
    capacity_ = count;
    return true;
  }

  T* data_ = nullptr;
  std::size_t capacity_ = 0;
};

// One object or array whose closing bracket has not been seen.
struct OpenContainer {
  NodeIndex node;
  std::uint32_t members;    // keys so far; objects only
  std::uint64_t seen_keys;  // Bloom filter of the keys so far; objects only
  char closer;              // `}` or `]`; 0 around the root
};

// Working memory of the second stage.
struct BuilderMemory {
  Memory<Node> nodes;
  Memory<OpenContainer> open;
  Memory<char> side;             // unescaped keys
  Memory<NodeIndex> sorted;      // members of one large object, for the search for duplicates
  std::uint32_t side_size = 0;   // bytes of `side` in use
  std::uint32_t node_count = 0;  // nodes of the finished table
  // Keys that Document::may_be_noted() is about: their first eight bytes, and key_bit() of both.
  std::uint64_t noted_keys[2] = {0, 0};
  std::uint64_t noted_bits = 0;
  NodeIndex noted_end = 0;  // one past the last node that it is about; 0: none
};

// The first eight bytes of a text, of which eight must be readable.
[[nodiscard]] inline std::uint64_t first_bytes(const char* text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof(bytes));
  return bytes;
}

// One array of the root object whose items are handed out and dropped (see ItemVisitor).
class ItemWindow {
 public:
  explicit ItemWindow(std::string_view key) : key_(key) {}
  [[nodiscard]] std::string_view key() const { return key_; }
  // `count` nodes have been built; the last one is the array.
  [[nodiscard]] virtual bool open(NodeIndex array, NodeIndex count) = 0;
  // The item's nodes are [item, count). False: stop, and build without a window.
  [[nodiscard]] virtual bool visit(NodeIndex item, NodeIndex count) = 0;

  bool opened = false;      // open() has said yes
  bool start_over = false;  // visit() has said no; the builder returned early, without an error

 protected:
  ItemWindow(const ItemWindow&) = default;
  ItemWindow& operator=(const ItemWindow&) = default;
  ~ItemWindow() = default;

 private:
  std::string_view key_;
};

// Second stage: builds the node table of `text` from its structural index (see parser.cpp).
// `structurals` holds `count` ascending offsets and, behind them, `text.size()`. `window` may be
// null.
[[nodiscard]] Error build_nodes(std::string_view text, const std::uint32_t* structurals,
                                std::uint32_t count, const Limits& limits, BuilderMemory& memory,
                                ItemWindow* window);

}  // namespace fhirwall::json
