#include <algorithm>
#include <utility>

#include "tests/properties/reading.hpp"

// Bundles: answers to searches and histories, and stored ones (SPEC 8.2).
namespace fhirwall::properties {
namespace {

void hide(Node& node) { node.fate = Fate::kHidden; }

bool any_visible(const Node& node) {
  return std::any_of(node.children.begin(), node.children.end(),
                     [](const Node& child) { return child.visible(); });
}

void hide_all_but(Node& object, std::initializer_list<std::string_view> names) {
  for (Node& child : object.children) {
    if (std::find(names.begin(), names.end(), child.name) == names.end()) {
      hide(child);
    }
  }
}

// The texts of a visible tree: what a link could be written with.
void texts_of(const Node& node, std::string& out) {
  if (node.is_string()) {
    out.append(node.string()).append("\n");
  }
  for (const Node& child : node.children) {
    if (child.visible()) {
      texts_of(child, out);
    }
  }
}

std::vector<std::string> names_of(const Node& entry) {
  std::vector<std::string> names;
  if (const Node* const resource = entry.find("resource")) {
    names.push_back(resource->string_at("resourceType").value_or("?") + "/" +
                    resource->string_at("id").value_or("?"));
  }
  if (const auto url = entry.string_at("fullUrl")) {
    names.push_back(*url);
  }
  return names;
}

}  // namespace

void mark_outcome(Node& resource) {
  hide_all_but(resource, {"resourceType", "issue"});
  Node* const issues = resource.find("issue");
  if (issues != nullptr && issues->is_array()) {
    for (Node& issue : issues->children) {
      hide_all_but(issue, {"severity", "code", "details"});
      Node* const details = issue.find("details");
      if (details != nullptr) {
        hide_all_but(*details, {"coding"});
        if (!any_visible(*details)) {
          hide(*details);
        }
      }
      if (!any_visible(issue)) {
        hide(issue);
      }
    }
  }
}

// What tells how much there was, and of whom, wherever a policy can cut entries: everywhere, since
// no rule covers the types that only admins reach.
void Reading::bundle_parts(Node& bundle, bool stored) {
  for (Node& member : bundle.children) {
    if (member.name == "signature" || member.name == "total" || member.name == "_total") {
      hide(member);
    }
  }
  Node* const links = bundle.find("link");
  if (links != nullptr && links->is_array()) {
    for (Node& link : links->children) {
      if (link.string_at("relation") == "last") {
        hide(link);
      }
    }
    if (!links->children.empty() && !any_visible(*links)) {
      hide(*links);
    }
  }
  Node* const entries = bundle.find("entry");
  if (entries == nullptr || !entries->is_array()) {
    return;
  }
  for (Node& entry : entries->children) {
    if (stored && entry.is_object() && entry.find("resource") == nullptr) {
      hide(entry);
    }
    if (Node* const request = entry.find("request")) {
      if (Node* const condition = request->find("ifNoneExist")) {
        hide(*condition);
      }
      Node* const url = request->find("url");
      if (url != nullptr && url->is_string() && url->string().find('?') != std::string::npos) {
        url->fate = Fate::kPrefix;
      }
    }
  }
}

// The answer to a search or history needs no rule. False: this is none.
bool Reading::envelope(Node& bundle) {
  const auto type = bundle.string_at("type");
  if (!bundle.is_object() || bundle.string_at("resourceType") != "Bundle" ||
      !((type == "searchset" && interaction_ == Interaction::kSearch) ||
        (type == "history" && interaction_ == Interaction::kHistory))) {
    return false;
  }
  trace_ = policy_.decide(bundle, interaction_).trace;
  if (policy_.rules.empty()) {
    uncertain_ = true;
  }
  Node* const total = bundle.find("total");
  Node* const entries = bundle.find("entry");
  std::vector<Node*> includes;
  if (entries != nullptr && entries->is_array()) {
    for (Node& entry : entries->children) {
      if (type == "searchset") {
        if (!searchset_entry(entry, includes)) {
          hide(entry);
        }
        continue;
      }
      Node* const resource = entry.find("resource");
      outcome_of(entry);
      if (resource == nullptr) {
        const Node* const request = entry.find("request");
        const std::string url = request == nullptr ? "" : request->string_at("url").value_or("");
        if (!policy_.grants(url.substr(0, url.find_first_of("/?")), Interaction::kHistory)) {
          hide(entry);
        }
      } else if (!stored(*resource, Interaction::kHistory)) {
        hide(entry);
      }
    }
    settle_includes(bundle, includes);
    if (!any_visible(*entries)) {
      hide(*entries);
    }
  }
  bundle_parts(bundle, false);
  if (total != nullptr && policy_.exact_totals && total->kind == Node::Kind::kOther) {
    total->fate = Fate::kVisible;
  }
  return true;
}

void Reading::outcome_of(Node& entry) {
  Node* const response = entry.find("response");
  Node* const outcome = response == nullptr ? nullptr : response->find("outcome");
  if (outcome != nullptr && outcome->string_at("resourceType") == "OperationOutcome") {
    mark_outcome(*outcome);
  } else if (outcome != nullptr && !stored(*outcome, Interaction::kRead)) {
    hide(*outcome);
  }
}

// The answer to a batch: of a refused entry only its place stays.
void Reading::batch(Node& bundle, const Node& requests) {
  Node* const entries = bundle.find("entry");
  if (bundle.string_at("resourceType") != "Bundle" ||
      bundle.string_at("type") != "batch-response" || policy_.rules.empty() ||
      (entries == nullptr
           ? !requests.children.empty()
           : !entries->is_array() || entries->children.size() != requests.children.size())) {
    uncertain_ = true;
    return;
  }
  if (entries != nullptr) {
    for (std::size_t i = 0; i < entries->children.size(); ++i) {
      if (!batch_entry(entries->children[i], requests.children[i])) {
        entries->children[i].fate = Fate::kNull;
      }
    }
  }
  bundle_parts(bundle, false);
}

bool Reading::batch_entry(Node& entry, const Node& request) {
  const auto interaction = policy::find_interaction(request.string_at("interaction").value_or(""));
  const std::string type = request.string_at("resourceType").value_or("");
  if (!entry.is_object() || !interaction || !policy_.grants(type, *interaction)) {
    return false;
  }
  outcome_of(entry);
  Node* const resource = entry.find("resource");
  if (resource == nullptr) {
    return true;  // rather too much is called visible
  }
  if (*interaction == Interaction::kSearch) {
    const Interaction own = std::exchange(interaction_, Interaction::kSearch);
    const bool released = envelope(*resource);
    interaction_ = own;
    return released;
  }
  return resource->string_at("resourceType") == type && stored(*resource, *interaction);
}

bool Reading::searchset_entry(Node& entry, std::vector<Node*>& includes) {
  if (!entry.is_object()) {
    return false;
  }
  Node* const resource = entry.find("resource");
  const Node* const search = entry.find("search");
  std::string mode = "match";
  if (search != nullptr) {
    const Node* const said = search->find("mode");
    if (!search->is_object() || (said != nullptr && !said->is_string())) {
      uncertain_ = true;
      return false;
    }
    mode = said == nullptr ? "match" : said->string();
  }
  if (resource == nullptr) {
    return false;
  }
  if (mode == "match") {
    return stored(*resource, Interaction::kSearch);
  }
  if (mode == "outcome") {
    if (!resource->is_object() || resource->string_at("resourceType") != "OperationOutcome") {
      return false;
    }
    mark_outcome(*resource);
    return resource->visible();
  }
  if (mode != "include" || !stored(*resource, Interaction::kRead)) {
    return false;
  }
  includes.push_back(&entry);
  return true;
}

// An include is released if something released links it, or it links that. Every text counts as a
// link here: rather too many are called visible.
void Reading::settle_includes(Node& bundle, const std::vector<Node*>& includes) {
  std::vector<Node*> open = includes;
  std::vector<Node*> released;
  for (Node& entry : bundle.find("entry")->children) {
    if (entry.visible() && std::find(open.begin(), open.end(), &entry) == open.end()) {
      released.push_back(&entry);
    }
  }
  const auto links = [](const Node& from, const Node& to) {
    std::string texts;
    texts_of(from, texts);
    const std::vector<std::string> names = names_of(to);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return texts.find(name) != std::string::npos;
    });
  };
  for (std::size_t i = 0; i < released.size(); ++i) {
    for (auto entry = open.begin(); entry != open.end();) {
      if (links(*released[i], **entry) || links(**entry, *released[i])) {
        released.push_back(*entry);
        entry = open.erase(entry);
      } else {
        ++entry;
      }
    }
  }
  for (Node* const entry : open) {
    hide(*entry);
  }
}

}  // namespace fhirwall::properties
