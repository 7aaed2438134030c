#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace fhirwall {

namespace regex {
struct Program;
}

// A regular expression that matches in time linear in the text, whatever the pattern: a set of
// states is carried along, nothing is ever tried again. For untrusted patterns on untrusted texts.
//
// Syntax: what XML Schema, PCRE and ECMAScript share, over Unicode code points: literals, `.`,
// classes with ranges, negation and `\d \w \s \D \W \S` (ASCII digits and word characters; \s is
// ECMAScript's white space), `\p{L}`-style general categories, groups, `(?:...)`, `(?<name>...)`,
// `|`, greedy and lazy `* + ? {n} {n,} {n,m}`, `^ $ \b \B`, escapes `\n \r \t \f \v \0 \xhh \uhhhh
// \u{h}`. Back references, look-around and possessive quantifiers are refused by name: no automaton
// has them. Where the dialects differ, ECMAScript is followed (`[]` matches nothing, `[^]`
// anything, a brace that begins no quantifier is itself, an optional iteration matches no empty
// text), or the pattern is refused (`[a-z-[aeiou]]`, `[[:alpha:]]`, inline flags, unknown letter
// escapes).
class Regex {
 public:
  struct Options {
    bool ignore_case = false;         // `i`: simple case folding
    bool multiline = false;           // `m`: ^ and $ also at line breaks
    bool dot_matches_newline = true;  // FHIRPath N1, 5.6.9: single-line mode
  };
  // Bounds: a program of at most kMaxStates states (counted repetitions are expanded), groups
  // nested 64 deep, 99 groups that capture, 1024 different characters and classes.
  static constexpr std::uint32_t kMaxStates = 10'000;

  struct CompileResult;
  [[nodiscard]] static CompileResult compile(std::string_view pattern, const Options& options);

  // Work budget of one call, in states visited; a call that would pass it gives nullopt and leaves
  // 0 in `budget`, any other takes off what it used. A text of n code points costs at most n + 1
  // times the number of states.
  [[nodiscard]] std::optional<bool> search(std::string_view text, std::uint64_t& budget) const;
  [[nodiscard]] std::optional<bool> matches_whole(std::string_view text,
                                                  std::uint64_t& budget) const;
  // Appends `text` with every match, leftmost first and not overlapping, replaced. In `replacement`
  // `$1`..`$99`, `${1}`, `${name}`, `$$` and `$0`/`$&` (the whole match) stand for groups; a group
  // that took no part is empty; any other `$` is itself. An empty match is replaced once at its
  // place, as in ECMAScript. False when the budget or `max_output` bytes do not suffice; `out` has
  // been appended to then. Finding one match costs no more than a search; that of all matches may
  // be quadratic, up to the budget.
  [[nodiscard]] bool replace(std::string_view text, std::string_view replacement,
                             std::size_t max_output, std::uint64_t& budget, std::string& out) const;

 private:
  explicit Regex(std::shared_ptr<const regex::Program> program) : program_(std::move(program)) {}

  // Immutable after compile(), so that copies share it.
  std::shared_ptr<const regex::Program> program_;
};

struct Regex::CompileResult {
  std::optional<Regex> regex;
  std::uint32_t offset = 0;  // bytes into the pattern, on error
  std::string message;       // lowercase, one line: what was expected or is refused; may be empty
  bool too_large = false;    // a bound was exceeded, not a syntax error
};

}  // namespace fhirwall
