#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/base/issue.hpp"
#include "core/fhir/model.hpp"
#include "core/policy/source.hpp"
#include "core/redact/plan.hpp"

// Field paths of a rule, checked against the model, and the plans made of them (SPEC 7.1).
namespace fhirwall::policy {

// Makes redaction plans for one compile. Rules that hide nothing of a type share that type's plan.
class PlanStore {
 public:
  explicit PlanStore(const redact::PlanOptions& options);

  [[nodiscard]] std::shared_ptr<const redact::Plan> plan(fhir::TypeId type,
                                                         std::span<const fhir::ElementPath> hidden);

 private:
  redact::PlanOptions options_;
  std::vector<std::shared_ptr<const redact::Plan>> hiding_nothing_;  // by fhir::resource_index
};

// Reports every path of the list that does not parse or exist on the rule's type; on a `*` rule a
// path must exist on at least one type (SPEC 1.3, 7.1). `hidden` lists also refuse `id` and
// `resourceType`.
void check_fields(const SourceRule& rule, std::span<const SourceText> paths, bool hidden,
                  Issues& issues);

// The plan of a rule for one concrete type; paths that do not exist there are inert.
[[nodiscard]] std::shared_ptr<const redact::Plan> make_rule_plan(const SourceRule& rule,
                                                                 fhir::TypeId type,
                                                                 PlanStore& plans);

}  // namespace fhirwall::policy
