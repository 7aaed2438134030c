#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/decide/decision.hpp"
#include "core/decide/guard.hpp"
#include "core/decide/write.hpp"
#include "core/fhirpath/program.hpp"
#include "core/fhirpath/result.hpp"
#include "core/filter/filter.hpp"
#include "core/json/document.hpp"
#include "core/json/padded_buffer.hpp"
#include "core/policy/compiled_policy.hpp"

// fhirwall: FHIR access policies, enforced on bytes. This is the whole engine; a host needs no
// other header.
//
//     fhirwall::Engine engine;
//     auto compiled =
//     engine.compile_policy(R"({"policies":[{"resourceType":"AccessPolicy","resource":[{"resourceType":"Patient"}]}]})");
//     if (!compiled.policy) { /* compiled.issues says everything that is wrong */ }
//     std::string out; bool allowed = false;
//     fhirwall::Error error = engine.redact(*compiled.policy, fhirwall::policy::Interaction::kRead,
//     body, out, allowed);
//
// Policies are immutable and may be shared; an Engine holds working memory and belongs to one
// thread.
namespace fhirwall {

// A JSON value that stays loaded: its bytes and what the parser found in them. Overwritten when it
// goes (SPEC P7).
class Resource {
 public:
  [[nodiscard]] const json::Document& document() const { return parser_.document(); }

 private:
  friend class Engine;
  json::PaddedBuffer bytes_;
  json::Parser parser_;
};

struct ExpressionOptions {
  bool strict = false;    // see fhirpath::CompileOptions
  bool untyped = false;   // plain JSON, whatever it says; not together with the others
  std::string_view type;  // of the focus; empty: any
};

// A compiled FHIRPath expression: immutable and shareable.
struct Expression {
  std::shared_ptr<const fhirpath::Program> program;
  fhir::TypeId type = fhir::TypeId::kNone;
  bool untyped = false;
  bool reads_clock = false;            // now(), today(), timeOfDay()
  std::vector<std::string> variables;  // the `%names` in it, those of the language among them
};

// What an evaluation takes beside the expression and the resource.
struct Surroundings {
  struct Variable {
    std::string_view name;
    const Resource* value = nullptr;  // null: empty
  };
  std::span<const Variable> variables;
  std::int64_t now_ms = 0;        // milliseconds since 1970
  std::int16_t zone_minutes = 0;  // east of UTC
  fhirpath::ResultForm form = fhirpath::ResultForm::kJson;
};

class Engine {
 public:
  explicit Engine(const Limits& limits = {});

  [[nodiscard]] const Limits& limits() const { return limits_; }
  // Compiles { policies, membership, profile, options, ... } given as JSON (SPEC 1, 16).
  [[nodiscard]] policy::CompileOutcome compile_policy(std::string_view input_json) const;
  // Filters and redacts one body (SPEC 7, 8). `body` must be followed by json::kPadding readable
  // bytes.
  [[nodiscard]] Error redact(const policy::CompiledPolicy& policy, const filter::Asked& asked,
                             std::string_view body, std::string& out, bool& allowed);
  // The same in the body's own memory; see filter::Context::redact_in_place. The padding must
  // follow.
  [[nodiscard]] Error redact_in_place(const policy::CompiledPolicy& policy,
                                      const filter::Asked& asked, std::span<char> body,
                                      std::string& out, std::string_view& released, bool& allowed);
  // Decides on one resource; the decision as JSON: { allowed, reason, rule: { index, source } |
  // null, hidden: [] } (SPEC 16).
  [[nodiscard]] Error decide_json(const policy::CompiledPolicy& policy,
                                  policy::Interaction interaction, std::string_view body,
                                  std::string& out);
  // How one resource is decided, as decide::explain() writes it (SPEC 15.1).
  [[nodiscard]] Error explain_json(const policy::CompiledPolicy& policy,
                                   policy::Interaction interaction, std::string_view body,
                                   std::string& out);
  // Decides on a write (SPEC 9). `outcome`: { allowed, reason, rule: { index, source } | null,
  // issues: [{ severity, code, path, message }] } as JSON; `body`: what to store, empty when denied
  // and for a delete. Texts of the request are followed by json::kPadding readable bytes each.
  [[nodiscard]] Error check_write(const policy::CompiledPolicy& policy,
                                  const decide::WriteRequest& request, std::string& outcome,
                                  std::string& body);
  // { allowed, reason, rule: { index, source } | null } (SPEC 12). `address` empty = absent.
  [[nodiscard]] std::string check_ip_json(const policy::CompiledPolicy& policy,
                                          std::string_view address) const;
  // What a request may do (SPEC 13), as JSON: the members of `RequestCheck` in
  // js/src/types-request.ts; `entries` is null.
  [[nodiscard]] std::string check_request_json(const policy::CompiledPolicy& policy,
                                               const decide::HttpRequest& request,
                                               const decide::GuardOptions& options) const;
  // Type level (SPEC 4.3); an unknown type is false.
  [[nodiscard]] bool can(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                         std::string_view resource_type) const;

