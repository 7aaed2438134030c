#include "core/policy/variables.hpp"

#include <algorithm>
#include <array>

#include "core/base/ascii.hpp"
#include "core/base/concat.hpp"
#include "core/fhir/reference.hpp"

namespace fhirwall::policy {
namespace {

using search::Binding;

bool starts_name(char c) { return ascii::is_alpha(c) || c == '_'; }
bool continues_name(char c) { return starts_name(c) || ascii::is_digit(c) || c == '-'; }

bool is_name(std::string_view text) {
  return !text.empty() && starts_name(text.front()) &&
         std::all_of(text.begin(), text.end(), continues_name);
}

// SPEC 3.2: names that mean something in FHIRPath or to the engine.
bool is_refused_name(std::string_view name) {
  constexpr std::array<std::string_view, 9> kRefused = {
      "profile", "before", "after", "resource", "rootResource", "context", "ucum", "sct", "loinc"};
  return std::find(kRefused.begin(), kRefused.end(), name) != kRefused.end() ||
         name.starts_with("vs-") || name.starts_with("ext-");
}

fhir::ReferenceParts parse(std::string_view text, std::span<const std::string> base_urls) {
  const std::vector<std::string_view> views(base_urls.begin(), base_urls.end());
  return fhir::parse_reference(text, views);
}

bool is_type_id(const fhir::ReferenceParts& parts) {
  return parts.form == fhir::ReferenceParts::Form::kTypeId;
}

Binding reference_binding(std::string name, const std::string& text,
                          std::span<const std::string> base_urls) {
  const fhir::ReferenceParts parts = parse(text, base_urls);
  return {std::move(name), text, is_type_id(parts) ? std::string(parts.id) : std::string()};
}

void add_parameter(const SourceParameter& parameter, std::span<const std::string> base_urls,
                   std::vector<Binding>& out, Issues& issues) {
  const std::string name_path = JsonReader::member_path(parameter.path, "name");
  if (!is_name(parameter.name)) {
    issues.error(IssueCode::kInvalidParameter, name_path, 0,
                 "a parameter name is a letter or `_`, then letters, digits, `_` and `-`");
    return;
  }
  if (is_refused_name(parameter.name)) {
    issues.error(IssueCode::kInvalidParameter, name_path, 0,
                 concat("a parameter cannot be called `", parameter.name, "`"));
    return;
  }
  if (parameter.value_string && parameter.value_reference) {
    issues.warning(IssueCode::kInvalidParameter, parameter.path, 0,
                   "`valueString` and `valueReference` exclude each other: the string is taken");
  }
  if (parameter.value_string && !parameter.value_string->value.empty()) {
    out.push_back({parameter.name, parameter.value_string->value, {}});
  } else if (parameter.value_reference && !parameter.value_reference->value.empty()) {
    out.push_back(reference_binding(parameter.name, parameter.value_reference->value, base_urls));
  }
}

}  // namespace

std::optional<VariableToken> find_variable(std::string_view text, std::size_t from) {
  for (std::size_t i = from; i + 1 < text.size(); ++i) {
    if (text[i] != '%' || !starts_name(text[i + 1])) {
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && continues_name(text[end])) {
      ++end;
    }
    VariableToken token{text.substr(i + 1, end - i - 1), false, i, end};
    // SPEC 3.1: `%a.id` is one token; what follows it is text.
    if (text.substr(end).starts_with(".id")) {
      token.with_id = true;
      token.end += 3;
    }
    return token;
  }
  return std::nullopt;
}

std::optional<SourceText> effective_profile(const SourceInput& input, Issues& issues) {
  const SourceMembership* membership = input.membership ? &*input.membership : nullptr;
  const std::optional<SourceText> none;
  const std::optional<SourceText>& stored = membership != nullptr ? membership->profile : none;
  const std::optional<SourceText>& own = input.profile;
  const std::optional<SourceText>& chosen = own ? own : stored;
  if (!chosen || chosen->value.empty()) {  // SPEC 3.4: empty is unbound
    return std::nullopt;
  }
  const fhir::ReferenceParts parts = parse(chosen->value, input.options.base_urls);
  if (!is_type_id(parts)) {
    issues.error(IssueCode::kInvalidValue, chosen->path, 0,
                 "the profile must be a reference of the form `Type/id`");
    return std::nullopt;
  }
  if (own && stored && own->value != stored->value) {
    const fhir::ReferenceParts other = parse(stored->value, input.options.base_urls);
    if (!is_type_id(other) || other.type != parts.type || other.id != parts.id) {
      issues.error(IssueCode::kInconsistentInput, own->path, 0,
                   "the profile is not the one of the membership");
      return std::nullopt;
    }
  }
  return chosen;
}

std::optional<std::string> patient_context(const SourceInput& input,
                                           const std::optional<SourceText>& profile,
                                           Issues& issues) {
  const std::optional<SourceText>& text = input.has_launch_patient ? input.launch_patient : profile;
  if (!text) {
    return std::nullopt;
  }
  const fhir::ReferenceParts parts = parse(text->value, input.options.base_urls);
  if (is_type_id(parts) && parts.type == fhir::well_known().patient) {
    return concat("Patient/", parts.id);
  }
  if (input.has_launch_patient) {
    issues.error(IssueCode::kInvalidValue, text->path, 0,
                 "the launch patient must be a reference of the form `Patient/id`");
  }
  return std::nullopt;
}

std::vector<Binding> make_bindings(const std::optional<SourceText>& profile,
                                   const SourceAccess* access,
                                   std::span<const std::string> base_urls, Issues& issues) {
  std::vector<Binding> bindings;
  bool has_patient = false;
  if (access != nullptr) {
    for (std::size_t i = 0; i < access->parameters.size(); ++i) {
      const SourceParameter& parameter = access->parameters[i];
      const auto same_name = [&](const SourceParameter& earlier) {
        return earlier.name == parameter.name;
      };
      if (std::any_of(access->parameters.begin(),
                      access->parameters.begin() + static_cast<std::ptrdiff_t>(i), same_name)) {
        issues.error(IssueCode::kInvalidParameter, JsonReader::member_path(parameter.path, "name"),
                     0, "two parameters have this name");
        continue;
      }
      has_patient = has_patient || parameter.name == "patient";
      add_parameter(parameter, base_urls, bindings, issues);
    }
  }
  if (profile) {
    bindings.push_back(reference_binding("profile", profile->value, base_urls));
    // SPEC 3.2: `%patient` is the profile only if that is a Patient.
    if (!has_patient && parse(profile->value, base_urls).type == fhir::well_known().patient) {
      bindings.push_back(reference_binding("patient", profile->value, base_urls));
    }
  }
  return bindings;
}

const Binding* find_binding(std::span<const Binding> bindings, std::string_view name) {
  for (const Binding& binding : bindings) {
    if (binding.name == name) {
      return &binding;
    }
  }
  return nullptr;
}

const std::string* find_value(std::span<const Binding> bindings, std::string_view name,
                              bool with_id) {
  const Binding* binding = find_binding(bindings, name);
  if (binding == nullptr) {
    return nullptr;
  }
  const std::string& value = with_id ? binding->id : binding->value;
  return value.empty() ? nullptr : &value;
}

void report_unbound(Issues& issues, const std::string& path, std::size_t offset,
                    std::string_view name, bool with_id) {
  std::string token = "%";
  token += name;
  token += with_id ? ".id" : "";
  issues.error(IssueCode::kUnboundVariable, path, static_cast<std::uint32_t>(offset),
               concat("`", token, "` has no value"));
}

std::optional<std::string> bind_reference(const SourceText& text, std::span<const Binding> bindings,
                                          Issues& issues) {
  std::string result;
  bool complete = true;
  std::size_t position = 0;
  while (const auto token = find_variable(text.value, position)) {
    result.append(text.value, position, token->begin - position);
    const std::string* value = find_value(bindings, token->name, token->with_id);
    if (value == nullptr) {
      report_unbound(issues, text.path, token->begin, token->name, token->with_id);
      complete = false;
    } else {
      result += *value;
    }
    position = token->end;
  }
  result.append(text.value, position);
  return complete ? std::optional<std::string>(std::move(result)) : std::nullopt;
}

std::optional<std::string> bind_whole(const SourceText& text, std::span<const Binding> bindings,
                                      Issues& issues) {
  const std::string_view trimmed = ascii::trim(text.value);
  const auto token = find_variable(trimmed, 0);
  if (!token) {
    return text.value;
  }
  const auto indent = static_cast<std::size_t>(trimmed.data() - text.value.data());
  if (token->begin != 0 || token->end != trimmed.size()) {
    issues.error(IssueCode::kVariableNotAllowed, text.path,
                 static_cast<std::uint32_t>(indent + token->begin),
                 "a variable must be the whole value");
    return std::nullopt;
  }
  const std::string* value = find_value(bindings, token->name, token->with_id);
  if (value == nullptr) {
    report_unbound(issues, text.path, indent, token->name, token->with_id);
    return std::nullopt;
  }
  return *value;
}

}  // namespace fhirwall::policy
