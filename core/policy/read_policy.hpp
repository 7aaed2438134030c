#pragma once

#include <optional>
#include <string>

#include "core/policy/json_reader.hpp"
#include "core/policy/source.hpp"

// The two documents of the policy language (SPEC 1.2), one function each.
namespace fhirwall::policy {

// Reads an AccessPolicy; `node` is an object.
[[nodiscard]] SourcePolicy read_policy(JsonReader& reader, json::NodeIndex node,
                                       const std::string& path);
// Reads a ProjectMembership. nullopt when the value is no object.
[[nodiscard]] std::optional<SourceMembership> read_membership(JsonReader& reader,
                                                              json::NodeIndex node,
                                                              const std::string& path);
// The `reference` of a Reference object. nullopt when there is none; that is not reported.
[[nodiscard]] std::optional<SourceText> read_reference(JsonReader& reader, json::NodeIndex node,
                                                       const std::string& path);

}  // namespace fhirwall::policy
