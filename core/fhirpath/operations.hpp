#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/fhirpath/machine.hpp"

// Arithmetic and order of single System values, as operators and functions need them. Values are
// those of Machine::value_of().
namespace fhirwall::fhirpath {

// `a op b` for * / div mod + - (FHIRPath N1, 6.6): nullopt for a result that does not fit, for a
// zero divisor, and for quantities that do not combine. Fails for types that have no such
// operation.
[[nodiscard]] bool calculate(Machine& machine, Operator op, std::uint32_t offset, const Item& a,
                             const Item& b, std::optional<Item>& result);

// -1, 0, 1 (FHIRPath N1, 6.2): unknown for dates of different precision and for quantities that do
// not compare. Fails, naming `what`, for types that have no order or none in common.
[[nodiscard]] bool compare_values(Machine& machine, std::string_view what, std::uint32_t offset,
                                  const Item& a, const Item& b, std::optional<int>& order);

// The two texts one behind the other, in memory of the evaluation. False when out of memory.
[[nodiscard]] bool concatenate(Machine& machine, std::string_view a, std::string_view b,
                               Item& result);

// As it is written: `<=`, `div`.
[[nodiscard]] std::string_view operator_name(Operator op);

}  // namespace fhirwall::fhirpath
