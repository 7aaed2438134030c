#include "core/base/json_text.hpp"
#include "core/decide/guard.hpp"
#include "core/engine.hpp"

namespace fhirwall {
namespace {

using decide::RequestKind;

std::string_view kind_name(RequestKind kind) {
  switch (kind) {
    case RequestKind::kInstance: return "instance";
    case RequestKind::kType: return "type";
    case RequestKind::kSystem: return "system";
    case RequestKind::kBatch: return "batch";
    case RequestKind::kOperation: return "operation";
    case RequestKind::kMetadata: return "metadata";
    case RequestKind::kCompartment: return "compartment";
  }
  return {};
}

class Writer {
 public:
  explicit Writer(std::string& out) : object_(out, '{', '}'), out_(out) {}

  // null where `given` says that it does not apply.
  void text(std::string_view key, bool given, std::string_view value) {
    object_.key(key);
    if (given) {
      append_json_string(out_, value);
    } else {
      out_ += "null";
    }
  }
  void text(std::string_view key, std::string_view value) { text(key, !value.empty(), value); }
  void json(std::string_view key, std::string_view value) {
    object_.key(key);
    out_ += value;
  }
  void flag(std::string_view key, bool value) { json(key, value ? "true" : "false"); }
  void close() { object_.close(); }

 private:
  JsonList object_;
  std::string& out_;
};

}  // namespace

std::string Engine::check_request_json(const policy::CompiledPolicy& policy,
                                       const decide::HttpRequest& request,
                                       const decide::GuardOptions& options) const {
  const decide::CheckedRequest checked = decide::check_request(policy, request, options);
  const decide::ClassifiedRequest& asked = checked.request;
  const decide::GuardRow& row = decide::guard_reason(checked.reason);
  const bool known = !checked.error;
  const bool interacts = known && asked.kind != RequestKind::kBatch &&
                         asked.kind != RequestKind::kOperation &&
                         asked.kind != RequestKind::kMetadata;
  const bool allowed = checked.allowed();
  std::string out;
  Writer object(out);
  object.flag("allowed", allowed);
  object.json("status", std::to_string(row.status));
  object.text("reason", row.name);
  object.text("kind", known, kind_name(asked.kind));
  object.text("interaction", interacts, policy::interaction_name(asked.interaction));
  object.text("resourceType", known && asked.type != fhir::TypeId::kNone,
              fhir::type_name(asked.type));
  object.text("id", known && !asked.id.empty(), asked.id);
  object.text("version", known && !asked.version.empty(), asked.version);
  object.text("operation", known && !asked.operation.empty(), asked.operation);
  object.text("compartment", known && asked.compartment != fhir::TypeId::kNone,
              fhir::type_name(asked.compartment));
  object.flag("conditional", known && asked.conditional);
  object.flag("patch", known && asked.patch);
  object.flag("head", known && asked.head);
  const bool forwarded = allowed && !asked.conditional && asked.kind != RequestKind::kBatch;
  object.text("url", forwarded, checked.url);
  object.text("form", checked.has_form, checked.form);
  object.text("criteria", checked.criteria);
  object.json("removed", strings_json(checked.removed));
  object.flag("exact", checked.exact);
  object.json("entries", "null");
  std::string_view message = row.message;
  if (checked.error) {
    message = decide::request_reason_message(checked.error.reason);
  }
  std::string outcome;
  if (!allowed) {
    outcome = R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":)";
    append_json_string(outcome, row.code);
    outcome += R"(,"details":{"text":)";
    append_json_string(outcome, message);
    outcome += "}}]}";
  }
  object.json("outcome", allowed ? std::string_view("null") : outcome);
  object.close();
  return out;
}

}  // namespace fhirwall
