#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "core/policy/compiled_policy.hpp"
#include "core/redact/plan.hpp"

namespace fhirwall::decide {

// The rules whose lists apply to a write: the one for `read`, and those that decide it. Null ones
// are passed over.
using WritingRules = std::array<const policy::Rule*, 3>;

// What these rules keep from the caller, or from being changed; see redact::RepairPlans. The plans
// are there if `any` or `closes` is true.
struct Protection {
  std::shared_ptr<const redact::Plan> shown;
  std::shared_ptr<const redact::Plan> hidden;
  std::shared_ptr<const redact::Plan> readonly;
  bool any = false;     // the lists protect something
  bool closes = false;  // closure may have kept something from the caller

  // As redact::touches() (SPEC 9.6).
  [[nodiscard]] bool touches(std::span<const std::string_view> keys) const;
};

// SPEC 9.2: `rules` hide; of them those from `first_writer` on say what is readonly.
[[nodiscard]] Protection protection_of(const policy::CompiledPolicy& policy, fhir::TypeId type,
                                       const WritingRules& rules, std::size_t first_writer);

}  // namespace fhirwall::decide
