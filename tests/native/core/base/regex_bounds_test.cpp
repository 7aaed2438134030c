// Work and memory are bounded, whatever the pattern and the text.
#include <gtest/gtest.h>

#include "core/base/regex/regex.hpp"

namespace fhirwall {
namespace {

constexpr std::uint64_t kPlenty = 1'000'000'000;

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += part;
  }
  return text;
}

Regex compiled(std::string_view pattern) {
  auto result = Regex::compile(pattern, {});
  EXPECT_TRUE(result.regex) << pattern << ": " << result.message;
  return *result.regex;
}

enum class Call { kSearch, kWhole, kReplace };

std::uint64_t cost(const Regex& regex, Call call, const std::string& text) {
  std::uint64_t budget = kPlenty;
  std::string out;
  switch (call) {
    case Call::kSearch: EXPECT_TRUE(regex.search(text, budget).has_value()); break;
    case Call::kWhole: EXPECT_TRUE(regex.matches_whole(text, budget).has_value()); break;
    case Call::kReplace: EXPECT_TRUE(regex.replace(text, "x$0", kPlenty, budget, out)); break;
  }
  return kPlenty - budget;
}

// The last ones are too large for a deterministic automaton.
constexpr std::string_view kCatastrophic[] = {
    "(a*)*b", "(a|a)*b",           "(a|aa)+$",         "(a+)+b",         "((a*)*)*$!",
    "(.*)*x", "(a|b)*a(a|b){12}c", "(?:a?){30}a{30}b", "(x+x+)+y|a*?a*b"};

TEST(RegexBounds, TwiceTheTextCostsTwiceTheWork) {
  for (const std::string_view pattern : kCatastrophic) {
    const Regex regex = compiled(pattern);
    for (const Call call : {Call::kSearch, Call::kWhole}) {
      const std::uint64_t once = cost(regex, call, repeated("a", 2000));
      const std::uint64_t twice = cost(regex, call, repeated("a", 4000));
      EXPECT_LE(twice, 2 * once + 1000) << pattern;
    }
  }
  const Regex word = compiled("[a-z]+");
  const std::uint64_t once = cost(word, Call::kReplace, repeated("ab cd, ", 500));
  const std::uint64_t twice = cost(word, Call::kReplace, repeated("ab cd, ", 1000));
  EXPECT_GT(once, 3500u);
  EXPECT_LE(twice, 2 * once + 1000);
}

TEST(RegexBounds, APlaceCostsNoMoreThanTheStates) {
  for (const std::string_view pattern : kCatastrophic) {
    const Regex regex = compiled(pattern);
    const std::string text = repeated("ab", 500);
    // Generously: a state for each byte of these patterns, counts expanded.
    EXPECT_LE(cost(regex, Call::kSearch, text), (text.size() + 1) * 200) << pattern;
  }
}

TEST(RegexBounds, ACallThatWouldPassTheBudgetLeavesNothing) {
  for (const std::string_view pattern : {"b$", "(a|b)*a(a|b){12}c"}) {
    const Regex regex = compiled(pattern);
    const std::string text = repeated("a", 100);
    for (const Call call : {Call::kSearch, Call::kWhole}) {
      const std::uint64_t needed = cost(regex, call, text);
      const auto run = [&](std::uint64_t& budget) {
        return call == Call::kSearch ? regex.search(text, budget)
                                     : regex.matches_whole(text, budget);
      };
      std::uint64_t exact = needed;
      EXPECT_EQ(run(exact), false) << pattern;
      EXPECT_EQ(exact, 0u);
      if (needed > 0) {
        std::uint64_t less = needed - 1;
        EXPECT_EQ(run(less), std::nullopt) << pattern;
        EXPECT_EQ(less, 0u);
      }
    }
  }
  std::uint64_t budget = 10;
  std::string out;
  EXPECT_FALSE(compiled("a").replace(repeated("a", 100), "b", 1000, budget, out));
  EXPECT_EQ(budget, 0u);
}

