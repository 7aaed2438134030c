#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "grammar/common/syntax_error.hpp"

namespace fhirwall::grammar::fhirpath {

// What must hold before the grammar runs, because its rules call each other as deep as the text
// nests (SPEC P8): at most `max_nesting` open brackets and prefix signs at any place. Brackets in
// strings, delimited identifiers and comments do not count; every comment is closed.
std::optional<SyntaxError> check_nesting(std::string_view text, std::uint32_t max_nesting);

}  // namespace fhirwall::grammar::fhirpath
