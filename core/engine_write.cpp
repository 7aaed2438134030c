#include "core/base/json_text.hpp"
#include "core/base/result.hpp"
#include "core/decide/explain.hpp"
#include "core/engine.hpp"

namespace fhirwall {
namespace {

void write_issues(std::span<const decide::WriteIssue> issues, std::string& out) {
  JsonList list(out, '[', ']');
  for (const decide::WriteIssue& issue : issues) {
    list.item();
    JsonList object(out, '{', '}');
    object.key("severity");
    append_json_string(out, issue.warning ? "warning" : "error");
    object.key("code");
    append_json_string(out, issue.code);
    object.key("path");
    append_json_string(out, issue.path);
    object.key("message");
    append_json_string(out, issue.message);
    object.close();
  }
  list.close();
}

}  // namespace

Error Engine::check_write(const policy::CompiledPolicy& policy, const decide::WriteRequest& request,
                          std::string& outcome, std::string& body) {
  decide::WriteDecision decision;
  FHIRWALL_TRY(writer_.check(policy, request, scratch_, decision));
  JsonList object(outcome, '{', '}');
  object.key("allowed");
  outcome += decision.allowed ? "true" : "false";
  object.key("reason");
  append_json_string(outcome, decision.why == decide::WriteReason::kDecision
                                  ? decide::reason_name(decision.reason)
                                  : decide::write_reason_name(decision.why));
  object.key("rule");
  decide::append_rule(policy, decision.rule, outcome);
  object.key("issues");
  write_issues(decision.issues, outcome);
  object.close();
  body = std::move(decision.body);
  return {};
}

Error Engine::explain_json(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                           std::string_view body, std::string& out) {
  fhir::TypeId type = fhir::TypeId::kNone;
  Error error = parse_subject(body, type);
  if (!error || error.code == ErrorCode::kUnknownResourceType) {
    error = decide::explain(policy, interaction, parser_.document(), 0, scratch_, out);
  }
  parser_.wipe();  // SPEC P7
  return error;
}

}  // namespace fhirwall
