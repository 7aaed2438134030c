#pragma once

#include <string>
#include <string_view>

namespace fhirwall::search {

// Folding for string search: case- and accent-insensitive (SPEC 5.3; FHIR R4 search, section
// 3.1.1.4.8: "normalized by case and combining characters").
//
// Covered: ASCII; Latin-1, Latin Extended-A and Latin Extended Additional letters that are a base
// letter with marks; upper-case letters of those blocks without such a base (O with stroke); Greek
// and Cyrillic case and marks, final sigma; free-standing combining marks (U+0300-036F, 1AB0-1AFF,
// 1DC0-1DFF, 20D0-20FF, FE20-FE2F) are dropped. Everything else is compared as it is: sharp s is
// not `ss`, o with stroke is not `o`, other scripts keep their case.
//
// Appends the folded form of `text` (UTF-8) to `out`.
void fold(std::string_view text, std::string& out);
[[nodiscard]] std::string folded(std::string_view text);

// True if `text`, folded, starts with `needle`, which is folded already. `scratch` is used only
// when `text` has letters outside of ASCII in the part that is compared.
[[nodiscard]] bool folded_starts_with(std::string_view text, std::string_view needle,
                                      std::string& scratch);

}  // namespace fhirwall::search
