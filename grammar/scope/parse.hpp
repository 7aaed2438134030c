#pragma once

#include <cstdint>
#include <string_view>

#include "grammar/common/syntax_error.hpp"
#include "grammar/scope/ast.hpp"

namespace fhirwall::grammar::scope {

struct ParseLimits {
  std::uint32_t max_bytes = 16 * 1024;  // length of the text, in bytes
};

// Parses scope text: tokens with one or more spaces between them; the empty text has none. A token
// whose text before its first `/` is `patient`, `user` or `system`, ignoring case, is a resource
// scope and must be a well-formed one. Any white space other than a space is an error (SPEC 11.1).
Parsed<Scopes> parse(std::string_view text, const ParseLimits& limits = {});

}  // namespace fhirwall::grammar::scope
