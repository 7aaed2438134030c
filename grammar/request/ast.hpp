#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/common/span.hpp"

// The URL of a request of FHIR's REST interface, relative to the base: a path and a query in form
// encoding (FHIR R4 "RESTful API", section 3.1.0; SPEC 13.1).
namespace fhirwall::grammar::request {

// What a path ends in.
enum class Ending : std::uint8_t {
  kNone,       // nothing: the base, `Type`, `Type/id`, or `Type/id/Type` of a compartment
  kHistory,    // `_history`
  kVersion,    // `_history/version`
  kSearch,     // `_search`
  kOperation,  // `$name`
  kMetadata,   // `metadata`
};

//   Patient/1/_history/2          Patient/1/Observation/_search     Bot/1/$execute
//   type    id         name       type    id member     ending      type id name
//
// Views into the text that was parsed: they die with it. Empty: not written.
struct Path {
  std::string_view type;
  std::string_view id;
  std::string_view member;  // of a compartment: a type name, or `*`
  std::string_view name;    // of kVersion and kOperation, without `$`
  Ending ending = Ending::kNone;
  friend bool operator==(const Path&, const Path&) = default;
};

// `name:modifier.chain=value`, decoded once (`+` is a space, `%xx` a byte); all of it is UTF-8
// without control characters. As in criteria, the name ends at the first `:` or `.`, and a modifier
// at the first `.`:
//
//   subject:Patient.name:exact=a%2Cb     _has:Observation:patient:code=1
//   name    modifier chain     value     name modifier                 value
//
struct Parameter {
  std::string name;      // never empty
  std::string modifier;  // may hold `:`; empty: there is none
  std::string chain;     // may hold `:` and `.`; empty: there is none
  std::string value;     // the search escapes (`\,`) are still in it
  Span name_span;        // as written, with modifier and chain
  Span value_span;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

using Parameters = std::vector<Parameter>;

struct Target {
  Path path;
  Parameters parameters;  // in order; the same name may come again
  friend bool operator==(const Target&, const Target&) = default;
};

}  // namespace fhirwall::grammar::request
