#pragma once

#include <string_view>

#include "grammar/common/syntax_error.hpp"
#include "grammar/fhirpath/ast.hpp"

namespace fhirwall::grammar::fhirpath {

// Bounds that are checked before the grammar runs: a stack overflow inside a parser cannot be
// caught.
struct ParseLimits {
  std::uint32_t max_bytes = 16 * 1024;  // length of the text, in bytes
  std::uint32_t max_nesting = 64;       // open brackets of any kind, plus runs of prefix operators
  // Binary operators, type operators, member steps and indexers of one text. With max_nesting this
  // bounds the depth of the tree, which is walked and freed by recursion.
  std::uint32_t max_operators = 500;
};

// Parses one complete FHIRPath expression: UTF-8 in, tree out. Comments and white space are
// skipped. The text is not kept. Source: FHIRPath N1 grammar (fhirpath.g4), with the 3.0 `L` suffix
// and `$index`/`$total`.
Parsed<Expression> parse(std::string_view text, const ParseLimits& limits = {});

}  // namespace fhirwall::grammar::fhirpath
