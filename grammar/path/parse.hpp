#pragma once

#include <string_view>

#include "grammar/common/syntax_error.hpp"
#include "grammar/path/ast.hpp"

namespace fhirwall::grammar::path {

struct ParseLimits {
  std::uint32_t max_bytes = 1024;  // length of the text, in bytes
  std::uint32_t max_steps = 32;
};

// Parses one element path of `hiddenFields` or `readonlyFields` (SPEC 7.1).
Parsed<Path> parse(std::string_view text, const ParseLimits& limits = {});

}  // namespace fhirwall::grammar::path
