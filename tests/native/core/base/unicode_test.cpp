#include "core/base/unicode.hpp"

#include <string>

#include <gtest/gtest.h>

namespace fhirwall {
namespace {

TEST(Unicode, ChangesCase) {
  const struct {
    std::string_view lower;
    std::string_view upper;
  } pairs[] = {
      {"", ""},
      {"abc xyz 0-9 @[`{", "ABC XYZ 0-9 @[`{"},
      {"\u00E0\u00F6\u00F8\u00FE", "\u00C0\u00D6\u00D8\u00DE"},  // Latin-1, around U+00D7
      {"\u00FF", "\u0178"},
      {"\u0101\u012F\u0133\u0137", "\u0100\u012E\u0132\u0136"},  // Latin Extended-A
      {"\u013A\u0148\u014B\u0177", "\u0139\u0147\u014A\u0176"},  // where odd and even swap
      {"\u03B1\u03AC\u03C9\u03CE", "\u0391\u0386\u03A9\u038F"},  // Greek
      {"\u0430\u044F\u0450\u045F\u0461", "\u0410\u042F\u0400\u040F\u0460"},  // Cyrillic
      {"\u0561\u0586", "\u0531\u0556"},                                      // Armenian
      {"\u10D0\u10FF", "\u1C90\u1CBF"},                                      // Georgian
      {"\u1E01\u1EFF", "\u1E00\u1EFE"},
      {"\u2170\u24D0", "\u2160\u24B6"},
      {"\uA641\uAB70", "\uA640\u13A0"},  // Cherokee: far apart
      {"\U00010428\U0001E922", "\U00010400\U0001E900"},
  };
  for (const auto& [lower, upper] : pairs) {
    std::string out;
    append_upper(lower, out);
    EXPECT_EQ(out, upper);
    out.clear();
    append_lower(upper, out);
    EXPECT_EQ(out, lower);
    out.clear();
    append_upper(upper, out);
    append_lower(lower, out);
    EXPECT_EQ(out, std::string(upper) + std::string(lower));
  }
}

TEST(Unicode, ChangesCaseInOneDirectionOnly) {
  const struct {
    std::string_view text;
    std::string_view lower;
    std::string_view upper;
  } rows[] = {
      {"\u00DF", "\u00DF", "SS"},      // sharp s
      {"\u1E9E", "\u00DF", "\u1E9E"},  // and its rare capital
      {"\u03C2", "\u03C2", "\u03A3"},  // final sigma
      {"\u00B5", "\u00B5", "\u039C"},  // micro sign
      {"\u212A", "k", "\u212A"},       // Kelvin sign
      {"\u017F", "\u017F", "S"},       // long s
      {"\u01C5", "\u01C6", "\u01C4"},  // title case
      {"\u4E2D\u05D0", "\u4E2D\u05D0", "\u4E2D\u05D0"},
      {"\U0001F600", "\U0001F600", "\U0001F600"},
      {"\u00D7\u00F7", "\u00D7\u00F7", "\u00D7\u00F7"},
  };
  for (const auto& [text, lower, upper] : rows) {
    std::string out;
    append_lower(text, out);
    EXPECT_EQ(out, lower) << text;
    out.clear();
    append_upper(text, out);
    EXPECT_EQ(out, upper) << text;
  }
}

TEST(Unicode, CountsAndFindsCodePoints) {
  constexpr std::string_view kText = "a\u00E9\u20AC\U0001F600z";
  EXPECT_EQ(count_code_points(kText), 5u);
  EXPECT_EQ(count_code_points(""), 0u);
  const std::size_t offsets[] = {0, 1, 3, 6, 10, 11};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(offset_of_code_point(kText, i), offsets[i]);
  }
  EXPECT_EQ(offset_of_code_point(kText, 6), std::string_view::npos);
  EXPECT_EQ(offset_of_code_point(kText, UINT64_MAX), std::string_view::npos);
  EXPECT_EQ(offset_of_code_point("", 0), 0u);
  EXPECT_EQ(offset_of_code_point("", 1), std::string_view::npos);
  EXPECT_EQ(length_of_code_point(kText, 0), 1u);
  EXPECT_EQ(length_of_code_point(kText, 3), 3u);
  EXPECT_EQ(length_of_code_point(kText, 6), 4u);
}

TEST(Unicode, WritesUtf8) {
  const struct {
    std::uint32_t code_point;
    std::string_view text;
  } rows[] = {{0x7F, "\x7F"},
              {0x80, "\xC2\x80"},
              {0x7FF, "\xDF\xBF"},
              {0x800, "\xE0\xA0\x80"},
              {0xFFFF, "\xEF\xBF\xBF"},
              {0x10000, "\xF0\x90\x80\x80"},
              {0x10FFFF, "\xF4\x8F\xBF\xBF"}};
  for (const auto& [code_point, text] : rows) {
    std::string out;
    append_utf8(code_point, out);
    EXPECT_EQ(out, text);
    EXPECT_TRUE(is_utf8(out));
  }
}

TEST(Unicode, RefusesWhatIsNotUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("\xED\x9F\xBF\xEE\x80\x80"));  // around the surrogates
  EXPECT_TRUE(is_utf8("\xEF\xBF\xBD"));              // U+FFFD itself
  for (const std::string_view text :
       {"\x80", "a\xFF", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82",
        "\xF0\x9F\x98", "\xC3z", "\xE2\x28\xA1"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace fhirwall
