#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/fhirpath/value.hpp"
#include "core/json/document.hpp"
#include "grammar/fhirpath/ast.hpp"

namespace fhirwall::fhirpath {

// Why an expression was refused.
struct CompileError {
  std::uint32_t offset = 0;  // bytes into the expression
  std::string message;       // lowercase, one line
};

// A compiled expression: immutable, shareable, evaluated any number of times.
//
// Covers what search-parameter expressions use: paths, choice elements by base or concrete name,
// `|`, `where`, `exists`, `as`, `is`, `ofType`, `resolve`, `extension(url)`, `first`, `[n]`, `not`,
// `iif`, `and`, `or`, `=` and `!=` against a literal, string, boolean and integer literals.
// Everything else is refused by compile().
//
// Where it is deliberately not FHIRPath N1, for collections as search sees them: `as` filters like
// ofType() also when there are several items, and `|` keeps duplicates.
class Program;

struct CompileResult {
  std::shared_ptr<const Program> program;  // null on error
  CompileError error;
};

// `focus` is the type that the expression starts from, a resource type; a leading type name that is
// an ancestor of it is the focus itself. A union branch that starts with another type is dropped:
// it can yield nothing.
[[nodiscard]] CompileResult compile(const grammar::fhirpath::Expression& expression,
                                    fhir::TypeId focus);
// Parses and compiles.
[[nodiscard]] CompileResult compile(std::string_view text, fhir::TypeId focus);

// Every type an item of the result can have, without duplicates.
[[nodiscard]] std::span<const fhir::TypeId> result_types(const Program& program);

// True if what the program yields is CodeableConcept.text: words beside codes, no code themselves.
[[nodiscard]] bool yields_concept_text(const Program& program);

// Working memory of evaluations, reused between calls: no allocation after warm-up. One per thread.
struct Scratch {
  std::string text;
};

// Evaluates on the resource at `resource` and appends the result to `out`, in document order. Steps
// are bounded by limits.max_evaluation_steps (kExpressionTooComplex). A malformed value on the way
// (an object where the model has a primitive, an array where it has one value, a bare null) and a
// reference that resolve() cannot tell the type of yield nothing and set `malformed` (SPEC 5.5:
// such an element satisfies no criterion, negated or not). `malformed` is never cleared here.
[[nodiscard]] Error evaluate(const Program& program, const json::Document& document,
                             json::NodeIndex resource, const Limits& limits, Scratch& scratch,
                             std::vector<Item>& out, bool& malformed);

}  // namespace fhirwall::fhirpath
