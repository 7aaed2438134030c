#pragma once

#include <optional>

#include "core/fhirpath/machine.hpp"

// Quantities in UCUM units and in calendar units. Source: FHIRPath N1, sections 4.1.8, 6.1, 6.2 and
// 6.6. A definite `'d'` and a calendar `day` are the same, and so for all units but years and
// months, which do not compare with definite durations. Among calendar units a year has 12 months
// or 365 days, a month 30 days.
namespace fhirwall::fhirpath {

// A number as a quantity of unit `1`, a Quantity as itself; nullopt for any other value.
[[nodiscard]] std::optional<Quantity> quantity_from(const Item& value);

// -1, 0, 1; unknown when the units measure different things or are none. A unit is comparable with
// itself even where UCUM does not know it.
[[nodiscard]] std::optional<int> compare_quantities(const Quantity& a, const Quantity& b);
// `~`: a calendar year is a UCUM year here. False where the units do not compare.
[[nodiscard]] bool equivalent_quantities(const Quantity& a, const Quantity& b);

// The sum, in the finer of the two units. Nullopt when they do not compare, for calendar years or
// months beside smaller calendar units, for special units (Cel, [pH]: UCUM, section 22), and when
// it does not fit.
[[nodiscard]] std::optional<Quantity> add_quantities(const Quantity& a, const Quantity& b);
// The product or the quotient. Nullopt for special units, for calendar units beside another unit,
// for a zero divisor, and when it does not fit. False when out of memory.
[[nodiscard]] bool multiply_quantities(Machine& machine, const Quantity& a, const Quantity& b,
                                       bool divide, std::optional<Quantity>& result);
// The value of a quantity that is a number: of unit `1`, `%`, `g/kg`.
[[nodiscard]] std::optional<fhir::Decimal> number_from(const Quantity& quantity);

}  // namespace fhirwall::fhirpath
