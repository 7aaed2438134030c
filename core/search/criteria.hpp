#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.hpp"
#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/fhir/resolved.hpp"
#include "core/fhirpath/program.hpp"
#include "core/json/document.hpp"

namespace fhirwall::search {

// A variable with its value (SPEC 3). `id` is empty when `.id` does not apply (a valueString).
struct Binding {
  std::string name;   // without `%`
  std::string value;  // the string, or the reference text
  std::string id;     // the id part of a reference
};

struct Custom;

struct CompileOptions {
  std::span<const Binding> bindings;
  std::span<const std::string> base_urls;  // without trailing slash (SPEC 5.3)
  std::shared_ptr<const Custom> custom;    // null: nothing supplied
  // The host answers what references lead to (SPEC 5.8): chains and `_has` are allowed.
  bool resolves = false;
  Limits limits;
};

// Compiled criteria: immutable. Every parameter, modifier and value was checked; nothing is parsed
// later.
class Criteria;

// Working memory of matching, reused between calls.
struct Scratch {
  fhirpath::Scratch fhirpath;
  std::vector<fhirpath::Item> items;
  std::vector<fhirpath::Item> composites;
  std::string text;
  std::string folded;
  std::uint64_t linked_steps = 0;  // spent on other resources by the matches() in progress

  // Forgets what was read and computed (SPEC P7); matches() and references() do so themselves.
  void wipe();
};

// Compiles `text` for rules of `type` (the abstract Resource for `*`, whose text starts with `*?`).
// On any problem adds issues at `path` and returns null. SPEC 1.3, 3, 5.
[[nodiscard]] std::shared_ptr<const Criteria> compile(std::string_view text, fhir::TypeId type,
                                                      const CompileOptions& options,
                                                      std::string path, Issues& issues);

// `Type?_compartment=reference` as criteria: the deprecated `compartment` of a rule (SPEC 4.5).
// `reference` may hold variables.
[[nodiscard]] std::shared_ptr<const Criteria> compile_compartment(std::string_view reference,
                                                                  fhir::TypeId type,
                                                                  const CompileOptions& options,
                                                                  std::string path, Issues& issues);

// The criteria's text with variables bound (escaped so that it parses back to the same criteria),
// for `policy.rules`.
[[nodiscard]] const std::string& bound_text(const Criteria& criteria);

enum class Purpose : std::uint8_t {
  kRead,         // stored `meta.compartment` is authoritative where SPEC 5.6 says so
  kWriteResult,  // compartment membership is always computed
};

// What criteria are evaluated on.
struct Subject {
  const json::Document& document;
  json::NodeIndex resource;
  fhir::TypeId type;  // concrete
  Purpose purpose;
  // What the host fetched (SPEC 5.8); null: nothing, so that no chain holds.
  const fhir::Resolved* resolved = nullptr;
};

// True if the resource satisfies all parameters. An evaluation over its budget is an error, and an
// error never matches: `error` is set and the result is false. Where one is wanted, `failed` is the
// first parameter that does not hold.
[[nodiscard]] bool matches(const Criteria& criteria, const Subject& subject, const Limits& limits,
                           Scratch& scratch, Error& error, std::uint32_t* failed = nullptr);
// That parameter as it stands in bound_text().
[[nodiscard]] std::string_view clause_text(const Criteria& criteria, std::uint32_t clause);

// True if the criteria hold for every resource that a reference to `type`/`id` can name, whatever
// is in it: `_id`, and `_compartment` of a Patient that names the Patient itself (SPEC 7.3 c).
[[nodiscard]] bool holds_by_reference(const Criteria& criteria, fhir::TypeId type,
                                      std::string_view id);

// True if the criteria look at other resources: chains and `_has`.
[[nodiscard]] bool reads_references(const Criteria& criteria);
// Appends what the host would have to fetch next for matches() to see all it can: `Type/id` of a
// chain, `Type?param=Type/id` of `_has`, neither what `subject.resolved` has an answer for nor what
// `out` holds already. Asked again with the answers, it goes one step deeper, to depth 3.
[[nodiscard]] Error references(const Criteria& criteria, const Subject& subject,
                               const Limits& limits, Scratch& scratch,
                               std::vector<std::string>& out);
// Appends one of them. False: they are too many (SPEC P8), and what asks for them is not decided.
[[nodiscard]] bool need_reference(const fhir::Resolved* resolved, std::string reference,
                                  std::vector<std::string>& out);

}  // namespace fhirwall::search
