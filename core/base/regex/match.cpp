#include "core/base/regex/match.hpp"

#include <algorithm>
#include <utility>

#include "core/base/regex/code_points.hpp"

namespace fhirwall::regex {

std::optional<bool> run_dfa(const Program& program, const Dfa& dfa, std::string_view text,
                            std::uint64_t& budget) {
  const Alphabet& alphabet = program.alphabet;
  const std::size_t width = alphabet.count + 1;
  std::size_t row = 0;
  std::uint64_t left = budget;
  for (std::size_t at = 0; at < text.size();) {
    if (left == 0) {
      budget = 0;
      return std::nullopt;
    }
    --left;
    const auto byte = static_cast<unsigned char>(text[at]);
    std::size_t symbol = 0;
    if (byte < 0x80) {
      symbol = alphabet.ascii[byte];
      ++at;
    } else {
      const Decoded next = decode(text, at);
      symbol = alphabet.symbol_of(next.code_point);
      at += next.length;
    }
    const std::uint16_t cell = dfa.cells[row * width + symbol];
    if (cell >= Dfa::kReject) {
      budget = left;
      return cell == Dfa::kAccept;
    }
    row = cell;
  }
  budget = left;
  return dfa.cells[row * width + alphabet.count] == Dfa::kAccept;
}

Matcher::Place Matcher::place(std::size_t at) const {
  if (at >= text_.size()) {
    return {at, 0, program_.alphabet.count};
  }
  const Decoded next = decode(text_, at);
  return {at, next.length, program_.alphabet.symbol_of(next.code_point)};
}

Side Matcher::side_before(std::size_t at) const {
  if (at == 0) {
    return Side::kEdge;
  }
  std::size_t begin = at - 1;
  while (begin > 0 && at - begin < 4 && (static_cast<unsigned char>(text_[begin]) & 0xC0) == 0x80) {
    --begin;
  }
  return program_.alphabet.sides[place(begin).symbol];
}

bool Matcher::step(const Place& here, const Place& after, bool whole, bool& found) {
  const std::uint8_t holds = assertions_between(program_.alphabet.sides[here.symbol],
                                                program_.alphabet.sides[after.symbol]);
  const bool at_end = here.symbol == program_.alphabet.count;
  const std::vector<std::uint32_t>& members = current_->members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const State& state = program_.states[members[i]];
    if (state.op == Op::kMatch) {
      if (whole && !at_end) {
        continue;
      }
      // What comes later in the order is less preferred.
      found = true;
      std::copy_n(current_->captures_of(i), captures_.size(), captures_.begin());
      break;
    }
    if (!at_end && program_.alphabet.has(state.value, here.symbol)) {
      next_->add(state.next, holds, static_cast<std::uint32_t>(after.at), current_->captures_of(i));
    }
  }
  return found && (captures_.empty() || next_->members().empty());
}

std::optional<bool> Matcher::find(std::size_t from, bool whole, std::uint64_t& budget) {
  const std::vector<std::uint32_t>& first = program_.first_symbols;
  Side before = side_before(from);
  Place here = place(from);
  bool found = false;
  current_->clear();
  std::uint64_t charged = current_->visited() + next_->visited();
  for (;;) {
    std::uint64_t skipped = 0;
    if (!found && (!whole || here.at == from)) {
      if (!first.empty() && current_->members().empty()) {
        while (here.length > 0 && !whole && first[here.symbol] == 0 && skipped <= budget) {
          before = program_.alphabet.sides[here.symbol];
          here = place(here.at + here.length);
          ++skipped;
        }
      }
      current_->add(program_.start,
                    assertions_between(before, program_.alphabet.sides[here.symbol]),
                    static_cast<std::uint32_t>(here.at), fresh_.data());
    }
    const Place after = place(here.at + here.length);
    next_->clear();
    const bool done = step(here, after, whole, found);
    const std::uint64_t visited = current_->visited() + next_->visited();
    const std::uint64_t cost = visited - std::exchange(charged, visited) + skipped;
    if (cost > budget) {
      budget = 0;
      return std::nullopt;
    }
    budget -= cost;
    const bool stuck = next_->members().empty() && (found || whole);
    if (done || stuck || here.length == 0) {
      return found;
    }
    before = program_.alphabet.sides[here.symbol];
    here = after;
    std::swap(current_, next_);
  }
}

}  // namespace fhirwall::regex
