#include "core/search/param_list.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "core/base/sort.hpp"
#include "core/search/compile_clause.hpp"
#include "core/search/modifiers.hpp"

namespace fhirwall::search {
namespace {

void write_text(JsonList& object, std::string_view key, std::string_view text, std::string& out) {
  object.key(key);
  append_json_string(out, text);
}

void write_texts(JsonList& object, std::string_view key, std::span<const std::string_view> texts,
                 std::string& out) {
  object.key(key);
  JsonList list(out, '[', ']');
  for (const std::string_view text : texts) {
    list.item();
    append_json_string(out, text);
  }
  list.close();
}

class Writer {
 public:
  Writer(fhir::TypeId type, std::string& out) : type_(type), out_(out) {}

  void write(const fhir::SearchParam& param) {
    const std::string reason = refusal(param.code, {});
    JsonList object(out_, '{', '}');
    write_head(object, param);
    std::vector<std::string_view> texts;
    for (const fhir::TypeId target : std::span<const fhir::TypeId>(param.targets)) {
      texts.push_back(fhir::type_name(target));
    }
    write_texts(object, "targets", texts, out_);
    if (const auto components = fhir::components(param); !components.empty()) {
      object.key("components");
      JsonList list(out_, '[', ']');
      for (const fhir::ParamComponent& component : components) {
        list.item();
        JsonList one(out_, '{', '}');
        write_head(one, component);
        one.close();
      }
      list.close();
    }
    object.key("supported");
    out_ += reason.empty() ? "true" : "false";
    if (!reason.empty()) {
      write_text(object, "reason", reason, out_);
    }
    texts.clear();
    for (const std::string_view modifier : modifier_names()) {
      if (takes(param, modifier)) {
        texts.push_back(modifier);
      }
    }
    write_texts(object, "modifiers", texts, out_);
    if (param.type == fhir::ParamType::kDate || param.type == fhir::ParamType::kNumber ||
        param.type == fhir::ParamType::kQuantity) {
      write_texts(object, "prefixes", prefix_names(), out_);
    }
    object.close();
  }

 private:
  template <typename Described>
  void write_head(JsonList& object, const Described& described) {
    write_text(object, "code", described.code, out_);
    write_text(object, "type", fhir::param_type_name(described.type), out_);
    write_text(object, "expression", described.expression, out_);
  }

  [[nodiscard]] bool takes(const fhir::SearchParam& param, std::string_view modifier) const {
    if (modifier != "type") {
      return refusal(param.code, modifier).empty();
    }
    // `:[type]`: any of those that it may refer to.
    const auto targets = std::span<const fhir::TypeId>(param.targets);
    return param.type == fhir::ParamType::kReference &&
           refusal(param.code,
                   fhir::type_name(targets.empty() ? fhir::well_known().patient : targets.front()))
               .empty();
  }

  // Why criteria cannot use the parameter with this modifier, empty for none; empty if they can.
  [[nodiscard]] std::string refusal(std::string_view code, std::string_view modifier) const {
    Issues issues;
    const CompileOptions options;
    if (code == "_filter" && modifier.empty()) {
      const std::string example = concat(criteria_name(type_), "?_filter=_id eq a");
      return compile(example, type_, options, {}, issues) ? std::string()
                                                          : issues.list().front().message;
    }
    Reporter reporter(issues, {});
    Criteria criteria;
    Lowering lowering{options, reporter, criteria};
    ParameterName name;
    name.name = code;
    name.has_modifier = !modifier.empty();
    name.modifier = modifier;
    ClauseStart start;
    if (!start_clause(name, type_, lowering, start)) {
      return issues.list().front().message;
    }
    if (start.clause.kind == Clause::Kind::kComposite) {
      for (const fhir::TypeId item : fhirpath::result_types(*start.clause.program)) {
        for (const fhir::ParamComponent& component : start.param.components()) {
          Clause part;
          if (std::string why = start_part(component, type_, item, part); !why.empty()) {
            return why;
          }
        }
      }
    }
    return {};
  }

  fhir::TypeId type_;
  std::string& out_;
};

}  // namespace

std::string search_parameters_json(fhir::TypeId type) {
  std::vector<const fhir::SearchParam*> params;
  for (const fhir::SearchParam* param : fhir::search_params(type)) {
    if (fhir::find_search_param(type, param->code) == param) {
      params.push_back(param);
    }
  }
  sort_by(params, [](const fhir::SearchParam* a, const fhir::SearchParam* b) {
    return a->code.view() < b->code.view();
  });
  std::string out;
  JsonList list(out, '[', ']');
  Writer writer(type, out);
  for (const fhir::SearchParam* param : params) {
    list.item();
    writer.write(*param);
  }
  list.close();
  return out;
}

}  // namespace fhirwall::search
