#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decide/guard.hpp"
#include "core/search/param.hpp"

// Search parameters of requests (SPEC 13.2).
namespace fhirwall::decide {

class SearchGuard {
 public:
  explicit SearchGuard(const policy::CompiledPolicy& policy) : policy_(policy) {}

  // May resources of the type be searched by `key`, a name with modifier, chain or `_has` in it?
  // `value` is looked at where it holds names itself.
  [[nodiscard]] bool admits(fhir::TypeId type, std::string_view key, std::string_view value) const;
  // The value of `_sort`.
  [[nodiscard]] bool admits_sort(fhir::TypeId type, std::string_view keys) const;
  // `_include` (`forward`) or `_revinclude` of a search for `types`: what to send upstream instead,
  // nothing when it goes.
  [[nodiscard]] std::vector<std::string> include(std::span<const fhir::TypeId> types,
                                                 std::string_view value, bool forward) const;
  // Does a search parameter by itself look at nothing hidden?
  [[nodiscard]] bool shows(fhir::TypeId type, std::string_view name) const;

 private:
  [[nodiscard]] bool shows(fhir::TypeId type, const search::Param& param) const;
  [[nodiscard]] bool shows_all(fhir::TypeId type) const;
  [[nodiscard]] bool sees_all(fhir::TypeId type, policy::Interaction interaction) const;
  [[nodiscard]] bool admits(fhir::TypeId type, std::string_view key, std::string_view value,
                            int links) const;
  [[nodiscard]] bool admits_has(fhir::TypeId type, std::string_view rest, std::string_view value,
                                int links) const;
  [[nodiscard]] bool admits_modifier(const search::Param& param, std::string_view modifier) const;
  [[nodiscard]] bool include_shows(fhir::TypeId source, std::string_view name) const;

  const policy::CompiledPolicy& policy_;
};

}  // namespace fhirwall::decide
