#include "core/base/regex/closure.hpp"

namespace fhirwall::regex {

void Closure::set(std::uint32_t slot, std::uint32_t place, std::uint32_t* captures) {
  if (slot < slots_) {
    stack_.push_back({kNone, slot, captures[slot]});
    captures[slot] = place;
  }
}

void Closure::add(std::uint32_t root, std::uint8_t holds, std::uint32_t at,
                  std::uint32_t* captures) {
  stack_.push_back({root, 0, 0});
  while (!stack_.empty()) {
    const Step step = stack_.back();
    stack_.pop_back();
    if (step.state == kNone) {
      captures[step.slot] = step.place;
      continue;
    }
    if (seen_[step.state] == round_) {
      continue;
    }
    seen_[step.state] = round_;
    ++visited_;
    const State& state = program_.states[step.state];
    switch (state.op) {
      case Op::kDead: break;
      case Op::kMatch:
      case Op::kSet:
        members_.push_back(step.state);
        captures_.insert(captures_.end(), captures, captures + slots_);
        break;
      case Op::kSplit:
        stack_.push_back({state.value, 0, 0});
        stack_.push_back({state.next, 0, 0});
        break;
      case Op::kSave:
        set(state.value, at, captures);
        stack_.push_back({state.next, 0, 0});
        break;
      case Op::kClear:
        for (std::uint32_t slot = 2 * state.value; slot < 2 * state.end; ++slot) {
          set(slot, kNone, captures);
        }
        stack_.push_back({state.next, 0, 0});
        break;
      case Op::kAssertion:
        if ((state.value & holds) != 0) {
          stack_.push_back({state.next, 0, 0});
        }
        break;
    }
  }
}

}  // namespace fhirwall::regex
