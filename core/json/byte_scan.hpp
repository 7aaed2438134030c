#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/error.hpp"

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#else
#include <cstring>
#endif

namespace fhirwall::json {

// The first backslash of text[from, size), or `size`. `text` is followed by kPadding readable
// bytes.
inline std::uint32_t find_backslash(const char* text, std::uint32_t from, std::uint32_t size) {
#if defined(__wasm_simd128__)
  // NOTE: musl's memchr works on four bytes at a time; sixteen are three times as fast in wasm.
  const v128_t backslash = wasm_i8x16_splat('\\');
  for (std::uint32_t at = from; at < size; at += 16) {
    const std::uint32_t hits = static_cast<std::uint32_t>(
        wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(text + at), backslash)));
    if (hits != 0) {
      const std::uint32_t found = at + static_cast<std::uint32_t>(__builtin_ctz(hits));
      return found < size ? found : size;
    }
    if (size - at <= 16) {
      break;
    }
  }
  return size;
#else
  if (from >= size) {
    return size;
  }
  const void* found = std::memchr(text + from, '\\', size - from);
  return found == nullptr ? size
                          : static_cast<std::uint32_t>(static_cast<const char*>(found) - text);
#endif
}

// Why the structural scan refused `text`: the first byte that is not UTF-8, the first control
// character inside a string, or the end of the text inside a string, whichever comes first. Slow;
// only for texts that are known to be refused.
[[nodiscard]] Error diagnose_bytes(std::string_view text);

}  // namespace fhirwall::json
