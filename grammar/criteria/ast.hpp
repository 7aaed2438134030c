#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "grammar/common/span.hpp"

// FHIR R4 search criteria: `Type?name:modifier=value,value&name=value` (FHIR R4 search,
// section 3.1.1; SPEC 5.4). The value of a parameter called `_filter` is handed on as it is: see
// Verbatim.
namespace fhirwall::grammar::criteria {

// One part of a value, after form decoding (`+`, `%xx`) and after the search escapes (`\,` `\|`
// `\$` `\\`).
struct Piece {
  enum class Kind : std::uint8_t {
    kText,        // literal text, escapes resolved; `text` is UTF-8
    kPipe,        // an unescaped `|`
    kDollar,      // an unescaped `$`
    kVariable,    // `%name`; `text` is the name
    kVariableId,  // `%name.id`; `text` is the name
  };
  Kind kind = Kind::kText;
  std::string text;
  Span span;
  friend bool operator==(const Piece&, const Piece&) = default;
};

// One alternative of a comma list. Adjacent text is one piece; an empty value has no pieces.
struct Value {
  std::vector<Piece> pieces;
  Span span;
  friend bool operator==(const Value&, const Value&) = default;
};

// The value of `_filter`, which is a sentence of a language of its own (grammar/filter): only form
// decoding is done. `,` `|` `$` and `\\` are ordinary characters, so there is one value, whatever
// is in it. A variable stands in the text as `%name` or `%name.id`, and `variables` tells it from
// characters that merely look so (`%25name`).
//
//   _filter=name+eq+%22a%22     as written
//           name eq "a"         text
//
struct Verbatim {
  std::string text;  // UTF-8
  // places[i] is where text[i] begins in the criteria as written; one more entry for the end. The
  // bytes of one decoded character may have places of their own.
  std::vector<std::uint32_t> places;
  std::vector<Span> variables;  // in `text`, ascending; with `%` and `.id`

  // Where the byte at `offset` of the text, or its end, stands in the criteria.
  [[nodiscard]] std::uint32_t place_of(std::uint32_t offset) const {
    return places[std::min<std::size_t>(offset, places.size() - 1)];
  }
  // Here the places of variables are not position but meaning.
  friend bool operator==(const Verbatim& a, const Verbatim& b) {
    return a.text == b.text &&
           std::equal(
               a.variables.begin(), a.variables.end(), b.variables.begin(), b.variables.end(),
               [](const Span& x, const Span& y) { return x.begin == y.begin && x.end == y.end; });
  }
};

// `name:modifier=value,value`. `modifier` is empty and `has_modifier` false when there is no colon.
// A chain (`subject:Patient.name`) keeps everything from the first `.` on in `chain`, without that
// dot.
struct Parameter {
  std::string name;
  Span name_span;
  bool has_modifier = false;
  std::string modifier;
  Span modifier_span;
  std::string chain;
  Span chain_span;
  std::vector<Value> values;         // at least one, but none for `_filter`
  std::optional<Verbatim> verbatim;  // exactly when the name is `_filter`
  Span span;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct Criteria {
  std::string resource_type;  // a type name, or `*`
  Span resource_type_span;
  std::vector<Parameter> parameters;  // at least one
  friend bool operator==(const Criteria&, const Criteria&) = default;
};

}  // namespace fhirwall::grammar::criteria
