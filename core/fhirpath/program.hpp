#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/arena.hpp"
#include "core/base/error.hpp"
#include "core/base/issue.hpp"
#include "core/base/limits.hpp"
#include "core/base/regex/regex.hpp"
#include "core/fhir/model.hpp"
#include "core/fhirpath/value.hpp"
#include "core/json/document.hpp"
#include "grammar/fhirpath/ast.hpp"

namespace fhirwall::fhirpath {

// A compiled expression: immutable, shareable, evaluated any number of times.
class Program;

// Which reading of the language.
enum class Dialect : std::uint8_t {
  // FHIRPath N1 with the 3.0 functions (SPEC 6.1).
  kFhirPath,
  // The expressions of search parameters, for collections as search sees them: `as` filters like
  // ofType() also when there are several items, `|` keeps duplicates, a choice element may be named
  // by its JSON key, union branches about other resource types are dropped. Every type is known at
  // compile time, unknown elements are errors, and functions that search parameters do not use are
  // refused. What cannot be evaluated is `malformed`, no error (SPEC 5.5).
  kSearch,
};

struct CompileOptions {
  Dialect dialect = Dialect::kFhirPath;
  // The type that the expression starts from, a resource type or another; kNone: whatever the input
  // is.
  fhir::TypeId focus = fhir::TypeId::kNone;
  // Refuses what can never yield anything: unknown elements, another root type, a choice element
  // under its JSON key, order-dependent functions on unordered collections (FHIRPath N1, 10.4).
  bool strict = false;
  // False: functions that need a terminology server or profiles are refused. For policies, which
  // never ask anybody.
  bool host_functions = true;
  // The `%names` that evaluate() will be given, beside those of the language; null: any.
  const std::vector<std::string>* variables = nullptr;
};

// Why an expression was refused.
struct CompileError {
  std::uint32_t offset = 0;  // bytes into the expression
  std::string message;       // lowercase, one line
  IssueCode code = IssueCode::kFhirPathUnsupported;
};

struct CompileResult {
  std::shared_ptr<const Program> program;  // null on error
  CompileError error;
};

[[nodiscard]] CompileResult compile(const grammar::fhirpath::Expression& expression,
                                    const CompileOptions& options);
// Parses and compiles.
[[nodiscard]] CompileResult compile(std::string_view text, const CompileOptions& options,
                                    const Limits& limits = {});
// A search parameter's expression. `focus` is the resource type, or an abstract one; a leading type
// name that is an ancestor of it is the focus itself.
[[nodiscard]] CompileResult compile_search(std::string_view text, fhir::TypeId focus);

// Every FHIR type an item of the result can have, without duplicates. Complete in the search
// dialect; in the other, empty also when nothing is known.
[[nodiscard]] std::span<const fhir::TypeId> result_types(const Program& program);

// True if what the program yields is CodeableConcept.text: words beside codes, no code themselves.
[[nodiscard]] bool yields_concept_text(const Program& program);

// A dynamically given pattern, kept compiled for the next item.
struct LastRegex {
  std::string pattern;
  std::string flags;
  Regex::CompileResult compiled;
  bool valid = false;
};

// Of one evaluation: Item::document has 16 bits.
inline constexpr std::size_t kMaxDocuments = 0x10000;

// Working memory of evaluations, reused between calls: no allocation after warm-up. One per thread.
// Results of evaluate() may point into it and live until its next use.
struct Scratch {
  std::string text;
  Arena arena;
  LastRegex regex;
  // Those of Item::document: the input's, those of variables, and the values of %factory, which lie
  // in the arena.
  std::vector<const json::Document*> documents;
  // Of the values of %factory: made when first needed, holds nothing between calls but memory.
  std::unique_ptr<json::Parser> parser;
  std::vector<Item> held;  // the values of `bindings`
  struct Binding {
    std::string_view name;
    std::size_t first = 0;  // in `held`
    std::size_t count = 0;
  };
  std::vector<Binding> bindings;  // what defineVariable() has defined so far

  // Forgets what was computed (SPEC P7). No Item of an evaluation with this memory is valid
  // afterwards.
  void wipe();
  // Only the pattern that was compiled last, which may come from the data.
  void forget_regex();
};

// A value for a `%name`: a JSON value of some document; null document: empty. An array is a
// collection; an object with a known `resourceType` is that resource; anything else is plain JSON
// (strings, booleans and numbers are System values).
struct Variable {
  std::string_view name;  // without `%`
  const json::Document* document = nullptr;
  json::NodeIndex node = 0;
};

// What an expression is evaluated on.
struct Input {
  const json::Document* document = nullptr;
  json::NodeIndex focus = 0;  // the resource or element
  // Its type when it is no resource; kNone: plain JSON. A resource says its own.
  fhir::TypeId type = fhir::TypeId::kNone;
  // No type model at all: the focus and all below it is plain JSON, whatever it says.
  bool untyped = false;
  std::span<const Variable> variables;
  // What now(), today() and timeOfDay() give (SPEC 6.2): milliseconds since 1970, minutes east of
  // UTC.
  std::int64_t now_ms = 0;
  std::int16_t zone_minutes = 0;
  // What resolve() says of a reference to a resource elsewhere: its type, by the last `Type/id` of
  // the text. With `local_references` only of relative references and of those under one of
  // `base_urls` (without trailing slash), and the entries of a Bundle are not searched: what a
  // writeConstraint sees (SPEC 6.2).
  bool local_references = false;
  std::span<const std::string_view> base_urls;
};

// Why an evaluation ended. `error.offset` counts bytes of the expression.
struct EvaluationError {
  Error error;
  std::string message;  // lowercase, one line, never a value of the input (SPEC P6)
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(error); }
};

// Appends the result to `out`, in order. Bounded by limits.max_evaluation_steps
// (kExpressionTooComplex) and limits.max_evaluation_bytes (kResultTooLarge). Nothing is appended
// after an error. What is of another shape than the model says yields nothing: an object for a list
// makes `generalPractitioner.all(...)` true. So whoever grants by the result (SPEC 6.3) asks for
// `malformed`, which is set when such data was met, and never cleared here.
[[nodiscard]] EvaluationError evaluate(const Program& program, const Input& input,
                                       const Limits& limits, Scratch& scratch,
                                       std::vector<Item>& out, bool* malformed = nullptr);

// The same for a program of the search dialect, on the resource at `resource`. A malformed value on
// the way (an object where the model has a primitive, an array where it has one value, a bare null)
// and a reference that resolve() cannot tell the type of yield nothing and set `malformed`
// (SPEC 5.5: such an element satisfies no criterion, negated or not). `malformed` is never cleared
// here.
[[nodiscard]] Error evaluate_search(const Program& program, const json::Document& document,
                                    json::NodeIndex resource, const Limits& limits,
                                    Scratch& scratch, std::vector<Item>& out, bool& malformed);

}  // namespace fhirwall::fhirpath
