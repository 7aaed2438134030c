#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/base/wipe.hpp"
#include "core/json/document.hpp"

namespace fhirwall::json {

// Bytes that were gathered from several chunks, always with kPadding readable bytes behind them.
// Overwritten before the memory is given back (SPEC P7).
class PaddedBuffer {
 public:
  PaddedBuffer() = default;
  ~PaddedBuffer() { release(); }
  PaddedBuffer(PaddedBuffer&& other) noexcept { swap(other); }
  PaddedBuffer& operator=(PaddedBuffer&& other) noexcept {
    swap(other);
    return *this;
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // LIFETIME: until the next append(), drop_front() or clear().
  [[nodiscard]] std::string_view view() const { return {data_, size_}; }

  // False when there is no memory.
  [[nodiscard]] bool append(std::string_view bytes) {
    if (bytes.empty()) {
      return true;
    }
    const bool fits = data_ != nullptr && bytes.size() <= capacity_ - size_;
    if (!fits && !grow(size_ + bytes.size())) {
      return false;
    }
    std::memcpy(data_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return true;
  }
  void drop_front(std::size_t count) {
    if (count == 0) {
      return;
    }
    std::memmove(data_, data_ + count, size_ - count);
    size_ -= count;
  }
  void clear() { size_ = 0; }

 private:
  // Out of line, as it is rare.
  [[gnu::noinline]] bool grow(std::size_t least) {
    std::size_t capacity = capacity_ < 1024 ? 1024 : 2 * capacity_;
    if (capacity < least) {
      capacity = least;
    }
    char* const fresh = static_cast<char*>(std::malloc(capacity + kPadding));
    if (fresh == nullptr) {
      return false;
    }
    if (data_ != nullptr) {
      std::memcpy(fresh, data_, size_);
    }
    std::memset(fresh + size_, 0, capacity + kPadding - size_);
    release();
    data_ = fresh;
    capacity_ = capacity;
    return true;
  }
  void release() {
    wipe_memory(data_, capacity_);
    std::free(data_);
  }
  void swap(PaddedBuffer& other) {
    char* const data = data_;
    const std::size_t size = size_;
    const std::size_t capacity = capacity_;
    data_ = other.data_;
    size_ = other.size_;
    capacity_ = other.capacity_;
    other.data_ = data;
    other.size_ = size;
    other.capacity_ = capacity;
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // without padding
};

}  // namespace fhirwall::json
