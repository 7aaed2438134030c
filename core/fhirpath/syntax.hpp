#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.hpp"
#include "core/fhirpath/program.hpp"
#include "grammar/common/span.hpp"

namespace fhirwall::fhirpath {

// `%name` in an expression; `%name.id` when `with_id` (SPEC 3.1: one token).
struct ExternalUse {
  std::string name;
  bool with_id = false;
  bool defined = false;  // the expression has a defineVariable('name'): no name of the host's
  Span span;             // bytes of the expression, `%` and `.id` included
};

// A string literal.
struct LiteralUse {
  std::string text;  // escapes resolved
  Span span;         // quotes included
};

// What the host of an expression needs to know before it accepts it.
struct SyntaxFacts {
  std::vector<ExternalUse> externals;  // in the order of the text
  std::vector<LiteralUse> literals;    // in the order of the text
};

// Parses `text` as one complete FHIRPath expression without compiling it: nullopt when it is one,
// and then `facts` is filled. Full syntax, also of functions that compile() refuses.
[[nodiscard]] std::optional<CompileError> check_syntax(std::string_view text, const Limits& limits,
                                                       SyntaxFacts& facts);

}  // namespace fhirwall::fhirpath
