#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/common/span.hpp"

// The URL of a request of FHIR's REST interface, relative to the base: a path and a query in form
// encoding (FHIR R4 "RESTful API", section 3.1.0; SPEC 13.1).
namespace fhirwall::grammar::request {

struct Segment {
  enum class Kind : char {
    kMetadata = 'm',   // `metadata` at the start; elsewhere it is a name
    kName = 'n',       // a type, an id or a version: which one, its place tells
    kAnyType = '*',    // `*`
    kHistory = 'h',    // `_history`
    kSearch = 's',     // `_search`
    kOperation = 'o',  // `$name`
  };
  Kind kind = Kind::kName;
  std::string_view text;  // as written; a view into the text that was parsed, and dies with it
  friend bool operator==(const Segment&, const Segment&) = default;
};

//   Patient/1/_history/2     Patient/1/Observation/_search     Bot/1/$execute
//   n       n h        n     n       n n           s           n   n o
//
struct Path {
  static constexpr std::size_t kMaxSegments = 4;  // no path of FHIR has more
  Segment segments[kMaxSegments];
  std::uint32_t size = 0;
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
  std::string key;    // name, modifier and chain; none of them is empty where its sign stands
  std::string value;  // the search escapes (`\,`) are still in it
  Span key_span;      // as written
  Span value_span;

  // Views into `key`. No modifier and no chain are empty ones.
  [[nodiscard]] std::string_view name() const {
    return std::string_view(key).substr(0, key.find_first_of(":."));
  }
  [[nodiscard]] std::string_view modifier() const {  // may hold `:`
    const std::string_view rest = std::string_view(key).substr(name().size());
    return rest.starts_with(':') ? rest.substr(1, rest.find('.') - 1) : std::string_view{};
  }
  [[nodiscard]] std::string_view chain() const {  // may hold `:` and `.`
    const std::size_t dot = key.find('.');
    return dot == std::string::npos ? std::string_view{} : std::string_view(key).substr(dot + 1);
  }
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

using Parameters = std::vector<Parameter>;

struct Target {
  Path path;
  Parameters parameters;  // in order; the same name may come again
  friend bool operator==(const Target&, const Target&) = default;
};

}  // namespace fhirwall::grammar::request
