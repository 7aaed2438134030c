#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "core/json/document.hpp"
#include "core/policy/compiled_policy.hpp"

namespace fhirwall::filter::testing {

// `rules`: the array `resource` of one AccessPolicy.
inline std::shared_ptr<const policy::CompiledPolicy> compile(std::string_view rules,
                                                             std::string_view options = "{}",
                                                             const Limits& limits = {}) {
  std::string input = R"({"policies":[{"resourceType":"AccessPolicy","resource":)";
  input.append(rules).append("}],\"options\":").append(options).append("}");
  policy::CompileOutcome outcome = policy::compile(input, limits);
  for (const Issue& issue : outcome.issues.list()) {
    EXPECT_NE(issue.severity, Severity::kError) << issue.path << ": " << issue.message;
  }
  EXPECT_NE(outcome.policy, nullptr) << rules;
  return outcome.policy;
}

struct Result {
  Error error;
  bool allowed = false;
  std::string out;
};

inline Result redact(Context& context, const policy::CompiledPolicy& policy,
                     policy::Interaction interaction, std::string_view body) {
  Result result;
  // An exactly sized heap block, so that a sanitizer sees a read past the padding.
  const std::string padded = std::string(body) + std::string(json::kPadding, '\0');
  const std::unique_ptr<char[]> block(new char[padded.size()]);
  std::copy(padded.begin(), padded.end(), block.get());
  result.error =
      context.redact(policy, interaction, {block.get(), body.size()}, result.out, result.allowed);
  return result;
}

inline Result redact(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                     std::string_view body) {
  Context context;
  return redact(context, policy, interaction, body);
}

// The answer to a batch; `requests` as Asked::batch() takes them.
inline Result redact_batch(Context& context, const policy::CompiledPolicy& policy,
                           std::string_view requests, std::string_view body) {
  Result result;
  const std::string padding(json::kPadding, '\0');
  const std::string asked = std::string(requests) + padding;
  const std::string padded = std::string(body) + padding;
  result.error =
      context.redact(policy, Asked::batch(std::string_view(asked).substr(0, requests.size())),
                     std::string_view(padded).substr(0, body.size()), result.out, result.allowed);
  return result;
}

// Runs a stream over `text` in chunks of `chunk` bytes.
struct StreamResult {
  Error error;
  std::string out;
  StreamCounts counts;
  std::string links;
};
inline StreamResult run_stream(const std::shared_ptr<const policy::CompiledPolicy>& policy,
                               policy::Interaction interaction, Format format, OnInvalid on_invalid,
                               std::string_view text, std::size_t chunk,
                               std::optional<Rewrite> rewrite = std::nullopt) {
  StreamResult result;
  Context context;
  Stream stream(policy, interaction, format, on_invalid, nullptr, std::move(rewrite));
  for (std::size_t at = 0; at < text.size() && !result.error; at += chunk) {
    const std::string_view piece = text.substr(at, chunk);
    const std::unique_ptr<char[]> block(new char[piece.size()]);
    std::copy(piece.begin(), piece.end(), block.get());
    result.error = stream.write({block.get(), piece.size()}, context, result.out);
  }
  if (!result.error) {
    result.error = stream.end(context, result.out);
  }
  result.counts = stream.counts();
  result.links = stream.links();
  return result;
}

}  // namespace fhirwall::filter::testing
