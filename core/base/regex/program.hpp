#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/regex/syntax_tree.hpp"

namespace fhirwall::regex {

enum class Op : std::uint8_t { kDead, kMatch, kSet, kSplit, kSave, kClear, kAssertion };

// One state of the automaton. All but kSet move on without taking a code point.
struct State {
  Op op = Op::kDead;
  std::uint32_t next = 0;   // kSplit: the branch that is preferred
  std::uint32_t value = 0;  // kSet: set; kSplit: the other branch; kSave: slot; kClear: first
                            // group; kAssertion: bit
  std::uint32_t end = 0;    // kClear: behind the last group
};

inline constexpr std::uint32_t kDeadState = 0;
inline constexpr std::uint32_t kMatchState = 1;

// What a code point is to an assertion beside it.
enum class Side : std::uint8_t { kEdge, kOther, kNewline, kWord };
inline constexpr std::size_t kSides = 4;

// Code points that no set of the program tells apart share a symbol. Symbols are less than `count`;
// `count` itself stands for the end of the text.
struct Alphabet {
  std::uint32_t count = 0;
  std::array<std::uint16_t, 128> ascii{};
  std::vector<std::uint32_t> starts;   // of intervals, ascending, the first is 0
  std::vector<std::uint32_t> symbols;  // of each interval
  std::vector<Side> sides;             // of each symbol and of the end
  std::uint32_t words = 0;             // of `members` for each symbol
  std::vector<std::uint64_t> members;  // bit s of symbol y: set s has y

  [[nodiscard]] std::uint32_t symbol_of(std::uint32_t code_point) const;
  [[nodiscard]] bool has(std::uint32_t set, std::uint32_t symbol) const {
    return (members[symbol * words + set / 64] >> (set % 64) & 1) != 0;
  }
};

// The deterministic automaton, where it is small enough: rows of count + 1 cells, first row first.
struct Dfa {
  static constexpr std::uint16_t kReject = 0xFFFE;
  static constexpr std::uint16_t kAccept = 0xFFFF;

  std::vector<std::uint16_t> cells;  // empty: there is none
};

struct Program {
  std::vector<State> states;
  std::uint32_t start = 0;
  std::uint8_t assertions = 0;  // mask of those that occur
  std::vector<std::string> group_names;
  Alphabet alphabet;
  // Of each symbol: a match can begin with it. Nothing at all if a match can be empty.
  std::vector<std::uint32_t> first_symbols;
  Dfa search;
  Dfa whole;
};

// The assertions that hold between two code points.
[[nodiscard]] std::uint8_t assertions_between(Side before, Side after);

// False if a bound would be passed.
[[nodiscard]] bool emit_states(const SyntaxTree& tree, Program& program);
[[nodiscard]] bool build_alphabet(const SyntaxTree& tree, Alphabet& alphabet);

// Ascending, each once.
void sort_unique(std::vector<std::uint32_t>& values);

// Both want states and alphabet.
void find_first_symbols(Program& program);
// Leaves `dfa` empty if it would be too large or too much work.
void build_dfa(const Program& program, bool whole, Dfa& dfa);

}  // namespace fhirwall::regex
