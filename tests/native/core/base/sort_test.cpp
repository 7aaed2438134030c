#include "core/base/sort.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace fhirwall {
namespace {

struct Item {
  std::string key;
  int place = 0;
  friend bool operator==(const Item&, const Item&) = default;
};

TEST(Sort, IsThatOfTheLibraryAndStable) {
  std::mt19937 random(20240607);
  for (std::size_t size = 0; size < 200; ++size) {
    std::vector<Item> items;
    for (std::size_t i = 0; i < size; ++i) {
      items.push_back({std::string(30, 'x') + std::to_string(random() % 20), static_cast<int>(i)});
    }
    std::vector<Item> expected = items;
    const auto by_key = [](const Item& a, const Item& b) { return a.key < b.key; };
    std::stable_sort(expected.begin(), expected.end(), by_key);
    sort_by(items, by_key);
    EXPECT_EQ(items, expected) << size;
  }
}

TEST(Sort, UsesTheOrderOfTheType) {
  std::vector<std::string> items = {"b", "", "a", "b", "ab"};
  sort_items(items);
  EXPECT_EQ(items, (std::vector<std::string>{"", "a", "ab", "b", "b"}));
}

TEST(Sort, PositionsOfNothing) {
  const auto never = [](const void*, std::uint32_t, std::uint32_t) { return false; };
  EXPECT_TRUE(sorted_positions(0, never, nullptr).empty());
  EXPECT_EQ(sorted_positions(3, never, nullptr), (std::vector<std::uint32_t>{0, 1, 2}));
}

}  // namespace
}  // namespace fhirwall
