#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/json/document.hpp"
#include "core/policy/compiled_policy.hpp"

namespace fhirwall::policy {

// One issue in a line: `error unknown-property policies[0].x @0`.
inline std::string line_of(const Issue& issue) {
  return std::string(issue.severity == Severity::kError ? "error " : "warning ") +
         std::string(issue_name(issue.code)) + " " + issue.path + " @" +
         std::to_string(issue.offset);
}

inline std::vector<std::string> lines_of(const Issues& issues) {
  std::vector<std::string> lines;
  for (const Issue& issue : issues.list()) {
    lines.push_back(line_of(issue));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

inline CompileOutcome compile_text(std::string_view text) { return compile(text, Limits{}); }

// Compiles what must compile, without any issue.
inline std::shared_ptr<const CompiledPolicy> must_compile(std::string_view text) {
  CompileOutcome outcome = compile_text(text);
  for (const Issue& issue : outcome.issues.list()) {
    ADD_FAILURE() << line_of(issue) << ": " << issue.message << "\n" << text;
  }
  return outcome.policy;
}

// `{"policies":[{"resourceType":"AccessPolicy","resource":[<rules>]}]<more>}`
inline std::string with_rules(std::string_view rules, std::string_view more = {}) {
  return R"({"policies":[{"resourceType":"AccessPolicy","resource":[)" + std::string(rules) +
         "]}]" + std::string(more) + "}";
}

// A JSON text with the padding that the parser asks for.
class Padded {
 public:
  explicit Padded(std::string_view text) : text_(text), size_(text.size()) {
    text_.resize(size_ + json::kPadding, '\0');
  }
  [[nodiscard]] std::string_view view() const { return std::string_view(text_).substr(0, size_); }

 private:
  std::string text_;
  std::size_t size_;
};

}  // namespace fhirwall::policy