  // What the host would have to fetch next, as a JSON array of `Type/id` and
  // `Type?param=Type/id` (SPEC 5.8); see filter::Context::references.
  [[nodiscard]] Error references_json(const policy::CompiledPolicy& policy,
                                      const filter::Asked& asked, std::string_view body,
                                      std::string& out);
  // Gives the calls that follow what the host fetched, `{ "Type/id": resource, ... }`; see
  // fhir::Resolved. Streams have their own.
  [[nodiscard]] Error supply(std::string_view resolved_json);
  void clear_supplied();
  // Hands it to a stream.
  [[nodiscard]] std::unique_ptr<fhir::Resolved> take_supplied();

  // `engine.search(criteria)`: compiles criteria without variables; `options_json` as
  // policy::read_search_options() takes it. Null: `issues` says why.
  [[nodiscard]] std::shared_ptr<const search::Criteria> compile_search(
      std::string_view criteria, Issues& issues, std::string_view options_json = {}) const;
  // `engine.searchParameters(type)`, see search::search_parameters_json(); `*` for what all types
  // have. Empty: no such type.
  [[nodiscard]] std::string search_parameters_json(std::string_view type) const;
  [[nodiscard]] Error search_matches(const search::Criteria& criteria, std::string_view body,
                                     bool& matches);
  // As references_json.
  [[nodiscard]] Error search_references_json(const search::Criteria& criteria,
                                             std::string_view body, std::string& out);

  // `engine.fhirpath(expression)`. Null: `issues` says why.
  [[nodiscard]] std::shared_ptr<const Expression> compile_fhirpath(std::string_view expression,
                                                                   const ExpressionOptions& options,
                                                                   Issues& issues) const;
  // `engine.load(resource)`: one JSON value of any kind. The bytes are copied and need no padding.
  // Null: `error` says why.
  [[nodiscard]] std::unique_ptr<Resource> load(std::string_view bytes, Error& error) const;
  // Appends the result to `out`, `count` values in the form that was asked for. The offset of an
  // error counts bytes of the expression if its class is kEvaluation or kLimit, else of the body.
  [[nodiscard]] fhirpath::EvaluationError evaluate(const Expression& expression,
                                                   const Resource& resource,
                                                   const Surroundings& surroundings,
                                                   std::string& out, std::uint32_t& count);
  // The same on bytes, with json::kPadding readable ones behind them.
  [[nodiscard]] fhirpath::EvaluationError evaluate(const Expression& expression,
                                                   std::string_view body,
                                                   const Surroundings& surroundings,
                                                   std::string& out, std::uint32_t& count);

  [[nodiscard]] filter::Context& context() { return context_; }

 private:
  Limits limits_;
  filter::Context context_;
  [[nodiscard]] fhirpath::EvaluationError evaluate(const Expression& expression,
                                                   const json::Document& document,
                                                   const Surroundings& surroundings,
                                                   std::string& out, std::uint32_t& count);

  // The subject of criteria, in parser_'s document.
  [[nodiscard]] Error parse_subject(std::string_view body, fhir::TypeId& type);
  void use(std::unique_ptr<fhir::Resolved> resolved);

  std::unique_ptr<fhir::Resolved> supplied_;
  json::Parser parser_;  // of search_matches() and evaluate()
  decide::Scratch scratch_;
  decide::Writer writer_;
  fhirpath::Scratch fhirpath_;
  std::vector<fhirpath::Item> items_;
  std::vector<fhirpath::Variable> variables_;
};

// Issues as a JSON array: [{ severity, code, path, offset, message }] (SPEC 16).
[[nodiscard]] std::string issues_json(const Issues& issues);
// A JSON array of strings.
[[nodiscard]] std::string strings_json(std::span<const std::string> texts);

}  // namespace fhirwall
