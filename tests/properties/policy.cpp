#include "tests/properties/policy.hpp"

#include <algorithm>
#include <utility>

namespace fhirwall::properties {

using fhir::TypeId;

namespace {

constexpr std::string_view kPersons[] = {"Patient", "Person", "Practitioner", "PractitionerRole",
                                         "RelatedPerson"};

std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(separator, begin);
    parts.emplace_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) {
      return parts;
    }
    begin = end + 1;
  }
}

bool read_criteria(std::string_view text, std::vector<Criterion>& out) {
  const std::size_t query = text.find('?');
  if (query == std::string_view::npos) {
    return false;
  }
  for (const std::string& clause : parts_of(text.substr(query + 1), '&')) {
    const std::size_t equals = clause.find('=');
    const std::string name = clause.substr(0, equals);
    Criterion criterion;
    criterion.values = parts_of(std::string_view(clause).substr(equals + 1), ',');
    if (name == "_id") {
      criterion.kind = Criterion::Kind::kId;
    } else if (name == "_tag") {
      criterion.kind = Criterion::Kind::kTag;
    } else if (name == "status") {
      criterion.kind = Criterion::Kind::kStatus;
    } else if (name == "_compartment") {
      criterion.kind = Criterion::Kind::kCompartment;
    } else {
      return false;
    }
    out.push_back(std::move(criterion));
  }
  return true;
}

bool has(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// nullopt: not for this reading to say.
std::optional<bool> holds(const Criterion& criterion, const Node& resource) {
  const auto text_holds = [&](std::string_view member) -> std::optional<bool> {
    const Node* const node = resource.find(member);
    if (node == nullptr) {
      return false;
    }
    return node->is_string() ? std::optional(has(criterion.values, node->string())) : std::nullopt;
  };
  if (criterion.kind == Criterion::Kind::kId) {
    return text_holds("id");
  }
  if (criterion.kind == Criterion::Kind::kStatus) {
    return text_holds("status");
  }
  if (criterion.kind == Criterion::Kind::kCompartment) {
    // Of a Patient: it is in its own compartment; elements that refer to others are not written.
    const auto id = resource.string_at("id");
    const Node* const meta = resource.find("meta");
    if (meta != nullptr && !meta->is_object()) {
      return std::nullopt;  // nothing to be read where the criterion looks
    }
    for (const std::string_view part : {"compartment", "account", "accounts"}) {
      if (meta != nullptr && meta->find(part) != nullptr) {
        return std::nullopt;
      }
    }
    const bool own = id && resource.string_at("resourceType") == "Patient" &&
                     has(criterion.values, "Patient/" + *id);
    return own ? std::optional(true) : std::nullopt;
  }
  const Node* const meta = resource.find("meta");
  if (meta == nullptr || (meta->is_object() && meta->find("tag") == nullptr)) {
    return false;
  }
  const Node* const tags = meta->find("tag");
  if (tags == nullptr || !tags->is_array()) {
    return std::nullopt;
  }
  bool found = false;
  for (const Node& tag : tags->children) {
    const auto code = tag.string_at("code");
    const Node* const system = tag.find("system");
    if (system != nullptr && !system->is_string()) {
      return std::nullopt;
    }
    if (!code) {
      if (!tag.is_object() || tag.find("code") != nullptr) {
        return std::nullopt;
      }
      continue;
    }
    found = found || has(criterion.values, *code);
  }
  return found;
}

}  // namespace

Path path_of(std::string_view text) {
  Path path;
  while (!text.empty()) {
    Step step;
    const std::size_t end = text.find_first_of(".([");
    step.name = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end);
    if (text.starts_with("[x]")) {
      step.any_choice = true;
      text.remove_prefix(3);
    } else if (text.starts_with("('")) {
      const std::size_t quote = text.find("')");
      step.url = text.substr(2, quote - 2);
      text.remove_prefix(quote + 2);
    }
    if (text.starts_with('.')) {
      text.remove_prefix(1);
    }
    path.push_back(std::move(step));
  }
  return path;
}

TypeId object_type(TypeId type) {
  return fhir::type_kind(type) == fhir::TypeKind::kPrimitive ? fhir::well_known().element : type;
}

bool is_resource_type(TypeId type) {
  return type != TypeId::kNone && fhir::is_a(type, fhir::well_known().resource);
}

bool is_person(std::string_view type) {
  return std::find(std::begin(kPersons), std::end(kPersons), type) != std::end(kPersons);
}

std::vector<TypeId> types_behind(TypeId type, const Step& step) {
  std::vector<TypeId> types;
  if (const fhir::Element* const element = fhir::find_element(object_type(type), step.name)) {
    if (!step.any_choice || element->choice) {
      for (const TypeId next : element->types) {
        types.push_back(next);
      }
    }
  } else if (!step.any_choice) {
    const fhir::Child child = fhir::find_child(object_type(type), step.name);
    if (child.element != nullptr && !child.sibling) {
      types.push_back(child.type);
    }
  }
  return types;
}

bool exists(TypeId type, const Path& path, std::size_t at) {
  if (at == path.size()) {
    return true;
  }
  for (const TypeId next : types_behind(type, path[at])) {
    if (exists(next, path, at + 1)) {
      return true;
    }
  }
  return false;
}

bool Rule::covers(std::string_view resource_type) const {
  constexpr std::string_view kByNone[] = {"Login", "JsonWebKey", "DomainConfiguration"};
  constexpr std::string_view kNotByStar[] = {"Project", "ProjectMembership", "User",
                                             "PasswordChangeRequest", "UserSecurityRequest"};
  const auto among = [&](const auto& list) {
    return std::find(std::begin(list), std::end(list), resource_type) != std::end(list);
  };
  return !among(kByNone) && (type == resource_type || (type == "*" && !among(kNotByStar)));
}

