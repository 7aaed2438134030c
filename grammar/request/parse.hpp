#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "grammar/common/syntax_error.hpp"
#include "grammar/request/ast.hpp"

namespace fhirwall::grammar::request {

struct ParseLimits {
  std::uint32_t max_bytes = 16 * 1024;  // length of the text, in bytes
  std::uint32_t max_parameters = 256;
};

// Parses a URL relative to the base: `Patient/1`, `Patient?name=a`, `?_type=Patient`; the empty
// text is the base. The tree views `url` and dies with it.
Parsed<Target> parse(std::string_view url, const ParseLimits& limits = {});

// Parses parameters alone, as in the body of a search by POST, and puts them behind those that are
// in `parameters`; the empty text has none. After an error `parameters` is unspecified.
[[nodiscard]] std::optional<SyntaxError> parse_form(std::string_view form, Parameters& parameters,
                                                    const ParseLimits& limits = {});

}  // namespace fhirwall::grammar::request
