#include "core/decide/constraints.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace fhirwall::decide {
namespace {

bool is_true(const fhirpath::Item& item, const fhirpath::Scratch& scratch) {
  if (item.form == fhirpath::Item::Form::kBoolean) {
    return item.boolean();
  }
  return item.is_node() && item.node != json::kNoNode && item.type == fhir::well_known().boolean &&
         scratch.documents[item.document]->kind(item.node) == json::Kind::kTrue;
}

bool all_hold(const policy::CompiledPolicy& policy, const policy::Rule& rule,
              const ConstraintInput& input, Scratch& scratch) {
  const std::array<fhirpath::Variable, 2> variables = {
      {{"before", input.before, 0}, {"after", input.after, 0}}};
  const std::vector<std::string_view> base_urls(policy.base_urls.begin(), policy.base_urls.end());
  fhirpath::Input data;
  data.document = input.focus;
  data.variables = variables;
  data.now_ms = policy.now ? policy.now->ms : input.now_ms;
  data.zone_minutes = policy.now ? policy.now->zone_minutes : input.zone_minutes;
  data.local_references = true;  // SPEC 6.2
  data.base_urls = base_urls;
  std::vector<fhirpath::Item>& items = scratch.search.items;
  for (const auto& program : rule.constraints) {
    items.clear();
    bool malformed = false;
    const auto error = fhirpath::evaluate(*program, data, policy.limits, scratch.search.fhirpath,
                                          items, &malformed);
    if (error || malformed || items.size() != 1 ||
        !is_true(items.front(), scratch.search.fhirpath)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool constraints_hold(const policy::CompiledPolicy& policy, const policy::Rule& rule,
                      const ConstraintInput& input, Scratch& scratch) {
  if (rule.constraints.empty()) {
    return true;
  }
  const bool hold = all_hold(policy, rule, input, scratch);
  scratch.search.wipe();  // SPEC P7
  return hold;
}

}  // namespace fhirwall::decide
