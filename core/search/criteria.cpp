#include "core/search/criteria.hpp"

#include <algorithm>
#include <array>

#include "core/base/ascii.hpp"
#include "core/base/concat.hpp"
#include "core/search/compile_clause.hpp"
#include "core/search/compiled.hpp"
#include "grammar/criteria/parse.hpp"

namespace fhirwall::search {
namespace {

using grammar::criteria::Parameter;

// Parameters that shape the answer and decide nothing (FHIR R4 search, section 3.1.1.5, and the
// reference's paging and format parameters).
bool is_result_parameter(std::string_view name) {
  constexpr std::array<std::string_view, 17> kNames = {
      "_sort",   "_count",    "_offset",    "_cursor",        "_total", "_summary",
      "_fields", "_elements", "_include",   "_revinclude",    "_type",  "_format",
      "_pretty", "_",         "_contained", "_containedType", "_graph"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

class Compiler {
 public:
  Compiler(fhir::TypeId type, const CompileOptions& options, Reporter& reporter)
      : options_(options), reporter_(reporter), criteria_(std::make_shared<Criteria>()) {
    criteria_->type = type;
    criteria_->custom = options.custom;
    criteria_->base_urls.assign(options.base_urls.begin(), options.base_urls.end());
    criteria_->base_url_views.assign(criteria_->base_urls.begin(), criteria_->base_urls.end());
    criteria_->bound_text = criteria_name(type);
    criteria_->bound_text += '?';
  }

  void add(const Parameter& parameter) {
    if (parameter.verbatim) {
      add_filter(parameter);
      return;
    }
    Lowering lowering{options_, reporter_, *criteria_};
    const ParameterName name = name_of(parameter);
    const bool linked = is_linked(parameter);
    ClauseStart start;
    if (!linked && !start_clause(name, criteria_->type, lowering, start)) {
      return;
    }
    std::vector<BoundValue> values;
    bool bound = true;
    for (const auto& value : parameter.values) {
      BoundValue one;
      bound &= bind(value, options_, reporter_, one);
      values.push_back(std::move(one));
    }
    if (!bound) {
      return;
    }
    if (!linked) {
      finish_clause(values, name, lowering, start);
    } else if (!compile_linked(parameter, values, lowering, start.clause)) {
      return;
    }
    append_bound(parameter, values);
    criteria_->clauses.push_back(std::move(start.clause));
  }

  std::shared_ptr<Criteria> finish() { return std::move(criteria_); }
  [[nodiscard]] bool has_clauses() const { return !criteria_->clauses.empty(); }

 private:
  static ParameterName name_of(const Parameter& parameter) {
    return {parameter.name,     parameter.name_span.begin,     parameter.has_modifier,
            parameter.modifier, parameter.modifier_span.begin, parameter.span.begin};
  }

  void begin_clause() {
    std::string& out = criteria_->bound_text;
    if (has_clauses()) {
      out += '&';
    }
    criteria_->clause_begins.push_back(static_cast<std::uint32_t>(out.size()));
  }

  void add_filter(const Parameter& parameter) {
    Lowering lowering{options_, reporter_, *criteria_};
    begin_clause();
    criteria_->bound_text += "_filter=";
    Clause clause;
    if (compile_filter(parameter, lowering, clause)) {
      criteria_->clauses.push_back(std::move(clause));
    }
  }

  void append_bound(const Parameter& parameter, const std::vector<BoundValue>& values) {
    begin_clause();
    std::string& out = criteria_->bound_text;
    append_criteria_name(parameter.name, out);
    if (parameter.has_modifier) {
      out += ':';
      append_criteria_name(parameter.modifier, out);
    }
    if (!parameter.chain.empty()) {
      out += '.';
      append_criteria_name(parameter.chain, out);
    }
    char separator = '=';
    for (const BoundValue& value : values) {
      out += separator;
      separator = ',';
      append_criteria_value(value, out);
    }
  }

  const CompileOptions& options_;
  Reporter& reporter_;
  std::shared_ptr<Criteria> criteria_;
};

// SPEC 1.3, 5.3: beside a filter they are ignored with a warning, alone they would grant
// everything.
void report_result_parameters(const std::vector<const Parameter*>& parameters, bool alone,
                              Reporter& reporter) {
  for (const Parameter* parameter : parameters) {
    if (alone) {
      reporter.error(IssueCode::kResultParameter, parameter->name_span.begin,
                     "`" + parameter->name + "` selects nothing: criteria need a filter");
    } else {
      reporter.warning(IssueCode::kResultParameter, parameter->name_span.begin,
                       "`" + parameter->name + "` is ignored in criteria");
    }
  }
}

}  // namespace

std::shared_ptr<const Criteria> compile(std::string_view text, fhir::TypeId type,
                                        const CompileOptions& options, std::string path,
                                        Issues& issues) {
  Reporter reporter(issues, std::move(path));
  std::vector<std::string_view> names;
  for (const Binding& binding : options.bindings) {
    names.push_back(binding.name);
  }
  const auto parsed = grammar::criteria::parse(text, names, {options.limits.max_expression_bytes});
  if (!parsed.ok()) {
    reporter.error(IssueCode::kCriteriaSyntax, parsed.error().offset,
                   "expected " + std::string(parsed.error().expected));
    return nullptr;
  }
  const grammar::criteria::Criteria& ast = parsed.value();
  const std::string_view type_name = criteria_name(type);
  if (ast.resource_type != type_name) {
    reporter.error(IssueCode::kCriteriaType, ast.resource_type_span.begin,
                   "criteria must start with `" + std::string(type_name) + "?`");
    return nullptr;
  }
  Compiler compiler(type, options, reporter);
  std::vector<const Parameter*> result_parameters;
  for (const Parameter& parameter : ast.parameters) {
    if (is_result_parameter(parameter.name)) {
      result_parameters.push_back(&parameter);
    } else {
      compiler.add(parameter);
    }
  }
  report_result_parameters(result_parameters, result_parameters.size() == ast.parameters.size(),
                           reporter);
  return reporter.failed() ? nullptr : compiler.finish();
}

std::shared_ptr<const Criteria> compile_compartment(std::string_view reference, fhir::TypeId type,
                                                    const CompileOptions& options, std::string path,
                                                    Issues& issues) {
  using grammar::criteria::Piece;
  Reporter reporter(issues, std::move(path));
  Parameter parameter;
  parameter.name = "_compartment";
  grammar::criteria::Value value;
  const auto is_name = [](char c) {
    return ascii::is_alpha(c) || ascii::is_digit(c) || c == '_' || c == '-';
  };
  // The text is a reference, not a query: variables are its only syntax (SPEC 3.1, 3.5).
  for (std::size_t i = 0; i < reference.size();) {
    Piece piece;
    piece.span.begin = static_cast<std::uint32_t>(i);
    std::size_t end = i + 1;
    const bool variable = reference[i] == '%' && end < reference.size() &&
                          (ascii::is_alpha(reference[end]) || reference[end] == '_');
    if (variable) {
      while (end < reference.size() && is_name(reference[end])) {
        ++end;
      }
      piece.kind = Piece::Kind::kVariable;
      piece.text = reference.substr(i + 1, end - i - 1);
      if (reference.substr(end).starts_with(".id") &&
          (end + 3 == reference.size() || !is_name(reference[end + 3]))) {
        piece.kind = Piece::Kind::kVariableId;
        end += 3;
      }
    } else {
      while (end < reference.size() && reference[end] != '%') {
        ++end;
      }
      piece.text = reference.substr(i, end - i);
    }
    piece.span.end = static_cast<std::uint32_t>(end);
    i = end;
    value.pieces.push_back(std::move(piece));
  }
  value.span.end = static_cast<std::uint32_t>(reference.size());
  parameter.values.push_back(std::move(value));
  Compiler compiler(type, options, reporter);
  compiler.add(parameter);
  return reporter.failed() ? nullptr : compiler.finish();
}

}  // namespace fhirwall::search
