#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "grammar/common/span.hpp"

// FHIR R4 search criteria: `Type?name:modifier=value,value&name=value` (FHIR R4 search,
// section 3.1.1; SPEC 5.4).
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
  std::vector<Value> values;  // at least one
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
