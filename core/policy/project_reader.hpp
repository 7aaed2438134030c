#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/policy/json_reader.hpp"
#include "core/policy/source.hpp"

namespace fhirwall::policy {

// `project`, `linkedProjects` and `onBehalfOf` of the input (SPEC 10, 16). They are looked at when
// everything else is read: references depend on `options.baseUrls`.
class ProjectReader {
 public:
  ProjectReader(JsonReader& reader, std::uint32_t max_projects)
      : reader_(reader), max_projects_(max_projects) {}

  // False: `key` is none of the three.
  [[nodiscard]] bool take(std::string_view key, json::NodeIndex node, const std::string& path);
  // From then on `membership`, `profile` and the projects of `out` are those that count: with
  // `onBehalfOf` the target's.
  void finish(SourceInput& out);

 private:
  struct Value {
    json::NodeIndex node = json::kNoNode;
    std::string path;
  };
  // A Project, or a Reference to one.
  struct Project {
    LinkedProject project;
    std::string path;  // of what says which one
    bool super_admin = false;
  };
  [[nodiscard]] std::optional<Project> read_project(const Value& value, const SourceInput& input);
  [[nodiscard]] std::optional<Project> read_document(const Value& value);
  [[nodiscard]] std::optional<std::string> project_of(const SourceMembership& member,
                                                      const SourceInput& input);
  void read_linked(SourceInput& out);
  void take_target(const std::optional<std::string>& project_of_caller, SourceInput& out);

  JsonReader& reader_;
  std::uint32_t max_projects_;
  Value project_value_;
  Value linked_;
  Value target_;
  std::optional<Project> project_;
};

// Part of the policy's hash.
void append_canonical_projects(const SourceInput& source, std::string& out);

}  // namespace fhirwall::policy
