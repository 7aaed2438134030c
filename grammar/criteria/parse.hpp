#pragma once

#include <span>
#include <string_view>

#include "grammar/common/syntax_error.hpp"
#include "grammar/criteria/ast.hpp"

namespace fhirwall::grammar::criteria {

struct ParseLimits {
  std::uint32_t max_bytes = 16 * 1024;  // length of the text, in bytes
};

// Parses `Type?name=value&...`. Offsets count bytes of `text` as given, before decoding.
//
// SPEC 3.1: a `%` starts a variable if the longest name behind it is in `bound_names`; otherwise
// two hex digits make a percent escape; otherwise it is a variable all the same, for the caller to
// report as unbound. SPEC 1.3: a second raw `?`, an empty query, an empty parameter name, a missing
// `=` and a broken escape are errors. Further `&` between two parameters (`a=1&&b=2`) say nothing,
// as in a form.
//
// SPEC 5.7: the value of a parameter called `_filter` is not taken apart (see Verbatim), so that
// its commas, `|`, `$` and backslashes reach the grammar of filters.
Parsed<Criteria> parse(std::string_view text, std::span<const std::string_view> bound_names,
                       const ParseLimits& limits = {});

}  // namespace fhirwall::grammar::criteria
