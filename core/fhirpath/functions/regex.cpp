// Regular expressions (FHIRPath N1, 5.6; 3.0 for flags and matchesFull).
#include "core/base/concat.hpp"
#include "core/fhirpath/functions/texts.hpp"
#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

// States of an automaton that are visited for one step of the budget.
constexpr std::uint64_t kStatesPerStep = 16;

// How a function uses its pattern, which is its first argument.
struct Use {
  std::uint32_t flags;  // which argument they are
  bool whole;           // matchesFull()
};
constexpr Use kSearch{1, false};
constexpr Use kWhole{1, true};
constexpr Use kReplace{2, false};

struct Flags {
  bool ignore_case = false;
  bool multiline = false;
  bool known = true;
};

Flags read_flags(std::string_view text) {
  Flags flags;
  for (const char c : text) {
    flags.ignore_case |= c == 'i';
    flags.multiline |= c == 'm';
    flags.known &= c == 'i' || c == 'm';
  }
  return flags;
}

// matchesFull() with `m` asks for a line that matches (3.0: "implying that the start/end of line
// markers are always surrounding").
constexpr std::string_view kLineBegin = "^(?:";
constexpr std::string_view kLineEnd = ")$";

// Offsets are those of `pattern`.
Regex::CompileResult compile_pattern(std::string_view pattern, const Flags& flags, bool whole) {
  const Regex::Options options{.ignore_case = flags.ignore_case, .multiline = flags.multiline};
  Regex::CompileResult result = Regex::compile(pattern, options);
  if (result.regex && whole && flags.multiline) {
    result = Regex::compile(concat(kLineBegin, pattern, kLineEnd), options);
    result.offset = 0;
  }
  return result;
}

bool matches_whole_text(const Use& use, const Flags& flags) {
  return use.whole && !flags.multiline;
}

std::string pattern_message(const Regex::CompileResult& result) {
  return result.message.empty() ? "the pattern is no regular expression"
                                : concat("in the pattern: ", result.message);
}

// --- Literal patterns are compiled with the expression.

const Instruction* literal_argument(const Program& program, const Instruction& op,
                                    std::uint32_t index) {
  const Instruction& argument = program.code[program.arguments[op.first + index]];
  return argument.op == Op::kConstant &&
                 program.constants[argument.first].form == Item::Form::kString
             ? &argument
             : nullptr;
}

bool prepare(Program& program, Instruction& op, CompileError& error, const Use& use) {
  const Instruction* pattern = literal_argument(program, op, 0);
  Flags flags;
  if (op.count > use.flags) {
    const Instruction* argument = literal_argument(program, op, use.flags);
    if (argument == nullptr) {
      return true;
    }
    flags = read_flags(program.constants[argument->first].text());
    if (!flags.known) {
      error = {argument->offset, "the flags of a pattern are `i` and `m`",
               IssueCode::kFhirPathUnsupported};
      return false;
    }
  }
  if (pattern == nullptr) {
    return true;
  }
  Regex::CompileResult result =
      compile_pattern(program.constants[pattern->first].text(), flags, use.whole);
  if (!result.regex) {
    // Behind the quote; escapes in the literal before it are not counted.
    error = {pattern->offset + 1 + result.offset, pattern_message(result),
             result.too_large ? IssueCode::kLimitExceeded : IssueCode::kFhirPathUnsupported};
    return false;
  }
  program.regexes.push_back(*std::move(result.regex));
  op.c = static_cast<std::uint32_t>(2 * program.regexes.size()) +
         (matches_whole_text(use, flags) ? 1 : 0);
  return true;
}

template <const Use& kUse>
bool prepare(Program& program, Instruction& op, CompileError& error) {
  return prepare(program, op, error, kUse);
}

// A compiled pattern and how to ask it.
struct Pattern {
  const Regex* regex = nullptr;
  bool whole_text = false;
};

// --- Others when they are met; the last one is kept.

