#include "core/policy/projects.hpp"

#include <algorithm>

#include "core/policy/type_sets.hpp"

namespace fhirwall::policy {

bool in_projects(const Projects& projects, Interaction interaction, fhir::TypeId type,
                 const json::Document& document, json::NodeIndex resource) {
  const json::NodeIndex node = document.find(document.find(resource, "meta"), "project");
  if (node == json::kNoNode || !document.is_string(node)) {
    return false;
  }
  std::string scratch;
  const std::string_view id = document.string(node, scratch);
  if (is_admin_type(type)) {
    if (fhir::type_name(type) != "Project") {
      return id == projects.own;
    }
    // One that is being created has no id yet (SPEC 9.1).
    const json::NodeIndex itself = document.find(resource, "id");
    if (interaction == Interaction::kCreate || itself == json::kNoNode ||
        !document.string_is(itself, id)) {
      return false;
    }
  }
  if (id == projects.own) {
    return true;
  }
  const bool reads = (mask_of(interaction) & kReadInteractions) != 0;
  const auto shares = [&](const LinkedProject& project) {
    return project.id == id &&
           (project.exports_all || std::find(project.exports.begin(), project.exports.end(),
                                             type) != project.exports.end());
  };
  return reads && std::any_of(projects.linked.begin(), projects.linked.end(), shares);
}

}  // namespace fhirwall::policy
