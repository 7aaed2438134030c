#include "tests/properties/generate.hpp"

#include <algorithm>
#include <cctype>

namespace fhirwall::properties {

using fhir::TypeId;

namespace {

constexpr std::string_view kWords[] = {"Hopkins",    "final", "active", "a",  "b",
                                       "c",          "male",  "x y",    "?q", "Gr\xC3\xBC\xC3\x9F",
                                       "\"quoted\"", "1/2",   "",       "\\", "\xF0\x9F\x98\x80"};
constexpr std::string_view kIds[] = {"a", "b", "c", "d", "e"};
constexpr std::string_view kNumbers[] = {"0",   "1.50",   "-7",
                                         "1e3", "1.0E-2", "12345678901234567890"};
constexpr std::string_view kReferenceTypes[] = {
    "Patient",   "Practitioner", "Observation", "RelatedPerson",   "Organization",
    "Encounter", "Medication",   "Person",      "PractitionerRole"};

void collect(const Node& node, std::vector<std::string>& types, std::vector<std::string>& names,
             std::vector<std::string>& urls) {
  if (node.name == "resourceType" && node.string() != "*") {
    types.push_back(node.string());
  }
  if (node.name == "hiddenFields") {
    for (const Node& path : node.children) {
      for (const Step& step : path_of(path.string())) {
        names.push_back(step.name);
        if (!step.url.empty()) {
          urls.push_back(step.url);
        }
      }
    }
    return;
  }
  for (const Node& child : node.children) {
    collect(child, types, names, urls);
  }
}

std::string key_of(const fhir::Element& element, TypeId type) {
  std::string key(element.name);
  if (element.choice) {
    std::string name(fhir::type_name(type));
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    key += name;
  }
  return key;
}

}  // namespace

Generator::Generator(Random& random, const Node& policy)
    : random_(random), urls_{"urn:u1", "urn:u2", "urn:u3"} {
  if (const Node* const policies = policy.find("policies")) {
    if (const Node* const rules = policies->find("resource")) {
      for (const Node& rule : rules->children) {
        collect(rule, types_, names_, urls_);
      }
    }
  }
}

std::string Generator::resource_type() {
  if (!types_.empty() && random_.chance(80)) {
    return random_.pick(types_);
  }
  const auto all = fhir::resource_types();
  return std::string(fhir::type_name(all[random_.below(all.size())]));
}

bool Generator::wanted(std::string_view name) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& wanted_name) { return wanted_name.starts_with(name); });
}

std::string Generator::text() {
  std::string text(random_.pick(kWords));
  if (random_.chance(20)) {
    text.append(1 + random_.below(30), 'z');
  }
  return text;
}

std::string Generator::unknown_name() {
  constexpr std::string_view kNames[] = {"ssn",      "SSN",           "birthdate", "valueFoo",
                                         "_contact", "__proto__",     "_valueFoo", "Name",
                                         "_text",    "fhir_comments", "x"};
  return std::string(random_.pick(kNames));
}

Node Generator::narrative() {
  Node node = object_node();
  add(node, "status", "generated");
  add(node, "div", "<div xmlns=\"http://www.w3.org/1999/xhtml\">" + text() + "</div>");
  return node;
}

Node Generator::anything(int depth) {
  switch (random_.below(depth > 2 ? 3 : 6)) {
    case 0: return other_node(random_.pick({"null", "true", "1.50", "-0"}));
    case 1: return string_node(text());
    case 2: return other_node(random_.pick(kNumbers));
    case 3: {
      Node list = array_node();
      for (std::uint32_t count = random_.below(3); count > 0; --count) {
        list.children.push_back(anything(depth + 1));
      }
      return list;
    }
    case 4: return narrative();
    default: {
      Node object = object_node();
      if (random_.chance(60)) {
        add(object, "value", anything(depth + 1));
      }
      return object;
    }
  }
}

