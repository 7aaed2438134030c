#pragma once

#include <string_view>

#include "core/fhir/model.hpp"

namespace fhirwall::fhir {

// The code system that a `code` has without saying so (SPEC 5.3; FHIR R4 search, section
// 3.1.1.4.10): that of the ValueSet to which its element is bound with strength `required`.
// `Patient.gender` has `http://hl7.org/fhir/administrative-gender`, a MIME type `urn:ietf:bcp:13`.
// Empty for elements of other types, without such a binding, and where the ValueSet takes codes
// from several systems or is not among the definitions.
[[nodiscard]] std::string_view implicit_system(const Element& element);

// The same for one code, which also decides between several systems: a Task's intent `order` is of
// `http://hl7.org/fhir/request-intent`, `unknown` of `http://hl7.org/fhir/task-intent`. Where there
// is only one system the code is not looked at. Empty for a code that the ValueSet does not have,
// and for the elements whose values are names of types, which have three systems.
[[nodiscard]] std::string_view implicit_system(const Element& element, std::string_view code);

}  // namespace fhirwall::fhir
