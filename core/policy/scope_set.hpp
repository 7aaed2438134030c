#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/policy/lower.hpp"
#include "core/policy/source.hpp"

namespace fhirwall::policy {

// The resource scopes of a compile, and what they leave of rules (SPEC 11).
class ScopeSet {
 public:
  // `context` has no bindings: scopes take no variables. Its issues take what is wrong with scopes
  // and launch patient, now and later; the same problem may be reported more than once. `source`
  // and what `context` leads to must outlive the set.
  ScopeSet(const SourceInput& source, const std::optional<SourceText>& profile,
           const LowerContext& context);

  // True: the policy stands alone (SPEC 11.3).
  [[nodiscard]] bool empty() const { return scopes_.empty(); }

  // SPEC 11.2: appends, for each scope that fits in order, the rule with fewer interactions and
  // more conditions. Nothing is appended for a scope whose query was reported.
  void intersect(const LoweredRule& rule, std::vector<LoweredRule>& out);

  // Part of the policy's hash.
  void append_canonical(std::string& out) const;

 private:
  using Condition = std::shared_ptr<const search::Criteria>;
  // One scope's query, or `_compartment` of the patient, for one type.
  struct Compiled {
    std::size_t scope = 0;  // kPatientScope: `_compartment`
    fhir::TypeId type = fhir::TypeId::kNone;
    Condition condition;  // null: reported
  };
  struct Scope {
    const grammar::scope::ResourceScope* syntax = nullptr;
    bool any_type = false;
    fhir::TypeId type = fhir::TypeId::kNone;  // kNone beside any_type == false: unknown
    InteractionMask interactions = 0;
  };

  [[nodiscard]] bool add_conditions(std::size_t scope, fhir::TypeId type, LoweredRule& rule);
  [[nodiscard]] const Condition& condition_of(std::size_t scope, fhir::TypeId type);
  [[nodiscard]] Condition compile_query(const grammar::scope::ResourceScope& scope,
                                        fhir::TypeId type) const;

  LowerContext context_;
  const SourceInput& source_;
  std::optional<std::string> patient_;
  std::vector<Scope> scopes_;
  std::vector<Compiled> compiled_;
};

}  // namespace fhirwall::policy
