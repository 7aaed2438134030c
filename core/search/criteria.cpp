#include "core/search/criteria.hpp"

#include <algorithm>
#include <array>

#include "core/base/ascii.hpp"
#include "core/search/compile_value.hpp"
#include "core/search/compiled.hpp"
#include "grammar/criteria/parse.hpp"

namespace fhirwall::search {
namespace {

using fhir::ParamType;
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

bool is_any_of(fhir::TypeId type, std::initializer_list<fhir::TypeId> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// Whether a matcher can look at elements of this type.
bool can_match(ParamType param, fhir::TypeId type) {
  const fhir::WellKnown& known = fhir::well_known();
  const bool primitive = fhir::type_kind(type) == fhir::TypeKind::kPrimitive;
  switch (param) {
    case ParamType::kToken:
      return primitive || is_any_of(type, {known.codeable_concept, known.coding, known.identifier,
                                           known.contact_point});
    case ParamType::kString: return primitive || is_any_of(type, {known.human_name, known.address});
    case ParamType::kUri: return primitive;
    case ParamType::kReference:
      return primitive || type == known.reference || fhir::is_a(type, known.resource);
    case ParamType::kDate:
      return is_any_of(type,
                       {known.date, known.date_time, known.instant, known.period, known.timing});
    case ParamType::kNumber:
    case ParamType::kQuantity: return true;  // `:missing` only
    case ParamType::kComposite:
    case ParamType::kSpecial: break;
  }
  return false;
}

Clause::Kind kind_of(const fhir::SearchParam& param) {
  switch (param.type) {
    case ParamType::kToken: return Clause::Kind::kToken;
    case ParamType::kString: return Clause::Kind::kString;
    case ParamType::kUri: return Clause::Kind::kUri;
    case ParamType::kDate: return Clause::Kind::kDate;
    case ParamType::kReference:
      if (param.code == "_compartment") {
        return Clause::Kind::kCompartment;
      }
      if (param.code == "_account") {
        return Clause::Kind::kAccount;
      }
      return param.code == "_project" ? Clause::Kind::kProject : Clause::Kind::kReference;
    case ParamType::kNumber:
    case ParamType::kQuantity:
    case ParamType::kComposite:
    case ParamType::kSpecial: break;
  }
  return Clause::Kind::kMissing;
}

bool is_membership(Clause::Kind kind) {
  return kind == Clause::Kind::kCompartment || kind == Clause::Kind::kAccount ||
         kind == Clause::Kind::kProject;
}

class Compiler {
 public:
  Compiler(fhir::TypeId type, const CompileOptions& options, Reporter& reporter)
      : options_(options), reporter_(reporter), criteria_(std::make_shared<Criteria>()) {
    criteria_->type = type;
    criteria_->base_urls.assign(options.base_urls.begin(), options.base_urls.end());
    criteria_->base_url_views.assign(criteria_->base_urls.begin(), criteria_->base_urls.end());
    criteria_->bound_text = name_of(type);
    criteria_->bound_text += '?';
  }

  static std::string_view name_of(fhir::TypeId type) {
    return type == fhir::well_known().resource ? "*" : fhir::type_name(type);
  }

  void add(const Parameter& parameter) {
    Clause clause;
    if (!find_param(parameter, clause) || !set_modifier(parameter, clause) ||
        !set_program(parameter, clause)) {
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
    if (clause.kind == Clause::Kind::kMissing && values.size() != 1) {
      reporter_.error(IssueCode::kInvalidValue, parameter.span.begin,
                      "`:missing` takes `true` or `false` only");
      return;
    }
    for (const BoundValue& value : values) {
      add_value(value, clause);
    }
    if (clause.kind == Clause::Kind::kCompartment) {
      add_compartments(clause);
    }
    append_bound(parameter, values);
    criteria_->clauses.push_back(std::move(clause));
  }

  std::shared_ptr<Criteria> finish() { return std::move(criteria_); }
  [[nodiscard]] bool has_clauses() const { return !criteria_->clauses.empty(); }

 private:
  bool find_param(const Parameter& parameter, Clause& clause) {
    if (!parameter.chain.empty() || parameter.name == "_has" ||
        parameter.name.starts_with("_has:")) {
      reporter_.error(IssueCode::kUnsupportedParameter, parameter.name_span.begin,
                      "a chained parameter reads another resource");
      return false;
    }
    clause.param = fhir::find_search_param(criteria_->type, parameter.name);
    if (clause.param == nullptr) {
      reporter_.error(IssueCode::kUnknownParameter, parameter.name_span.begin,
                      "`" + std::string(name_of(criteria_->type)) + "` has no search parameter `" +
                          parameter.name + "`");
      return false;
    }
    clause.kind = kind_of(*clause.param);
    if (clause.param->type == ParamType::kComposite || clause.param->type == ParamType::kSpecial) {
      unsupported_type(parameter, *clause.param);
      return false;
    }
    return true;
  }

  void unsupported_type(const Parameter& parameter, const fhir::SearchParam& param) {
    reporter_.error(IssueCode::kUnsupportedParameter, parameter.name_span.begin,
                    "`" + parameter.name + "` is a " +
                        std::string(fhir::param_type_name(param.type)) +
                        " parameter, which criteria cannot use");
  }

  // SPEC 5.2, 5.3. Sets kind, negate, mode and only_.
  bool set_modifier(const Parameter& parameter, Clause& clause) {
    using Kind = Clause::Kind;
    only_ = fhir::TypeId::kNone;
    const Kind kind = clause.kind;
    if (!parameter.has_modifier) {
      if (kind == Kind::kMissing) {
        unsupported_type(parameter, *clause.param);
      }
      return kind != Kind::kMissing;
    }
    const std::string& modifier = parameter.modifier;
    if (modifier == "missing" && !is_membership(kind)) {
      clause.kind = Kind::kMissing;
      return true;
    }
    if (modifier == "not" && kind != Kind::kDate && kind != Kind::kMissing) {
      clause.negate = true;
      return true;
    }
    if ((modifier == "exact" || modifier == "contains") && kind == Kind::kString) {
      clause.mode = modifier == "exact" ? StringMode::kExact : StringMode::kContains;
      return true;
    }
    if (modifier == "identifier" && kind == Kind::kReference) {
      clause.kind = Kind::kIdentifier;
      return true;
    }
    if (kind == Kind::kReference) {
      const fhir::TypeId type = fhir::find_resource_type(modifier);
      const auto targets = clause.param->targets;
      if (type != fhir::TypeId::kNone &&
          (targets.empty() || std::find(targets.begin(), targets.end(), type) != targets.end())) {
        only_ = type;
        return true;
      }
    }
    reporter_.error(IssueCode::kUnsupportedModifier, parameter.modifier_span.begin,
                    "`" + parameter.name + "` does not take the modifier `" + modifier + "`");
    return false;
  }

  bool set_program(const Parameter& parameter, Clause& clause) {
    if (is_membership(clause.kind)) {
      return true;
    }
    fhirpath::CompileResult compiled = program_for(*clause.param, criteria_->type);
    if (compiled.program) {
      const auto types = fhirpath::result_types(*compiled.program);
      const ParamType type = clause.param->type;
      if (std::any_of(types.begin(), types.end(),
                      [&](fhir::TypeId candidate) { return can_match(type, candidate); })) {
        // SPEC 5.3: a token compares codes. Words beside a code can only defeat a negation (5.5).
        const bool words = clause.kind == Clause::Kind::kToken && !clause.negate &&
                           fhirpath::yields_concept_text(*compiled.program);
        clause.program = std::move(compiled.program);
        if (!words) {
          return true;
        }
        compiled.error.message = "it reads words, no codes; only `:not` and `:missing` can use it";
      } else {
        compiled.error.message = "its elements have no type that can be compared";
      }
    }
    reporter_.error(
        IssueCode::kUnsupportedParameter, parameter.name_span.begin,
        "`" + parameter.name + "` cannot be used in criteria: " + compiled.error.message);
    return false;
  }

  void add_value(const BoundValue& value, Clause& clause) {
    switch (clause.kind) {
      case Clause::Kind::kToken:
      case Clause::Kind::kIdentifier: compile_token(value, reporter_, clause); return;
      case Clause::Kind::kString:
      case Clause::Kind::kUri: compile_string(value, reporter_, clause); return;
      case Clause::Kind::kReference:
        compile_reference(value, only_, *criteria_, reporter_, clause);
        return;
      case Clause::Kind::kDate: compile_date(value, reporter_, clause); return;
      case Clause::Kind::kMissing: compile_missing(value, reporter_, clause); return;
      case Clause::Kind::kCompartment:
      case Clause::Kind::kAccount:
      case Clause::Kind::kProject: compile_member(value, *criteria_, reporter_, clause); return;
    }
  }

  void add_compartments(Clause& clause) {
    std::vector<fhir::TypeId> seen;
    for (const MembershipValue& member : clause.members) {
      if (std::find(seen.begin(), seen.end(), member.type) != seen.end()) {
        continue;
      }
      seen.push_back(member.type);
      for (CompartmentPrograms& programs : compartment_programs(member.type, criteria_->type)) {
        clause.compartments.push_back(std::move(programs));
      }
    }
    std::stable_sort(clause.compartments.begin(), clause.compartments.end(),
                     [](const CompartmentPrograms& a, const CompartmentPrograms& b) {
                       return a.resource_type < b.resource_type;
                     });
  }

  void append_bound(const Parameter& parameter, const std::vector<BoundValue>& values) {
    std::string& out = criteria_->bound_text;
    if (has_clauses()) {
      out += '&';
    }
    append_criteria_name(parameter.name, out);
    if (parameter.has_modifier) {
      out += ':';
      append_criteria_name(parameter.modifier, out);
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
  fhir::TypeId only_ = fhir::TypeId::kNone;  // `:[type]` of the parameter at hand
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
  const std::string_view type_name = Compiler::name_of(type);
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
