#pragma once

#include <optional>

#include "core/fhirpath/machine.hpp"

// Equality of items and collections, as operators and functions need it. Source: FHIRPath N1,
// section 6.1.
namespace fhirwall::fhirpath {

// `=` of two items: unknown (nullopt) for dates of different precision and for nodes that have no
// readable value. Nodes are compared deeply, in bounded steps; text by its value, not its escapes.
[[nodiscard]] bool equal_items(Machine& machine, const Item& a, const Item& b,
                               std::optional<bool>& equal);
// `~` of two items; never unknown.
[[nodiscard]] bool equivalent_items(Machine& machine, const Item& a, const Item& b,
                                    bool& equivalent);
// True if an item equal to `item` is in the range, for distinct(), union(), in, subsetOf() and
// their like. An unknown equality is none.
[[nodiscard]] bool range_contains(Machine& machine, Range range, const Item& item, bool& found);
// Leaves in `range` (at the top of the stack) the first of each set of equal items.
[[nodiscard]] bool remove_duplicates(Machine& machine, Range range);

}  // namespace fhirwall::fhirpath
