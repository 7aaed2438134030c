#pragma once

#include <string>
#include <string_view>

#include "core/decide/write.hpp"
#include "support.hpp"

namespace fhirwall::decide {

struct Asked {
  policy::Interaction interaction = policy::Interaction::kUpdate;
  std::string before;
  std::string after;
  std::string patch;
};

// `allow 0 <body>`, `deny conflict` and what else there is to say.
inline std::string outcome_of(const policy::CompiledPolicy& policy, const Asked& asked,
                              std::string_view fetched = {}) {
  const policy::Padded before(asked.before);
  const policy::Padded after(asked.after);
  const policy::Padded patch(asked.patch);
  WriteRequest request;
  request.interaction = asked.interaction;
  request.before = before.view();
  request.after = after.view();
  request.patch = patch.view();
  Scratch scratch;
  fhir::Resolved resolved;
  if (!fetched.empty()) {
    EXPECT_FALSE(resolved.load(fetched, Limits{}));
    scratch.resolved = &resolved;
  }
  Writer writer;
  WriteDecision decision;
  std::string out;
  if (const Error error = writer.check(policy, request, scratch, decision)) {
    EXPECT_FALSE(decision.allowed);
    EXPECT_EQ(decision.body, "");
    return out.append("error ").append(error_name(error.code));
  }
  EXPECT_TRUE(decision.allowed || decision.body.empty());
  out += decision.allowed ? "allow " : "deny ";
  if (decision.allowed) {
    out += std::to_string(decision.rule);
  } else {
    out += decision.why == WriteReason::kDecision ? reason_name(decision.reason)
                                                  : write_reason_name(decision.why);
  }
  for (const WriteIssue& issue : decision.issues) {
    out += issue.warning ? " warning:" : " error:";
    out += issue.code;
    out += '@';
    out += issue.path;
  }
  return decision.body.empty() ? out : out.append(" ").append(decision.body);
}

}  // namespace fhirwall::decide
