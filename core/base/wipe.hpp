#pragma once

#include <cstddef>
#include <cstring>

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

}  // namespace fhirwall
