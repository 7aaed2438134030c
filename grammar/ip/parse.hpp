#pragma once

#include <string_view>

#include "grammar/common/syntax_error.hpp"
#include "grammar/ip/ast.hpp"

namespace fhirwall::grammar::ip {

// Parses the value of an `ipAccessRule`, trimmed of white space (SPEC 12.1). Refused: host bits set
// behind the mask, octets with leading zeros, brackets, ports, zone ids.
Parsed<RuleValue> parse_rule(std::string_view text);

// Parses a caller's address, trimmed: one IPv4 or IPv6 address and nothing else.
Parsed<Address> parse_address(std::string_view text);

}  // namespace fhirwall::grammar::ip