Node Generator::scalar(std::string_view type) {
  if (type == "boolean") {
    return other_node(random_.chance(50) ? "true" : "false");
  }
  if (type == "decimal" || type == "integer" || type == "positiveInt" || type == "unsignedInt") {
    return other_node(random_.pick(kNumbers));
  }
  if (type == "id") {
    return string_node(random_.pick(kIds));
  }
  if (type == "code") {
    return string_node(random_.pick({"final", "active", "a", "b", "c", "male"}));
  }
  if (type.find("date") != std::string_view::npos || type == "instant") {
    return string_node("19" + std::to_string(10 + random_.below(90)) + "-01-02");
  }
  if (type == "canonical" || type == "uri" || type == "url") {
    return string_node(random_.chance(50) ? random_.pick(urls_) : "http://h/" + text());
  }
  return string_node(text());
}

Node Generator::reference(int depth) {
  Node node = object_node();
  const std::string type(random_.chance(50) || types_.empty() ? random_.pick(kReferenceTypes)
                                                              : random_.pick(types_));
  const std::string id(random_.pick(kIds));
  if (random_.chance(80)) {
    std::string literal = type + "/" + id;
    switch (random_.below(12)) {
      case 0: literal = "http://other.example/fhir/" + literal; break;
      case 1: literal = "urn:uuid:00000000-0000-0000-0000-000000000000"; break;
      case 2: literal += "/_history/1"; break;
      case 3: literal = type + "?identifier=x"; break;
      case 4: literal = text(); break;
      case 5:
      case 6:
      case 7: literal = "#" + id; break;
      case 8: literal = "#"; break;
      default: break;
    }
    add(node, "reference", literal);
  }
  if (random_.chance(25)) {
    add(node, "type", random_.chance(70) ? type : std::string(random_.pick(kReferenceTypes)));
  }
  if (random_.chance(60)) {
    add(node, "display", text());
  }
  if (random_.chance(30) && depth < 5) {
    add(node, "identifier", one(fhir::well_known().identifier, false, depth + 2));
  }
  if (random_.chance(8)) {
    add(node, random_.chance(50) ? "_display" : "_reference",
        one(fhir::well_known().string, true, depth + 1));
  }
  return node;
}

Node Generator::one(TypeId type, bool sibling, int depth) {
  --budget_;
  if (random_.chance(1)) {
    return anything();
  }
  if (fhir::type_kind(type) == fhir::TypeKind::kPrimitive && !sibling) {
    return scalar(fhir::type_name(type));
  }
  if (type == fhir::well_known().reference) {
    return reference(depth);
  }
  if (type == fhir::well_known().narrative) {
    return narrative();
  }
  Node node = object_node();
  if (type == fhir::well_known().extension && random_.chance(97)) {
    add(node, "url", random_.pick(urls_));
  }
  elements(node, object_type(type), depth, 9);
  return node;
}

Node Generator::value(TypeId type, bool sibling, bool repeats, int depth) {
  if (!repeats) {
    return one(type, sibling, depth);
  }
  Node list = array_node();
  for (std::uint32_t count = random_.chance(4) ? 0 : 1 + random_.below(3); count > 0; --count) {
    list.children.push_back(sibling && random_.chance(40) ? other_node("null")
                                                          : one(type, sibling, depth));
  }
  return list;
}

void Generator::element(Node& object, const fhir::Element& element, int depth, int nesting) {
  if (element.types.empty()) {
    return;
  }
  TypeId type = element.types[random_.below(element.types.size())];
  if (is_resource_type(type)) {
    if (nesting > 2 || budget_ <= 0) {
      return;
    }
    if (element.name == "contained") {
      add_contained(object);
    } else {
      add(object, element.name, resource(resource_type(), nesting + 1));
    }
    return;
  }
  const bool primitive = fhir::type_kind(type) == fhir::TypeKind::kPrimitive;
  const std::string key = key_of(element, type);
  const std::uint32_t form = primitive ? random_.below(10) : 9;
  if (form > 1) {
    add(object, key, value(type, false, element.repeats, depth + 1));
  }
  if (form < 3 && type != fhir::well_known().xhtml && element.name != "resourceType") {
    add(object, "_" + key, value(type, true, element.repeats, depth + 1));
  }
}