bool Rule::hides_of(std::string_view resource_type) const {
  const TypeId of = fhir::find_resource_type(resource_type);
  return std::any_of(hidden.begin(), hidden.end(),
                     [&](const Path& path) { return exists(of, path, 0); });
}

std::optional<Policy> Policy::read(const Node& input) {
  Policy policy;
  if (const Node* const options = input.find("options")) {
    for (const Node& option : options->children) {
      const std::string value = option.is_string() ? option.string() : option.text;
      if (option.name == "closure") {
        policy.strict = value == "strict";
      } else if (option.name == "unknownElements") {
        policy.keep_unknown = value == "keep";
      } else if (option.name == "extendedMeta") {
        policy.extended_meta = value == "true";
      } else if (option.name == "displays") {
        policy.keep_displays = value == "keep";
      } else if (option.name == "exactTotals") {
        policy.exact_totals = value == "true";
      } else if (option.name == "contained") {
        policy.contained = value == "policy" ? Contained::kPolicy
                           : value == "keep" ? Contained::kKeep
                                             : Contained::kStrict;
      } else if (option.name == "mark" || option.name == "absent") {
        policy.adds_literals = policy.adds_literals || (value != "none" && value != "remove");
      } else {
        return std::nullopt;
      }
    }
  }
  const Node* const policies = input.find("policies");
  const Node* const list = policies == nullptr ? nullptr : policies->find("resource");
  if (list == nullptr) {
    return std::nullopt;
  }
  for (const Node& item : list->children) {
    Rule rule;
    rule.type = item.string_at("resourceType").value_or("");
    rule.interactions = policy::kAllInteractions;
    if (const Node* const interactions = item.find("interaction")) {
      rule.interactions = 0;
      for (const Node& name : interactions->children) {
        if (const auto interaction = policy::find_interaction(name.string())) {
          rule.interactions |= policy::mask_of(*interaction);
        }
      }
    }
    if (const auto criteria = item.string_at("criteria")) {
      if (!read_criteria(*criteria, rule.criteria)) {
        return std::nullopt;
      }
    }
    if (const Node* const hidden = item.find("hiddenFields")) {
      for (const Node& path : hidden->children) {
        Path steps = path_of(path.string());
        if (steps.size() > 1 && steps[0].name == rule.type) {
          steps.erase(steps.begin());
        }
        rule.hidden.push_back(std::move(steps));
      }
    }
    policy.rules.push_back(std::move(rule));
  }
  return policy;
}

Decided Policy::decide(const Node& resource, Interaction interaction) const {
  Decided decided;
  const auto type = resource.string_at("resourceType");
  if (!resource.is_object() || !type || fhir::find_resource_type(*type) == TypeId::kNone) {
    decided.trace = "type";
    return decided;
  }
  decided.trace = *type;
  for (const Rule& rule : rules) {
    if (!rule.covers(*type)) {
      continue;
    }
    if (!rule.grants(interaction)) {
      decided.trace += " i";
      continue;
    }
    std::size_t number = 0;
    for (const Criterion& criterion : rule.criteria) {
      const std::optional<bool> answer = holds(criterion, resource);
      decided.uncertain = decided.uncertain || !answer;
      if (!answer.value_or(false)) {
        break;
      }
      ++number;
    }
    if (number == rule.criteria.size()) {
      decided.trace += " d";
      decided.rule = &rule;
      return decided;
    }
    decided.trace += " c" + std::to_string(number);
  }
  return decided;
}

bool Policy::covers_unconditionally(std::string_view type, Interaction interaction) const {
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    return rule.covers(type) && rule.grants(interaction) && rule.criteria.empty();
  });
}

bool Policy::grants(std::string_view type, Interaction interaction) const {
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    return rule.covers(type) && rule.grants(interaction);
  });
}

bool Policy::closed() const {
  if (!strict) {
    return false;
  }
  for (const Rule& rule : rules) {
    if (!rule.hidden.empty()) {
      return true;
    }
  }
  return std::any_of(std::begin(kPersons), std::end(kPersons), [&](std::string_view person) {
    return !covers_unconditionally(person, Interaction::kRead);
  });
}

bool Policy::hides_element(std::string_view type, std::string_view name) const {
  const TypeId of = fhir::find_resource_type(type);
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    return rule.covers(type) &&
           std::any_of(rule.hidden.begin(), rule.hidden.end(), [&](const Path& path) {
             return path[0].name == name && exists(of, path, 0);
           });
  });
}

bool Policy::unreadable(std::string_view type, std::string_view reference) const {
  if (!is_person(type)) {
    return false;
  }
  for (const Rule& rule : rules) {
    if (!rule.covers(type) || !rule.grants(Interaction::kRead)) {
      continue;
    }
    // By the reference alone: every criterion is about the id.
    const bool open =
        std::all_of(rule.criteria.begin(), rule.criteria.end(), [&](const Criterion& criterion) {
          return !reference.empty() &&
                 (criterion.kind == Criterion::Kind::kId
                      ? has(criterion.values, reference.substr(reference.find('/') + 1))
                      : criterion.kind == Criterion::Kind::kCompartment &&
                            has(criterion.values, reference));
        });
    if (open) {
      return false;
    }
  }
  return true;
}

bool Policy::cuts_contained() const {
  if (contained == Contained::kKeep) {
    return false;
  }
  if (contained == Contained::kPolicy) {
    return std::any_of(std::begin(kPersons), std::end(kPersons), [&](std::string_view person) {
      return !covers_unconditionally(person, Interaction::kRead);
    });
  }
  return std::any_of(std::begin(kPersons), std::end(kPersons),
                     [&](std::string_view person) { return !grants(person, Interaction::kRead); });
}

}  // namespace fhirwall::properties
