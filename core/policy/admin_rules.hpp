#pragma once

#include <vector>

#include "core/policy/source.hpp"

// What admins may do with admin types (SPEC 10.2).
namespace fhirwall::policy {

// Both need an active membership that is `admin`, and a given project.
[[nodiscard]] bool is_project_admin(const SourceInput& source);
[[nodiscard]] bool is_super_admin(const SourceInput& source);

// The rules that these add to the policy. The path of each is what grants it: `membership.admin` or
// `options.superAdminTypes`.
[[nodiscard]] std::vector<SourceRule> admin_rules(const SourceInput& source);

}  // namespace fhirwall::policy
