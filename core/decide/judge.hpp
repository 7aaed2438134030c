#pragma once

#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/decide/decision.hpp"
#include "core/redact/judge.hpp"

namespace fhirwall::decide {

// Puts the policy's rules behind redaction (SPEC 7.3 c, 7.4, 8.2): resources inside a resource are
// decided as `read`, contained ones by what their container's release allows. Lives for one call.
class PolicyJudge final : public redact::Judge {
 public:
  PolicyJudge(const policy::CompiledPolicy& policy, Scratch& scratch)
      : policy_(policy), scratch_(scratch) {}

  [[nodiscard]] const redact::Plan* judge(const json::Document& document, json::NodeIndex resource,
                                          redact::Nesting nesting) override;
  [[nodiscard]] bool reads(fhir::TypeId type, std::string_view reference) override;

  // The first decision that could not be taken; the call fails with it.
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  // Of a target that the host supplied: a Bundle asks for the same one thousands of times.
  struct Answer {
    json::NodeIndex target;
    bool reads;
  };
  [[nodiscard]] bool reads_resolved(fhir::TypeId type, std::string_view id);

  const policy::CompiledPolicy& policy_;
  Scratch& scratch_;
  Error error_;
  std::vector<Answer> answers_;  // ascending by target
};

// Does a rule let the caller read every resource `type`/`id`, whatever is in it (SPEC 7.3 c)? A
// rule whose criteria the reference does not decide counts as one that does not match: a later one
// still grants what it does not.
[[nodiscard]] bool reads_by_reference(const policy::CompiledPolicy& policy, fhir::TypeId type,
                                      std::string_view id);

// SPEC 8.2: a document whose first entry is refused is refused. True for every other Bundle. The
// Bundle itself is decided by the caller.
[[nodiscard]] bool document_is_open(const policy::CompiledPolicy& policy,
                                    const json::Document& document, json::NodeIndex bundle,
                                    Scratch& scratch, Error& error);

}  // namespace fhirwall::decide
