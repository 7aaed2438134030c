#include "core/policy/project_reader.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/concat.hpp"
#include "core/fhir/reference.hpp"
#include "core/policy/read_policy.hpp"
#include "core/policy/variables.hpp"

namespace fhirwall::policy {
namespace {

using json::kNoNode;
using json::NodeIndex;

// The id in `Project/id`; anything else is reported.
std::optional<std::string> project_id(const SourceText& reference, const SourceInput& input,
                                      Issues& issues) {
  const std::vector<std::string_view> base_urls(input.options.base_urls.begin(),
                                                input.options.base_urls.end());
  const fhir::ReferenceParts parts = fhir::parse_reference(reference.value, base_urls);
  if (parts.form == fhir::ReferenceParts::Form::kTypeId &&
      fhir::type_name(parts.type) == "Project") {
    return std::string(parts.id);
  }
  issues.error(IssueCode::kInvalidValue, reference.path, 0,
               "a project is a reference of the form `Project/id`");
  return std::nullopt;
}

void missing(Issues& issues, const std::string& path, std::string_view name,
             std::string_view message) {
  issues.error(IssueCode::kMissingProperty, JsonReader::member_path(path, name), 0,
               std::string(message));
}

}  // namespace

bool ProjectReader::take(std::string_view key, NodeIndex node, const std::string& path) {
  Value* value = key == "project"          ? &project_value_
                 : key == "linkedProjects" ? &linked_
                 : key == "onBehalfOf"     ? &target_
                                           : nullptr;
  if (value == nullptr) {
    return false;
  }
  *value = {node, path};
  return true;
}

// SPEC 16: a Project says its `resourceType`, a Reference does not.
std::optional<ProjectReader::Project> ProjectReader::read_project(const Value& value,
                                                                  const SourceInput& input) {
  if (!reader_.expect_object(value.node, value.path)) {
    return std::nullopt;
  }
  if (reader_.document().find(value.node, "resourceType") != kNoNode) {
    return read_document(value);
  }
  const auto reference = read_reference(reader_, value.node, value.path);
  if (!reference) {
    missing(reader_.issues(), value.path, "reference",
            "`reference` is missing: neither a Project nor a Reference");
    return std::nullopt;
  }
  auto id = project_id(*reference, input, reader_.issues());
  if (!id) {
    return std::nullopt;
  }
  return Project{{std::move(*id), true, {}}, reference->path, false};
}

std::optional<ProjectReader::Project> ProjectReader::read_document(const Value& value) {
  Project result{{}, JsonReader::member_path(value.path, "id"), false};
  LinkedProject& project = result.project;
  Issues& issues = reader_.issues();
  bool is_project = false;
  reader_.members(value.node, value.path, "Project",
                  [&](std::string_view key, NodeIndex node, const std::string& path) -> bool {
                    std::string text;
                    if (key == "resourceType") {
                      is_project = reader_.document().string_is(node, "Project");
                      if (!is_project) {
                        issues.error(IssueCode::kUnknownResourceType, path, 0,
                                     "expected `Project`");
                      }
                    } else if (key == "id") {
                      if (reader_.read_string(node, path, text) && fhir::is_valid_id(text)) {
                        project.id = text;
                      }
                    } else if (key == "superAdmin") {
                      (void)reader_.read_bool(node, path, result.super_admin);
                    } else if (key == "exportedResourceType") {
                      project.exports_all = false;
                      reader_.items(node, path, [&](NodeIndex item, const std::string& item_path) {
                        if (!reader_.read_string(item, item_path, text)) {
                          return;
                        }
                        project.exports.push_back(fhir::find_resource_type(text));
                        if (project.exports.back() == fhir::TypeId::kNone) {
                          issues.error(IssueCode::kUnknownResourceType, item_path, 0,
                                       concat("`", text, "` is not a resource type"));
                        }
                      });
                    } else {
                      return false;
                    }
                    return true;
                  });
  if (project.id.empty()) {
    missing(issues, value.path, "id", "a project needs a FHIR id");
    return std::nullopt;
  }
  return is_project ? std::optional<Project>(std::move(result)) : std::nullopt;
}

// The project that a membership says it is of.
std::optional<std::string> ProjectReader::project_of(const SourceMembership& member,
                                                     const SourceInput& input) {
  return member.project ? project_id(*member.project, input, reader_.issues()) : std::nullopt;
}

void ProjectReader::read_linked(SourceInput& out) {
  Issues& issues = reader_.issues();
  std::vector<LinkedProject>& linked = out.projects.linked;
  reader_.items(linked_.node, linked_.path, [&](NodeIndex item, const std::string& path) {
    if (linked.size() == max_projects_) {  // SPEC P8
      issues.error(IssueCode::kLimitExceeded, path, 0, "too many projects");
      return;
    }
    if (!reader_.expect_object(item, path)) {
      return;
    }
    if (reader_.document().find(item, "resourceType") == kNoNode) {
      missing(issues, path, "resourceType", "`resourceType` is missing: not a Project");
      return;
    }
    auto found = read_document({item, path});
    if (!found) {
      return;
    }
    const std::string& id = found->project.id;
    const bool known = std::any_of(linked.begin(), linked.end(),
                                   [&](const LinkedProject& other) { return other.id == id; });
    if (known || id == out.projects.own) {
      issues.error(IssueCode::kInconsistentInput, found->path, 0, "two projects have this id");
    }
    linked.push_back(std::move(found->project));
  });
  if (project_value_.node == kNoNode && out.projects.own.empty() && !linked.empty()) {
    missing(issues, {}, "project", "`project` is missing, and these are linked to it");
  }
}

// SPEC 10.3: one refusal for whatever makes the target unusable, so that it says nothing of it.
void ProjectReader::take_target(const std::optional<std::string>& project_of_caller,
                                SourceInput& out) {
  if (!reader_.expect_object(target_.node, target_.path)) {
    return;
  }
  std::optional<SourceMembership> target;
  std::optional<Project> project;
  bool has_project = false;
  reader_.members(target_.node, target_.path, {},
                  [&](std::string_view key, NodeIndex node, const std::string& path) -> bool {
                    if (key == "membership") {
                      target = read_membership(reader_, node, path);
                    } else if (key == "project") {
                      has_project = true;
                      project = read_project({node, path}, out);
                    } else {
                      return false;
                    }
                    return true;
                  });
  const auto& caller = out.membership;
  const auto id = target ? project_of(*target, out) : std::nullopt;
  const bool may_act = caller && caller->admin && caller->active;
  const bool together = id && project_of_caller == id &&
                        (!has_project || (project && project->project.id == *id)) &&
                        (!project_ || project_->project.id == *id);
  if (!may_act || !together || !target->active) {
    reader_.issues().error(IssueCode::kOnBehalfOf, target_.path, 0,
                           "the caller may not act on behalf of this membership");
    return;
  }
  out.caller_profile = effective_profile(out, reader_.issues());
  out.caller = std::exchange(out.membership, std::move(target));
  out.profile.reset();  // the caller's
  if (project) {
    project_ = std::move(project);
  }
}

void ProjectReader::finish(SourceInput& out) {
  if (project_value_.node != kNoNode) {
    project_ = read_project(project_value_, out);
  }
  const auto id = out.membership ? project_of(*out.membership, out) : std::nullopt;
  if (id && project_ && *id != project_->project.id) {  // SPEC 3.2
    reader_.issues().error(IssueCode::kInconsistentInput, project_->path, 0,
                           "the project is not the one of the membership");
  }
  if (target_.node != kNoNode) {
    take_target(id, out);
  }
  if (project_) {
    out.projects.own = project_->project.id;
    out.projects.own_json = concat("\"", project_->project.id, "\"");
    out.in_super_project = project_->super_admin;
  }
  if (linked_.node != kNoNode) {
    read_linked(out);
  }
}

void append_canonical_projects(const SourceInput& source, std::string& out) {
  out += source.caller ? "\non behalf of" : "";
  if (source.projects.own.empty()) {
    return;
  }
  out += concat("\nproject ", source.projects.own);
  for (const LinkedProject& project : source.projects.linked) {
    out += concat("\nlinked ", project.id, project.exports_all ? " all" : "");
    for (const fhir::TypeId type : project.exports) {
      out += concat(" ", fhir::type_name(type));
    }
  }
}

}  // namespace fhirwall::policy
