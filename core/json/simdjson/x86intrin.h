// Stands in for the compiler's <x86intrin.h> where simdjson's westmere kernel is built for
// WebAssembly: Emscripten implements SSE up to 4.2 on SIMD128, and what the kernel uses beyond that
// is here. Never on the include path of a native build.
#pragma once

#if !defined(__wasm_simd128__)
#error "this header is for WebAssembly builds"
#endif

#include <cstdint>
#include <nmmintrin.h>

// Carry-less product of the low halves. NOTE: right only for a multiplier of all ones, the one case
// in which simdjson uses it: then bit i of the low half is the parity of the bits 0..i.
static inline __m128i _mm_clmulepi64_si128(__m128i bits, __m128i, int) {
  std::uint64_t parity = static_cast<std::uint64_t>(wasm_i64x2_extract_lane((v128_t)bits, 0));
  parity ^= parity << 1;
  parity ^= parity << 2;
  parity ^= parity << 4;
  parity ^= parity << 8;
  parity ^= parity << 16;
  parity ^= parity << 32;
  return (__m128i)wasm_i64x2_make(static_cast<std::int64_t>(parity), 0);
}

static inline long long _popcnt64(long long bits) {
  return __builtin_popcountll(static_cast<unsigned long long>(bits));
}

// The low half of a 128-bit product; the high half goes to `high`.
static inline std::uint64_t _umul128(std::uint64_t a, std::uint64_t b, std::uint64_t* high) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  *high = static_cast<std::uint64_t>(product >> 64);
  return static_cast<std::uint64_t>(product);
}
