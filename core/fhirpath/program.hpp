#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "grammar/fhirpath/ast.hpp"

namespace fhirwall::fhirpath {

// A value during evaluation: a node of the document with its FHIR type, or a computed boolean.
struct Item {
  json::NodeIndex node = json::kNoNode;  // kNoNode: computed
  json::NodeIndex sibling =
      json::kNoNode;  // the `_name` object beside a primitive, if there is one
  fhir::TypeId type = fhir::TypeId::kNone;
  bool boolean = false;  // computed items only
};

// Why an expression was refused.
struct CompileError {
  std::uint32_t offset = 0;  // bytes into the expression
  std::string message;       // lowercase, one line
};

// A compiled expression: immutable, shareable, evaluated any number of times.
//
// Covers what R4's search-parameter expressions use: paths, choice elements, `|`, `where`,
// `exists`, `as`, `is`, `ofType`, `resolve() is T`, `extension(url)`, `first`, `=`, `!=`, `and`,
// `or`, `not`, string and boolean literals. Everything else is refused by compile().
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

// Working memory of evaluations, reused between calls: no allocation after warm-up. One per thread.
struct Scratch {
  std::vector<Item> items;
  std::string text;
  std::string other_text;
};

// Evaluates on the resource at `resource` and appends the result to `out`, in document order. Steps
// are bounded by limits.max_evaluation_steps (kExpressionTooComplex). A malformed value on the way
// (an object where the model has a primitive, say) yields nothing and sets `malformed` (SPEC 5.5:
// it satisfies no criterion, negated or not).
[[nodiscard]] Error evaluate(const Program& program, const json::Document& document,
                             json::NodeIndex resource, const Limits& limits, Scratch& scratch,
                             std::vector<Item>& out, bool& malformed);

}  // namespace fhirwall::fhirpath
