#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/base/issue.hpp"
#include "core/fhir/model.hpp"
#include "core/policy/source.hpp"
#include "core/redact/plan.hpp"

// Field paths of a rule, checked against the model, and the plans made of them (SPEC 7.1).
namespace fhirwall::policy {

// Reports every path of the list that does not parse or exist on the rule's type; on a `*` rule a
// path must exist on at least one type (SPEC 1.3, 7.1). `hidden` lists also refuse `id` and
// `resourceType`.
void check_fields(const SourceRule& rule, std::span<const SourceText> paths, bool hidden,
                  Issues& issues);

// Does the path of a checked list exist on this type?
[[nodiscard]] bool exists_on(std::string_view path, fhir::TypeId type);

// The plan of rules that hide nothing: what SPEC 7.7 names goes without option `extendedMeta`.
[[nodiscard]] const std::shared_ptr<const redact::Plan>& plan_hiding_nothing(
    fhir::TypeId type, const redact::PlanOptions& options);
// The plan of a rule for one concrete type; paths that do not exist there are inert. Rules that
// hide nothing of a type share one plan for it, across policies: it holds nothing of any policy.
[[nodiscard]] std::shared_ptr<const redact::Plan> make_rule_plan(
    const SourceRule& rule, fhir::TypeId type, const redact::PlanOptions& options);
// The same of `readonlyFields`, without closure (SPEC 9.2); null when there are none on this type.
[[nodiscard]] std::shared_ptr<const redact::Plan> make_readonly_plan(const SourceRule& rule,
                                                                     fhir::TypeId type);

}  // namespace fhirwall::policy
