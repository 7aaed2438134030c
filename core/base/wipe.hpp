#pragma once

#include <cstddef>
#include <cstring>
#include <string>

namespace fhirwall {

// Overwrites memory that held somebody's data (SPEC P7). The barrier keeps the compiler from
// dropping a store into memory that is about to be freed.
inline void wipe_memory(void* memory, std::size_t size) {
  if (memory == nullptr || size == 0) {
    return;
  }
  std::memset(memory, 0, size);
  __asm__ __volatile__("" : : "r"(memory) : "memory");
}

// Texts of working memory up to this many bytes keep their place; a longer one is rare.
inline constexpr std::size_t kKeptTextBytes = 4096;

// Empties a text of working memory and overwrites all that it ever held (SPEC P7).
inline void wipe_text(std::string& text) {
  text.resize(text.capacity());
  wipe_memory(text.data(), text.size());
  text.clear();
  if (text.capacity() > kKeptTextBytes) {
    std::string().swap(text);
  }
}

// A text of one scope that overwrites itself at its end.
struct WipedText {
  WipedText() = default;
  ~WipedText() { wipe_text(text); }
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;

  std::string text;
};

}  // namespace fhirwall
