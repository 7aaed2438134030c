// Patterns made at random, against the backtracking definition.
#include <random>

#include <gtest/gtest.h>

#include "core/base/regex/regex.hpp"
#include "tests/native/core/base/regex_reference.hpp"

namespace fhirwall {
namespace {

TEST(RegexRandom, AgreesWithTheBacktrackingDefinition) {
  constexpr std::size_t kCases = 20'000;
  std::mt19937 random(20'260'101);
  std::size_t found = 0;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < kCases; ++i) {
    std::string bytes(120, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random());
    }
    const auto one = regex_reference::make_case(bytes, 20'000);
    if (!one) {
      continue;
    }
    Regex::Options options;
    options.multiline = one->multiline;
    options.dot_matches_newline = false;
    const Regex::CompileResult compiled = Regex::compile(one->pattern, options);
    ASSERT_TRUE(compiled.regex) << one->pattern << ": " << compiled.message;
    const std::string text = regex_reference::utf8(one->text);
    const std::string about = one->pattern + " on " + ::testing::PrintToString(text);
    std::uint64_t budget = 1'000'000;
    EXPECT_EQ(compiled.regex->search(text, budget), one->found) << about;
    EXPECT_EQ(compiled.regex->matches_whole(text, budget), one->whole) << about;
    std::string replaced;
    ASSERT_TRUE(compiled.regex->replace(text, one->replacement, 10'000, budget, replaced)) << about;
    ASSERT_EQ(replaced, one->replaced) << about;
    ++compared;
    found += one->found ? 1 : 0;
  }
  // The comparison is worth something only if most cases ran, with both outcomes.
  EXPECT_GT(compared, kCases / 2);
  EXPECT_GT(found, compared / 4);
  EXPECT_LT(found, compared * 9 / 10);
}

}  // namespace
}  // namespace fhirwall