TEST(RegexBounds, OutputIsBounded) {
  const Regex regex = compiled("b");
  const auto fits = [&](std::string_view text, std::string_view replacement, std::size_t max) {
    std::uint64_t budget = 1000;
    std::string out = "what was there does not count";
    return regex.replace(text, replacement, max, budget, out);
  };
  EXPECT_TRUE(fits("abc", "xyz", 5));
  EXPECT_FALSE(fits("abc", "xyz", 4));
  EXPECT_FALSE(fits("abc", "xyz", 1));
  EXPECT_FALSE(fits("abc", "xyz", 0));
  EXPECT_TRUE(fits("aac", "xyz", 3));
  EXPECT_FALSE(fits("aac", "xyz", 2));
  EXPECT_FALSE(fits(repeated("b", 100), "$0$0", 199));
  EXPECT_TRUE(fits(repeated("b", 100), "$0$0", 200));
}

TEST(RegexBounds, TooLargePatternsAreRefused) {
  struct Case {
    std::string pattern;
    std::string_view message;
  };
  std::string many_characters;
  for (unsigned c = 0x4E00; c < 0x4E00 + 1100; ++c) {
    many_characters +=
        {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
         static_cast<char>(0x80 | (c & 0x3F))};
  }
  const std::string_view states = "the pattern needs too many states";
  const Case cases[] = {
      {"((a{100}){100}){100}", states},
      {"a{5000}b{5001}", states},
      {"(?:a{0,100}){0,100}", states},
      {"(?:" + repeated("(?:)", 9000) + "a){9000}", states},
      {repeated("a", 10'001), states},
      {"a{99999999999999999999}", "the count is too large"},
      {"a{1,10001}", "the count is too large"},
      {repeated("a|", 30'000), "the pattern is too long"},
      {repeated("(?:)", 50'000), "the pattern is too long"},
      {repeated("(", 65) + repeated(")", 65), "groups are nested too deeply"},
      {repeated("(", 10'000), "groups are nested too deeply"},
      {repeated("()", 100), "there are too many groups"},
      {repeated("\\pL", 300), "there are too many categories"},
      {many_characters, "there are too many different characters"},
  };
  for (const Case& one : cases) {
    const auto result = Regex::compile(one.pattern, {});
    EXPECT_FALSE(result.regex) << one.pattern.substr(0, 50);
    EXPECT_TRUE(result.too_large) << one.pattern.substr(0, 50);
    EXPECT_EQ(result.message, one.message) << one.pattern.substr(0, 50);
  }
}

TEST(RegexBounds, LargePatternsWithinTheBoundsWork) {
  std::uint64_t budget = kPlenty;
  const std::string deep = repeated("(?:", 64) + "a" + repeated(")*", 64);
  EXPECT_EQ(compiled(deep).matches_whole("aaaa", budget), true);
  EXPECT_EQ(compiled(deep).matches_whole("aaab", budget), false);
  const std::string long_text = repeated("abcdefghij", 990);
  EXPECT_EQ(compiled(long_text).matches_whole(long_text, budget), true);
  EXPECT_EQ(compiled(repeated("()", 99)).matches_whole("", budget), true);
  EXPECT_EQ(compiled("[a-z]{1,2000}").matches_whole(repeated("q", 2000), budget), true);
  EXPECT_EQ(compiled("[a-z]{1,2000}").matches_whole(repeated("q", 2001), budget), false);
}

TEST(RegexBounds, CopiesShareWhatIsCompiled) {
  Regex copy = compiled("b");
  {
    const Regex original = compiled("a+");
    copy = original;
  }
  std::uint64_t budget = 100;
  EXPECT_EQ(copy.matches_whole("aaa", budget), true);
}

TEST(RegexBounds, InvalidUtf8IsReadToItsEndOnly) {
  const Regex any = compiled(".*x?");
  for (const std::string_view bytes :
       {"\xf0", "a\xe2\x82", "\xc3", "\x80\xff", "\xf4\x90\x80\x80"}) {
    // An exactly sized heap block, so that a read behind it is noticed by the sanitizers.
    const std::string_view text(bytes);
    const auto block = std::make_unique<char[]>(text.size());
    std::copy(text.begin(), text.end(), block.get());
    std::uint64_t budget = 1000;
    EXPECT_EQ(any.matches_whole({block.get(), text.size()}, budget), true);
  }
}

}  // namespace
}  // namespace fhirwall
