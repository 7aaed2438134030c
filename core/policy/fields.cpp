#include "core/policy/fields.hpp"

#include <string_view>
#include <utility>

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

}  // namespace

PlanStore::PlanStore(const redact::PlanOptions& options)
    : options_(options), hiding_nothing_(fhir::resource_types().size()) {}

std::shared_ptr<const redact::Plan> PlanStore::plan(fhir::TypeId type,
                                                    std::span<const fhir::ElementPath> hidden) {
  if (!hidden.empty()) {
    return redact::make_plan(type, hidden, options_);
  }
  auto& shared = hiding_nothing_[fhir::resource_index(type)];
  if (!shared) {
    shared = redact::make_plan(type, hidden, options_);
  }
  return shared;
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

std::shared_ptr<const redact::Plan> make_rule_plan(const SourceRule& rule, fhir::TypeId type,
                                                   PlanStore& plans) {
  std::vector<fhir::ElementPath> hidden;
  for (const SourceText& text : rule.hidden_fields) {
    fhir::ElementPath path;
    redact::ResolveFailure failure;
    if (may_exist(text.value, type) && resolve(text.value, type, path, failure)) {
      hidden.push_back(std::move(path));
    }
  }
  return plans.plan(type, hidden);
}

}  // namespace fhirwall::policy
