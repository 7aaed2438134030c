#include <algorithm>

#include "core/base/regex/program.hpp"

namespace fhirwall::regex {
namespace {

// States are made from the end to the beginning, so that the state that follows is known.
//
// ECMAScript lets no optional iteration of a loop match the empty text. Within the body of such a
// loop it therefore matters whether something has been taken since the iteration began. Each place
// has one *mode* for each enclosing loop whose iteration may still be empty, and a last one where
// none is: an `Entries` holds the state for each mode. What takes a code point goes on in the last
// mode; only from there may an iteration end. No cycle without progress is left, and the order of
// preference is exactly that of the backtracking definition.
using Entries = std::vector<std::uint32_t>;

// Repeated parts are walked anew for each copy, also those that need no state.
constexpr std::uint32_t kMaxVisits = 20 * Regex::kMaxStates;

class Emitter {
 public:
  Emitter(const SyntaxTree& tree, std::vector<State>& states) : tree_(tree), states_(states) {
    states_.assign({State{Op::kDead, 0, 0, 0}, State{Op::kMatch, 0, 0, 0}});
  }

  bool run(std::uint32_t& start) {
    Entries entries = save(0, emit(tree_.root, save(1, {kMatchState})));
    start = entries.back();
    return !full_;
  }

 private:
  // Recursion is bounded by the nesting of the tree.
  Entries emit(std::uint32_t index, Entries next) {
    full_ = full_ || ++visits_ > kMaxVisits;
    if (full_) {
      return next;
    }
    const Node& node = tree_.nodes[index];
    switch (node.kind) {
      case NodeKind::kEmpty: return next;
      case NodeKind::kSet:
        return Entries(next.size(), push({Op::kSet, next.back(), node.value, 0}));
      case NodeKind::kAssertion:
        return each(next, [&](std::uint32_t to) {
          return push({Op::kAssertion, to, static_cast<std::uint32_t>(node.assertion), 0});
        });
      case NodeKind::kSequence:
        for (std::uint32_t i = node.last_child; i != kNone; i = tree_.nodes[i].previous) {
          next = emit(i, std::move(next));
        }
        return next;
      case NodeKind::kChoice: {
        Entries entries = emit(node.last_child, next);
        for (std::uint32_t i = tree_.nodes[node.last_child].previous; i != kNone;
             i = tree_.nodes[i].previous) {
          entries = split(emit(i, next), entries, false);
        }
        return entries;
      }
      case NodeKind::kGroup:
        return save(2 * node.value,
                    emit(node.last_child, save(2 * node.value + 1, std::move(next))));
      case NodeKind::kRepeat: return repeat(node, std::move(next));
    }
    return next;
  }

  Entries repeat(const Node& node, Entries next) {
    if (node.max == 0) {
      return next;
    }
    std::uint32_t copies = node.min;
    if (node.max == kUnbounded) {
      next = loop(node, std::move(next), copies);
    } else {
      next = options(node, next);
    }
    for (std::uint32_t i = 0; i < copies && !full_; ++i) {
      const std::size_t before = states_.size();
      next = body(node, std::move(next));
      if (states_.size() == before) {
        break;  // matches the empty text only: more of it changes nothing
      }
    }
    return next;
  }

  // Any number of iterations. Takes over one of the `copies` that must match where it can.
  Entries loop(const Node& node, Entries next, std::uint32_t& copies) {
    const std::size_t modes = next.size();
    Entries heads(modes);
    const std::size_t first = copies > 0 && !is_nullable(node) ? modes - 1 : 0;
    for (std::size_t i = first; i < modes; ++i) {
      heads[i] = push({Op::kSplit, kDeadState, kDeadState, 0});
    }
    const Entries entries = iteration(node, modes, heads.back());
    for (std::size_t i = first; i < modes; ++i) {
      const std::uint32_t preferred = node.lazy ? next[i] : entries[i];
      const std::uint32_t other = node.lazy ? entries[i] : next[i];
      states_[heads[i]] = {Op::kSplit, preferred, other, 0};
    }
    if (first == 0) {
      return heads;
    }
    --copies;
    return entries;
  }

  // From none to max - min iterations.
  Entries options(const Node& node, const Entries& next) {
    Entries entries = next;
    for (std::uint32_t i = node.min; i < node.max && !full_; ++i) {
      const std::size_t before = states_.size();
      const Entries one = iteration(node, next.size(), entries.back());
      entries = node.lazy ? split(next, one, i + 1 < node.max) : split(one, next, i + 1 < node.max);
      if (states_.size() == before) {
        return next;  // matches the empty text only
      }
    }
    return entries;
  }

  // One iteration that may not be empty and goes on to `to`.
  Entries iteration(const Node& node, std::size_t modes, std::uint32_t to) {
    if (!is_nullable(node)) {
      return body(node, Entries(modes, to));
    }
    Entries next(modes, kDeadState);
    next.push_back(to);
    Entries entries = body(node, std::move(next));
    entries.pop_back();
    return entries;
  }

  // ECMAScript forgets at the beginning of an iteration what groups held in the one before.
  Entries body(const Node& node, Entries next) {
    next = emit(node.last_child, std::move(next));
    if (node.max == 1 || node.first_group == node.end_group) {
      return next;
    }
    return each(next, [&](std::uint32_t to) {
      return push({Op::kClear, to, node.first_group, node.end_group});
    });
  }

  Entries save(std::uint32_t slot, const Entries& next) {
    return each(next, [&](std::uint32_t to) { return push({Op::kSave, to, slot, 0}); });
  }

  // `last_only`: the other modes will not be entered.
  Entries split(const Entries& preferred, const Entries& other, bool last_only) {
    Entries entries = preferred;
    for (std::size_t i = last_only ? entries.size() - 1 : 0; i < entries.size(); ++i) {
      if (preferred[i] == kDeadState || other[i] == kDeadState) {
        entries[i] = std::max(preferred[i], other[i]);
      } else {
        entries[i] = push({Op::kSplit, preferred[i], other[i], 0});
      }
    }
    return entries;
  }

  // A state before each of `next`, one where they are the same.
  template <typename Make>
  Entries each(Entries next, const Make& make) {
    std::uint32_t from = kDeadState;
    std::uint32_t made = kDeadState;
    for (std::uint32_t& entry : next) {
      if (entry != from) {
        from = entry;
        made = make(from);
      }
      entry = made;
    }
    return next;
  }

  [[nodiscard]] bool is_nullable(const Node& repeat) const {
    return tree_.nodes[repeat.last_child].nullable;
  }

  std::uint32_t push(const State& state) {
    full_ = full_ || states_.size() >= Regex::kMaxStates;
    if (full_) {
      return kDeadState;
    }
    states_.push_back(state);
    return static_cast<std::uint32_t>(states_.size()) - 1;
  }

  const SyntaxTree& tree_;
  std::vector<State>& states_;
  std::uint32_t visits_ = 0;
  bool full_ = false;
};

}  // namespace

bool emit_states(const SyntaxTree& tree, Program& program) {
  program.assertions = tree.assertions;
  program.group_names = tree.group_names;
  return Emitter(tree, program.states).run(program.start);
}

}  // namespace fhirwall::regex
