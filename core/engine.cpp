#include "core/engine.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/json_text.hpp"
#include "core/base/result.hpp"
#include "core/base/wipe.hpp"
#include "core/decide/explain.hpp"
#include "core/fhirpath/functions.hpp"
#include "core/fhirpath/instructions.hpp"
#include "core/policy/options.hpp"
#include "core/search/param_list.hpp"

namespace fhirwall {
namespace {

// A resource type, or the abstract Resource for `*`.
fhir::TypeId criteria_type(std::string_view name) {
  return name == "*" ? fhir::well_known().resource : fhir::find_resource_type(name);
}

void write_bool(std::string& out, bool value) { out += value ? "true" : "false"; }

// `rule` as SPEC 16 has it: { index, source } or null.
void write_rule(std::string& out, std::int32_t index, std::string_view source) {
  if (index < 0) {
    out += "null";
    return;
  }
  JsonList rule(out, '{', '}');
  rule.key("index");
  out += std::to_string(index);
  rule.key("source");
  append_json_string(out, source);
  rule.close();
}

std::string decision_json(const policy::CompiledPolicy& policy, const decide::Decision& decision) {
  std::string out;
  JsonList object(out, '{', '}');
  object.key("allowed");
  write_bool(out, decision.allowed);
  object.key("reason");
  append_json_string(out, decide::reason_name(decision.reason));
  object.key("rule");
  std::string_view source;
  if (decision.rule >= 0) {
    const policy::Rule& rule = policy.rules[static_cast<std::size_t>(decision.rule)];
    source = policy.sources[rule.source_policy].reference;
  }
  write_rule(out, decision.rule, source);
  object.key("hidden");
  JsonList hidden(out, '[', ']');
  if (decision.allowed && decision.plan != nullptr) {
    for (const decide::HiddenPart& part : decide::hidden_parts(policy, *decision.plan)) {
      hidden.item();
      append_json_string(out, part.path);
    }
  }
  hidden.close();
  object.close();
  return out;
}

// What an expression reads beside its focus.
void note_reads(Expression& expression) {
  constexpr std::array<std::string_view, 3> kClock = {"now", "today", "timeOfDay"};
  for (const fhirpath::Instruction& op : expression.program->code) {
    if (op.op == fhirpath::Op::kExternal) {
      const std::string& name = expression.program->names[op.first];
      std::vector<std::string>& known = expression.variables;
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        known.push_back(name);
      }
    } else if (op.op == fhirpath::Op::kCall) {
      const std::string_view name = fhirpath::function_at(op.function).name;
      expression.reads_clock |= std::find(kClock.begin(), kClock.end(), name) != kClock.end();
    }
  }
}

// Messages quote names of the expression, and `` `a name` `` may hold anything. One line, of a
// length that people read.
std::string one_line(std::string message) {
  constexpr std::size_t kMostBytes = 200;
  if (message.size() > kMostBytes) {
    std::size_t end = kMostBytes;
    while ((static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) {
      --end;
    }
    message.resize(end);
    message += "...";
  }
  for (char& c : message) {
    const auto byte = static_cast<unsigned char>(c);
    c = byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return message;
}

// SPEC P7: what an evaluation computed.
void wipe_values(fhirpath::Scratch& scratch) {
  scratch.arena.reset();
  scratch.text.resize(scratch.text.capacity());
  wipe_memory(scratch.text.data(), scratch.text.size());
  scratch.text.clear();
  scratch.forget_regex();
}

}  // namespace

Engine::Engine(const Limits& limits) : limits_(limits) {}

policy::CompileOutcome Engine::compile_policy(std::string_view input_json) const {
  return policy::compile(input_json, limits_);
}

Error Engine::redact(const policy::CompiledPolicy& policy, const filter::Asked& asked,
                     std::string_view body, std::string& out, bool& allowed) {
  return context_.redact(policy, asked, body, out, allowed);
}

Error Engine::redact_in_place(const policy::CompiledPolicy& policy, const filter::Asked& asked,
                              std::span<char> body, std::string& out, std::string_view& released,
                              bool& allowed) {
  return context_.redact_in_place(policy, asked, body, out, released, allowed);
}

Error Engine::decide_json(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                          std::string_view body, std::string& out) {
  decide::Decision decision;
  FHIRWALL_TRY(context_.decide(policy, interaction, body, decision));
  out = decision_json(policy, decision);
  return {};
}

std::string Engine::check_ip_json(const policy::CompiledPolicy& policy,
                                  std::string_view address) const {
  const decide::IpOutcome outcome = decide::check_ip(policy, address);
  std::string out;
  JsonList object(out, '{', '}');
  object.key("allowed");
  write_bool(out, outcome.allowed);
  object.key("reason");
  append_json_string(out, net::ip_reason_name(outcome.reason));
  object.key("rule");
  std::string_view source;
  if (outcome.source >= 0) {
    source = policy.sources[static_cast<std::size_t>(outcome.source)].reference;
  }
  write_rule(out, outcome.rule, source);
  object.close();
  return out;
}

bool Engine::can(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                 std::string_view resource_type) const {
  return decide::can(policy, interaction, fhir::find_resource_type(resource_type));
}

Error Engine::references_json(const policy::CompiledPolicy& policy, const filter::Asked& asked,
                              std::string_view body, std::string& out) {
  std::vector<std::string> references;
  FHIRWALL_TRY(context_.references(policy, asked, body, references));
  out = strings_json(references);
  return {};
}

void Engine::use(std::unique_ptr<fhir::Resolved> resolved) {
  supplied_ = std::move(resolved);
  context_.use(supplied_.get());
  scratch_.resolved = supplied_.get();
}

Error Engine::supply(std::string_view resolved_json) {
  auto resolved = std::make_unique<fhir::Resolved>();
  const Error error = resolved->load(resolved_json, limits_);
  use(error ? nullptr : std::move(resolved));
  return error;
}

void Engine::clear_supplied() { use(nullptr); }

std::unique_ptr<fhir::Resolved> Engine::take_supplied() {
  std::unique_ptr<fhir::Resolved> taken = std::move(supplied_);
  use(nullptr);
  return taken;
}

std::shared_ptr<const search::Criteria> Engine::compile_search(
    std::string_view criteria, Issues& issues, std::string_view options_json) const {
  const fhir::TypeId type = criteria_type(criteria.substr(0, criteria.find('?')));
  if (type == fhir::TypeId::kNone) {
    issues.error(IssueCode::kUnknownResourceType, {}, 0,
                 "the criteria must start with a resource type and `?`");
    return nullptr;
  }
  policy::Options given;
  policy::read_search_options(options_json, limits_, issues, given);
  search::CompileOptions options;
  options.base_urls = given.base_urls;
  options.custom = given.custom;
  options.resolves = given.resolves;
  options.limits = limits_;
  auto compiled = search::compile(criteria, type, options, {}, issues);
  return issues.has_errors() ? nullptr : compiled;
}

std::string Engine::search_parameters_json(std::string_view type) const {
  const fhir::TypeId found = criteria_type(type);
  return found == fhir::TypeId::kNone ? std::string() : search::search_parameters_json(found);
}

Error Engine::parse_subject(std::string_view body, fhir::TypeId& type) {
  FHIRWALL_TRY(parser_.parse(body, limits_));
  const json::Document& document = parser_.document();
  if (!document.is_object(0)) {
    return {ErrorCode::kNotAnObject, 0};
  }
  type = decide::resource_type_of(document, 0);
  return type == fhir::TypeId::kNone ? Error{ErrorCode::kUnknownResourceType, 0} : Error{};
}

Error Engine::search_matches(const search::Criteria& criteria, std::string_view body,
                             bool& matches) {
  matches = false;
  fhir::TypeId type = fhir::TypeId::kNone;
  Error error = parse_subject(body, type);
  if (!error) {
    matches = search::matches(
        criteria, {parser_.document(), 0, type, search::Purpose::kRead, supplied_.get()}, limits_,
        scratch_.search, error);
  }
  parser_.wipe();  // SPEC P7
  return error;
}

Error Engine::search_references_json(const search::Criteria& criteria, std::string_view body,
                                     std::string& out) {
  fhir::TypeId type = fhir::TypeId::kNone;
  std::vector<std::string> references;
  Error error = parse_subject(body, type);
  if (!error) {
    error = search::references(
        criteria, {parser_.document(), 0, type, search::Purpose::kRead, supplied_.get()}, limits_,
        scratch_.search, references);
    out = strings_json(references);
  }
  parser_.wipe();
  return error;
}

std::shared_ptr<const Expression> Engine::compile_fhirpath(std::string_view expression,
                                                           const ExpressionOptions& options,
                                                           Issues& issues) const {
  auto compiled = std::make_shared<Expression>();
  compiled->untyped = options.untyped;
  if (!options.type.empty()) {
    compiled->type = fhir::find_type(options.type);
    if (compiled->type == fhir::TypeId::kNone) {
      issues.error(IssueCode::kFhirPathType, "type", 0, "`type` is no FHIR type");
      return nullptr;
    }
  }
  fhirpath::CompileOptions compile_options;
  compile_options.strict = options.strict;
  compile_options.focus = compiled->type;
  fhirpath::CompileResult result = fhirpath::compile(expression, compile_options, limits_);
  if (!result.program) {
    issues.error(result.error.code, {}, result.error.offset,
                 one_line(std::move(result.error.message)));
    return nullptr;
  }
  compiled->program = std::move(result.program);
  note_reads(*compiled);
  return compiled;
}

std::unique_ptr<Resource> Engine::load(std::string_view bytes, Error& error) const {
  auto resource = std::make_unique<Resource>();
  if (bytes.size() > limits_.max_body_bytes) {
    error = {ErrorCode::kTooLarge, limits_.max_body_bytes};
  } else if (!resource->bytes_.append(bytes)) {
    error = {ErrorCode::kOutOfMemory, 0};
  } else {
    error = resource->parser_.parse(resource->bytes_.view(), limits_);
  }
  return error ? nullptr : std::move(resource);
}

fhirpath::EvaluationError Engine::evaluate(const Expression& expression, const Resource& resource,
                                           const Surroundings& surroundings, std::string& out,
                                           std::uint32_t& count) {
  return evaluate(expression, resource.document(), surroundings, out, count);
}

fhirpath::EvaluationError Engine::evaluate(const Expression& expression, std::string_view body,
                                           const Surroundings& surroundings, std::string& out,
                                           std::uint32_t& count) {
  count = 0;
  if (const Error error = parser_.parse(body, limits_)) {
    parser_.wipe();
    return {error, {}};
  }
  fhirpath::EvaluationError error =
      evaluate(expression, parser_.document(), surroundings, out, count);
  parser_.wipe();  // SPEC P7
  return error;
}

fhirpath::EvaluationError Engine::evaluate(const Expression& expression,
                                           const json::Document& document,
                                           const Surroundings& surroundings, std::string& out,
                                           std::uint32_t& count) {
  count = 0;
  if (!document.is_object(0)) {
    return {{ErrorCode::kNotAnObject, 0}, {}};
  }
  variables_.clear();
  for (const Surroundings::Variable& variable : surroundings.variables) {
    variables_.push_back(
        {variable.name, variable.value == nullptr ? nullptr : &variable.value->document(), 0});
  }
  fhirpath::Input input;
  input.document = &document;
  input.type = expression.type;
  input.untyped = expression.untyped;
  input.variables = variables_;
  input.now_ms = surroundings.now_ms;
  input.zone_minutes = surroundings.zone_minutes;
  items_.clear();
  fhirpath::EvaluationError error =
      fhirpath::evaluate(*expression.program, input, limits_, fhirpath_, items_);
  if (!error && !fhirpath::write_result(items_, fhirpath_.documents, surroundings.form,
                                        limits_.max_evaluation_bytes, out, count)) {
    error.error = {ErrorCode::kResultTooLarge, 0};
  }
  wipe_values(fhirpath_);
  return error;
}

std::string issues_json(const Issues& issues) {
  std::string out;
  JsonList list(out, '[', ']');
  for (const Issue& issue : issues.list()) {
    list.item();
    JsonList object(out, '{', '}');
    object.key("severity");
    append_json_string(out, issue.severity == Severity::kError ? "error" : "warning");
    object.key("code");
    append_json_string(out, issue_name(issue.code));
    object.key("path");
    append_json_string(out, issue.path);
    object.key("offset");
    out += std::to_string(issue.offset);
    object.key("message");
    append_json_string(out, issue.message);
    object.close();
  }
  list.close();
  return out;
}

std::string strings_json(std::span<const std::string> texts) {
  std::string out;
  JsonList list(out, '[', ']');
  for (const std::string& text : texts) {
    list.item();
    append_json_string(out, text);
  }
  list.close();
  return out;
}

}  // namespace fhirwall
