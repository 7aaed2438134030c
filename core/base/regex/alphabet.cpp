#include <algorithm>
#include <utility>

#include "core/base/regex/program.hpp"

namespace fhirwall::regex {
namespace {

// What a hostile pattern may cost in time and memory.
constexpr std::size_t kMaxWork = 4'000'000;        // intervals looked at, over all sets
constexpr std::size_t kMaxMemberWords = 1u << 16;  // 512 KiB
constexpr std::uint32_t kMaxSymbols = 0xFFF0;

// Calls visit(interval) for each interval of `starts` that lies within the set.
template <typename Visit>
void for_each_interval(const std::vector<std::uint32_t>& starts, const CharSet& set,
                       const Visit& visit) {
  for (const Range& range : set.ranges()) {
    auto at = static_cast<std::size_t>(std::lower_bound(starts.begin(), starts.end(), range.first) -
                                       starts.begin());
    for (; at < starts.size() && starts[at] <= range.last; ++at) {
      visit(at);
    }
  }
}

std::vector<std::uint32_t> interval_starts(const std::vector<CharSet>& sets) {
  std::vector<std::uint32_t> starts = {0};
  for (const CharSet& set : sets) {
    for (const Range& range : set.ranges()) {
      starts.push_back(range.first);
      if (range.last < 0x10FFFF) {
        starts.push_back(range.last + 1);
      }
    }
  }
  sort_unique(starts);
  return starts;
}

// Splits the symbols that lie partly in the set.
void refine(const Alphabet& alphabet, const CharSet& set, std::vector<std::uint32_t>& symbols,
            std::uint32_t& count) {
  std::vector<std::uint32_t> inside(count, kNone);
  for_each_interval(alphabet.starts, set, [&](std::size_t i) {
    std::uint32_t& renamed = inside[symbols[i]];
    if (renamed == kNone) {
      renamed = count++;
    }
    symbols[i] = renamed;
  });
}

// Leaves no number unused; the number of symbols.
std::uint32_t renumber(std::vector<std::uint32_t>& symbols, std::uint32_t count) {
  std::vector<std::uint32_t> names(count, kNone);
  std::uint32_t used = 0;
  for (std::uint32_t& symbol : symbols) {
    if (names[symbol] == kNone) {
      names[symbol] = used++;
    }
    symbol = names[symbol];
  }
  return used;
}

}  // namespace

void sort_unique(std::vector<std::uint32_t>& values) {
  if (!std::is_sorted(values.begin(), values.end())) {
    std::make_heap(values.begin(), values.end());
    std::sort_heap(values.begin(), values.end());
  }
  values.resize(
      static_cast<std::size_t>(std::unique(values.begin(), values.end()) - values.begin()));
}

std::uint32_t Alphabet::symbol_of(std::uint32_t code_point) const {
  if (code_point < ascii.size()) {
    return ascii[code_point];
  }
  const auto after = std::upper_bound(starts.begin(), starts.end(), code_point);
  return symbols[static_cast<std::size_t>(after - starts.begin()) - 1];
}

std::uint8_t assertions_between(Side before, Side after) {
  std::uint32_t holds = static_cast<std::uint32_t>((before == Side::kWord) != (after == Side::kWord)
                                                       ? Assertion::kWordBoundary
                                                       : Assertion::kNotWordBoundary);
  if (before == Side::kEdge || before == Side::kNewline) {
    holds |= static_cast<std::uint32_t>(Assertion::kLineBegin);
  }
  if (before == Side::kEdge) {
    holds |= static_cast<std::uint32_t>(Assertion::kTextBegin);
  }
  if (after == Side::kEdge || after == Side::kNewline) {
    holds |= static_cast<std::uint32_t>(Assertion::kLineEnd);
  }
  if (after == Side::kEdge) {
    holds |= static_cast<std::uint32_t>(Assertion::kTextEnd);
  }
  return static_cast<std::uint8_t>(holds);
}

bool build_alphabet(const SyntaxTree& tree, Alphabet& alphabet) {
  const auto occurs = [&](Assertion a, Assertion b) {
    return (tree.assertions & (static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b))) != 0;
  };
  // Two more sets where assertions need to know them.
  std::vector<CharSet> sets = tree.sets;
  std::uint32_t newlines = kNone;
  std::uint32_t words = kNone;
  if (occurs(Assertion::kLineBegin, Assertion::kLineEnd)) {
    newlines = static_cast<std::uint32_t>(sets.size());
    sets.push_back(newline_set());
  }
  if (occurs(Assertion::kWordBoundary, Assertion::kNotWordBoundary)) {
    words = static_cast<std::uint32_t>(sets.size());
    sets.push_back(escape_set('w'));
    sets.back().normalise();
  }

  alphabet.starts = interval_starts(sets);
  if (alphabet.starts.size() * (sets.size() + 1) > kMaxWork) {
    return false;
  }
  std::vector<std::uint32_t> symbols(alphabet.starts.size(), 0);
  std::uint32_t count = 1;
  for (const CharSet& set : sets) {
    refine(alphabet, set, symbols, count);
    count = renumber(symbols, count);
  }
  alphabet.count = count;
  alphabet.words = static_cast<std::uint32_t>(sets.size() / 64 + 1);
  if (count > kMaxSymbols || std::size_t{count} * alphabet.words > kMaxMemberWords) {
    return false;
  }

  alphabet.members.assign(std::size_t{count} * alphabet.words, 0);
  for (std::size_t s = 0; s < sets.size(); ++s) {
    for_each_interval(alphabet.starts, sets[s], [&](std::size_t i) {
      alphabet.members[symbols[i] * alphabet.words + s / 64] |= std::uint64_t{1} << (s % 64);
    });
  }
  alphabet.sides.assign(count + 1, Side::kOther);
  alphabet.sides[count] = Side::kEdge;
  for (std::uint32_t symbol = 0; symbol < count; ++symbol) {
    if (newlines != kNone && alphabet.has(newlines, symbol)) {
      alphabet.sides[symbol] = Side::kNewline;
    } else if (words != kNone && alphabet.has(words, symbol)) {
      alphabet.sides[symbol] = Side::kWord;
    }
  }
  alphabet.symbols = std::move(symbols);
  for (std::uint32_t c = 0; c < alphabet.ascii.size(); ++c) {
    const auto after = std::upper_bound(alphabet.starts.begin(), alphabet.starts.end(), c);
    alphabet.ascii[c] = static_cast<std::uint16_t>(
        alphabet.symbols[static_cast<std::size_t>(after - alphabet.starts.begin()) - 1]);
  }
  return true;
}

}  // namespace fhirwall::regex
