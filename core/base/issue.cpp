#include "core/base/issue.hpp"

#include <algorithm>
#include <utility>

namespace fhirwall {

std::string_view issue_name(IssueCode code) {
  using enum IssueCode;
  switch (code) {
    case kInvalidJson: return "invalid-json";
    case kUnknownProperty: return "unknown-property";
    case kWrongType: return "wrong-type";
    case kMissingProperty: return "missing-property";
    case kUnknownResourceType: return "unknown-resource-type";
    case kUnknownInteraction: return "unknown-interaction";
    case kReadonlyConflict: return "readonly-conflict";
    case kCriteriaSyntax: return "criteria-syntax";
    case kCriteriaType: return "criteria-type";
    case kUnknownParameter: return "unknown-parameter";
    case kUnsupportedParameter: return "unsupported-parameter";
    case kUnsupportedModifier: return "unsupported-modifier";
    case kInvalidValue: return "invalid-value";
    case kResultParameter: return "result-parameter";
    case kFhirPathSyntax: return "fhirpath-syntax";
    case kFhirPathUnsupported: return "fhirpath-unsupported";
    case kUnknownFunction: return "unknown-function";
    case kFhirPathArity: return "fhirpath-arity";
    case kFhirPathType: return "fhirpath-type";
    case kPathSyntax: return "path-syntax";
    case kUnknownPath: return "unknown-path";
    case kProtectedPath: return "protected-path";
    case kUnboundVariable: return "unbound-variable";
    case kInvalidParameter: return "invalid-parameter";
    case kVariableNotAllowed: return "variable-not-allowed";
    case kInvalidIpRule: return "invalid-ip-rule";
    case kAmbiguousIpPrefix: return "ambiguous-ip-prefix";
    case kMissingPolicy: return "missing-policy";
    case kInconsistentInput: return "inconsistent-input";
    case kScopeSyntax: return "scope-syntax";
    case kMissingPatient: return "missing-patient";
    case kOnBehalfOf: return "on-behalf-of";
    case kUnknownOption: return "unknown-option";
    case kUnsupportedFeature: return "unsupported-feature";
    case kLimitExceeded: return "limit-exceeded";
  }
  return "unknown";
}

void Issues::add(Issue issue) {
  // One line, whatever names of the document it quotes.
  std::replace_if(
      issue.message.begin(), issue.message.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  const bool is_error = issue.severity == Severity::kError;
  if (is_error) {
    ++errors_;
  }
  if (list_.size() < max_issues_) {
    list_.push_back(std::move(issue));
    return;
  }
  ++omitted_;
  if (!is_error) {
    return;
  }
  // An error takes the place of the last warning, so that the list never says "warnings only" for a
  // refused policy.
  const auto warning = std::find_if(list_.rbegin(), list_.rend(), [](const Issue& known) {
    return known.severity == Severity::kWarning;
  });
  if (warning != list_.rend()) {
    *warning = std::move(issue);
  }
}

}  // namespace fhirwall
