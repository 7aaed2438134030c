#pragma once

#include <string>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "core/policy/interaction.hpp"

// The projects that a caller may reach into (SPEC 10.1).
namespace fhirwall::policy {

struct LinkedProject {
  std::string id;
  // `exportedResourceType`: what the project shares. An empty list shares nothing.
  bool exports_all = true;
  std::vector<fhir::TypeId> exports;
};

struct Projects {
  std::string own;       // a FHIR id; empty: no project was given, and nothing is checked
  std::string own_json;  // the same as text of a JSON string: `meta.project` of what is created
  std::vector<LinkedProject> linked;
};

// Is the resource in a project that the interaction may touch? Writing: the own one. Reading: that
// or a linked one that shares the type; of the admin types linked projects share Project alone.
// What has no `meta.project`, or one that is no id, is in none; a Project is in itself.
[[nodiscard]] bool in_projects(const Projects& projects, Interaction interaction, fhir::TypeId type,
                               const json::Document& document, json::NodeIndex resource);

}  // namespace fhirwall::policy
