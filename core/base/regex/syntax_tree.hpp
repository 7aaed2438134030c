#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/regex/char_set.hpp"
#include "core/base/regex/regex.hpp"

namespace fhirwall::regex {

inline constexpr std::uint32_t kMaxNesting = 64;  // groups within groups
inline constexpr std::uint32_t kMaxGroups = 99;   // that capture: what `$99` can name
inline constexpr std::uint32_t kMaxSets = 1024;   // different characters and classes
inline constexpr std::uint32_t kUnbounded = 0xFFFFFFFF;
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

// A place between two code points; the value is a bit of the mask that says what holds there.
enum class Assertion : std::uint8_t {
  kTextBegin = 1,
  kTextEnd = 2,
  kLineBegin = 4,
  kLineEnd = 8,
  kWordBoundary = 16,
  kNotWordBoundary = 32,
};

enum class NodeKind : std::uint8_t {
  kEmpty,
  kSet,
  kAssertion,
  kSequence,
  kChoice,
  kGroup,
  kRepeat
};

struct Node {
  NodeKind kind = NodeKind::kEmpty;
  Assertion assertion = Assertion::kTextBegin;
  bool lazy = false;              // kRepeat
  bool nullable = true;           // may match the empty text
  std::uint32_t value = 0;        // kSet: index of the set; kGroup: its number, from 1
  std::uint32_t min = 0;          // kRepeat
  std::uint32_t max = 0;          // kRepeat; kUnbounded
  std::uint32_t first_group = 0;  // kRepeat: the groups inside are [first_group, end_group)
  std::uint32_t end_group = 0;
  std::uint32_t last_child = kNone;  // children are linked from the last to the first
  std::uint32_t previous = kNone;    // the sibling before this one
};

struct SyntaxTree {
  std::vector<Node> nodes;
  std::vector<CharSet> sets;
  std::vector<std::string> group_names;  // by number; 0 is the whole match, unnamed ones are empty
  std::uint32_t root = 0;
  std::uint8_t assertions = 0;  // mask of those that occur
};

// Fills in `offset` and `message` or `too_large` of `error` and returns false on error.
[[nodiscard]] bool parse(std::string_view pattern, const Regex::Options& options, SyntaxTree& tree,
                         Regex::CompileResult& error);

}  // namespace fhirwall::regex
