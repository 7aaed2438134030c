#pragma once

#include <cstdint>

namespace fhirwall::regex {

// Reads the number at `at`, seven bits a byte, lowest first, as the generated tables write them;
// `at` moves behind it.
inline std::uint32_t read_number(const std::uint8_t*& at) {
  std::uint32_t number = 0;
  for (std::uint32_t shift = 0;; shift += 7) {
    const std::uint32_t digit = *at++;
    number |= (digit & 0x7F) << shift;
    if (digit < 0x80) {
      return number;
    }
  }
}

}  // namespace fhirwall::regex
