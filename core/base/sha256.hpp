#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace fhirwall {

// SHA-256 of `data` (FIPS 180-4, section 6.2).
[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::string_view data);
// The same as 64 lowercase hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view data);

}  // namespace fhirwall
