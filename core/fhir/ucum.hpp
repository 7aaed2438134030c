#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/fhir/decimal.hpp"

// Units of the Unified Code for Units of Measure (ucum.org), case sensitive, whole table; exact
// arithmetic wherever the table is exact.
namespace fhirwall::fhir {

// What a unit measures: exponents of the seven base units m, s, g, rad, K, C, cd. Annotations
// (`{cells}`) and `1` have none. Arbitrary units ([iU], [arb'U], ...) are comparable with
// themselves only: `arbitrary` identifies the one a unit contains (low byte) with its exponent
// (high byte), 0 for none. A unit with two different ones is none.
struct Dimension {
  std::array<std::int8_t, 7> exponents{};
  std::uint16_t arbitrary = 0;
  friend bool operator==(const Dimension&, const Dimension&) = default;
};

// A unit expression reduced: value in the unit = value * factor in base units. A special unit (Cel,
// [degF], [pH], ...) has a function instead, and its factor is that of its prefix.
struct Unit {
  Dimension dimension;
  Decimal numerator{1, 0};  // factor = numerator / denominator, both exact
  Decimal denominator{1, 0};
  std::int8_t pi = 0;        // times pi^pi
  std::uint8_t special = 0;  // 0: ratio scale; else which special unit
};

// A UCUM term, at most 200 bytes; nullopt when it is none (`foo`, `m/`, ``), or when its factor or
// exponents do not fit.
[[nodiscard]] std::optional<Unit> parse_unit(std::string_view text);

// `value` of unit `from`, expressed in `to`; nullopt when they measure different things or the
// result does not fit. Exact where both factors are and the quotient ends; else to kDigits, one or
// two digits less through a temperature's zero point, and 14 digits for slopes.
[[nodiscard]] std::optional<Decimal> convert(const Decimal& value, const Unit& from,
                                             const Unit& to);

// -1, 0, 1 by value across units of the same dimension: 4 'g' = 4000 'mg', 0 'Cel' = 273.15 'K'.
// Nullopt when the dimensions differ. Values of one special unit compare by their numbers: 7 '[pH]'
// is less than 8 '[pH]', 0.0000001 'mol/l' equals the first. Exact for exact factors, without
// converting back and forth.
[[nodiscard]] std::optional<int> compare(const Decimal& a, const Unit& a_unit, const Decimal& b,
                                         const Unit& b_unit);
// The same for `~`: equal after rounding to the less precise of the two, converted to the finer of
// the two units (4 'g' is not 4040 'mg').
[[nodiscard]] std::optional<bool> equivalent(const Decimal& a, const Unit& a_unit, const Decimal& b,
                                             const Unit& b_unit);

// A quantity by its unit text.
struct UnitValue {
  Decimal value;
  std::string unit;  // UCUM text; `1` for none
};
// The product and the quotient of two quantities (FHIRPath N1, 6.6): 2.0 'cm' * 2.0 'm' =
// 0.040 'm2'; 4.0 'g' / 2.0 'm' = 2 'g/m'. Units of one side `1` keep the other's text; otherwise
// the result is in base units, in the order of Dimension (`m-1.g`). Nullopt for special units, for
// texts that are no unit, for a zero divisor, and for what does not fit.
[[nodiscard]] std::optional<UnitValue> multiply(const UnitValue& a, const UnitValue& b);
[[nodiscard]] std::optional<UnitValue> divide(const UnitValue& a, const UnitValue& b);

}  // namespace fhirwall::fhir
