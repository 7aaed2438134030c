#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.hpp"
#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "core/net/ip_rules.hpp"
#include "core/policy/interaction.hpp"
#include "core/policy/options.hpp"
#include "core/policy/projects.hpp"
#include "grammar/scope/ast.hpp"

// The compile input as typed structs, before variables are bound (SPEC 1.1, 1.2). Each text keeps
// the JSON path where it stood, for issues.
namespace fhirwall::policy {

struct SourceText {
  std::string value;
  std::string path;
};

// `resource[]` of an AccessPolicy.
struct SourceRule {
  std::string path;
  std::uint32_t index = 0;                  // in `resource`
  bool any_type = false;                    // `*`
  fhir::TypeId type = fhir::TypeId::kNone;  // kNone beside any_type == false: already reported
  std::optional<SourceText> criteria;
  std::optional<SourceText> compartment;  // the reference text
  bool readonly = false;
  std::optional<InteractionMask> interactions;  // absent and empty differ (SPEC 2.4)
  std::vector<SourceText> hidden_fields;
  std::vector<SourceText> readonly_fields;
  std::vector<SourceText> write_constraints;  // the expressions
};

struct SourceIpRule {
  SourceText value;
  net::IpAction action = net::IpAction::kBlock;
};

struct SourcePolicy {
  std::string path;
  std::string id;
  std::string name;
  std::optional<SourceText> compartment;  // the reference text
  std::vector<SourceRule> rules;
  std::vector<SourceIpRule> ip_rules;
};

struct SourceParameter {
  std::string path;
  std::string name;
  std::optional<SourceText> value_string;
  std::optional<SourceText> value_reference;  // the reference text
};

// One use of a policy: `accessPolicy` or an item of `access`.
struct SourceAccess {
  SourceText policy;  // the reference text
  std::vector<SourceParameter> parameters;
};

struct SourceMembership {
  bool active = true;
  bool admin = false;
  std::optional<SourceText> profile;
  std::optional<SourceText> project;  // the reference text
  std::vector<SourceAccess> access;   // `accessPolicy` first (SPEC 2.1)
};

struct SourceInput {
  std::vector<SourcePolicy> policies;  // with a membership: those that it references, see uses
  std::optional<SourceMembership> membership;
  std::optional<SourceText> profile;         // the input's own or the membership's (SPEC 3.2)
  grammar::scope::Scopes scopes;             // the resource scopes of `scopes` (SPEC 11.1)
  bool has_launch_patient = false;           // also when it was reported
  std::optional<SourceText> launch_patient;  // the reference text
  Options options;

  // The policies in assembly order (SPEC 2.1): index in `policies`, and the membership entry it
  // comes from or nullptr.
  struct Use {
    std::size_t policy = 0;
    const SourceAccess* access = nullptr;
  };
  std::vector<Use> uses;

  Projects projects;
  bool in_super_project = false;  // the own project is `superAdmin`
  // SPEC 10.3: who acts on behalf of `membership`, and whose IP rules hold too.
  std::optional<SourceMembership> caller;
  std::optional<SourceText> caller_profile;
  std::vector<Use> caller_uses;
};

// Does a rule of a policy in use name this type?
[[nodiscard]] bool mentions(const SourceInput& source, fhir::TypeId type);

// Reads and checks the whole input; every problem becomes an issue. `uses` points into the result's
// own membership: the result must not be copied while it is in use.
void read_source(const json::Document& document, const Limits& limits, Issues& issues,
                 SourceInput& out);

}  // namespace fhirwall::policy
