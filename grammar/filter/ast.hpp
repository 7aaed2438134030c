#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/common/span.hpp"

// FHIR R4 `_filter` expressions (FHIR R4, section 3.1.3; SPEC 5.7): comparisons of search
// parameters with values, joined by `and`, `or`, `not` and brackets.
//
// The text is the value of the search parameter `_filter` once form decoding is done: `+` is a
// space and `%xx` a byte. The search escapes (`\,` `\|` `\$` `\\`) are no part of this language: a
// comma is an ordinary character, strings have JSON's escapes, and a backslash elsewhere is an
// error. Variables arrive as places beside the text (see parse.hpp), so that neither a decoded `%`
// nor the value of a variable is ever taken for syntax (SPEC 3.1, 3.3). grammar/criteria/ast.hpp,
// `Verbatim`, is the other end of this agreement.
namespace fhirwall::grammar::filter {

enum class Kind : std::uint8_t {
  kAnd,         // children: two or more, in order
  kOr,          // children: two or more, in order
  kNot,         // children: one
  kComparison,  // path, comparison, value
};

// FHIR R4, section 3.1.3.3, in the order of its table.
enum class Comparison : std::uint8_t {
  kEq,
  kNe,
  kCo,
  kSw,
  kEw,
  kGt,
  kLt,
  kGe,
  kLe,
  kAp,
  kSa,
  kEb,
  kPr,
  kPo,
  kSs,
  kSb,
  kIn,
  kRe,
};

// The word of each, indexed by Comparison.
constexpr std::string_view kComparisonWords[] = {"eq", "ne", "co", "sw", "ew", "gt",
                                                 "lt", "ge", "le", "ap", "sa", "eb",
                                                 "pr", "po", "ss", "sb", "in", "re"};

// What a value looks like. FHIR lets a string stand wherever another value can: only the type of
// the parameter says what `text` means.
struct Value {
  enum class Kind : std::uint8_t {
    kString,      // "..."; text: without quotes, escapes resolved
    kNumber,      // 5, -1.50, 2e3; four digits may also be a year
    kDate,        // 2014-10, 2014-10-10, 2014-10-10T10:00:00.5+01:00; digits are not checked
    kToken,       // a word with at least one `|`
    kWord,        // everything else, also `true` and `false`
    kVariable,    // `%name`; text: the name
    kVariableId,  // `%name.id`; text: the name
  };
  Kind kind = Kind::kWord;
  std::string text;  // as written, but for kString and the variables
  Span span;         // with quotes and `%`
  friend bool operator==(const Value&, const Value&) = default;
};

struct Filter;

// One parameter of a path. `a[b eq c].d` has the steps `a`, with a filter on what it selects, and
// `d`.
struct Step {
  std::string name;
  Span name_span;
  std::vector<Filter> where;  // none, or one: the filter in square brackets
  Span span;                  // with the brackets
};
bool operator==(const Step& a, const Step& b);

struct Filter {
  Kind kind = Kind::kComparison;
  std::vector<Filter> children;  // kAnd, kOr, kNot
  // kComparison only.
  std::vector<Step> path;  // at least one
  Comparison comparison = Comparison::kEq;
  Span comparison_span;
  Value value;
  Span span;  // without round brackets around it
  friend bool operator==(const Filter&, const Filter&) = default;
};

inline bool operator==(const Step& a, const Step& b) {
  return a.name == b.name && a.where == b.where;
}

}  // namespace fhirwall::grammar::filter
