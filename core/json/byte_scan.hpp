#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/error.hpp"

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#else
#include <cstring>
#endif

namespace fhirwall::json {

// The first `wanted` in text[from, size), or `size`.
inline std::size_t find_byte(const char* text, std::size_t from, std::size_t size, char wanted) {
#if defined(__wasm_simd128__)
  // NOTE: musl's memchr works on four bytes at a time; sixteen are several times as fast in wasm.
  const v128_t pattern = wasm_i8x16_splat(wanted);
  for (; from + 16 <= size; from += 16) {
    const auto hits = static_cast<std::uint32_t>(
        wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(text + from), pattern)));
    if (hits != 0) {
      return from + static_cast<std::uint32_t>(__builtin_ctz(hits));
    }
  }
  while (from < size && text[from] != wanted) {
    ++from;
  }
  return from < size ? from : size;
#else
  if (from >= size) {
    return size;
  }
  const void* const found = std::memchr(text + from, wanted, size - from);
  return found == nullptr ? size : static_cast<std::size_t>(static_cast<const char*>(found) - text);
#endif
}

// The first byte of text[from, size) that is `a` or `b`, or `size`.
inline std::size_t find_either(const char* text, std::size_t from, std::size_t size, char a,
                               char b) {
#if defined(__wasm_simd128__)
  const v128_t pattern_a = wasm_i8x16_splat(a);
  const v128_t pattern_b = wasm_i8x16_splat(b);
  for (; from + 16 <= size; from += 16) {
    const v128_t bytes = wasm_v128_load(text + from);
    const auto hits = static_cast<std::uint32_t>(wasm_i8x16_bitmask(
        wasm_v128_or(wasm_i8x16_eq(bytes, pattern_a), wasm_i8x16_eq(bytes, pattern_b))));
    if (hits != 0) {
      return from + static_cast<std::uint32_t>(__builtin_ctz(hits));
    }
  }
#endif
  while (from < size && text[from] != a && text[from] != b) {
    ++from;
  }
  return from < size ? from : size;
}

inline std::uint32_t find_backslash(const char* text, std::uint32_t from, std::uint32_t size) {
  return static_cast<std::uint32_t>(find_byte(text, from, size, '\\'));
}

// Why the structural scan refused `text`: the first byte that is not UTF-8, the first control
// character inside a string, or the end of the text inside a string, whichever comes first. Slow;
// only for texts that are known to be refused.
[[nodiscard]] Error diagnose_bytes(std::string_view text);

}  // namespace fhirwall::json
