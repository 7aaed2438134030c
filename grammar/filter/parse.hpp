#pragma once

#include <span>
#include <string_view>

#include "grammar/common/syntax_error.hpp"
#include "grammar/filter/ast.hpp"

namespace fhirwall::grammar::filter {

// Bounds: a stack overflow inside a parser cannot be caught.
struct ParseLimits {
  std::uint32_t max_bytes = 16 * 1024;  // length of the text, in bytes
  std::uint32_t max_nesting = 64;       // open brackets of both kinds
  // `and`, `or`, `not`, comparisons and further steps of paths in one text.
  std::uint32_t max_operators = 500;
};

// Parses one complete `_filter` expression: UTF-8 in, tree out. The text is not kept. Offsets count
// bytes of `text`, which is decoded already; `Verbatim` of grammar/criteria leads from them to the
// criteria as written.
//
// `variables` are the places of variables in `text`, ascending, each with its `%` and its `.id` if
// it has one. Only these are variables: any other `%` is an ordinary character. A variable is a
// whole value; anywhere else it is an error.
//
// `and` and `or` may be mixed with brackets only (SPEC 5.3): the error stands at the operator that
// differs.
Parsed<Filter> parse(std::string_view text, std::span<const Span> variables,
                     const ParseLimits& limits = {});

}  // namespace fhirwall::grammar::filter
