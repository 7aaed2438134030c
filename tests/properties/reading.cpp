#include "tests/properties/reading.hpp"

#include <algorithm>
#include <map>

namespace fhirwall::properties {

using fhir::TypeId;

namespace {

bool any_visible(const Node& node) {
  return std::any_of(node.children.begin(), node.children.end(),
                     [](const Node& child) { return child.visible(); });
}

bool any_hidden(const Node& node) {
  return std::any_of(node.children.begin(), node.children.end(),
                     [](const Node& child) { return child.fate != Fate::kVisible; });
}

void hide(Node& node) { node.fate = Fate::kHidden; }

void hide_member(Node& object, std::string_view name) {
  if (Node* const node = object.find(name)) {
    hide(*node);
  }
}

std::string type_of(const Node& resource) {
  return resource.string_at("resourceType").value_or("");
}

bool names_choice(const Step& step, std::string_view key) {
  return key.starts_with(step.name) && key.size() > step.name.size() &&
         key[step.name.size()] >= 'A' && key[step.name.size()] <= 'Z';
}

std::string_view without_underscore(std::string_view key) {
  return key.starts_with('_') ? key.substr(1) : key;
}

}  // namespace

void Reading::mark(Node& body, BodyKind kind, const Node& requests) {
  released_ = true;
  const auto known = [](const Node& resource) {
    return resource.is_object() && fhir::find_resource_type(type_of(resource)) != TypeId::kNone;
  };
  if (kind == BodyKind::kLines) {
    for (Node& line : body.children) {
      if (!known(line)) {
        uncertain_ = true;  // an error
        return;
      }
      if (!stored(line, interaction_)) {
        hide(line);
      }
    }
    return;
  }
  if (!known(body)) {
    uncertain_ = true;
    return;
  }
  if (kind == BodyKind::kBatch) {
    batch(body, requests);
    return;
  }
  released_ = envelope(body) || stored(body, interaction_);
  if (!released_) {
    hide(body);
  }
}

// A resource that stands for itself: SPEC 4, 8.2.
bool Reading::stored(Node& resource, Interaction interaction) {
  const Decided decided = policy_.decide(resource, interaction);
  if (trace_.empty()) {
    trace_ = decided.trace;
  }
  uncertain_ = uncertain_ || decided.uncertain;
  if (decided.rule == nullptr) {
    return false;
  }
  resource.rule = static_cast<std::uint16_t>(decided.rule - policy_.rules.data() + 1);
  const std::string type = type_of(resource);
  if (interaction == Interaction::kVread || interaction == Interaction::kHistory) {
    // SPEC 9.1: an old version leaves only if it could be read.
    const Decided read = policy_.decide(resource, Interaction::kRead);
    uncertain_ = uncertain_ || read.uncertain;
    if (read.rule == nullptr) {
      return false;
    }
  }
  if (type == "Binary") {
    uncertain_ = true;  // its context decides (SPEC 10.4)
  }
  if (type == "Bundle" &&
      (policy_.hides_element(type, "type") || policy_.hides_element(type, "entry"))) {
    uncertain_ = true;  // whether it is a document, and what it begins with, is not to be known
  }
  if (type == "Bundle" && resource.string_at("type") == "document") {
    Node* const entries = resource.find("entry");
    Node* const first = entries != nullptr && entries->is_array() && !entries->children.empty()
                            ? entries->children[0].find("resource")
                            : nullptr;
    if (first == nullptr) {
      uncertain_ = true;  // no document at all
    } else {
      Node copy = *first;
      if (!stored(copy, Interaction::kRead)) {
        return false;
      }
    }
  }
  std::vector<const Path*> paths;
  for (const Path& path : decided.rule->hidden) {
    paths.push_back(&path);
  }
  Scope scope;
  scope.hides = decided.rule->hides_of(type);
  body_of(resource, paths, scope);
  return true;
}

// What is hidden in a resource that is released.
void Reading::body_of(Node& resource, const std::vector<const Path*>& paths, Scope scope) {
  const TypeId type = fhir::find_resource_type(type_of(resource));
  Actives actives;
  for (const Path* path : paths) {
    if (exists(type, *path, 0)) {
      actives.push_back({path, 0});
    }
  }
  Node* const meta = resource.find("meta");
  if (meta != nullptr && meta->is_object() && !policy_.extended_meta) {  // SPEC 7.7
    for (const std::string_view part :
         {"author", "project", "account", "accounts", "compartment", "onBehalfOf"}) {
      hide_member(*meta, part);
    }
  }
  Node* const inner = resource.find("contained");
  if (!scope.contained && inner != nullptr) {
    std::vector<std::string> ids;
    std::map<std::string, std::string> types;
    for (Node& one : inner->children) {
      Node copy = one;
      if (inner->is_array() && contained(copy, scope)) {
        if (const auto id = one.string_at("id")) {
          ids.push_back(*id);
          types[*id] = one.string_at("resourceType").value_or("");
        }
      }
    }
    for (const std::string& id : ids) {
      if (std::count(ids.begin(), ids.end(), id) == 1) {
        scope.fragments.emplace_back(id, types[id]);
      }
    }
  }
  if (fhir::type_name(type) == "Bundle") {
    bundle_parts(resource, true);
  }
  object(resource, type, actives, scope);
}

// SPEC 7.4. False: it is cut.
bool Reading::contained(Node& resource, const Scope& container) {
  const std::string type = type_of(resource);
  if (!resource.is_object() || fhir::find_resource_type(type) == TypeId::kNone) {
    return false;
  }
  std::vector<const Path*> paths;
  Scope scope = container;
  scope.contained = true;
  scope.hides = false;
  if (policy_.contained == Contained::kPolicy) {
    const Decided decided = policy_.decide(resource, Interaction::kRead);
    uncertain_ = uncertain_ || decided.uncertain || resource.string_at("type") == "document";
    if (decided.rule == nullptr) {
      return false;
    }
    for (const Path& path : decided.rule->hidden) {
      paths.push_back(&path);
    }
    scope.hides = decided.rule->hides_of(type);
  } else {
    if (policy_.contained == Contained::kStrict && is_person(type) &&
        !policy_.grants(type, Interaction::kRead)) {
      return false;
    }
    for (const Rule& rule : policy_.rules) {
      for (const Path& path : rule.hidden) {
        if (rule.covers(type)) {
          paths.push_back(&path);
        }
      }
      scope.hides = scope.hides || (rule.covers(type) && rule.hides_of(type));
    }
  }
  body_of(resource, paths, scope);
  return true;
}

void Reading::object(Node& node, TypeId type, const Actives& actives, const Scope& scope) {
  node.type = static_cast<std::uint16_t>(type);
  for (Node& child : node.children) {
    if (child.visible()) {
      member(child, type, actives, scope);
    }
  }
  // SPEC 7.4, 8.2: what holds a refused resource goes with it.
  const std::string_view name = fhir::type_name(type);
  if (name == "Bundle.entry" || name == "Parameters.parameter") {
    const Node* const resource = node.find("resource");
    if (resource != nullptr && !resource->visible() && !resource->is_array() &&
        std::none_of(actives.begin(), actives.end(), [](const Active& active) {
          return (*active.path)[active.at].name == "resource";
        })) {
      hide(node);
    }
  }
  positions(node, type, actives, scope);
}

void Reading::member(Node& node, TypeId type, const Actives& actives, const Scope& scope) {
  const fhir::Child child = fhir::find_child(type, node.name);
  if (child.element == nullptr) {
    unknown(node, type, actives, scope);
    return;
  }
  Actives next;
  std::vector<const Active*> by_url;
  const std::string_view key = without_underscore(node.name);
  for (const Active& active : actives) {
    const Step& step = (*active.path)[active.at];
    if (policy_.strict && active.at > 0 && exists(type, *active.path, active.at) &&
        (child.element->summary_text ||
         (fhir::type_name(type) == "Coding" && key == "display" && step.name == "code"))) {
      hide(node);  // SPEC 7.3 (b)
      return;
    }
    if (step.name != child.element->name && step.name != key) {
      continue;
    }
    if (!step.url.empty()) {
      by_url.push_back(&active);
    } else if (active.at + 1 == active.path->size()) {
      hide(node);  // SPEC 7.2
      return;
    } else {
      next.push_back({active.path, active.at + 1});
    }
  }
  if (child.type == fhir::well_known().narrative && policy_.closed()) {
    hide(node);  // SPEC 7.3 (a)
    return;
  }
  if (is_resource_type(child.type)) {
    if (!nested(node, node.name == "contained", type, scope)) {
      hide(node);
    }
    return;
  }
  value(node, child, next, by_url, scope);
}

// SPEC 7.1, 7.2: keys that the model does not know.
void Reading::unknown(Node& node, TypeId type, const Actives& actives, const Scope& scope) {
  if (scope.hides && !policy_.keep_unknown) {
    hide(node);
    return;
  }
  const std::string_view key = without_underscore(node.name);
  for (const Active& active : actives) {
    const Step& step = (*active.path)[active.at];
    const fhir::Element* const element = fhir::find_element(object_type(type), step.name);
    const bool last = active.at + 1 == active.path->size() && step.url.empty();
    if (last && element != nullptr &&
        ((element->choice && names_choice(step, key)) || (key != node.name && key == step.name))) {
      hide(node);
      return;
    }
  }
}

// A value that is not hidden itself; parts of it may be.
void Reading::value(Node& node, const fhir::Child& child, const Actives& next,
                    const std::vector<const Active*>& by_url, const Scope& scope) {
  const bool on_path = !next.empty() || !by_url.empty();
  const bool repeats = child.element->repeats;
  const bool primitive =
      fhir::type_kind(child.type) == fhir::TypeKind::kPrimitive && !child.sibling;
  if (on_path && (repeats     ? !node.is_array()
                  : primitive ? node.is_container() || node.is_null()
                              : !node.is_object())) {
    hide(node);  // SPEC 7.2: a shape that the model does not allow, on a hidden path
    return;
  }
  if (node.is_array()) {
    for (Node& one : node.children) {
      item(one, child, next, by_url, on_path, scope);
    }
    if (fhir::type_kind(child.type) != fhir::TypeKind::kPrimitive) {
      prune(node, on_path, scope);
    }
    return;
  }
  item(node, child, next, by_url, on_path && !repeats, scope);
}

void Reading::item(Node& node, const fhir::Child& child, const Actives& next,
                   const std::vector<const Active*>& by_url, bool on_path, const Scope& scope) {
  const bool primitive = fhir::type_kind(child.type) == fhir::TypeKind::kPrimitive;
  if (on_path && !(primitive && node.is_null()) &&
      (primitive && !child.sibling ? node.is_container() : !node.is_object())) {
    hide(node);
    return;
  }
  if (node.is_array()) {
    for (Node& one : node.children) {
      item(one, child, {}, {}, false, scope);
    }
    prune(node, false, scope);
    return;
  }
  if (!node.is_object()) {
    return;
  }
  Actives inner = next;
  if (!by_url.empty()) {
    const auto url = node.string_at("url");
    if (!url) {
      hide(node);  // no such extension as the model allows
      return;
    }
    for (const Active* active : by_url) {
      if ((*active->path)[active->at].url != *url) {
        continue;
      }
      if (active->at + 1 == active->path->size()) {
        hide(node);
        return;
      }
      inner.push_back({active->path, active->at + 1});
    }
  }
  object(node, object_type(child.type), inner, scope);
  if (child.type == fhir::well_known().reference) {
    reference(node, child.element, scope);
  }
  prune(node, on_path, scope);
}

// SPEC 7.5: an object or array where the policy cuts goes when nothing is left in it.
void Reading::prune(Node& node, bool on_path, const Scope& scope) {
  if (node.visible() && !any_visible(node) &&
      (on_path || (scope.hides && !policy_.keep_unknown) || any_hidden(node))) {
    hide(node);
  }
}

// Resources inside a resource. False: the whole member goes.
bool Reading::nested(Node& node, bool inner, TypeId type, const Scope& scope) {
  if (node.is_array()) {
    for (Node& one : node.children) {
      if (!nested(one, inner, type, scope)) {
        hide(one);
      }
    }
    return any_visible(node);
  }
  if (!node.is_object()) {
    return false;
  }
  if (inner) {
    return contained(node, scope);
  }
  if (node.name == "outcome" && type_of(node) == "OperationOutcome" &&
      fhir::type_name(type) == "Bundle.entry.response") {
    mark_outcome(node);
    return node.visible();
  }
  return stored(node, Interaction::kRead);
}

// SPEC 7.5: `x` and `_x` of a repeating primitive are one list of positions.
void Reading::positions(Node& object, TypeId type, const Actives& actives, const Scope& scope) {
  for (std::size_t i = 0; i < object.children.size(); ++i) {
    Node& array = object.children[i];
    const fhir::Child child = fhir::find_child(type, array.name);
    if (child.element == nullptr || !array.is_array() || !array.visible() ||
        fhir::type_kind(child.type) != fhir::TypeKind::kPrimitive) {
      continue;
    }
    const std::string other_name =
        child.sibling ? array.name.substr(1) : std::string("_") + array.name;
    Node* other = object.find(other_name);
    if (other != nullptr && (!other->is_array() || !other->visible())) {
      other = nullptr;
    }
    if (other != nullptr && child.sibling) {
      continue;  // done from the other side
    }
    const bool on_path = std::any_of(actives.begin(), actives.end(), [&](const Active& active) {
      return (*active.path)[active.at].name == child.element->name;
    });
    if (!on_path && !(scope.hides && !policy_.keep_unknown) && !any_hidden(array) &&
        (other == nullptr || !any_hidden(*other))) {
      continue;
    }
    std::vector<Node*> sides{&array};
    if (other != nullptr) {
      sides.push_back(other);
    }
    const std::size_t size =
        std::max(array.children.size(), other == nullptr ? 0 : other->children.size());
    for (std::size_t at = 0; at < size; ++at) {
      const auto empty = [&](const Node* side) {
        return at >= side->children.size() || side->children[at].is_null() ||
               !side->children[at].visible();
      };
      const bool all = std::all_of(sides.begin(), sides.end(), empty);
      for (Node* const side : sides) {
        if (at < side->children.size() && empty(side)) {
          side->children[at].fate = all ? Fate::kHidden : Fate::kNull;
        }
      }
    }
    for (Node* const side : sides) {
      if (std::none_of(side->children.begin(), side->children.end(),
                       [](const Node& one) { return one.fate == Fate::kVisible; })) {
        hide(*side);
      }
    }
  }
}

}  // namespace fhirwall::properties