One dynamic_pattern(Machine& machine, const Call& call, const Use& use, std::string_view pattern,
                    Pattern& compiled) {
  std::string_view text;
  if (call.argument_count() > use.flags &&
      read_text(machine, call, use.flags, text) == One::kFailed) {
    return One::kFailed;
  }
  const Flags flags = read_flags(text);
  if (!flags.known) {
    machine.fail(ErrorCode::kInvalidArgument, call.op.offset,
                 concat("the flags of `", call.function.name, "` are `i` and `m`"));
    return One::kFailed;
  }
  LastRegex& last = machine.scratch().regex;
  const std::string_view key = use.whole && flags.multiline ? (flags.ignore_case ? "imw" : "mw")
                               : flags.multiline            ? (flags.ignore_case ? "im" : "m")
                                                            : (flags.ignore_case ? "i" : "");
  if (!last.valid || last.pattern != pattern || last.flags != key) {
    // A counted repetition may be short and compile to the largest automaton.
    const bool counted = pattern.find('{') != std::string_view::npos;
    const std::uint64_t cost = 100 + 10 * pattern.size();
    if (!machine.spend(counted ? cost + Regex::kMaxStates : cost)) {
      return One::kFailed;
    }
    last.valid = false;
    last.pattern = pattern;
    last.flags = key;
    last.compiled = compile_pattern(pattern, flags, use.whole);
    last.valid = true;
  }
  if (!last.compiled.regex) {
    if (last.compiled.too_large) {
      machine.fail(ErrorCode::kExpressionTooComplex, call.op.offset, {});
    } else {
      // What is wrong with it could quote it, and it may come from the data (SPEC P6).
      machine.fail(ErrorCode::kInvalidArgument, call.op.offset,
                   concat("`", call.function.name, "` expects a regular expression"));
    }
    return One::kFailed;
  }
  compiled = {&*last.compiled.regex, matches_whole_text(use, flags)};
  return One::kValue;
}

One pattern_of(Machine& machine, const Call& call, const Use& use, std::string_view pattern,
               Pattern& compiled) {
  const std::uint32_t prepared = call.op.c;
  if (prepared == 0) {
    return dynamic_pattern(machine, call, use, pattern, compiled);
  }
  compiled = {&machine.program().regexes[prepared / 2 - 1], prepared % 2 != 0};
  return One::kValue;
}

// The machine's budget in the automaton's measure; settle() takes off what was used.
struct Budget {
  explicit Budget(Machine& owner)
      : machine(owner), given(owner.steps_left() * kStatesPerStep), left(given) {}
  [[nodiscard]] bool settle() const {
    return machine.spend((given - left + kStatesPerStep - 1) / kStatesPerStep);
  }
  Machine& machine;
  std::uint64_t given;
  std::uint64_t left;
};

bool match(Machine& machine, const Call& call, const Use& use) {
  std::string_view text;
  std::string_view pattern;
  Pattern compiled;
  One one = read_texts(machine, call, text, {&pattern});
  if (one == One::kValue) {
    one = pattern_of(machine, call, use, pattern, compiled);
  }
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  Budget budget(machine);
  const std::optional<bool> found = compiled.whole_text
                                        ? compiled.regex->matches_whole(text, budget.left)
                                        : compiled.regex->search(text, budget.left);
  if (!found) {
    return machine.fail(ErrorCode::kExpressionTooComplex, call.op.offset, {});
  }
  return budget.settle() && machine.leave(call.input, found);
}

// matches(regex [, flags]): somewhere in the text. matchesFull(regex [, flags]): all of it.
bool matches(Machine& machine, const Call& call) { return match(machine, call, kSearch); }
bool matches_full(Machine& machine, const Call& call) { return match(machine, call, kWhole); }

// replaceMatches(regex, substitution [, flags]). The empty pattern replaces nothing.
bool replace_matches(Machine& machine, const Call& call) {
  std::string_view text;
  std::string_view pattern;
  std::string_view substitution;
  Pattern compiled;
  One one = read_texts(machine, call, text, {&pattern, &substitution});
  if (one == One::kValue) {
    one = pattern_of(machine, call, kReplace, pattern, compiled);
  }
  if (one != One::kValue) {
    return one == One::kEmpty && machine.leave_nothing(call.input);
  }
  if (pattern.empty()) {
    return machine.leave(call.input, Item::of_text(text));
  }
  Budget budget(machine);
  std::string& out = machine.scratch().text;
  out.clear();
  const std::size_t room = machine.scratch().arena.budget_left();
  if (!compiled.regex->replace(text, substitution, room, budget.left, out)) {
    return machine.fail(
        budget.left == 0 ? ErrorCode::kExpressionTooComplex : ErrorCode::kResultTooLarge,
        call.op.offset, {});
  }
  return budget.settle() && machine.leave_text(call.input, out);
}

constexpr Function kFunctions[] = {
    {"matches", 1, 2, Takes::kValues, Yields::kSystem, matches, false, false, prepare<kSearch>},
    {"matchesFull", 1, 2, Takes::kValues, Yields::kSystem, matches_full, false, false,
     prepare<kWhole>},
    {"replaceMatches", 2, 3, Takes::kValues, Yields::kSystem, replace_matches, false, false,
     prepare<kReplace>},
};

}  // namespace

std::span<const Function> regex_functions() { return kFunctions; }

}  // namespace fhirwall::fhirpath
