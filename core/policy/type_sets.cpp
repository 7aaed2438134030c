#include "core/policy/type_sets.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace fhirwall::policy {
namespace {

template <std::size_t N>
bool is_among(fhir::TypeId type, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), fhir::type_name(type)) != names.end();
}

}  // namespace

bool is_unreachable(fhir::TypeId type) {
  constexpr std::array<std::string_view, 3> kNames = {"Login", "JsonWebKey", "DomainConfiguration"};
  return is_among(type, kNames);
}

bool is_admin_type(fhir::TypeId type) {
  constexpr std::array<std::string_view, 5> kNames = {
      "Project", "ProjectMembership", "User", "PasswordChangeRequest", "UserSecurityRequest"};
  return is_among(type, kNames);
}

}  // namespace fhirwall::policy
