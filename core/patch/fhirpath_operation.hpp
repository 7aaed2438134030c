#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/json/document.hpp"
#include "core/patch/value.hpp"

namespace fhirwall::patch {

enum class OperationType : std::uint8_t { kAdd, kInsert, kDelete, kReplace, kMove };

struct FhirPathOperation {
  OperationType type = OperationType::kAdd;
  std::string path;
  std::string name;                 // add
  std::optional<GivenValue> value;  // add, insert and replace
  std::uint32_t index = 0;          // insert; move: the source
  std::uint32_t destination = 0;
};

// From the parameter `operation` of a patch: false unless it has the parts that its type needs,
// each once, and none that is unknown. Known parts that the type does not need are ignored.
[[nodiscard]] bool read_operation(const json::Document& patch, json::NodeIndex parameter,
                                  FhirPathOperation& out);

}  // namespace fhirwall::patch
