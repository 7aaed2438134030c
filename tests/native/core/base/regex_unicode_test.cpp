// The generated tables: categories and case.
#include <gtest/gtest.h>

#include "core/base/regex/char_set.hpp"
#include "core/base/regex/code_points.hpp"

namespace fhirwall::regex {
namespace {

std::size_t size_of(const CharSet& set) {
  std::size_t size = 0;
  for (const Range& range : set.ranges()) {
    size += range.last - range.first + 1;
  }
  return size;
}

TEST(RegexUnicode, EveryCodePointHasOneCategory) {
  constexpr std::string_view kMajor[] = {"L", "M", "N", "P", "S", "Z", "C"};
  constexpr std::string_view kMinor[] = {
      "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe",
      "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"};
  CharSet all;
  std::size_t sum = 0;
  for (const std::string_view major : kMajor) {
    std::size_t parts = 0;
    for (const std::string_view minor : kMinor) {
      if (minor[0] == major[0]) {
        ASSERT_TRUE(category_set(minor)) << minor;
        parts += size_of(*category_set(minor));
        all.add(*category_set(minor));
      }
    }
    EXPECT_EQ(parts, size_of(*category_set(major))) << major;
    sum += parts;
  }
  all.normalise();
  EXPECT_EQ(sum, 0x110000u);
  EXPECT_EQ(all.ranges(), (std::vector<Range>{{0, kLastCodePoint}}));
}

TEST(RegexUnicode, CategoriesOfSomeCodePoints) {
  struct Case {
    std::string_view category;
    std::uint32_t code_point;
  };
  constexpr Case kCases[] = {
      {"Lu", 'A'},    {"Lu", 0x100},  {"Ll", 0x101},   {"Lu", 0x1D400}, {"Lt", 0x1C5},
      {"Lm", 0x2B0},  {"Lo", 0x4E00}, {"Mn", 0x301},   {"Mc", 0x903},   {"Me", 0x20DD},
      {"Nd", 0x663},  {"Nl", 0x2160}, {"No", 0xB2},    {"Pc", '_'},     {"Pd", 0x2014},
      {"Ps", '('},    {"Pe", ')'},    {"Pi", 0xAB},    {"Pf", 0xBB},    {"Po", '!'},
      {"Sm", '+'},    {"Sc", 0x20AC}, {"Sk", '^'},     {"So", 0x1F600}, {"Zs", 0xA0},
      {"Zl", 0x2028}, {"Zp", 0x2029}, {"Cc", 0x7F},    {"Cf", 0xAD},    {"Cs", 0xD800},
      {"Co", 0xE000}, {"Cn", 0x378},  {"Cn", 0x10FFFF}};
  for (const Case& one : kCases) {
    EXPECT_TRUE(category_set(one.category)->overlaps(one.code_point, one.code_point))
        << one.category << " " << one.code_point;
  }
  for (const std::string_view name : {"", "l", "LU", "Lx", "Letter", "Greek", "u"}) {
    EXPECT_FALSE(category_set(name)) << name;
  }
}

TEST(RegexUnicode, CaseVariantsAreFoundFromEachOfThem) {
  const std::vector<std::vector<std::uint32_t>> groups = {{'k', 'K', 0x212A},
                                                          {'s', 'S', 0x17F},
                                                          {0xE5, 0xC5, 0x212B},
                                                          {0x3A3, 0x3C2, 0x3C3},
                                                          {0x1C4, 0x1C5, 0x1C6},
                                                          {0xDF, 0x1E9E},
                                                          {0x432, 0x412, 0x1C80},
                                                          {0x10400, 0x10428},
                                                          {0x13A0, 0xAB70},
                                                          {'1'},
                                                          {0x4E00},
                                                          {'i', 'I'},
                                                          {0x130},
                                                          {0x131}};
  for (const auto& group : groups) {
    CharSet expected;
    for (const std::uint32_t one : group) {
      expected.add(one, one);
    }
    expected.normalise();
    for (const std::uint32_t one : group) {
      CharSet set;
      set.add(one, one);
      set.close_over_case();
      EXPECT_EQ(set, expected) << one;
    }
  }
}

}  // namespace
}  // namespace fhirwall::regex