void Generator::elements(Node& object, TypeId type, int depth, int nesting) {
  const fhir::ElementList list = fhir::elements(type);
  const auto size = static_cast<std::uint32_t>(list.size());
  for (const fhir::Element* element : list) {
    if (element->name == "resourceType" || object.find(element->name) != nullptr) {
      continue;
    }
    std::uint32_t percent = 260 / (size + 1) / static_cast<std::uint32_t>(1 + depth / 2);
    if (wanted(element->name)) {
      percent = depth < 5 ? 65 : 30;
    } else if (element->name == "extension" || element->name == "modifierExtension" ||
               element->name == "id") {
      percent = depth == 0 ? 15 : 4;
    } else if (element->name == "status" || element->name == "meta" || element->name == "text") {
      percent = 35;
    } else if (element->name == "contained") {
      percent = 25;
    }
    if (budget_ > 0 && depth < 7 && random_.chance(percent)) {
      this->element(object, *element, depth, nesting);
    }
  }
  if (random_.chance(4) && depth < 4) {
    const std::string name = unknown_name();
    if (object.find(name) == nullptr) {
      add(object, name, anything());
    }
  }
}

void Generator::add_contained(Node& resource) {
  Node list = array_node();
  const int budget = budget_;
  for (std::uint32_t count = 1 + random_.below(2); count > 0; --count) {
    budget_ = std::min(budget, 15);
    const std::string type(random_.chance(60) ? std::string(random_.pick(kReferenceTypes))
                                              : resource_type());
    list.children.push_back(random_.chance(2) ? anything() : this->resource(type, 3));
  }
  budget_ = budget - 10;
  add(resource, "contained", std::move(list));
}

Node Generator::resource(std::string_view type, int nesting) {
  if (type == "Bundle" && random_.chance(85)) {
    return bundle(random_.pick({"collection", "document", "transaction", "searchset", "history",
                                "message", "batch-response"}),
                  nesting);
  }
  Node node = object_node();
  add(node, "resourceType", type);
  if (random_.chance(90)) {
    add(node, "id", random_.pick(kIds));
  }
  if (type == "Parameters") {
    Node list = array_node();
    for (std::uint32_t count = random_.below(4); count > 0; --count) {
      list.children.push_back(parameter(nesting));
    }
    add(node, "parameter", std::move(list));
    return node;
  }
  elements(node, fhir::find_resource_type(type), nesting == 0 ? 0 : 1, nesting);
  if (random_.chance(10)) {  // in another order
    std::rotate(node.children.begin(), node.children.begin() + random_.below(node.children.size()),
                node.children.end());
  }
  return node;
}

Node Generator::parameter(int nesting) {
  Node node = object_node();
  add(node, "name", text());
  const std::uint32_t form = random_.below(nesting > 2 ? 2 : 4);
  if (form == 0) {
    add(node, "valueString", text());
  } else if (form == 1) {
    add(node, "valueReference", reference(1));
  } else if (form == 2) {
    Node parts = array_node();
    for (std::uint32_t count = random_.below(3); count > 0; --count) {
      parts.children.push_back(parameter(nesting + 1));
    }
    add(node, "part", std::move(parts));
  } else {
    add(node, "resource", resource(resource_type(), nesting + 1));
  }
  return node;
}

Node Generator::entry(std::string_view bundle_type, int nesting) {
  Node node = object_node();
  const std::string type = resource_type();
  const std::string id(random_.pick(kIds));
  const bool search = bundle_type == "searchset";
  if (random_.chance(50)) {
    add(node, "fullUrl", random_.chance(70) ? "http://h/" + type + "/" + id : text());
  }
  if (random_.chance(92)) {
    budget_ = std::max(budget_, 12);
    add(node, "resource",
        resource(search && random_.chance(8) ? "OperationOutcome" : type, nesting + 1));
  }
  if (search && random_.chance(70)) {
    Node mode = object_node();
    add(mode, "mode", random_.pick({"match", "match", "match", "include", "outcome", "other"}));
    if (random_.chance(20)) {
      add(mode, "score", other_node("0.50"));
    }
    add(node, "search", std::move(mode));
  }
  if (!search && bundle_type != "collection" && bundle_type != "document" && random_.chance(70)) {
    Node request = object_node();
    add(request, "method", random_.pick({"PUT", "POST", "DELETE", "GET"}));
    add(request, "url", type + (random_.chance(40) ? "?name=" + text() : "/" + id));
    if (random_.chance(30)) {
      add(request, "ifNoneExist", "identifier=" + text());
    }
    add(node, "request", std::move(request));
  }
  if ((bundle_type == "history" || bundle_type == "batch-response") && random_.chance(70)) {
    Node response = object_node();
    add(response, "status", "200");
    if (random_.chance(50)) {
      add(response, "etag", "W/\"" + text() + "\"");
      add(response, "location", type + "/" + id + "/_history/1");
    }
    if (random_.chance(30)) {
      add(response, "outcome", resource(random_.chance(70) ? "OperationOutcome" : type, 3));
    }
    add(node, "response", std::move(response));
  }
  return node;
}

