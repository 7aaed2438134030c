#include "core/policy/read_policy.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include "core/base/ascii.hpp"
#include "core/base/concat.hpp"

namespace fhirwall::policy {
namespace {

using json::NodeIndex;

void missing(JsonReader& reader, const std::string& path, std::string_view name) {
  reader.issues().error(IssueCode::kMissingProperty, JsonReader::member_path(path, name), 0,
                        concat("`", name, "` is missing"));
}

// SPEC 3.5: variables stand in criteria, references, IP values and constraints, nowhere else.
bool holds_variable(JsonReader& reader, const SourceText& text) {
  for (std::size_t i = 0; i + 1 < text.value.size(); ++i) {
    const char next = text.value[i + 1];
    if (text.value[i] == '%' && (ascii::is_alpha(next) || next == '_')) {
      reader.issues().error(IssueCode::kVariableNotAllowed, text.path,
                            static_cast<std::uint32_t>(i), "a variable cannot stand here");
      return true;
    }
  }
  return false;
}

void read_texts(JsonReader& reader, NodeIndex node, const std::string& path,
                std::vector<SourceText>& out) {
  reader.items(node, path, [&](NodeIndex item, const std::string& item_path) {
    SourceText text{{}, item_path};
    if (reader.read_string(item, item_path, text.value) && !holds_variable(reader, text)) {
      out.push_back(std::move(text));
    }
  });
}

void check_resource_type(JsonReader& reader, NodeIndex node, const std::string& path,
                         std::string_view expected) {
  std::string text;
  if (reader.read_string(node, path, text) && text != expected) {
    reader.issues().error(IssueCode::kUnknownResourceType, path, 0,
                          concat("expected `", expected, "`"));
  }
}

// SPEC 1.3: a known resource type of R4 or Medplum, or `*`.
void read_rule_type(JsonReader& reader, const SourceText& text, SourceRule& rule) {
  if (text.value == "*") {
    rule.any_type = true;
    return;
  }
  if (holds_variable(reader, text)) {
    return;
  }
  rule.type = fhir::find_resource_type(text.value);
  if (rule.type == fhir::TypeId::kNone) {
    reader.issues().error(IssueCode::kUnknownResourceType, text.path, 0,
                          concat("`", text.value, "` is not a resource type"));
  }
}

void read_interactions(JsonReader& reader, NodeIndex node, const std::string& path,
                       SourceRule& rule) {
  rule.interactions = InteractionMask{0};
  reader.items(node, path, [&](NodeIndex item, const std::string& item_path) {
    SourceText text{{}, item_path};
    if (!reader.read_string(item, item_path, text.value) || holds_variable(reader, text)) {
      return;
    }
    // `patch` is a name for requests only; the policy language has `update` (SPEC 1.3).
    const auto interaction = find_interaction(text.value);
    if (!interaction || text.value == "patch") {
      reader.issues().error(IssueCode::kUnknownInteraction, item_path, 0,
                            concat("`", text.value, "` is not an interaction"));
      return;
    }
    rule.interactions = static_cast<InteractionMask>(*rule.interactions | mask_of(*interaction));
  });
}

// `writeConstraint[]`: an Expression in FHIRPath (SPEC 1.2).
void read_constraint(JsonReader& reader, NodeIndex node, const std::string& path,
                     SourceRule& rule) {
  if (!reader.expect_object(node, path)) {
    return;
  }
  bool has_language = false;
  bool has_expression = false;
  reader.members(
      node, path, "Expression",
      [&](std::string_view key, NodeIndex child, const std::string& child_path) -> bool {
        SourceText text{{}, child_path};
        if (key == "language") {
          has_language = true;
          if (reader.read_string(child, child_path, text.value) && text.value != "text/fhirpath") {
            reader.issues().error(IssueCode::kInvalidValue, child_path, 0,
                                  "the language must be `text/fhirpath`");
          }
        } else if (key == "expression") {
          has_expression = true;
          if (reader.read_string(child, child_path, text.value)) {
            rule.write_constraints.push_back(std::move(text));
          }
        } else {
          return false;
        }
        return true;
      });
  if (!has_language) {
    missing(reader, path, "language");
  }
  if (!has_expression) {
    missing(reader, path, "expression");
  }
}

// A Reference that must say something: `compartment`, a policy.
std::optional<SourceText> read_required_reference(JsonReader& reader, NodeIndex node,
                                                  const std::string& path) {
  auto text = read_reference(reader, node, path);
  if (!text && reader.document().is_object(node)) {
    missing(reader, path, "reference");
  }
  return text;
}

SourceRule read_rule(JsonReader& reader, NodeIndex node, const std::string& path) {
  SourceRule rule;
  rule.path = path;
  bool has_type = false;
  reader.members(node, path, "AccessPolicy.resource",
                 [&](std::string_view key, NodeIndex child, const std::string& child_path) -> bool {
                   SourceText text{{}, child_path};
                   if (key == "resourceType") {
                     has_type = true;
                     if (reader.read_string(child, child_path, text.value)) {
                       read_rule_type(reader, text, rule);
                     }
                   } else if (key == "criteria") {
                     // Present even when of the wrong type: the rule must not look unconditional.
                     (void)reader.read_string(child, child_path, text.value);
                     rule.criteria = std::move(text);
                   } else if (key == "compartment") {
                     rule.compartment = read_required_reference(reader, child, child_path);
                   } else if (key == "readonly") {
                     (void)reader.read_bool(child, child_path, rule.readonly);
                   } else if (key == "interaction") {
                     read_interactions(reader, child, child_path, rule);
                   } else if (key == "hiddenFields") {
                     read_texts(reader, child, child_path, rule.hidden_fields);
                   } else if (key == "readonlyFields") {
                     read_texts(reader, child, child_path, rule.readonly_fields);
                   } else if (key == "writeConstraint") {
                     reader.items(child, child_path,
                                  [&](NodeIndex item, const std::string& item_path) {
                                    read_constraint(reader, item, item_path, rule);
                                  });
                   } else {
                     return false;
                   }
                   return true;
                 });
  if (!has_type) {
    missing(reader, path, "resourceType");
  }
  // SPEC 1.3: both `readonly: true` and an `interaction` that writes.
  if (rule.readonly && rule.interactions && (*rule.interactions & ~kReadInteractions) != 0) {
    reader.issues().error(IssueCode::kReadonlyConflict,
                          JsonReader::member_path(path, "interaction"), 0,
                          "`readonly` is true but an interaction writes");
  }
  return rule;
}

void read_ip_rule(JsonReader& reader, NodeIndex node, const std::string& path,
                  SourcePolicy& policy) {
  if (!reader.expect_object(node, path)) {
    return;
  }
  SourceIpRule rule;
  bool has_value = false;
  bool has_action = false;
  bool readable = true;
  reader.members(node, path, "AccessPolicy.ipAccessRule",
                 [&](std::string_view key, NodeIndex child, const std::string& child_path) -> bool {
                   if (key == "value") {
                     has_value = true;
                     rule.value.path = child_path;
                     readable = reader.read_string(child, child_path, rule.value.value) && readable;
                   } else if (key == "action") {
                     has_action = true;
                     std::string text;
                     if (!reader.read_string(child, child_path, text)) {
                       return true;
                     }
                     rule.action = text == "allow" ? net::IpAction::kAllow : net::IpAction::kBlock;
                     if (text != "allow" && text != "block") {
                       reader.issues().error(IssueCode::kInvalidValue, child_path, 0,
                                             "expected `allow` or `block`");
                     }
                   } else {
                     return false;
                   }
                   return true;
                 });
  if (!has_value) {
    missing(reader, path, "value");
  }
  if (!has_action) {
    missing(reader, path, "action");
  }
  if (has_value && readable) {
    policy.ip_rules.push_back(std::move(rule));
  }
}

SourceParameter read_parameter(JsonReader& reader, NodeIndex node, const std::string& path) {
  SourceParameter parameter;
  parameter.path = path;
  bool has_name = false;
  bool has_value = false;
  reader.members(node, path, "ProjectMembership.access.parameter",
                 [&](std::string_view key, NodeIndex child, const std::string& child_path) -> bool {
                   SourceText text{{}, child_path};
                   if (key == "name") {
                     has_name = reader.read_string(child, child_path, parameter.name) &&
                                !parameter.name.empty();
                   } else if (key == "valueString") {
                     has_value = true;
                     if (reader.read_string(child, child_path, text.value)) {
                       parameter.value_string = std::move(text);
                     }
                   } else if (key == "valueReference") {
                     has_value = true;
                     parameter.value_reference = read_reference(reader, child, child_path);
                   } else {
                     return false;
                   }
                   return true;
                 });
  if (!has_name) {
    missing(reader, path, "name");
  }
  if (!has_value) {
    missing(reader, path, "value[x]");
  }
  return parameter;
}

void read_access(JsonReader& reader, NodeIndex node, const std::string& path,
                 std::vector<SourceAccess>& out) {
  if (!reader.expect_object(node, path)) {
    return;
  }
  SourceAccess access;
  bool has_policy = false;
  reader.members(node, path, "ProjectMembership.access",
                 [&](std::string_view key, NodeIndex child, const std::string& child_path) -> bool {
                   if (key == "policy") {
                     has_policy = true;
                     if (auto text = read_required_reference(reader, child, child_path)) {
                       access.policy = std::move(*text);
                     }
                   } else if (key == "parameter") {
                     reader.items(
                         child, child_path, [&](NodeIndex item, const std::string& item_path) {
                           if (reader.expect_object(item, item_path)) {
                             access.parameters.push_back(read_parameter(reader, item, item_path));
                           }
                         });
                   } else {
                     return false;
                   }
                   return true;
                 });
  if (!has_policy) {
    missing(reader, path, "policy");
  }
  if (!access.policy.path.empty()) {
    out.push_back(std::move(access));
  }
}

}  // namespace

std::optional<SourceText> read_reference(JsonReader& reader, NodeIndex node,
                                         const std::string& path) {
  if (!reader.expect_object(node, path)) {
    return std::nullopt;
  }
  std::optional<SourceText> result;
  reader.members(node, path, "Reference",
                 [&](std::string_view key, NodeIndex child, const std::string& child_path) -> bool {
                   if (key != "reference") {
                     return false;
                   }
                   SourceText text{{}, child_path};
                   if (reader.read_string(child, child_path, text.value)) {
                     result = std::move(text);
                   }
                   return true;
                 });
  return result;
}

SourcePolicy read_policy(JsonReader& reader, NodeIndex node, const std::string& path) {
  SourcePolicy policy;
  policy.path = path;
  bool has_type = false;
  reader.members(
      node, path, "AccessPolicy",
      [&](std::string_view key, NodeIndex child, const std::string& child_path) -> bool {
        if (key == "resourceType") {
          has_type = true;
          check_resource_type(reader, child, child_path, "AccessPolicy");
        } else if (key == "id") {
          (void)reader.read_string(child, child_path, policy.id);
        } else if (key == "name") {
          (void)reader.read_string(child, child_path, policy.name);
        } else if (key == "compartment") {
          policy.compartment = read_required_reference(reader, child, child_path);
        } else if (key == "resource") {
          std::uint32_t index = 0;
          reader.items(child, child_path, [&](NodeIndex item, const std::string& item_path) {
            if (reader.expect_object(item, item_path)) {
              policy.rules.push_back(read_rule(reader, item, item_path));
              policy.rules.back().index = index;
            }
            ++index;
          });
        } else if (key == "ipAccessRule") {
          reader.items(child, child_path, [&](NodeIndex item, const std::string& item_path) {
            read_ip_rule(reader, item, item_path, policy);
          });
        } else {
          return false;
        }
        return true;
      });
  if (!has_type) {
    missing(reader, path, "resourceType");
  }
  return policy;
}

std::optional<SourceMembership> read_membership(JsonReader& reader, NodeIndex node,
                                                const std::string& path) {
  if (!reader.expect_object(node, path)) {
    return std::nullopt;
  }
  SourceMembership membership;
  std::optional<SourceText> own_policy;
  bool has_type = false;
  reader.members(node, path, "ProjectMembership",
                 [&](std::string_view key, NodeIndex child, const std::string& child_path) -> bool {
                   if (key == "resourceType") {
                     has_type = true;
                     check_resource_type(reader, child, child_path, "ProjectMembership");
                   } else if (key == "active") {
                     (void)reader.read_bool(child, child_path, membership.active);
                   } else if (key == "admin") {
                     (void)reader.read_bool(child, child_path, membership.admin);
                   } else if (key == "profile") {
                     membership.profile = read_reference(reader, child, child_path);
                   } else if (key == "project") {
                     membership.project = read_required_reference(reader, child, child_path);
                   } else if (key == "accessPolicy") {
                     own_policy = read_required_reference(reader, child, child_path);
                   } else if (key == "access") {
                     reader.items(child, child_path,
                                  [&](NodeIndex item, const std::string& item_path) {
                                    read_access(reader, item, item_path, membership.access);
                                  });
                   } else {
                     return false;
                   }
                   return true;
                 });
  if (!has_type) {
    missing(reader, path, "resourceType");
  }
  // SPEC 2.1: `accessPolicy` first, whatever the order of the keys.
  if (own_policy) {
    membership.access.insert(membership.access.begin(), SourceAccess{std::move(*own_policy), {}});
  }
  return membership;
}

}  // namespace fhirwall::policy
