#pragma once

#include <cstdint>
#include <optional>

#include "core/fhir/decimal.hpp"

namespace fhirwall::fhir::detail {

// What decimal.cpp and decimal_functions.cpp share. Arithmetic is done on sign and magnitude:
// unsigned overflow is defined, and the compilers' checks for a signed 128-bit product call a
// run-time function that not every toolchain links.

// 10^0 to 10^38.
[[nodiscard]] Uint128 power_of_ten(std::int32_t exponent);
inline constexpr Uint128 kMaxCoefficient =
    static_cast<Uint128>(9'999'999'999'999'999'999U) * 10'000'000'000'000'000'000U +
    9'999'999'999'999'999'999U;

struct Quotient {
  Uint128 whole;
  Uint128 rest;
};
// INVARIANT: divisor is not zero.
[[nodiscard]] Quotient divide(Uint128 value, Uint128 divisor);

// Decimal digits, 1 for zero.
[[nodiscard]] std::int32_t digit_count(Uint128 value);

[[nodiscard]] constexpr Uint128 magnitude(const Decimal& value) {
  const auto bits = static_cast<Uint128>(value.coefficient);
  return value.coefficient < 0 ? Uint128{0} - bits : bits;
}
// INVARIANT: magnitude <= kMaxCoefficient.
[[nodiscard]] constexpr Decimal make(bool negative, Uint128 magnitude, std::int32_t scale) {
  const auto coefficient = static_cast<Int128>(magnitude);
  return {negative ? -coefficient : coefficient, scale};
}

// (-1)^negative * magnitude * 10^-scale, rounded half away from zero to `digits` significant digits
// and to kMaxScale fraction digits, without trailing zeros. Any scale. Nullopt where it does not
// fit and where something becomes zero.
[[nodiscard]] std::optional<Decimal> rounded(bool negative, Uint128 magnitude, std::int32_t scale,
                                             std::int32_t digits);

}  // namespace fhirwall::fhir::detail
