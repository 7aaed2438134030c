#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/decide/decision.hpp"
#include "core/filter/filter.hpp"
#include "core/json/document.hpp"
#include "core/policy/compiled_policy.hpp"

// fhirwall: FHIR access policies, enforced on bytes. This is the whole engine; a host needs no
// other header.
//
//     fhirwall::Engine engine;
//     auto compiled =
//     engine.compile_policy(R"({"policies":[{"resourceType":"AccessPolicy","resource":[{"resourceType":"Patient"}]}]})");
//     if (!compiled.policy) { /* compiled.issues says everything that is wrong */ }
//     std::string out; bool allowed = false;
//     fhirwall::Error error = engine.redact(*compiled.policy, fhirwall::policy::Interaction::kRead,
//     body, out, allowed);
//
// Policies are immutable and may be shared; an Engine holds working memory and belongs to one
// thread.
namespace fhirwall {

class Engine {
 public:
  explicit Engine(const Limits& limits = {});

  [[nodiscard]] const Limits& limits() const { return limits_; }
  // Compiles { policies, membership, profile, options, ... } given as JSON (SPEC 1, 16).
  [[nodiscard]] policy::CompileOutcome compile_policy(std::string_view input_json) const;
  // Filters and redacts one body (SPEC 7, 8). `body` must be followed by json::kPadding readable
  // bytes.
  [[nodiscard]] Error redact(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                             std::string_view body, std::string& out, bool& allowed);
  // The same in the body's own memory; see filter::Context::redact_in_place. The padding must
  // follow.
  [[nodiscard]] Error redact_in_place(const policy::CompiledPolicy& policy,
                                      policy::Interaction interaction, std::span<char> body,
                                      std::string& out, std::string_view& released, bool& allowed);
  // Decides on one resource; the decision as JSON: { allowed, reason, rule: { index, source } |
  // null, hidden: [] } (SPEC 16).
  [[nodiscard]] Error decide_json(const policy::CompiledPolicy& policy,
                                  policy::Interaction interaction, std::string_view body,
                                  std::string& out);
  // { allowed, reason, rule: { index, source } | null } (SPEC 12). `address` empty = absent.
  [[nodiscard]] std::string check_ip_json(const policy::CompiledPolicy& policy,
                                          std::string_view address) const;
  // Type level (SPEC 4.3); an unknown type is false.
  [[nodiscard]] bool can(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                         std::string_view resource_type) const;

  // `engine.search(criteria)`: compiles criteria without variables. Null: `issues` says why.
  [[nodiscard]] std::shared_ptr<const search::Criteria> compile_search(std::string_view criteria,
                                                                       Issues& issues) const;
  [[nodiscard]] Error search_matches(const search::Criteria& criteria, std::string_view body,
                                     bool& matches);

  [[nodiscard]] filter::Context& context() { return context_; }

 private:
  Limits limits_;
  filter::Context context_;
  json::Parser parser_;  // of search_matches()
  decide::Scratch scratch_;
};

// Issues as a JSON array: [{ severity, code, path, offset, message }] (SPEC 16).
[[nodiscard]] std::string issues_json(const Issues& issues);

}  // namespace fhirwall
