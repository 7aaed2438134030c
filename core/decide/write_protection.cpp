#include "core/decide/write_protection.hpp"

#include <algorithm>

#include "core/redact/touches.hpp"

namespace fhirwall::decide {
namespace {

using redact::Plan;

// Lists of fields as they stand, without what closure adds.
constexpr redact::PlanOptions kFieldsOnly{false, true, true};

// Can closure have kept anything from the caller, of any resource?
bool closes(const redact::ClosureFacts& facts) {
  return facts.cuts_narratives || facts.cuts_displays || facts.cuts_contained ||
         facts.filters_bundles ||
         std::any_of(facts.types.begin(), facts.types.end(),
                     [](const redact::TypeFacts& type) { return hides_anything(*type.contained); });
}

}  // namespace

bool Protection::touches(std::span<const std::string_view> keys) const {
  return any && (redact::touches(*hidden, keys) || redact::touches(*readonly, keys));
}

Protection protection_of(const policy::CompiledPolicy& policy, fhir::TypeId type,
                         const WritingRules& rules, std::size_t first_writer) {
  std::array<const Plan*, 3> hiding{};
  std::array<const Plan*, 3> readonly{};
  Protection out;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i] == nullptr) {
      continue;
    }
    hiding[i] = rules[i]->plan_of(type);
    readonly[i] = i < first_writer ? nullptr : rules[i]->readonly_plan_of(type);
    out.any |= readonly[i] != nullptr || (hiding[i] != nullptr && hides_anything(*hiding[i]));
  }
  out.closes = closes(redact::facts_of(*policy.closure));
  if (out.any || out.closes) {
    // `meta` is taken apart before anything is compared.
    redact::PlanOptions shown = policy.plan_options;
    shown.extended_meta = true;
    out.shown = redact::merge_plans(type, hiding, shown);
    out.hidden = redact::merge_plans(type, hiding, kFieldsOnly);
    out.readonly = redact::merge_plans(type, readonly, kFieldsOnly);
  }
  return out;
}

}  // namespace fhirwall::decide
