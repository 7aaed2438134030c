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
#include "core/fhirpath/program.hpp"
#include "core/json/document.hpp"

namespace fhirwall::search {

// A variable with its value (SPEC 3). `id` is empty when `.id` does not apply (a valueString).
struct Binding {
  std::string name;   // without `%`
  std::string value;  // the string, or the reference text
  std::string id;     // the id part of a reference
};

struct CompileOptions {
  std::span<const Binding> bindings;
  std::span<const std::string> base_urls;  // without trailing slash (SPEC 5.3)
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

// True if the resource (of concrete type `type`) satisfies all parameters. An evaluation over its
// budget is an error, and an error never matches: `error` is set and the result is false.
[[nodiscard]] bool matches(const Criteria& criteria, const json::Document& document,
                           json::NodeIndex resource, fhir::TypeId type, Purpose purpose,
                           const Limits& limits, Scratch& scratch, Error& error);

}  // namespace fhirwall::search
