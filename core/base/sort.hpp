#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

// Sorting where size matters more than speed: std::sort and std::stable_sort are 2 to 7 KB of code
// for each type, this is a few hundred bytes.
namespace fhirwall {

// Whether the item at `a` comes before the one at `b`.
using IsBefore = bool (*)(const void* context, std::uint32_t a, std::uint32_t b);

// The positions of `count` items, sorted; equal ones stay in order.
[[nodiscard]] std::vector<std::uint32_t> sorted_positions(std::size_t count, IsBefore is_before,
                                                          const void* context);

// A stable sort.
template <typename T, typename Less>
void sort_by(std::vector<T>& items, const Less& less) {
  struct Context {
    const std::vector<T>& items;
    const Less& less;
  };
  const Context context{items, less};
  const auto is_before = [](const void* of, std::uint32_t a, std::uint32_t b) {
    const auto& [all, before] = *static_cast<const Context*>(of);
    return before(all[a], all[b]);
  };
  std::vector<T> sorted;
  sorted.reserve(items.size());
  for (const std::uint32_t at : sorted_positions(items.size(), is_before, &context)) {
    sorted.push_back(std::move(items[at]));
  }
  items = std::move(sorted);
}

template <typename T>
void sort_items(std::vector<T>& items) {
  sort_by(items, [](const T& a, const T& b) { return a < b; });
}

}  // namespace fhirwall