Node Generator::bundle(std::string_view type, int nesting) {
  Node node = object_node();
  add(node, "resourceType", "Bundle");
  if (random_.chance(50)) {
    add(node, "id", random_.pick(kIds));
  }
  if (random_.chance(15)) {
    add(node, "meta", one(fhir::well_known().meta, false, 3));
  }
  add(node, "type", type);
  if (random_.chance(40)) {
    add(node, "total", other_node(std::to_string(random_.below(200))));
  }
  if (random_.chance(30)) {
    Node links = array_node();
    for (const std::string_view relation : {"self", "next", "last"}) {
      if (random_.chance(60)) {
        Node& link = links.children.emplace_back(object_node());
        add(link, "relation", relation);
        add(link, "url", "http://h/?page=" + text());
      }
    }
    add(node, "link", std::move(links));
  }
  Node entries = array_node();
  for (std::uint32_t count = random_.below(nesting == 0 ? 6 : 3); count > 0; --count) {
    entries.children.push_back(entry(type, nesting));
  }
  add(node, "entry", std::move(entries));
  if (random_.chance(15)) {
    add(node, "signature", one(fhir::find_type("Signature"), false, 3));
  }
  return node;
}

void Generator::escape(Node& node, std::uint32_t percent) {
  const auto tokens = [&](std::string& token) {
    if (token.size() < 3 || !random_.chance(percent)) {
      return;
    }
    const std::size_t at = 1 + random_.below(token.size() - 2);
    if (std::isalpha(static_cast<unsigned char>(token[at])) != 0 &&
        token.find('\\') == std::string::npos) {
      constexpr std::string_view kHex = "0123456789abcdef";
      const auto code = static_cast<unsigned char>(token[at]);
      token.replace(at, 1, std::string("\\u00") + kHex[code >> 4] + kHex[code & 15]);
    }
  };
  if (node.is_string()) {
    tokens(node.text);
  }
  for (Node& child : node.children) {
    if (node.is_object()) {
      tokens(child.key);
    }
    escape(child, percent);
  }
}

Node Generator::batch(Node& requests) {
  Node node = bundle("batch-response", 0);
  requests = array_node();
  for (Node& entry : node.find("entry")->children) {
    Node request = object_node();
    Node* const resource = entry.find("resource");
    std::string type = resource == nullptr || random_.chance(5)
                           ? resource_type()
                           : resource->string_at("resourceType").value_or("");
    const bool search = random_.chance(30);
    if (search && resource != nullptr) {
      budget_ = 25;
      const std::string key = resource->key;
      *resource = bundle("searchset", 1);
      resource->name = "resource";
      resource->key = key;
    }
    add(request, "interaction", search ? "search" : random_.chance(80) ? "read" : "vread");
    add(request, "resourceType", type);
    requests.children.push_back(std::move(request));
  }
  return node;
}

Node Generator::body(BodyKind kind, Interaction interaction, Node& requests) {
  budget_ = 60;
  requests = {};
  if (kind == BodyKind::kBatch) {
    return batch(requests);
  }
  if (kind == BodyKind::kLines) {
    Node lines = array_node();
    for (std::uint32_t count = random_.below(6); count > 0; --count) {
      budget_ = 25;
      lines.children.push_back(resource(resource_type()));
    }
    return lines;
  }
  if (interaction == Interaction::kSearch && random_.chance(75)) {
    return bundle("searchset", 0);
  }
  if (interaction == Interaction::kHistory && random_.chance(75)) {
    return bundle("history", 0);
  }
  if (random_.chance(12)) {
    return resource("Bundle");
  }
  return resource(resource_type());
}

}  // namespace fhirwall::properties
