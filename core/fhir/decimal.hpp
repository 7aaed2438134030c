#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fhirwall::fhir {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

// An exact decimal: coefficient * 10^-scale. The scale is kept as written (`1.50` has scale 2), so
// precision() and the text of a value survive. Never a floating-point number, also not inside the
// functions with irrational results: every platform gives the same bytes.
//
// Holds 38 significant digits and a scale of 0 to 38; an operation whose exact result needs more
// gives nullopt (FHIRPath N1, 6.6: an overflow is empty), except divide() and what is irrational,
// which round to kDigits.
struct Decimal {
  Int128 coefficient = 0;
  std::int32_t scale = 0;  // 0..kMaxScale
};
inline constexpr std::int32_t kMaxScale = 38;
// Significant digits of a quotient and of a function's result.
inline constexpr std::int32_t kDigits = 28;

// A JSON or FHIRPath number: `-12.50`, `1e3` (1000, scale 0), `1.5E-2` (0.015, scale 3). Nullopt
// for anything else and for what does not fit.
[[nodiscard]] std::optional<Decimal> parse_decimal(std::string_view text);
[[nodiscard]] Decimal decimal_of(std::int64_t value);
// The value as an integer, if it is one and fits.
[[nodiscard]] std::optional<std::int64_t> to_int64(const Decimal& value);
[[nodiscard]] double to_double(const Decimal& value);
// Appends the value with its scale: `1.50`, `-0.5`, `1000`. Never an exponent.
void append_decimal(const Decimal& value, std::string& out);

// Three-way comparison by value: -1, 0, 1. `1.50` and `1.5` are equal. Never fails, also where the
// scales are too far apart to align.
[[nodiscard]] int compare(const Decimal& a, const Decimal& b);
// FHIRPath `~`: both rounded to the smaller of the two scales, trailing zeros not counted.
[[nodiscard]] bool equivalent(const Decimal& a, const Decimal& b);

[[nodiscard]] std::optional<Decimal> add(const Decimal& a, const Decimal& b);
[[nodiscard]] std::optional<Decimal> subtract(const Decimal& a, const Decimal& b);
[[nodiscard]] std::optional<Decimal> multiply(const Decimal& a, const Decimal& b);
// `/`: exact if the quotient ends within 38 digits, else rounded to kDigits, half away from zero;
// trailing zeros of the quotient are dropped. Nullopt for a zero divisor and for what is too small
// for kMaxScale.
[[nodiscard]] std::optional<Decimal> divide(const Decimal& a, const Decimal& b);
// `div` (truncated towards zero, scale 0) and `mod` (sign of the dividend). Nullopt for a zero
// divisor.
[[nodiscard]] std::optional<Decimal> integer_divide(const Decimal& a, const Decimal& b);
[[nodiscard]] std::optional<Decimal> modulo(const Decimal& a, const Decimal& b);
[[nodiscard]] Decimal negate(const Decimal& value);
[[nodiscard]] Decimal absolute(const Decimal& value);

// To scale 0: towards zero, down, up.
[[nodiscard]] Decimal truncate(const Decimal& value);
[[nodiscard]] Decimal floor(const Decimal& value);
[[nodiscard]] Decimal ceiling(const Decimal& value);
// Half away from zero, to at most `digits` fraction digits.
[[nodiscard]] Decimal round(const Decimal& value, std::int32_t digits);
// Without trailing zeros behind the point.
[[nodiscard]] Decimal strip(const Decimal& value);

// Rounded to kDigits, half away from zero, as far as kMaxScale reaches; exact where the result is
// (sqrt(81) is 9, power(2, 10) is 1024, power(10, -2) is 0.01, log(16, 2) is 4). A whole power is
// exact up to 38 digits. Nullopt outside the domain or range.
[[nodiscard]] std::optional<Decimal> square_root(const Decimal& value);
[[nodiscard]] std::optional<Decimal> exponential(const Decimal& value);
[[nodiscard]] std::optional<Decimal> natural_log(const Decimal& value);
[[nodiscard]] std::optional<Decimal> log(const Decimal& value, const Decimal& base);
[[nodiscard]] std::optional<Decimal> power(const Decimal& base, const Decimal& exponent);

// FHIRPath 3.0 precision(), lowBoundary(), highBoundary(). precision: digits behind the point. A
// boundary reads `1.587` as [1.5865, 1.5875) and gives that bound, rounded outward to `digits`
// fraction digits (default 8 where the caller has none). Nullopt when digits is not in 0..28 or the
// result does not fit.
[[nodiscard]] std::int32_t precision(const Decimal& value);
[[nodiscard]] std::optional<Decimal> low_boundary(const Decimal& value, std::int32_t digits);
[[nodiscard]] std::optional<Decimal> high_boundary(const Decimal& value, std::int32_t digits);

}  // namespace fhirwall::fhir
