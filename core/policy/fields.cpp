#include "core/policy/fields.hpp"

#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/concat.hpp"
#include "core/policy/type_sets.hpp"

namespace fhirwall::policy {
namespace {

// False when the path certainly does not exist on the type: its first step names nothing there.
// Spares a `*` rule the parsing of every path for every type.
bool may_exist(std::string_view path, fhir::TypeId type) {
  const std::size_t end = path.find_first_of(".[(");
  if (end != std::string_view::npos && path[end] == '(') {  // extension('url')
    return true;
  }
  const std::string_view first = path.substr(0, end);
  return first == fhir::type_name(type) || fhir::find_element(type, first) != nullptr ||
         fhir::find_child(type, first).element != nullptr;
}

bool resolve(std::string_view path, fhir::TypeId type, fhir::ElementPath& out,
             redact::ResolveFailure& failure) {
  out.clear();
  return redact::resolve_path(path, type, out, failure);
}

// SPEC 1.3: `id` and `resourceType` of the resource itself, with or without the type in front.
bool names_protected(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot != std::string_view::npos &&
      fhir::find_resource_type(path.substr(0, dot)) != fhir::TypeId::kNone) {
    path.remove_prefix(dot + 1);
  }
  return path == "id" || path == "resourceType";
}

// The furthest failure is the most telling one.
bool exists_somewhere(std::string_view path, fhir::ElementPath& resolved,
                      redact::ResolveFailure& failure) {
  bool failed_before = false;
  for (const fhir::TypeId type : fhir::resource_types()) {
    if (!is_in_wildcard(type) || (failed_before && !may_exist(path, type))) {
      continue;
    }
    redact::ResolveFailure here;
    if (resolve(path, type, resolved, here)) {
      return true;
    }
    if (!failed_before || here.offset > failure.offset) {
      failure = std::move(here);
    }
    failed_before = true;
  }
  return false;
}

// The plan of a rule that hides nothing depends on the type, on `extendedMeta` (SPEC 7.7) and on
// `mark` (7.8) alone.
// Made at its first use and kept: a `*` rule needs one for every type.
class SharedPlans {
 public:
  SharedPlans(redact::Mark mark, bool extended_meta)
      : slots_(std::make_unique<Slot[]>(fhir::resource_types().size())) {
    options_.mark = mark;
    options_.extended_meta = extended_meta;
  }
  [[nodiscard]] const std::shared_ptr<const redact::Plan>& of(fhir::TypeId type) const {
    Slot& slot = slots_[fhir::resource_index(type)];
    std::call_once(slot.once, [&] { slot.plan = redact::make_plan(type, {}, options_); });
    return slot.plan;
  }

 private:
  struct Slot {
    std::once_flag once;
    std::shared_ptr<const redact::Plan> plan;
  };
  std::unique_ptr<Slot[]> slots_;
  redact::PlanOptions options_;
};

// The paths that exist on the type.
std::vector<fhir::ElementPath> paths_on(std::span<const SourceText> texts, fhir::TypeId type) {
  std::vector<fhir::ElementPath> paths;
  for (const SourceText& text : texts) {
    fhir::ElementPath path;
    redact::ResolveFailure failure;
    if (may_exist(text.value, type) && resolve(text.value, type, path, failure)) {
      paths.push_back(std::move(path));
    }
  }
  return paths;
}

}  // namespace

const std::shared_ptr<const redact::Plan>& plan_hiding_nothing(fhir::TypeId type,
                                                               const redact::PlanOptions& options) {
  using redact::Mark;
  static const SharedPlans kShared[][2] = {{{Mark::kNone, false}, {Mark::kNone, true}},
                                           {{Mark::kSubsetted, false}, {Mark::kSubsetted, true}},
                                           {{Mark::kRedacted, false}, {Mark::kRedacted, true}}};
  return kShared[static_cast<std::size_t>(options.mark)][options.extended_meta ? 1 : 0].of(type);
}

void check_fields(const SourceRule& rule, std::span<const SourceText> paths, bool hidden,
                  Issues& issues) {
  fhir::ElementPath resolved;
  for (const SourceText& text : paths) {
    const auto refuse = [&] {
      issues.error(IssueCode::kProtectedPath, text.path, 0,
                   concat("`", text.value, "` cannot be hidden"));
    };
    if (hidden && names_protected(text.value)) {
      refuse();
      continue;
    }
    redact::ResolveFailure failure;
    const bool exists = rule.any_type ? exists_somewhere(text.value, resolved, failure)
                                      : resolve(text.value, rule.type, resolved, failure);
    if (!exists) {
      const bool syntax = failure.message.starts_with("expected ");
      issues.error(syntax ? IssueCode::kPathSyntax : IssueCode::kUnknownPath, text.path,
                   failure.offset, failure.message);
    } else if (hidden && redact::is_protected(resolved)) {
      refuse();
    }
  }
}

bool exists_on(std::string_view path, fhir::TypeId type) {
  fhir::ElementPath resolved;
  redact::ResolveFailure failure;
  return may_exist(path, type) && resolve(path, type, resolved, failure);
}

std::shared_ptr<const redact::Plan> make_rule_plan(const SourceRule& rule, fhir::TypeId type,
                                                   const redact::PlanOptions& options) {
  const std::vector<fhir::ElementPath> hidden = paths_on(rule.hidden_fields, type);
  return hidden.empty() ? plan_hiding_nothing(type, options)
                        : redact::make_plan(type, hidden, options);
}

std::shared_ptr<const redact::Plan> make_readonly_plan(const SourceRule& rule, fhir::TypeId type) {
  const std::vector<fhir::ElementPath> paths = paths_on(rule.readonly_fields, type);
  redact::PlanOptions options;
  options.closure_strict = false;
  options.keep_unknown_elements = true;
  options.extended_meta = true;
  return paths.empty() ? nullptr : redact::make_plan(type, paths, options);
}

}  // namespace fhirwall::policy
