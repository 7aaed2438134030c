#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/wipe.hpp"

namespace fhirwall {

// Memory of one call: grows in chunks, never moves what it gave out, is emptied as a whole and
// keeps its chunks for the next call. For trivially destructible values and text only.
class Arena {
 public:
  // `size` bytes, aligned for anything. Null when that passes `set_budget`, or when there is no
  // memory.
  [[nodiscard]] char* allocate(std::size_t size) {
    size = (size + kAlign - 1) & ~(kAlign - 1);
    if (size > budget_left_) {
      return nullptr;
    }
    budget_left_ -= size;
    while (chunk_ < chunks_.size()) {
      if (chunks_[chunk_].size - used_ >= size) {
        char* memory = chunks_[chunk_].memory.get() + used_;
        used_ += size;
        return memory;
      }
      ++chunk_;
      used_ = 0;
    }
    const std::size_t chunk = size > kChunk ? size : kChunk;
    std::unique_ptr<char[]> memory(new (std::nothrow) char[chunk]);
    if (memory == nullptr) {
      return nullptr;
    }
    chunks_.push_back({std::move(memory), chunk});
    used_ = size;
    return chunks_[chunk_].memory.get();
  }

  template <typename T>
  [[nodiscard]] T* make(T value) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kAlign);
    char* memory = allocate(sizeof(T));
    return memory == nullptr ? nullptr : new (memory) T(std::move(value));
  }

  // Bytes that may still be given out before the next reset().
  void set_budget(std::size_t bytes) { budget_left_ = bytes; }
  [[nodiscard]] std::size_t budget_left() const { return budget_left_; }

  // Empties it and overwrites what was used (SPEC P7). Chunks beyond the first are given back.
  void reset() {
    for (std::size_t i = 0; i < chunks_.size() && i <= chunk_; ++i) {
      wipe_memory(chunks_[i].memory.get(), i == chunk_ ? used_ : chunks_[i].size);
    }
    if (chunks_.size() > 1) {
      chunks_.resize(1);
    }
    chunk_ = 0;
    used_ = 0;
  }

 private:
  static constexpr std::size_t kAlign = 16;
  static constexpr std::size_t kChunk = 16 * 1024;
  struct Chunk {
    std::unique_ptr<char[]> memory;
    std::size_t size = 0;
  };
  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0;  // the one being filled
  std::size_t used_ = 0;   // bytes of it
  std::size_t budget_left_ = SIZE_MAX;
};

}  // namespace fhirwall
