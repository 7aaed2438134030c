#include "grammar/request/parse.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "grammar/request/dump.hpp"
#include "grammar/request/expected.hpp"

namespace fhirwall::grammar::request {
namespace {

std::string outcome(const Parsed<Target>& parsed) {
  return parsed.ok()
             ? dump(parsed.value())
             : std::to_string(parsed.error().offset) + ": " + std::string(parsed.error().expected);
}

// From a block of exactly its size, so that a sanitizer sees a byte read too many.
std::string outcome_of(std::string_view text, const ParseLimits& limits = {}) {
  const auto block = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), block.get());
  return outcome(parse(std::string_view(block.get(), text.size()), limits));
}

std::string at(int offset, std::string_view wanted) {
  return std::to_string(offset) + ": " + std::string(wanted);
}

// One spelling of each URL. SPEC 13.1
TEST(Requests, AcceptsAndRespells) {
  struct Case {
    const char* text;
    const char* respelt;  // nullptr: the same
  };
  const Case cases[] = {
      {"", nullptr},
      {"?", ""},
      {"metadata", nullptr},
      {"metadata?", "metadata"},
      {"metadataX", nullptr},
      {"_history", nullptr},
      {"_search", nullptr},
      {"$op-1_a", nullptr},
      {"Patient", nullptr},
      {"Patient?", "Patient"},
      {"Patient/_history", nullptr},
      {"Patient/_search", nullptr},
      {"Patient/$op", nullptr},
      {"Patient/1", nullptr},
      {"Patient/...", nullptr},
      {"Patient/.a", nullptr},
      {"Patient/1/_history", nullptr},
      {"Patient/1/_history/2", nullptr},
      {"Patient/1/_history/metadata", nullptr},
      {"Patient/1/$op", nullptr},
      {"Patient/1/Observation", nullptr},
      {"Patient/1/*", nullptr},
      {"Patient/1/Observation/_search", nullptr},
      {"Patient/1/*/_search", nullptr},
      // Known or not: the grammar has no list of types.
      {"foo/bar/baz", nullptr},
      {"?a=b", nullptr},
      {"?a=", nullptr},
      {"?a:b=c", nullptr},
      {"?a.b=c", nullptr},
      {"?a:b:c.d:e.f=g", nullptr},
      {"?a=b&a=b", nullptr},
      {"?a=b?c=d", "?a=b%3Fc%3Dd"},
      {"?a=b+c%2bd", "?a=b%20c%2Bd"},
      {"?%61%3a%62%2e%63=%64", "?a:b.c=d"},
      {"?a=,|$\\'/:@", "?a=%2C%7C%24%5C%27%2F%3A%40"},
      {"?a=%C3%A9%26", "?a=%C3%A9%26"},
      {"?a=-._~", nullptr},
      {"?a=%2525", nullptr},
  };
  for (const Case& one : cases) {
    const std::string expected = one.respelt == nullptr ? one.text : one.respelt;
    EXPECT_EQ(outcome_of(one.text), expected) << one.text;
    EXPECT_EQ(outcome_of(expected), expected) << one.text;
  }
}

TEST(Requests, RefusesTheRestWithItsPlace) {
  struct Case {
    std::string text;
    std::string error;
  };
  const Case cases[] = {
      {"Patient/1 ", at(9, expected::kPathCharacter)},
      {"a%2fb", at(1, expected::kPathCharacter)},
      {std::string("a\0b", 3), at(1, expected::kPathCharacter)},
      {"/", at(0, expected::kSegment)},
      {"a/", at(2, expected::kSegment)},
      {"a//b", at(2, expected::kSegment)},
      {"a/../b", at(2, expected::kSegment)},
      {"a/.?b=c", at(2, expected::kSegment)},
      {"a//b;", at(2, expected::kSegment)},
      {"a;//b", at(1, expected::kPathCharacter)},
      {"a/b/c/d/e", at(8, expected::kShape)},
      {"$", at(0, expected::kShape)},
      {"$9", at(0, expected::kShape)},
      {"$a.b", at(0, expected::kShape)},
      {"a/**", at(2, expected::kShape)},
      {"a/_historyx", at(2, expected::kShape)},
      {"a/_b", at(2, expected::kShape)},
      {"_b", at(0, expected::kShape)},
      {"?a", at(2, expected::kName)},
      {"?a&b=c", at(2, expected::kName)},
      {"?=a", at(1, expected::kName)},
      {"?a:=b", at(1, expected::kName)},
      {"?a:.b=c", at(1, expected::kName)},
      {"?a%2e=c", at(1, expected::kName)},
      {"?a=b&&c=d", at(5, expected::kName)},
      {"?a=b c", at(4, expected::kQueryCharacter)},
      {"?a=%zz", at(3, expected::kEscape)},
      {"?a=%C3", at(3, expected::kUtf8)},
      {"?a=%C3%", at(6, expected::kEscape)},
      {"?a=%C3 ", at(6, expected::kQueryCharacter)},
      {"?a=%0a", at(3, expected::kText)},
      {std::string("?a=\0", 4), at(3, expected::kQueryCharacter)},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome_of(one.text), one.error) << one.text;
  }
}

