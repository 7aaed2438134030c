#pragma once

#include <cstdint>
#include <optional>

#include "core/fhir/ucum.hpp"

namespace fhirwall::fhir::ucum {

// An exact positive factor: numerator / denominator * 10^ten * pi^pi.
struct Factor {
  Uint128 numerator = 1;
  Uint128 denominator = 1;
  std::int32_t ten = 0;
  std::int32_t pi = 0;
  friend bool operator==(const Factor&, const Factor&) = default;
};

// Nullopt where a product does not fit 127 bits, in lowest terms.
[[nodiscard]] std::optional<Factor> multiply(const Factor& a, const Factor& b);
[[nodiscard]] std::optional<Factor> power(const Factor& base, std::int32_t exponent);
[[nodiscard]] Factor inverse(const Factor& factor);

// The two parts of Dimension::arbitrary, which must not be 0 for the first.
[[nodiscard]] constexpr unsigned arbitrary_unit(const Dimension& dimension) {
  return dimension.arbitrary & 0xffU;
}
[[nodiscard]] constexpr std::int32_t arbitrary_exponent(const Dimension& dimension) {
  return static_cast<std::int8_t>(dimension.arbitrary >> 8);
}
// a + n * b for exponents and arbitrary units. False where an exponent does not fit, and for two
// different arbitrary units: what they measure together has no name. INVARIANT: |n| <= 127.
[[nodiscard]] bool add_dimension(Dimension& a, const Dimension& b, std::int32_t n);

[[nodiscard]] Factor factor_of(const Unit& unit);
// Sets the unit's numerator, denominator and pi; false if they do not fit.
[[nodiscard]] bool set_factor(const Factor& factor, Unit& unit);

// The factor of the table's row, without prefix.
[[nodiscard]] Factor row_factor(std::size_t row);

// `value` in units of `from`, expressed in units of `to`: exact, or rounded to kDigits.
[[nodiscard]] std::optional<Decimal> rescale(const Decimal& value, const Factor& from,
                                             const Factor& to);
// Compares a * a_factor with b * b_factor, exactly.
[[nodiscard]] std::optional<int> compare_scaled(const Decimal& a, const Factor& a_factor,
                                                const Decimal& b, const Factor& b_factor);

}  // namespace fhirwall::fhir::ucum
