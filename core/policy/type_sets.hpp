#pragma once

#include "core/fhir/model.hpp"

// Resource types that SPEC 4.1 treats apart.
namespace fhirwall::policy {

// Login, JsonWebKey, DomainConfiguration: no rule reaches them.
[[nodiscard]] bool is_unreachable(fhir::TypeId type);
// Project, ProjectMembership, User, PasswordChangeRequest, UserSecurityRequest: not part of `*`,
// and taken out of policies that belong to a membership (SPEC 4.4).
[[nodiscard]] bool is_admin_type(fhir::TypeId type);
// What `*` stands for.
[[nodiscard]] inline bool is_in_wildcard(fhir::TypeId type) {
  return !is_unreachable(type) && !is_admin_type(type);
}

}  // namespace fhirwall::policy