TEST(Requests, KeepsParts) {
  const auto parsed = parse("Patient/1/Observation/_search?a%3ab=c%64");
  ASSERT_TRUE(parsed.ok());
  const Path& path = parsed.value().path;
  const Segment expected_path[] = {{Segment::Kind::kName, "Patient"},
                                   {Segment::Kind::kName, "1"},
                                   {Segment::Kind::kName, "Observation"},
                                   {Segment::Kind::kSearch, "_search"}};
  ASSERT_EQ(path.size, std::size(expected_path));
  EXPECT_TRUE(std::equal(std::begin(expected_path), std::end(expected_path), path.segments));
  ASSERT_EQ(parsed.value().parameters.size(), 1U);
  const Parameter& one = parsed.value().parameters[0];
  EXPECT_EQ(one.name(), "a");
  EXPECT_EQ(one.modifier(), "b");
  EXPECT_EQ(one.chain(), "");
  EXPECT_EQ(one.value, "cd");
  EXPECT_EQ(one.key_span.begin, 30U);
  EXPECT_EQ(one.key_span.end, 35U);
  EXPECT_EQ(one.value_span.begin, 36U);
  EXPECT_EQ(one.value_span.end, 40U);
}

std::string form(std::string_view text, const ParseLimits& limits = {}) {
  Parameters parameters;
  const auto error = parse_form(text, parameters, limits);
  return error ? at(static_cast<int>(error->offset), error->expected) : dump(parameters);
}

TEST(Requests, ReadsForms) {
  EXPECT_EQ(form(""), "");
  EXPECT_EQ(form("a=b&c=%20"), "a=b&c=%20");
  EXPECT_EQ(form("?a=b"), at(0, expected::kName));
  EXPECT_EQ(form("Patient"), at(7, expected::kName));
  EXPECT_EQ(form("a=b\n"), at(3, expected::kQueryCharacter));
  // Behind what is there.
  Parameters parameters;
  EXPECT_FALSE(parse_form("a=b", parameters));
  EXPECT_FALSE(parse_form("c=d&a=e", parameters));
  EXPECT_EQ(dump(parameters), "a=b&c=d&a=e");
}

TEST(Requests, TellsSegmentsApart) {
  struct Case {
    const char* text;
    const char* kinds;
  };
  const Case cases[] = {
      {"", ""},
      {"metadata", "m"},
      {"metadata/metadata", "mn"},
      {"metadatas", "n"},
      {"Patient/metadata", "nn"},
      {"_history", "h"},
      {"_search", "s"},
      {"*", "*"},
      {"$a-b_9", "o"},
      {"a.-9/_history/*/$x", "nh*o"},
  };
  for (const Case& one : cases) {
    const auto parsed = parse(one.text);
    ASSERT_TRUE(parsed.ok()) << one.text;
    std::string kinds;
    for (std::uint32_t i = 0; i < parsed.value().path.size; ++i) {
      kinds += static_cast<char>(parsed.value().path.segments[i].kind);
    }
    EXPECT_EQ(kinds, one.kinds) << one.text;
  }
}

// SPEC P8
TEST(Requests, IsBounded) {
  const ParseLimits limits = {.max_bytes = 8, .max_parameters = 2};
  EXPECT_EQ(outcome_of("?a=b&c=d", limits), "?a=b&c=d");
  EXPECT_EQ(outcome_of("?a=b&c=de", limits), at(8, expected::kLength));
  EXPECT_EQ(outcome_of("?a=&b=&c", limits), at(6, expected::kCount));
  EXPECT_TRUE(parse("?a=&b=&c", limits).error().limit);
  EXPECT_FALSE(parse("?a", limits).error().limit);
  EXPECT_EQ(form("a=&b=&c", limits), at(5, expected::kCount));
  // `&` in a path is no limit's matter in front of what it is.
  EXPECT_EQ(outcome_of("a&b", limits), at(1, expected::kPathCharacter));
}

}  // namespace
}  // namespace fhirwall::grammar::request
