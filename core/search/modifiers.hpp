#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/fhir/model.hpp"
#include "core/search/compiled.hpp"

// The modifiers of search parameters (SPEC 5.2, 5.3; FHIR R4 search, section 3.1.1.4.4.1).
namespace fhirwall::search {

// Sets kind, negate and mode of a clause, and `only` for `:[type]`. False when the parameter does
// not take the modifier.
[[nodiscard]] bool apply_modifier(std::string_view modifier, Clause& clause, fhir::TypeId& only);

// Every modifier that some parameter takes, in order; `type` stands for the name of any type.
[[nodiscard]] std::span<const std::string_view> modifier_names();

// What to say of a modifier that a parameter does not take: which ones it does. `plain` is its
// clause without modifier, `compiled` what its expression compiles to.
[[nodiscard]] std::string modifier_refusal(std::string_view name, std::string_view modifier,
                                           const Clause& plain,
                                           const fhirpath::CompileResult& compiled);

}  // namespace fhirwall::search
