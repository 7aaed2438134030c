#pragma once

#include <string>
#include <string_view>

#include "core/decide/decision.hpp"
#include "tests/native/core/policy/support.hpp"

namespace fhirwall::decide {

// A decision in a line: `allow 0 rule`, `deny -1 no-rule`.
inline std::string decide_text(const policy::CompiledPolicy& compiled, std::string_view interaction,
                               std::string_view resource) {
  const policy::Padded text(resource);
  json::Parser parser;
  if (const Error error = parser.parse(text.view(), Limits{})) {
    return "error " + std::string(error_name(error.code));
  }
  Scratch scratch;
  Error error;
  const Decision decision = decide(compiled, *policy::find_interaction(interaction),
                                   parser.document(), 0, scratch, error);
  if (error) {
    return "error " + std::string(error_name(error.code));
  }
  EXPECT_EQ(decision.allowed, decision.plan != nullptr);
  return std::string(decision.allowed ? "allow " : "deny ") + std::to_string(decision.rule) + " " +
         std::string(reason_name(decision.reason));
}

inline bool can_text(const policy::CompiledPolicy& compiled, std::string_view interaction,
                     std::string_view type) {
  return can(compiled, *policy::find_interaction(interaction), fhir::find_resource_type(type));
}

}  // namespace fhirwall::decide
