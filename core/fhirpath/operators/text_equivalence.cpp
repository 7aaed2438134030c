#include "core/fhirpath/operators/text_equivalence.hpp"

#include <iterator>

#include "core/base/ascii.hpp"
#include "core/base/regex/categories_table.hpp"
#include "core/base/regex/code_points.hpp"
#include "core/base/regex/varint.hpp"

namespace fhirwall::fhirpath {
namespace {

// What a code point folds to; itself when nothing.
std::uint32_t fold(std::uint32_t point) {
  if (point < 0x80) {
    // White space as the grammar has it (N1, 11): space, tab, line feed, carriage return.
    return point == '\t' || point == '\n' || point == '\r'
               ? ' '
               : static_cast<std::uint32_t>(ascii::to_lower(static_cast<char>(point)));
  }
  std::uint32_t first = 0;
  for (const std::uint8_t* at = regex::kFoldings; at != std::end(regex::kFoldings);) {
    first += regex::read_number(at);
    const std::uint32_t shape = regex::read_number(at);
    const std::uint32_t encoded = regex::read_number(at);
    const std::uint32_t step = 1 + (shape & 1);
    const std::uint32_t last = first + (shape >> 1) * step;
    if (point < first) {
      return point;
    }
    if (point <= last && (point - first) % step == 0) {
      return point + ((encoded & 1) != 0 ? 0 - (encoded >> 1) : encoded >> 1);
    }
    first = last;
  }
  return point;
}

}  // namespace

bool equivalent_texts(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const regex::Decoded x = regex::decode(a, i);
    const regex::Decoded y = regex::decode(b, j);
    if (x.code_point != y.code_point && fold(x.code_point) != fold(y.code_point)) {
      return false;
    }
    i += x.length;
    j += y.length;
  }
  return i == a.size() && j == b.size();
}

}  // namespace fhirwall::fhirpath
