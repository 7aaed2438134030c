#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/redact/plan.hpp"

namespace fhirwall::redact {

// Why a path is removed (SPEC 15.1).
struct HiddenPath {
  enum class Step : std::uint8_t {
    kField,      // it is in `hiddenFields`
    kClosure,    // a summary of what holds the field, or the display of a hidden code (7.3 b, 7.6)
    kNarrative,  // a Narrative may repeat anything (7.3 a)
  };
  std::string path;
  std::string field;  // the first field of the list that leads to it, as path_text()
  Step step = Step::kField;
};
[[nodiscard]] std::string_view step_name(HiddenPath::Step step);

// hidden_paths() with their reasons, in the same order.
[[nodiscard]] std::vector<HiddenPath> explained_paths(const Plan& plan);

}  // namespace fhirwall::redact
