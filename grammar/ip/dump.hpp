#pragma once

#include <string>

#include "grammar/ip/ast.hpp"

namespace fhirwall::grammar::ip {

// One line for people and tests: `*`, `(v4 8.8.8.8)`, `(v6 2001:db8:0:0:0:0:0:1)`,
// `(cidr (v4 10.0.0.0) 104)`, `(prefix 8.8.)`.
std::string dump(const Address& address);
std::string dump(const RuleValue& value);

}  // namespace fhirwall::grammar::ip
