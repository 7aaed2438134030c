#include "grammar/path/parse.hpp"

#include <string>

#include <gtest/gtest.h>

#include "grammar/path/dump.hpp"

namespace fhirwall::grammar::path {
namespace {

std::string outcome(std::string_view text, const ParseLimits& limits = {}) {
  const auto parsed = parse(text, limits);
  return parsed.ok()
             ? dump(parsed.value())
             : std::to_string(parsed.error().offset) + ": " + std::string(parsed.error().expected);
}

// SPEC 7.1
TEST(Path, Accepts) {
  struct Case {
    const char* text;
    const char* tree;
  };
  const Case cases[] = {
      {"name", "(path name)"},
      {"name.given", "(path name given)"},
      {"value[x]", "(path value[x])"},
      {"valueQuantity", "(path valueQuantity)"},
      {"Patient.name", "(path Patient name)"},
      {"Patient.deceased[x].extension", "(path Patient deceased[x] extension)"},
      {"a1.B2", "(path a1 B2)"},
      {"extension('http://example.org/x')", "(path extension('http://example.org/x'))"},
      {"extension('a.b').value[x]", "(path extension('a.b') value[x])"},
      {"name.modifierExtension('u').x", "(path name modifierExtension('u') x)"},
      {"extension('a').extension('b')", "(path extension('a') extension('b'))"},
      {"extension('it\\'s \\\\ \\u0041')", "(path extension('it\\'s \\\\ A'))"},
      {"extension('\xC3\xA9 \\uD83D\\uDE00')", "(path extension('\xC3\xA9 \xF0\x9F\x98\x80'))"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.tree) << one.text;
  }
}

TEST(Path, RefusesTheRestWithItsPlace) {
  const std::string name = "an element name";
  const std::string end = "`.` or the end of the path";
  const std::string url = "a url in single quotes";
  struct Case {
    const char* text;
    std::string error;
  };
  const Case cases[] = {
      {"", "0: " + name},
      {".", "0: " + name},
      {".name", "0: " + name},
      {"name.", "5: " + name},
      {"name..given", "5: " + name},
      {" name", "0: " + name},
      {"name ", "4: " + end},
      {"name. given", "5: " + name},
      {"name[0]", "4: " + end},
      {"name[]", "4: " + end},
      {"name[X]", "4: " + end},
      {"name[x][x]", "7: " + end},
      {"name.*", "5: " + name},
      {"*", "0: " + name},
      {"_birthDate", "0: " + name},
      {"1a", "0: " + name},
      {"na-me", "2: " + end},
      {"name('x')", "4: " + end},
      {"name.where(use)", "10: " + end},
      {"extension[x]('u')", "12: " + end},
      {"extension('u')[x]", "14: " + end},
      {"extension(u)", "10: " + url},
      {"extension()", "10: " + url},
      {"extension('')", "10: " + url},
      {"extension(\"u\")", "10: " + url},
      {"extension( 'u')", "10: " + url},
      {"extension('u' )", "13: `)`"},
      {"extension('u'", "13: `)`"},
      {"extension('u", "12: the closing quote"},
      {"extension('a\\x')", "12: an escape sequence"},
      {"extension('a\\", "12: an escape sequence"},
      {"extension('\\u12G4')", "11: an escape sequence"},
      {"extension('\\uD83D')", "11: an escape sequence"},
      {"extension('\\uDE00\\uD83D')", "11: an escape sequence"},
      {"name.\xC3\xA9t", "5: " + name},
      {"name.\xC3", "5: valid UTF-8"},
      {"extension('\xC0\xAF')", "11: valid UTF-8"},
      {"extension('\xED\xA0\x80')", "11: valid UTF-8"},
      {"extension('\xF4\x90\x80\x80')", "11: valid UTF-8"},
      {"%profile", "0: " + name},
      {"name|given", "4: " + end},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.text), one.error) << one.text;
  }
  EXPECT_EQ(outcome(std::string_view("name\0", 5)), "4: " + end);
}

TEST(Path, SpansAreTheBytesOfEachStep) {
  const std::string text = "Patient.value[x].extension('u').b";
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed.ok());
  std::string seen;
  for (const Step& step : parsed.value().steps) {
    seen += text.substr(step.span.begin, step.span.size()) + "|";
  }
  EXPECT_EQ(seen, "Patient|value[x]|extension('u')|b|");
}

TEST(Path, IsBounded) {
  EXPECT_EQ(outcome("a.b.c", {.max_bytes = 1024, .max_steps = 3}), "(path a b c)");
  EXPECT_EQ(outcome("a.b.c", {.max_bytes = 1024, .max_steps = 2}),
            "4: no more steps than the limit");
  EXPECT_EQ(outcome("a.b.c", {.max_bytes = 4, .max_steps = 9}),
            "4: a text no longer than the limit");
  EXPECT_FALSE(parse(std::string(100000, 'a')).ok());
}

}  // namespace
}  // namespace fhirwall::grammar::path
