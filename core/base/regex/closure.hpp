#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/regex/program.hpp"

namespace fhirwall::regex {

// The states that can be reached at one place of the text without taking a code point, in order of
// preference, each with what the groups hold on the first way there.
class Closure {
 public:
  // Captures are kept of the first `slots` slots (two for each group, 0 and 1 the whole match).
  Closure(const Program& program, std::size_t slots)
      : program_(program), slots_(slots), seen_(program.states.size(), 0) {}

  void clear() {
    ++round_;
    members_.clear();
    captures_.clear();
  }
  // Adds what `root` leads to when the assertions of the mask hold. `captures` has `slots` places
  // in the text, and is as before afterwards.
  void add(std::uint32_t root, std::uint8_t holds, std::uint32_t at, std::uint32_t* captures);

  // States of kSet and kMatch only.
  [[nodiscard]] const std::vector<std::uint32_t>& members() const { return members_; }
  [[nodiscard]] std::uint32_t* captures_of(std::size_t member) {
    return captures_.data() + member * slots_;
  }
  // States visited since construction.
  [[nodiscard]] std::uint64_t visited() const { return visited_; }

 private:
  // To visit a state, or, behind it on the stack, to give a slot its old place back.
  struct Step {
    std::uint32_t state = 0;  // kNone: restore
    std::uint32_t slot = 0;
    std::uint32_t place = 0;
  };

  void set(std::uint32_t slot, std::uint32_t place, std::uint32_t* captures);

  const Program& program_;
  std::size_t slots_;
  std::vector<std::uint64_t> seen_;  // the round a state was last seen in
  std::uint64_t round_ = 1;
  std::vector<std::uint32_t> members_;
  std::vector<std::uint32_t> captures_;  // `slots_` for each member
  std::vector<Step> stack_;
  std::uint64_t visited_ = 0;
};

}  // namespace fhirwall::regex
