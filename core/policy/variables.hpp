#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.hpp"
#include "core/policy/source.hpp"
#include "core/search/criteria.hpp"

// Policy variables, `%name` and `%name.id` (SPEC 3).
namespace fhirwall::policy {

// One variable in a text: half-open byte range, `%` and `.id` included.
struct VariableToken {
  std::string_view name;  // view into the text
  bool with_id = false;
  std::size_t begin = 0;
  std::size_t end = 0;
};
// The first variable at or behind `from` (SPEC 3.1: a letter or `_`, then letters, digits, `_`,
// `-`, longest match).
[[nodiscard]] std::optional<VariableToken> find_variable(std::string_view text, std::size_t from);

// The profile that all bindings start from: the input's and the membership's, which must agree
// (SPEC 3.2). nullopt when there is none or it was reported.
[[nodiscard]] std::optional<SourceText> effective_profile(const SourceInput& input, Issues& issues);

// SPEC 11.4: who `patient/` scopes are about, as `Patient/<id>`: the launch patient, else a profile
// that is a Patient. A launch patient that is none is reported, also where no scope asks for one.
[[nodiscard]] std::optional<std::string> patient_context(const SourceInput& input,
                                                         const std::optional<SourceText>& profile,
                                                         Issues& issues);

// The bindings of one use of a policy: its parameters, `profile`, and `patient` where the profile
// is a Patient and no parameter has that name (SPEC 3.2). Refused parameters are reported. What has
// an empty value is left out: it is unbound (SPEC 3.4).
[[nodiscard]] std::vector<search::Binding> make_bindings(const std::optional<SourceText>& profile,
                                                         const SourceAccess* access,
                                                         std::span<const std::string> base_urls,
                                                         Issues& issues);

[[nodiscard]] const search::Binding* find_binding(std::span<const search::Binding> bindings,
                                                  std::string_view name);
// The value of `%name` or `%name.id`; nullptr when it has none (SPEC 3.3: `.id` is for references).
[[nodiscard]] const std::string* find_value(std::span<const search::Binding> bindings,
                                            std::string_view name, bool with_id);

// Replaces the variables of a reference text by their values. Unbound ones are reported (SPEC 3.4).
[[nodiscard]] std::optional<std::string> bind_reference(const SourceText& text,
                                                        std::span<const search::Binding> bindings,
                                                        Issues& issues);

// A text that is either plain or one whole variable: a value is never pasted into text (SPEC 3.3).
[[nodiscard]] std::optional<std::string> bind_whole(const SourceText& text,
                                                    std::span<const search::Binding> bindings,
                                                    Issues& issues);

void report_unbound(Issues& issues, const std::string& path, std::size_t offset,
                    std::string_view name, bool with_id);

}  // namespace fhirwall::policy
