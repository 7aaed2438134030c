#include "core/policy/admin_rules.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/concat.hpp"

namespace fhirwall::policy {
namespace {

bool is_admin(const SourceInput& source) {
  return source.membership && source.membership->admin && source.membership->active &&
         !source.projects.own.empty();
}

// One of the rules of SPEC 10.2. Lists are separated by spaces.
struct AdminRule {
  std::string_view type;
  std::string_view hidden;
  std::string_view readonly;
  bool reads_only = false;
  bool deletes = true;
};

void append_texts(std::string_view names, std::string_view path, std::vector<SourceText>& out) {
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(' '), names.size());
    out.push_back({std::string(names.substr(0, end)), std::string(path)});
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

void add(const AdminRule& row, std::string_view path, std::string_view query,
         std::vector<SourceRule>& out) {
  SourceRule rule;
  rule.path = path;
  rule.index = static_cast<std::uint32_t>(out.size());
  rule.type = fhir::find_resource_type(row.type);
  if (!query.empty()) {
    rule.criteria = SourceText{concat(row.type, "?", query), std::string(path)};
  }
  rule.readonly = row.reads_only;
  if (!row.deletes) {
    rule.interactions =
        static_cast<InteractionMask>(kAllInteractions & ~mask_of(Interaction::kDelete));
  }
  append_texts(row.hidden, path, rule.hidden_fields);
  append_texts(row.readonly, path, rule.readonly_fields);
  out.push_back(std::move(rule));
}

void add_project_admin(const SourceInput& source, std::vector<SourceRule>& out) {
  constexpr std::string_view kPath = "membership.admin";
  constexpr AdminRule kLinked = {
      "Project", "superAdmin setting systemSetting secret systemSecret strictMode", {}, true, true};
  constexpr AdminRule kOwn = {"Project", "superAdmin systemSecret strictMode",
                              "features link systemSetting", false, false};
  constexpr std::array<AdminRule, 3> kInProject = {{
      {"ProjectMembership", {}, "project user"},
      {"UserSecurityRequest", {}, {}, true},
      {"User", "passwordHash mfaSecret", "email emailVerified mfaEnrolled project"},
  }};
  // The rule that hides most comes first: the first match decides (SPEC 4.2).
  std::string ids;
  for (const LinkedProject& project : source.projects.linked) {
    ids += concat(ids.empty() ? "_id=" : ",", project.id);
  }
  if (!ids.empty()) {
    add(kLinked, kPath, ids, out);
  }
  add(kOwn, kPath, concat("_id=", source.projects.own), out);
  for (const AdminRule& row : kInProject) {
    add(row, kPath, concat("_project=Project/", source.projects.own), out);
  }
}

// Each admin type that no policy mentions, with all rights.
void add_super_admin(const SourceInput& source, std::vector<SourceRule>& out) {
  constexpr std::array<std::string_view, 5> kTypes = {
      "PasswordChangeRequest", "UserSecurityRequest", "Project", "ProjectMembership", "User"};
  for (const std::string_view name : kTypes) {
    if (!mentions(source, fhir::find_resource_type(name))) {
      add({name, {}, {}}, "options.superAdminTypes", {}, out);
    }
  }
}

}  // namespace

bool is_project_admin(const SourceInput& source) {
  return is_admin(source) && !source.in_super_project;
}

bool is_super_admin(const SourceInput& source) {
  return is_admin(source) && source.in_super_project && source.options.super_admin_types;
}

std::vector<SourceRule> admin_rules(const SourceInput& source) {
  std::vector<SourceRule> rules;
  if (is_super_admin(source)) {
    add_super_admin(source, rules);
  } else if (is_project_admin(source)) {
    add_project_admin(source, rules);
  }
  return rules;
}

}  // namespace fhirwall::policy
