#include "core/filter/names.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace fhirwall::filter {
namespace {

std::string name_of(std::uint32_t number) { return "Patient/" + std::to_string(number); }

TEST(Names, NumbersTextsInTheirOrderAndEachOnce) {
  Names names;
  constexpr std::uint32_t kCount = 3000;  // the table grows several times
  for (std::uint32_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(names.add(name_of(i)), i);
  }
  for (std::uint32_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(names.add(name_of(i)), i);
    ASSERT_TRUE(names.holds(name_of(i)));
  }
  EXPECT_EQ(names.size(), kCount);
  EXPECT_FALSE(names.holds(name_of(kCount)));
}

TEST(Names, TellsTextsOfOneHashApart) {
  // FNV-1a gives both 0x5E4DAA9D.
  Names names;
  EXPECT_EQ(names.add("costarring"), 0U);
  EXPECT_FALSE(names.holds("liquid"));
  EXPECT_EQ(names.add("liquid"), 1U);
  EXPECT_EQ(names.add("costarring"), 0U);
  EXPECT_EQ(names.add("liquid"), 1U);
  EXPECT_EQ(names.size(), 2U);
}

TEST(Names, HoldsNothingAtFirstAndAfterClearing) {
  Names names;
  EXPECT_FALSE(names.holds(""));
  EXPECT_EQ(names.add(""), 0U);
  EXPECT_TRUE(names.holds(""));
  names.clear();
  EXPECT_EQ(names.size(), 0U);
  EXPECT_FALSE(names.holds(""));
  EXPECT_EQ(names.add("a"), 0U);
}

TEST(Names, KeepsItsTextsWhenMoved) {
  Names names;
  names.add("a");
  Names moved = std::move(names);
  EXPECT_TRUE(moved.holds("a"));
}

}  // namespace
}  // namespace fhirwall::filter
