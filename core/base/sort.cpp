#include "core/base/sort.hpp"

#include <algorithm>

namespace fhirwall {

std::vector<std::uint32_t> sorted_positions(std::size_t count, IsBefore is_before,
                                            const void* context) {
  std::vector<std::uint32_t> positions(count);
  for (std::size_t i = 0; i < count; ++i) {
    positions[i] = static_cast<std::uint32_t>(i);
  }
  const auto less = [=](std::uint32_t a, std::uint32_t b) {
    return is_before(context, a, b) || (a < b && !is_before(context, b, a));
  };
  std::make_heap(positions.begin(), positions.end(), less);
  std::sort_heap(positions.begin(), positions.end(), less);
  return positions;
}

}  // namespace fhirwall
