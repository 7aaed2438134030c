#include <algorithm>
#include <utility>

#include "core/base/regex/closure.hpp"

namespace fhirwall::regex {
namespace {

constexpr std::size_t kMaxCells = 8192;  // 16 KiB
constexpr std::size_t kMaxRows = 1024;
constexpr std::uint64_t kMaxWork = 20'000;  // states looked at while building
constexpr std::uint8_t kAllAssertions = 0x3F;

// A row stands for the states that a step led to, and for what was before: what follows is looked
// up by the next symbol, because assertions want to see both sides.
struct Row {
  Side before = Side::kOther;
  std::vector<std::uint32_t> states;

  bool operator==(const Row&) const = default;
};

class Builder {
 public:
  Builder(const Program& program, bool whole)
      : program_(program),
        alphabet_(program.alphabet),
        whole_(whole),
        width_(program.alphabet.count + 1),
        closure_(program, 0),
        buckets_(2 * kMaxRows, kFree) {}

  bool run(std::vector<std::uint16_t>& cells) {
    if (width_ > kMaxCells) {
      return false;
    }
    Row first;
    first.before = Side::kEdge;
    first.states.push_back(program_.start);
    row_of(std::move(first));
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (rows_.size() > kMaxRows || rows_.size() * width_ > kMaxCells || !fill(row, cells)) {
        return false;
      }
    }
    drop_hopeless(cells);
    return true;
  }

 private:
  static constexpr std::uint32_t kFree = 0xFFFF;

  bool fill(std::size_t row, std::vector<std::uint16_t>& cells) {
    bool known[kSides] = {};
    std::vector<std::uint32_t> members[kSides];
    for (std::uint32_t symbol = 0; symbol < width_; ++symbol) {
      const Side after = alphabet_.sides[symbol];
      std::vector<std::uint32_t>& from = members[static_cast<std::size_t>(after)];
      if (!std::exchange(known[static_cast<std::size_t>(after)], true)) {
        from = reached(rows_[row], after);
      }
      cells.push_back(cell(from, symbol));
      work_ += from.size() + 1;
      if (work_ + closure_.visited() > kMaxWork) {
        return false;
      }
    }
    return true;
  }

  std::vector<std::uint32_t> reached(const Row& row, Side after) {
    closure_.clear();
    const std::uint8_t holds = assertions_between(row.before, after);
    for (const std::uint32_t state : row.states) {
      closure_.add(state, holds, 0, nullptr);
    }
    if (!whole_) {
      closure_.add(program_.start, holds, 0, nullptr);
    }
    return closure_.members();
  }

  std::uint16_t cell(const std::vector<std::uint32_t>& from, std::uint32_t symbol) {
    const bool matched = std::find(from.begin(), from.end(), kMatchState) != from.end();
    if (symbol == alphabet_.count || (matched && !whole_)) {
      return matched ? Dfa::kAccept : Dfa::kReject;
    }
    Row row;
    for (const std::uint32_t member : from) {
      const State& state = program_.states[member];
      if (state.op == Op::kSet && alphabet_.has(state.value, symbol)) {
        row.states.push_back(state.next);
      }
    }
    if (row.states.empty() && whole_) {
      return Dfa::kReject;
    }
    sort_unique(row.states);
    row.before = program_.assertions != 0 ? alphabet_.sides[symbol] : Side::kEdge;
    return row_of(std::move(row));
  }

  // The number of the row; past kMaxRows any will do.
  std::uint16_t row_of(Row row) {
    std::size_t hash = static_cast<std::size_t>(row.before);
    for (const std::uint32_t state : row.states) {
      hash = (hash + state) * 0x9E3779B1u;
      hash ^= hash >> 15;
    }
    for (std::size_t i = hash;; ++i) {
      std::uint32_t& bucket = buckets_[i % buckets_.size()];
      if (bucket == kFree) {
        if (rows_.size() <= kMaxRows) {
          bucket = static_cast<std::uint32_t>(rows_.size());
          rows_.push_back(std::move(row));
        }
        return static_cast<std::uint16_t>(bucket);
      }
      if (rows_[bucket] == row) {
        return static_cast<std::uint16_t>(bucket);
      }
    }
  }

  // A row from which nothing can be accepted any more is a rejection.
  void drop_hopeless(std::vector<std::uint16_t>& cells) {
    std::vector<std::uint32_t> hopeful(rows_.size(), 0);
    const auto leads_on = [&](std::uint16_t cell) {
      return cell == Dfa::kAccept || (cell < rows_.size() && hopeful[cell] != 0);
    };
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t row = rows_.size(); row-- > 0;) {
        if (hopeful[row] == 0) {
          const auto first = cells.begin() + static_cast<std::ptrdiff_t>(row * width_);
          hopeful[row] = std::any_of(first, first + static_cast<std::ptrdiff_t>(width_), leads_on);
          changed = changed || hopeful[row] != 0;
        }
      }
    }
    for (std::uint16_t& cell : cells) {
      cell = leads_on(cell) ? cell : Dfa::kReject;
    }
  }

  const Program& program_;
  const Alphabet& alphabet_;
  const bool whole_;
  const std::size_t width_;
  Closure closure_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> buckets_;
  std::uint64_t work_ = 0;
};

}  // namespace

void find_first_symbols(Program& program) {
  Closure closure(program, 0);
  closure.add(program.start, kAllAssertions, 0, nullptr);
  std::vector<std::uint32_t> first(program.alphabet.count + 1, 0);
  for (const std::uint32_t member : closure.members()) {
    const State& state = program.states[member];
    if (state.op == Op::kMatch) {
      return;
    }
    for (std::uint32_t symbol = 0; symbol < program.alphabet.count; ++symbol) {
      first[symbol] |= program.alphabet.has(state.value, symbol) ? 1u : 0u;
    }
  }
  program.first_symbols = std::move(first);
}

void build_dfa(const Program& program, bool whole, Dfa& dfa) {
  if (!Builder(program, whole).run(dfa.cells)) {
    dfa.cells.clear();
  }
}

}  // namespace fhirwall::regex
