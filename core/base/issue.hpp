#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fhirwall {

enum class Severity : std::uint8_t { kError, kWarning };

// What is wrong with a policy document (SPEC 1.3). Names: issue.cpp; they are part of the public
// API.
enum class IssueCode : std::uint8_t {
  kInvalidJson,           // the compile input is not well-formed JSON
  kUnknownProperty,       // a property that the document type does not have
  kWrongType,             // a property of the wrong JSON type
  kMissingProperty,       // a required property is absent or empty
  kUnknownResourceType,   // not R4, not Medplum's
  kUnknownInteraction,    // not one of the seven interactions
  kReadonlyConflict,      // `readonly: true` together with an `interaction` that writes
  kCriteriaSyntax,        // criteria that do not parse
  kCriteriaType,          // criteria that do not start with the rule's own `resourceType?`
  kUnknownParameter,      // no such search parameter for the type
  kUnsupportedParameter,  // a parameter that cannot be decided on one resource
  kUnsupportedModifier,   // a modifier that the parameter does not take or that needs a server
  kInvalidValue,          // a value that does not parse for its parameter's type
  kResultParameter,       // `_count`, `_sort`, ... : alone an error, beside a filter a warning
  kFhirPathSyntax,        // an expression that does not parse
  kFhirPathUnsupported,   // an expression that cannot be compiled
  kUnknownFunction,       // a FHIRPath function that does not exist
  kFhirPathArity,         // a FHIRPath function with another number of arguments than it takes
  kFhirPathType,          // a type that does not exist, or that a value can never have
  kPathSyntax,            // a field path that does not parse
  kUnknownPath,           // a field path that does not exist on the type
  kProtectedPath,         // a hidden `id` or `resourceType`
  kUnboundVariable,       // a `%name` without value
  kInvalidParameter,      // a membership parameter that is refused
  kVariableNotAllowed,    // a variable in a place that takes none
  kInvalidIpRule,         // an IP value that does not parse
  kAmbiguousIpPrefix,     // a dotted prefix without trailing dot (warning)
  kMissingPolicy,         // a referenced policy that was not supplied
  kInconsistentInput,     // inputs that contradict each other, e.g. profile and membership
  kScopeSyntax,           // scope text that does not parse
  kMissingPatient,        // a `patient/` scope, and nobody says which patient
  kOnBehalfOf,            // the caller may not act on behalf of the membership that is given
  kUnknownOption,         // an option that does not exist
  kUnsupportedFeature,    // a documented feature that this version refuses
  kLimitExceeded,         // a bound of Limits
};

struct Issue {
  Severity severity = Severity::kError;
  IssueCode code = IssueCode::kInvalidJson;
  std::string path;          // JSON path in the compile input: `policies[0].resource[2].criteria`
  std::uint32_t offset = 0;  // bytes inside the string at `path`; 0 when the value is no string
  std::string message;       // lowercase, one line; policy text in backticks
};

// Stable, machine readable: `unknown-parameter`.
[[nodiscard]] std::string_view issue_name(IssueCode code);

// Collects issues up to a bound; errors are never dropped in favour of warnings.
class Issues {
 public:
  explicit Issues(std::uint32_t max_issues = 100) : max_issues_(max_issues) {}

  void add(Issue issue);
  void error(IssueCode code, std::string path, std::uint32_t offset, std::string message) {
    add({Severity::kError, code, std::move(path), offset, std::move(message)});
  }
  void warning(IssueCode code, std::string path, std::uint32_t offset, std::string message) {
    add({Severity::kWarning, code, std::move(path), offset, std::move(message)});
  }

  [[nodiscard]] bool has_errors() const { return errors_ != 0; }
  [[nodiscard]] const std::vector<Issue>& list() const { return list_; }
  [[nodiscard]] std::uint32_t omitted() const { return omitted_; }  // issues over the bound

 private:
  std::vector<Issue> list_;
  std::uint32_t max_issues_;
  std::uint32_t errors_ = 0;
  std::uint32_t omitted_ = 0;
};

}  // namespace fhirwall
