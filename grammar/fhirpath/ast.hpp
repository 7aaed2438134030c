#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "grammar/common/span.hpp"

// FHIRPath N1 (2.0.0) with the 3.0 additions, as a uniform tree: every node is one Expression,
// whose kind says what `text` and `children` mean. Lowering is one switch; a dump is one loop.
namespace fhirwall::grammar::fhirpath {

enum class Kind : std::uint8_t {
  // Terms. `text` holds the literal without its delimiters, escapes resolved.
  kEmpty,       // {}
  kBoolean,     // text: true | false
  kString,      // text: the string's value
  kNumber,      // text: digits as written (integer or decimal)
  kLong,        // text: digits as written, without the L
  kDate,        // text: without @
  kDateTime,    // text: without @
  kTime,        // text: without @T
  kQuantity,    // text: digits as written; unit: UCUM text without quotes, or the calendar word
  kExternal,    // %name, %`name`, %'name'; text: the name
  kThis,        // $this
  kIndex,       // $index
  kTotal,       // $total
  kIdentifier,  // text: the name, backticks and escapes resolved
  kFunction,    // text: the name; children: arguments
  kSortKey,     // an argument of sort() with its direction; text: asc | desc; one child
  // Operators. children: operands, left to right.
  kMember,      // a.b       children[1] is kIdentifier, kFunction, kThis, kIndex or kTotal
  kIndexer,     // a[b]
  kPolarity,    // + -       text: the sign
  kMultiply,    // * / div mod
  kAdd,         // + - &
  kType,        // is as     unit: the type specifier, e.g. FHIR.Patient; one child
  kUnion,       // |
  kInequality,  // < <= > >=
  kEquality,    // = ~ != !~
  kMembership,  // in contains
  kAnd,         // and
  kOr,          // or xor
  kImplies,     // implies
};

struct Expression {
  Kind kind = Kind::kEmpty;
  std::string text;  // literal, name, or the operator as written
  std::string unit;  // kQuantity and kType only
  bool calendar_unit =
      false;  // kQuantity: the unit is a calendar word (`year`, `days`), not UCUM text
  std::vector<Expression> children;
  Span span;
  friend bool operator==(const Expression&, const Expression&) = default;
};

}  // namespace fhirwall::grammar::fhirpath
