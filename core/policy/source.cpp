#include "core/policy/source.hpp"

#include <algorithm>
#include <utility>

#include "core/base/concat.hpp"
#include "core/policy/project_reader.hpp"
#include "core/policy/read_policy.hpp"
#include "grammar/scope/parse.hpp"

namespace fhirwall::policy {
namespace {

using json::NodeIndex;

// A supplied AccessPolicy before it is known to be used.
struct Candidate {
  NodeIndex node = json::kNoNode;
  std::string path;
};

// SPEC 11.1: the resource scopes; what is malformed refuses.
void read_scopes(JsonReader& reader, NodeIndex node, const std::string& path, const Limits& limits,
                 SourceInput& out) {
  std::string text;
  if (!reader.read_string(node, path, text)) {
    return;
  }
  auto parsed = grammar::scope::parse(text, {limits.max_expression_bytes});
  if (parsed.ok()) {
    out.scopes = std::move(parsed).value();
    return;
  }
  const grammar::SyntaxError& error = parsed.error();
  reader.issues().error(error.limit ? IssueCode::kLimitExceeded : IssueCode::kScopeSyntax, path,
                        error.offset, concat("expected ", error.expected));
}

// SPEC 16: `policies` is one AccessPolicy or an array of them.
void read_policies(JsonReader& reader, NodeIndex node, const std::string& path,
                   std::vector<Candidate>& out) {
  if (reader.document().is_object(node)) {
    out.push_back({node, path});
    return;
  }
  reader.items(node, path, [&](NodeIndex item, const std::string& item_path) {
    if (reader.expect_object(item, item_path)) {
      out.push_back({item, item_path});
    }
  });
}

// SPEC 16: a string or { reference }.
std::optional<SourceText> read_text_or_reference(JsonReader& reader, NodeIndex node,
                                                 const std::string& path) {
  if (reader.document().is_string(node)) {
    SourceText text{{}, path};
    (void)reader.read_string(node, path, text.value);
    return text;
  }
  return read_reference(reader, node, path);
}

// SPEC 11.4: there is no fall-back for one that does not say who it is.
void read_launch_patient(JsonReader& reader, NodeIndex node, const std::string& path,
                         SourceInput& out) {
  out.has_launch_patient = true;
  out.launch_patient = read_text_or_reference(reader, node, path);
  if (!out.launch_patient && reader.document().is_object(node)) {
    reader.issues().error(IssueCode::kMissingProperty, JsonReader::member_path(path, "reference"),
                          0, "`reference` is missing");
  }
}

bool is_policy_with_id(const json::Document& document, NodeIndex node, std::string_view id) {
  const NodeIndex type = document.find(node, "resourceType");
  const NodeIndex own = document.find(node, "id");
  return type != json::kNoNode && own != json::kNoNode &&
         document.string_is(type, "AccessPolicy") && document.string_is(own, id);
}

using Taken = std::vector<std::pair<NodeIndex, std::size_t>>;  // node -> index in policies

// SPEC 2.1, 2.2, 16: only the policies that the membership references, in its order.
void take_referenced(JsonReader& reader, const std::vector<Candidate>& candidates,
                     const SourceMembership& membership, Taken& taken, SourceInput& out,
                     std::vector<SourceInput::Use>& uses) {
  constexpr std::string_view kPrefix = "AccessPolicy/";
  for (const SourceAccess& access : membership.access) {
    const std::string_view reference = access.policy.value;
    const auto wanted = [&](const Candidate& candidate) {
      return reference.starts_with(kPrefix) &&
             is_policy_with_id(reader.document(), candidate.node, reference.substr(kPrefix.size()));
    };
    const auto found = std::find_if(candidates.begin(), candidates.end(), wanted);
    if (found == candidates.end()) {
      reader.issues().error(IssueCode::kMissingPolicy, access.policy.path, 0,
                            concat("`", reference, "` is not among `policies`"));
      continue;
    }
    const auto again = std::find_if(found + 1, candidates.end(), wanted);
    if (again != candidates.end()) {
      reader.issues().error(IssueCode::kInconsistentInput,
                            JsonReader::member_path(again->path, "id"), 0,
                            "two policies have this id");
    }
    const auto known = std::find_if(taken.begin(), taken.end(),
                                    [&](const auto& pair) { return pair.first == found->node; });
    std::size_t index = out.policies.size();
    if (known != taken.end()) {
      index = known->second;
    } else {
      taken.emplace_back(found->node, index);
      out.policies.push_back(read_policy(reader, found->node, found->path));
    }
    uses.push_back({index, &access});
  }
}

}  // namespace

bool mentions(const SourceInput& source, fhir::TypeId type) {
  return std::any_of(source.uses.begin(), source.uses.end(), [&](const SourceInput::Use& use) {
    const auto& rules = source.policies[use.policy].rules;
    return std::any_of(rules.begin(), rules.end(),
                       [&](const SourceRule& rule) { return !rule.any_type && rule.type == type; });
  });
}

void read_source(const json::Document& document, const Limits& limits, Issues& issues,
                 SourceInput& out) {
  JsonReader reader(document, issues);
  if (!reader.expect_object(0, {})) {
    return;
  }
  std::vector<Candidate> candidates;
  ProjectReader projects(reader, limits.max_rules);
  reader.members(0, {}, {},
                 [&](std::string_view key, NodeIndex node, const std::string& path) -> bool {
                   if (key == "policies") {
                     read_policies(reader, node, path, candidates);
                   } else if (key == "membership") {
                     out.membership = read_membership(reader, node, path);
                   } else if (key == "profile") {
                     out.profile = read_text_or_reference(reader, node, path);
                   } else if (key == "options") {
                     read_options(reader, node, path, limits, out.options);
                   } else if (key == "scopes") {
                     read_scopes(reader, node, path, limits, out);
                   } else if (key == "launchPatient") {
                     read_launch_patient(reader, node, path, out);
                   } else {
                     return projects.take(key, node, path);
                   }
                   return true;
                 });
  projects.finish(out);

  if (out.membership) {
    const std::size_t by_caller = out.caller ? out.caller->access.size() : 0;
    if (out.membership->access.size() + by_caller > limits.max_rules) {  // SPEC P8
      issues.error(IssueCode::kLimitExceeded, "membership.access", 0, "too many entries");
      return;
    }
    Taken taken;
    take_referenced(reader, candidates, *out.membership, taken, out, out.uses);
    if (out.caller) {
      take_referenced(reader, candidates, *out.caller, taken, out, out.caller_uses);
    }
    return;
  }
  for (const Candidate& candidate : candidates) {
    out.uses.push_back({out.policies.size(), nullptr});
    out.policies.push_back(read_policy(reader, candidate.node, candidate.path));
  }
}

}  // namespace fhirwall::policy
