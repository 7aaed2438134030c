#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/fhir/resolved.hpp"
#include "core/json/document.hpp"
#include "core/policy/compiled_policy.hpp"

namespace fhirwall::decide {

// Why a decision was taken. Stable names are part of the public API.
enum class Reason : std::uint8_t {
  kRule,           // allowed by `rule`
  kUnrestricted,   // allowed: option allowUnrestricted and no policy
  kNoPolicy,       // denied: there is no policy, or the membership is inactive
  kNoRule,         // denied at type level: no rule for type and interaction (SPEC 4.3)
  kCriteria,       // denied at instance level: rules exist, none matches (SPEC 4.3)
  kUnknownType,    // denied: not a known resource type
  kPartial,        // denied: a partial resource under criteria (SPEC 8.6)
  kProject,        // denied at instance level: in no project that the caller may reach (SPEC 10.1)
  kNoScope,        // denied: requireScopes and no resource scope (SPEC 11.3)
  kBinaryContext,  // denied: a Binary whose `securityContext` cannot be checked, or that has none
                   // without option binaryWithoutContext (SPEC 10.4)
};
[[nodiscard]] std::string_view reason_name(Reason reason);

struct Decision {
  bool allowed = false;
  Reason reason = Reason::kNoRule;
  std::int32_t rule = -1;              // index in CompiledPolicy::rules, or -1
  const redact::Plan* plan = nullptr;  // when allowed: what to cut; lives as long as the policy
};

struct Scratch {
  search::Scratch search;
  std::shared_ptr<const redact::Plan> merged;  // of two rules that hide different things
  // What the host fetched for this call (SPEC 5.8); null: nothing.
  const fhir::Resolved* resolved = nullptr;
  std::uint8_t contexts = 0;  // Binaries whose `securityContext` is being decided (SPEC 10.4)
};

// Type level: is there any rule for type and interaction (SPEC 4.3)?
[[nodiscard]] bool can(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                       fhir::TypeId type);

// What is looked at: a stored version, or what a client sends (SPEC 5.6, 9.5).
[[nodiscard]] search::Purpose purpose_of(policy::Interaction interaction);

// Instance level: the first matching rule in document order decides (SPEC 4.2). `resource` is an
// object node. An evaluation over budget denies and sets `error`.
[[nodiscard]] Decision decide(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                              const json::Document& document, json::NodeIndex resource,
                              Scratch& scratch, Error& error);
// The same with the purpose said: an update's stored version is decided as `update`, too. `only`,
// an index in CompiledPolicy::rules: no other rule is tried.
inline constexpr std::int32_t kAnyRule = -1;
[[nodiscard]] Decision decide(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                              search::Purpose purpose, const json::Document& document,
                              json::NodeIndex resource, Scratch& scratch, Error& error,
                              std::int32_t only = kAnyRule);

// Appends what the host would have to fetch next for decide() to see all it can, as
// search::references() does: what conditions look at, the `securityContext` of a Binary, and, where
// the policy asks for them, the persons that the resource refers to (SPEC 7.3 c).
[[nodiscard]] Error references(const policy::CompiledPolicy& policy,
                               policy::Interaction interaction, const json::Document& document,
                               json::NodeIndex resource, Scratch& scratch,
                               std::vector<std::string>& out);

// The type named by `resourceType`, or kNone when it is missing, no string or unknown.
[[nodiscard]] fhir::TypeId resource_type_of(const json::Document& document,
                                            json::NodeIndex resource);

// All policies' IP lists must allow (SPEC 12.1).
struct IpOutcome {
  bool allowed = false;
  net::IpReason reason = net::IpReason::kNoAddress;
  std::int32_t source = -1;  // the list that decided, index in CompiledPolicy::sources
  std::int32_t rule = -1;    // the rule in that list
};
[[nodiscard]] IpOutcome check_ip(const policy::CompiledPolicy& policy, std::string_view address);

}  // namespace fhirwall::decide
