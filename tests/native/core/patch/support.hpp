#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/json/document.hpp"
#include "core/patch/patch.hpp"

namespace fhirwall::patch::testing {

inline std::string joined(std::span<const std::string_view> keys) {
  std::string text;
  for (const std::string_view key : keys) {
    text += (text.empty() ? "" : ".");
    text += key;
  }
  return text;
}

// Is `a` the same place as `b`, or around it?
inline bool is_or_contains(std::string_view a, std::string_view b) {
  return a.empty() || (b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '.'));
}

// What apply() asked and what came of it: the resource's text, `!not-found 1` for a refusal with
// its operation, `?too-large` for an error.
struct Run {
  std::string result;
  std::vector<std::string> asked;  // `name.given`, in order
};

inline Run run(Format format, std::string_view patch, std::string_view target,
               const std::vector<std::string>& hidden = {}, const Limits& limits = {}) {
  std::string patch_bytes(patch);
  patch_bytes.append(json::kPadding, '\0');
  json::Parser parser;
  Run run;
  if (const Error error =
          parser.parse(std::string_view(patch_bytes).substr(0, patch.size()), Limits{})) {
    run.result = "(no JSON)";
    return run;
  }
  // Exactly sized, so that a sanitizer sees a read behind it.
  const std::vector<char> block(target.begin(), target.end());
  const auto is_protected = [&](std::span<const std::string_view> keys) {
    run.asked.push_back(joined(keys));
    for (const std::string& path : hidden) {
      if (is_or_contains(run.asked.back(), path) || is_or_contains(path, run.asked.back())) {
        return true;
      }
    }
    return false;
  };
  const Outcome outcome = apply(parser.document(), format, {block.data(), block.size()},
                                is_protected, limits, run.result);
  if (outcome.error) {
    run.result = "?" + std::string(error_name(outcome.error.code)) + run.result;
  } else if (outcome.refusal != Refusal::kNone) {
    run.result = "!" + std::string(refusal_name(outcome.refusal)) + " " +
                 std::to_string(outcome.operation) + run.result;
  }
  return run;
}

}  // namespace fhirwall::patch::testing
