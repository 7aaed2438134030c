#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/issue.hpp"
#include "core/fhir/decimal.hpp"
#include "core/fhir/temporal.hpp"
#include "core/fhirpath/program.hpp"
#include "tests/native/core/fhirpath/support.hpp"

// Whole evaluations as one line of text.
namespace fhirwall::fhirpath::test {

struct EvalOptions {
  std::string type;  // the focus type, for a compilation that knows it and for foci that are none
  bool strict = false;
  bool untyped = false;
  // `%name` and its JSON; no JSON: empty.
  std::vector<std::pair<std::string, std::string>> variables;
  std::int64_t now_ms = 1767323045678;  // 2026-01-02T03:04:05.678Z
  std::int16_t zone_minutes = 0;
  Limits limits;
};

// An item with its type: `Integer 3`, `String 'a'`, `Decimal 1.50`, `Quantity 4 'kg'`,
// `DateTime @2014-01T`, `Time @T10:30`, `FHIR.string 'b'`, `FHIR.boolean true`,
// `FHIR.HumanName {"family":"F"}`, `JSON {"a":1}` for what has no type, `FHIR.date _` for a
// primitive without value, `stub Patient`, `typename Patient`, `type FHIR.Patient`.
inline std::string text_of(const Item& item, const std::vector<const json::Document*>& documents) {
  std::string out;
  const auto quoted = [](std::string_view text) {
    std::string q = "'";
    for (const char c : text) {
      q += c == '\'' || c == '\\' ? std::string("\\") + c
           : c == '\n'            ? std::string("\\n")
           : c == '\t'            ? std::string("\\t")
           : c == '\r'            ? std::string("\\r")
                                  : std::string(1, c);
    }
    return q + "'";
  };
  const auto named = [&item] {
    return item.type == fhir::TypeId::kNone
               ? std::string("JSON ")
               : "FHIR." + std::string(fhir::type_name(item.type)) + " ";
  };
  switch (item.form) {
    case Item::Form::kNode: {
      out = named();
      if (item.node == json::kNoNode) {
        return out + "_";
      }
      const json::Document& document = *documents[item.document];
      std::string scratch;
      return out + (document.is_string(item.node) ? quoted(document.string(item.node, scratch))
                                                  : std::string(document.raw(item.node)));
    }
    case Item::Form::kStub: return "stub " + std::string(fhir::type_name(item.type));
    case Item::Form::kTypeName: return "typename " + std::string(fhir::type_name(item.type));
    case Item::Form::kTypeInfo:
      return item.type == fhir::TypeId::kNone
                 ? "type System." +
                       std::string(system_type_name(static_cast<Item::Form>(item.integer())))
                 : "type FHIR." + std::string(fhir::type_name(item.type));
    case Item::Form::kBoolean: return item.boolean() ? "Boolean true" : "Boolean false";
    case Item::Form::kInteger:
    case Item::Form::kLong:
      return std::string(system_type_name(item.form)) + " " + std::to_string(item.integer());
    case Item::Form::kDecimal:
      out = "Decimal ";
      fhir::append_decimal(item.decimal(), out);
      return out;
    case Item::Form::kString: return "String " + quoted(item.text());
    case Item::Form::kDate:
    case Item::Form::kDateTime:
    case Item::Form::kTime:
      out = std::string(system_type_name(item.form)) + " @";
      out += item.form == Item::Form::kTime ? "T" : "";
      fhir::append_temporal(item.temporal(), out);
      if (item.form == Item::Form::kDateTime && out.find('T', 10) == std::string::npos) {
        out += "T";
      }
      return out;
    case Item::Form::kQuantity:
      out = "Quantity ";
      fhir::append_decimal(item.quantity().value, out);
      return out + " " +
             (item.quantity().calendar ? std::string(item.quantity().unit)
                                       : quoted(item.quantity().unit));
  }
  return out;
}

// What an evaluation gave, items still alive.
struct Evaluated {
  Evaluated() = default;
  Evaluated(const Evaluated&) = delete;
  Evaluated& operator=(const Evaluated&) = delete;

  std::deque<Resource> resources;  // the input, then the variables
  CompileResult compiled;
  Scratch scratch;
  std::vector<Item> items;
  EvaluationError error;

  [[nodiscard]] std::string refusal() const {
    return "refused@" + std::to_string(compiled.error.offset) + " " +
           std::string(issue_name(compiled.error.code));
  }
  [[nodiscard]] std::string failure() const {
    return "error " + std::string(error_name(error.error.code)) + "@" +
           std::to_string(error.error.offset);
  }
  // Items separated by `, `; `{}` when there are none.
  [[nodiscard]] std::string text() const {
    if (!compiled.program) {
      return refusal();
    }
    if (error) {
      return failure();
    }
    std::string out;
    for (const Item& item : items) {
      out += (out.empty() ? "" : ", ") + text_of(item, scratch.documents);
    }
    return out.empty() ? "{}" : out;
  }
};

inline void evaluate_into(Evaluated& result, std::string_view expression, std::string_view json,
                          const EvalOptions& options = {}) {
  CompileOptions compile_options;
  compile_options.strict = options.strict;
  if (!options.type.empty()) {
    compile_options.focus = fhir::find_type(options.type);
    EXPECT_NE(compile_options.focus, fhir::TypeId::kNone) << options.type;
  }
  result.compiled = compile(expression, compile_options, options.limits);
  if (!result.compiled.program) {
    return;
  }
  result.resources.emplace_back(json);
  Input input;
  input.document = &result.resources.back().document();
  input.type = compile_options.focus;
  input.untyped = options.untyped;
  input.now_ms = options.now_ms;
  input.zone_minutes = options.zone_minutes;
  std::vector<Variable> variables;
  for (const auto& [name, value] : options.variables) {
    Variable variable;
    variable.name = name;
    if (!value.empty()) {
      result.resources.emplace_back(value);
      variable.document = &result.resources.back().document();
    }
    variables.push_back(variable);
  }
  input.variables = variables;
  result.error =
      evaluate(*result.compiled.program, input, options.limits, result.scratch, result.items);
}

// The result as one line: `Integer 3, String 'a'`, `{}`, `error type-mismatch@5`,
// `refused@3 fhirpath-syntax`.
inline std::string eval(std::string_view expression, std::string_view json = "{}",
                        const EvalOptions& options = {}) {
  Evaluated result;
  evaluate_into(result, expression, json, options);
  return result.text();
}

}  // namespace fhirwall::fhirpath::test
