#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/regex/closure.hpp"

namespace fhirwall::regex {

// Runs the deterministic automaton, one unit of the budget for each code point; there must be one.
[[nodiscard]] std::optional<bool> run_dfa(const Program& program, const Dfa& dfa,
                                          std::string_view text, std::uint64_t& budget);

// Runs all states side by side over a text that outlives it.
class Matcher {
 public:
  Matcher(const Program& program, std::string_view text, std::size_t slots)
      : program_(program),
        text_(text),
        closures_{Closure(program, slots), Closure(program, slots)},
        fresh_(slots, kNone),
        captures_(slots, kNone) {}

  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  // The leftmost match that begins at `from` or later; with `whole` the one that begins there and
  // ends with the text. nullopt when the budget does not suffice, which is 0 then.
  [[nodiscard]] std::optional<bool> find(std::size_t from, bool whole, std::uint64_t& budget);
  // Of the match found: begin and end of each group, kNone where it took no part.
  [[nodiscard]] const std::vector<std::uint32_t>& captures() const { return captures_; }

 private:
  struct Place {
    std::size_t at = 0;
    std::size_t length = 0;    // of the code point there
    std::uint32_t symbol = 0;  // of that code point, or of the end
  };

  [[nodiscard]] Place place(std::size_t at) const;
  [[nodiscard]] Side side_before(std::size_t at) const;
  // True if a match was found that nothing preferred can replace any more.
  bool step(const Place& here, const Place& after, bool whole, bool& found);

  const Program& program_;
  std::string_view text_;
  Closure closures_[2];
  Closure* current_ = &closures_[0];
  Closure* next_ = &closures_[1];
  std::vector<std::uint32_t> fresh_;
  std::vector<std::uint32_t> captures_;
};

}  // namespace fhirwall::regex
