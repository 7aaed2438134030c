#include "tests/properties/generate.hpp"

namespace fhirwall::properties {

using fhir::TypeId;

namespace {

constexpr std::string_view kTypes[] = {
    "Patient",     "Observation",        "Practitioner", "Encounter",  "Bundle",
    "Parameters",  "RelatedPerson",      "Person",       "Condition",  "Organization",
    "Composition", "PractitionerRole",   "List",         "Basic",      "MedicationRequest",
    "CarePlan",    "DiagnosticReport",   "Task",         "Location",   "OperationOutcome",
    "Medication",  "Questionnaire",      "Consent",      "Provenance", "DocumentReference",
    "Coverage",    "AllergyIntolerance", "Group"};
constexpr std::string_view kWithStatus[] = {"Observation", "Encounter",         "Composition",
                                            "List",        "MedicationRequest", "CarePlan",
                                            "Task",        "DiagnosticReport",  "Consent"};
// What exists on some types at least.
constexpr std::string_view kStarPaths[] = {"meta.tag",  "meta.security", "extension('urn:u1')",
                                           "extension", "identifier",    "identifier.value",
                                           "language",  "name",          "code",
                                           "contained", "subject",       "text",
                                           "note",      "code.coding",   "meta.tag.code"};

bool has_status(std::string_view type) {
  for (const std::string_view name : kWithStatus) {
    if (name == type) {
      return true;
    }
  }
  return false;
}

std::string choice_name(const fhir::Element& element, TypeId type) {
  std::string name(fhir::type_name(type));
  name[0] = static_cast<char>(name[0] & ~0x20);
  return std::string(element.name) + name;
}

std::string random_path(Random& random, TypeId type) {
  std::string path;
  std::size_t tries = 0;
  for (int depth = 0; depth < 6; ++depth) {
    const fhir::ElementList elements = fhir::elements(object_type(type));
    if (elements.empty()) {
      break;
    }
    const fhir::Element* chosen = nullptr;
    const std::size_t wanted = (random.below(elements.size()) + tries) % elements.size();
    std::size_t at = 0;
    for (const fhir::Element* element : elements) {
      if (at++ == wanted) {
        chosen = element;
      }
    }
    const bool resource = chosen->types.empty() || is_resource_type(chosen->types[0]);
    if (depth == 0 && (chosen->name == "id" || chosen->name == "resourceType" ||
                       (resource && random.chance(70)))) {
      --depth;
      ++tries;
      continue;
    }
    path += path.empty() ? "" : ".";
    const TypeId next =
        resource ? TypeId::kNone : chosen->types[random.below(chosen->types.size())];
    const std::uint32_t form = random.below(3);
    if (chosen->choice && form == 0) {
      path += choice_name(*chosen, next);
    } else {
      path += chosen->name;
      path += chosen->choice && form == 1 ? "[x]" : "";
    }
    if (!resource && next == fhir::well_known().extension && random.chance(60)) {
      path += random.chance(50) ? "('urn:u1')" : "('urn:u2')";
    }
    if (resource || random.chance(45)) {
      break;
    }
    type = next;
  }
  return path;
}

std::string random_criteria(Random& random, const std::string& type) {
  const std::string value(1, static_cast<char>('a' + random.below(5)));
  switch (random.below(4)) {
    case 0: return type + "?_tag=" + value;
    case 1:
      return type == "Patient" ? "Patient?_compartment=Patient/" + value : type + "?_id=" + value;
    case 2:
      if (has_status(type)) {
        return type + "?status=final" + (random.chance(30) ? ",active" : "");
      }
      [[fallthrough]];
    default: {
      std::string both = type + "?_id=" + value + ",b";
      return random.chance(20) ? both + "&_tag=a" : both;
    }
  }
}

Node random_rule(Random& random, const std::string& type) {
  Node rule = object_node();
  add(rule, "resourceType", type);
  if (random.chance(type == "*" ? 15 : 35)) {
    add(rule, "criteria", type == "*" ? std::string("*?_tag=a") : random_criteria(random, type));
  }
  if (random.chance(20)) {
    Node list = array_node();
    for (const std::string_view name : {"read", "search", "history", "vread", "create"}) {
      if (random.chance(50)) {
        list.children.push_back(string_node(name));
      }
    }
    add(rule, "interaction", std::move(list));
  }
  if (random.chance(type == "*" ? 45 : 65)) {
    Node list = array_node();
    for (std::uint32_t count = 1 + random.below(4); count > 0; --count) {
      std::string path = type == "*" ? std::string(random.pick(kStarPaths))
                                     : random_path(random, fhir::find_resource_type(type));
      if (type != "*" && random.chance(5)) {
        path = type + "." + path;
      }
      list.children.push_back(string_node(path));
    }
    add(rule, "hiddenFields", std::move(list));
  }
  return rule;
}

}  // namespace

Node random_policy(Random& random) {
  std::vector<std::string> focus;
  for (std::uint32_t count = 2 + random.below(4); count > 0; --count) {
    if (random.chance(85)) {
      focus.emplace_back(random.pick(kTypes));
    } else {
      const auto types = fhir::resource_types();
      focus.emplace_back(fhir::type_name(types[random.below(types.size())]));
    }
  }
  Node rules = array_node();
  for (const std::string& type : focus) {
    for (std::uint32_t count = 1 + (random.chance(30) ? random.below(3) : 0); count > 0; --count) {
      rules.children.push_back(random_rule(random, type));
    }
  }
  if (random.chance(40)) {
    rules.children.push_back(random_rule(random, "Bundle"));
  }
  if (random.chance(35)) {
    rules.children.insert(
        rules.children.begin() + static_cast<std::ptrdiff_t>(random.below(rules.children.size())),
        random_rule(random, "*"));
  }
  Node policy = object_node();
  add(policy, "resourceType", "AccessPolicy");
  add(policy, "resource", std::move(rules));
  Node input = object_node();
  add(input, "policies", std::move(policy));
  Node options = object_node();
  const auto option = [&](std::uint32_t percent, std::string_view name, Node value) {
    if (random.chance(percent)) {
      add(options, name, std::move(value));
    }
  };
  option(12, "closure", string_node("fields-only"));
  option(20, "unknownElements", string_node("keep"));
  option(20, "extendedMeta", other_node("true"));
  option(25, "contained", string_node(random.chance(50) ? "policy" : "keep"));
  option(12, "displays", string_node("keep"));
  option(20, "mark", string_node(random.chance(50) ? "subsetted" : "redacted"));
  option(20, "absent", string_node("mask"));
  option(20, "exactTotals", other_node("true"));
  if (!options.children.empty()) {
    add(input, "options", std::move(options));
  }
  return input;
}

}  // namespace fhirwall::properties
