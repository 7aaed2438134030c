#include "core/search/custom.hpp"

#include <algorithm>
#include <utility>

#include "core/base/ascii.hpp"
#include "core/base/concat.hpp"
#include "core/base/sort.hpp"
#include "core/search/compile_clause.hpp"
#include "core/search/custom_reader.hpp"

namespace fhirwall::search {
namespace {

using fhir::TypeId;
using json::Document;
using json::NodeIndex;

// What criteria can spell without escapes. A `_` in front marks what FHIR defines for all types.
bool is_plain_code(std::string_view code) {
  return !code.empty() && ascii::is_alpha(code.front()) &&
         std::all_of(code.begin(), code.end(), [](char c) {
           return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '_';
         });
}

// False, and an issue, when it is none that can be supplied.
bool read_type(CustomReader& reader, CustomParam& param) {
  const std::string text = reader.text("type");
  if (text.empty()) {
    return false;
  }
  using fhir::ParamType;
  for (auto i = static_cast<unsigned>(ParamType::kNumber);
       i <= static_cast<unsigned>(ParamType::kSpecial); ++i) {
    const auto type = static_cast<ParamType>(i);
    if (param_type_name(type) == text) {
      param.type = type;
      if (type != ParamType::kComposite && type != ParamType::kSpecial) {
        return true;
      }
      reader.error(IssueCode::kUnsupportedFeature, member_path(reader.path(), "type"),
                   concat("a ", text, " parameter cannot be supplied"));
      return false;
    }
  }
  reader.error(IssueCode::kInvalidValue, member_path(reader.path(), "type"),
               "expected a type of search parameters, such as `token`");
  return false;
}

void read_targets(CustomReader& reader, CustomParam& param) {
  bool any = false;
  reader.texts("target", [&](std::string_view name, const std::string& path) {
    if (name == "Resource" || name == "DomainResource") {
      any = true;
    } else if (const TypeId type = reader.resource_type(name, path); type != TypeId::kNone) {
      param.targets.push_back(type);
    }
  });
  if (any) {
    param.targets.clear();
  }
  sort_items(param.targets);
}

// One item of `base`, with the program for it: abstract types stand for all that are one, and share
// it.
class Bases {
 public:
  // `has_type`: the parameter's type is known, so that it can be said what it compares.
  Bases(CustomReader& reader, const Custom& known, bool has_type, CustomParam& param)
      : reader_(reader), known_(known), has_type_(has_type), param_(param) {}

  void add(std::string_view name, const std::string& path) {
    const fhir::WellKnown& types = fhir::well_known();
    TypeId focus = TypeId::kNone;
    if (name == "Resource") {
      focus = types.resource;
    } else if (name == "DomainResource") {
      focus = types.domain_resource;
    } else {
      focus = reader_.resource_type(name, path);
    }
    any_ = true;
    if (focus == TypeId::kNone) {
      return;
    }
    const std::shared_ptr<const fhirpath::Program> program = compile(focus);
    if (focus == types.resource) {
      claim(focus, path, program);  // for `*`
    }
    for (const TypeId type : fhir::resource_types()) {
      if (fhir::is_a(type, focus) && !claim(type, path, program)) {
        return;
      }
    }
  }

  void finish() {
    if (!any_) {
      reader_.error(IssueCode::kMissingProperty, member_path(reader_.path(), "base"),
                    "`base` is missing");
    }
    sort_by(param_.bases,
            [](const CustomParam::Base& a, const CustomParam::Base& b) { return a.type < b.type; });
  }

 private:
  bool claim(TypeId type, const std::string& path,
             const std::shared_ptr<const fhirpath::Program>& program) {
    if (fhir::find_search_param(type, param_.code) != nullptr ||
        known_.find_param(type, param_.code) != nullptr || param_.base_of(type) != nullptr) {
      reader_.error(
          IssueCode::kInconsistentInput, path,
          concat("`", criteria_name(type), "` has a search parameter `", param_.code, "` already"));
      return false;
    }
    param_.bases.push_back({type, program});
    return true;
  }

  std::shared_ptr<const fhirpath::Program> compile(TypeId focus) {
    if (param_.expression.empty()) {
      return nullptr;  // reported
    }
    fhirpath::CompileResult compiled = fhirpath::compile_search(param_.expression, focus);
    if (compiled.program) {
      Clause clause;
      clause.kind = kind_of(Param(param_));
      std::string why = has_type_ ? set_program(compiled, clause) : std::string();
      if (why.empty() || fhirpath::yields_concept_text(*compiled.program)) {
        return compiled.program;
      }
      compiled.error = {0, std::move(why), IssueCode::kUnsupportedParameter};
    }
    std::string message = concat(compiled.error.message, ", for `", fhir::type_name(focus), "`");
    reader_.error(compiled.error.code, member_path(reader_.path(), "expression"),
                  std::move(message), compiled.error.offset);
    return nullptr;
  }

  CustomReader& reader_;
  const Custom& known_;
  bool has_type_;
  CustomParam& param_;
  bool any_ = false;
};

}  // namespace

void read_search_parameter(const Document& document, NodeIndex node, const std::string& path,
                           const Limits& limits, Issues& issues, Custom& out) {
  CustomReader reader(document, node, path, issues);
  if (!reader.open("SearchParameter")) {
    return;
  }
  reader.expect_resource_type("SearchParameter");
  CustomParam param;
  param.code = reader.text("code");
  if (!param.code.empty() && !is_plain_code(param.code)) {
    reader.error(IssueCode::kInvalidValue, member_path(path, "code"),
                 "expected a letter, then letters, digits, `-` and `_`");
  }
  const bool has_type = read_type(reader, param);
  param.expression = reader.text("expression");
  if (param.expression.size() > limits.max_expression_bytes) {
    reader.error(IssueCode::kLimitExceeded, member_path(path, "expression"),
                 "the expression is too long");
    param.expression.clear();
  }
  read_targets(reader, param);
  Bases bases(reader, out, has_type, param);
  reader.texts("base", [&](std::string_view name, const std::string& base_path) {
    bases.add(name, base_path);
  });
  bases.finish();
  if (reader.ok()) {
    const auto place = std::upper_bound(
        out.params.begin(), out.params.end(), param.code,
        [](const std::string& code, const CustomParam& known) { return code < known.code; });
    out.params.insert(place, std::move(param));
  }
}

}  // namespace fhirwall::search
