#pragma once

#include <optional>
#include <string_view>

#include "core/fhirpath/machine.hpp"

// What conversion functions read from text, and quantities in another unit.
namespace fhirwall::fhirpath {

// A number at the beginning of `text`, which is moved behind it: `(\+|-)?\d+(\.\d+)?`, or only its
// whole part. Nullopt, with `text` as it was, for none and for more digits than a Decimal has.
[[nodiscard]] std::optional<fhir::Decimal> take_number(std::string_view& text, bool fraction);

// `4`, `4.5 'mg'`, `10 days` as a whole (FHIRPath N1, 5.5.6: `(?'value'(\+|-)?\d+(\.\d+)?)\s*
// ('(?'unit'[^']+)'|(?'time'[a-zA-Z]+))?`), with a unit that UCUM or the calendar has; a quote
// inside the unit is written `\'`. Nullopt for anything else. False when out of memory.
[[nodiscard]] bool parse_quantity(Machine& machine, std::string_view text,
                                  std::optional<Quantity>& quantity);

// The quantity in `unit`, a UCUM unit or a calendar word, which must outlive it (3.0, Unit
// Conversions): among calendar units a year has 12 months or 365 days and a month 30; a calendar
// unit up to the week is its UCUM counterpart; years and months have none. Nullopt when it cannot
// be converted.
[[nodiscard]] std::optional<Quantity> in_unit(const Quantity& quantity, std::string_view unit);

}  // namespace fhirwall::fhirpath
