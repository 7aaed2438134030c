#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/regex/syntax_tree.hpp"

namespace fhirwall::regex {

// Text, or what a group holds. Views into the replacement.
struct Piece {
  std::uint32_t group = kNone;  // kNone: text
  std::string_view text;
};

// `$$`, `$&`, `$0`..`$99`, `${1}` and `${name}` where there is such a group; of two digits only the
// first is taken if that alone names one. Any other `$` is text.
[[nodiscard]] std::vector<Piece> parse_replacement(std::string_view replacement,
                                                   const std::vector<std::string>& group_names);

}  // namespace fhirwall::regex
