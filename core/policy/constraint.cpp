#include "core/policy/constraint.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "core/base/concat.hpp"
#include "core/base/sort.hpp"
#include "core/fhirpath/syntax.hpp"
#include "core/policy/variables.hpp"

namespace fhirwall::policy {
namespace {

// A part of the expression that a value takes the place of.
struct Replacement {
  Span span;
  std::string text;
};

// SPEC 6.1, 6.3: environment variables that every constraint has.
bool is_built_in(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {
      "before", "after", "resource", "rootResource", "context", "ucum", "sct", "loinc"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.starts_with("vs-") ||
         name.starts_with("ext-");
}

// FHIRPath N1, 4.1.1: a string literal.
std::string quoted(std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 0xF];
    } else {
      out += c;
    }
  }
  out += '\'';
  return out;
}

class Binder {
 public:
  Binder(const SourceText& expression, std::span<const search::Binding> bindings, Issues& issues)
      : expression_(expression), bindings_(bindings), issues_(issues) {}

  void external(const fhirpath::ExternalUse& use) {
    if (!is_built_in(use.name) && !use.defined) {
      replace(use.span, use.name, use.with_id);
    }
  }

  void literal(const fhirpath::LiteralUse& use) {
    const auto first = find_variable(use.text, 0);
    if (!first) {
      return;
    }
    if (first->begin == 0 && first->end == use.text.size()) {
      replace(use.span, first->name, first->with_id);
      return;
    }
    for (auto token = first; token; token = find_variable(use.text, token->end)) {
      const bool known = find_binding(bindings_, token->name) != nullptr ||
                         token->name == "profile" || token->name == "patient";
      if (known) {
        issues_.error(IssueCode::kVariableNotAllowed, expression_.path, use.span.begin,
                      "a variable must be the whole string literal");
        complete_ = false;
        return;
      }
    }
  }

  [[nodiscard]] std::optional<std::string> finish() {
    if (!complete_) {
      return std::nullopt;
    }
    sort_by(replacements_,
            [](const Replacement& a, const Replacement& b) { return a.span.begin < b.span.begin; });
    std::string out;
    std::uint32_t position = 0;
    for (const Replacement& replacement : replacements_) {
      out.append(expression_.value, position, replacement.span.begin - position);
      out += replacement.text;
      position = replacement.span.end;
    }
    out.append(expression_.value, position);
    return out;
  }

 private:
  void replace(Span span, std::string_view name, bool with_id) {
    if (const std::string* value = find_value(bindings_, name, with_id)) {
      replacements_.push_back({span, quoted(*value)});
      return;
    }
    report_unbound(issues_, expression_.path, span.begin, name, with_id);
    complete_ = false;
  }

  const SourceText& expression_;
  std::span<const search::Binding> bindings_;
  Issues& issues_;
  std::vector<Replacement> replacements_;
  bool complete_ = true;
};

}  // namespace

std::optional<BoundConstraint> bind_constraint(const SourceText& expression, fhir::TypeId type,
                                               std::span<const search::Binding> bindings,
                                               const Limits& limits, Issues& issues) {
  fhirpath::SyntaxFacts facts;
  if (const auto error = fhirpath::check_syntax(expression.value, limits, facts)) {
    issues.error(IssueCode::kFhirPathSyntax, expression.path, error->offset, error->message);
    return std::nullopt;
  }
  // As written, so that an offset counts in the author's text; whether a variable is bound is asked
  // below.
  fhirpath::CompileOptions options;
  options.focus = type;
  options.host_functions = false;
  // A misspelt element is always empty: `nam.empty()` would grant everything (SPEC P1). Of `*` the
  // elements are not known.
  options.strict = fhir::type_kind(type) != fhir::TypeKind::kAbstract;
  fhirpath::CompileResult compiled = fhirpath::compile(expression.value, options, limits);
  if (!compiled.program) {
    issues.error(compiled.error.code, expression.path, compiled.error.offset,
                 compiled.error.message);
    return std::nullopt;
  }
  Binder binder(expression, bindings, issues);
  for (const fhirpath::ExternalUse& use : facts.externals) {
    binder.external(use);
  }
  for (const fhirpath::LiteralUse& use : facts.literals) {
    binder.literal(use);
  }
  std::optional<std::string> bound = binder.finish();
  if (!bound) {
    return std::nullopt;
  }
  if (*bound != expression.value) {
    // A value is a string: `%org.name` has no element where `%org` is one.
    compiled = fhirpath::compile(*bound, options, limits);
    if (!compiled.program) {
      issues.error(compiled.error.code, expression.path, 0,
                   concat("with its variables bound, ", compiled.error.message));
      return std::nullopt;
    }
  }
  return BoundConstraint{std::move(*bound), std::move(compiled.program)};
}

}  // namespace fhirwall::policy
