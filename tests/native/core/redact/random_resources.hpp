#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ascii.hpp"
#include "core/fhir/model.hpp"
#include "core/redact/trie.hpp"

// Random resources of the model, and random paths into them.
namespace fhirwall::redact::testing {

using fhir::Element;
using fhir::TypeId;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  unsigned below(std::size_t bound) { return static_cast<unsigned>(engine_() % bound); }
  bool chance(unsigned percent) { return below(100) < percent; }

 private:
  std::mt19937 engine_;
};

inline std::string key_of(const Element& element, TypeId type) {
  std::string key(element.name);
  if (element.choice) {
    const std::string_view name = fhir::type_name(type);
    key += ascii::to_upper(name[0]);
    key += name.substr(1);
  }
  return key;
}

// Writes random resources. Lists are short, so that values are equal now and then.
class Generator {
 public:
  // `nested`: with resources in them, and references to these.
  explicit Generator(Random& random, bool nested = false) : random_(random), nested_(nested) {}

  std::string resource(std::string_view type, std::string_view id = {}, int depth = 0) {
    std::vector<std::string> members;
    members.push_back(std::string("\"resourceType\":\"").append(type).append("\""));
    if (!id.empty()) {
      members.push_back(std::string("\"id\":\"").append(id).append("\""));
    }
    add_members(fhir::find_resource_type(type), depth, members, !id.empty());
    std::shuffle(members.begin(), members.end(), std::mt19937(random_.below(1000)));
    return join(members);
  }

 private:
  std::string scalar() {
    static const char* const kValues[] = {"\"a\"", "\"b\"", "\"\"",       "false",
                                          "0",     "1.50",  "\"\\u0041\""};
    return kValues[random_.below(std::size(kValues))];
  }
  static std::string join(const std::vector<std::string>& members) {
    std::string out = "{";
    for (const std::string& member : members) {
      out.append(out.size() > 1 ? "," : "").append(member);
    }
    return out + "}";
  }
  // `_x`: an id, an extension, both or nothing.
  std::string sibling() {
    std::vector<std::string> members;
    if (random_.chance(50)) {
      members.push_back(R"("id":"i")");
    }
    if (random_.chance(60)) {
      members.push_back(R"("extension":[{"url":"a","valueString":"e"}])");
    }
    return members.empty() ? "null" : join(members);
  }

  // A resource inside the resource.
  std::string nested() {
    static const char* const kInside[] = {"Patient", "Practitioner", "Organization", "Device"};
    return resource(kInside[random_.below(std::size(kInside))],
                    std::string("c").append(std::to_string(ids_++ % 4)), 2);
  }

  std::string reference() {
    static const char* const kReferences[] = {"#c0",
                                              "#c1",
                                              "Patient/1",
                                              "Patient/2",
                                              "Practitioner/1",
                                              "Organization/1",
                                              "urn:uuid:0",
                                              "http://x/Patient/1"};
    return std::string("\"").append(kReferences[random_.below(std::size(kReferences))]) + "\"";
  }

  std::string value(TypeId type, int depth) {
    if (is_resource(type)) {
      return nested();
    }
    if (fhir::type_kind(type) == fhir::TypeKind::kPrimitive) {
      return scalar();
    }
    std::vector<std::string> members;
    if (type == fhir::well_known().extension) {
      members.push_back(random_.chance(50) ? R"("url":"a")" : R"("url":"b")");
    }
    add_members(type, depth, members);
    if (nested_ && members.empty() && type == fhir::well_known().meta) {
      members.push_back(R"("source":"s")");  // an empty one is not stored
    }
    return join(members);
  }

  // Members of `meta` that a write does not keep as they are (SPEC 9.5).
  static bool is_server_meta(std::string_view name) {
    static const char* const kNames[] = {"versionId", "lastUpdated", "author",      "project",
                                         "account",   "accounts",    "compartment", "onBehalfOf"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  }

  void add_members(TypeId type, int depth, std::vector<std::string>& members, bool has_id = false) {
    for (const Element* element : fhir::elements(type)) {
      const TypeId next = element->types[random_.below(element->types.size())];
      const bool primitive = fhir::type_kind(next) == fhir::TypeKind::kPrimitive;
      if (!random_.chance(depth == 0   ? 45
                          : depth == 1 ? 35
                                       : 20) ||
          (depth > 2 && !primitive) || (is_resource(next) && !nested_) ||
          element->name == "resourceType" || element->name == "url" ||
          (has_id && element->name == "id") ||
          (nested_ && type == fhir::well_known().meta && is_server_meta(element->name))) {
        continue;
      }
      if (nested_ && type == fhir::well_known().reference && element->name == "reference") {
        members.push_back(std::string("\"reference\":").append(reference()));
        continue;
      }
      const std::string key = key_of(*element, next);
      if (element->repeats) {
        add_array(key, next, primitive, depth, members);
        continue;
      }
      if (!primitive || random_.chance(80)) {
        members.push_back("\"" + key + "\":" + value(next, depth + 1));
      }
      if (primitive && random_.chance(15)) {
        const std::string text = sibling();
        if (text != "null") {
          members.push_back("\"_" + key + "\":" + text);
        }
      }
    }
    if (random_.chance(8)) {
      members.push_back(R"("foo":1)");
    }
  }

  void add_array(const std::string& key, TypeId type, bool primitive, int depth,
                 std::vector<std::string>& members) {
    std::string values;
    std::string siblings;
    bool any = false;
    for (unsigned i = 1 + random_.below(3); i > 0; --i) {
      const char* const comma = values.empty() ? "" : ",";
      values += comma;
      siblings += comma;
      if (primitive && random_.chance(20)) {
        values += "null";
      } else {
        values += value(type, depth + 1);
      }
      const std::string text = sibling();
      any = any || text != "null";
      siblings += text;
    }
    members.push_back("\"" + key + "\":[" + values + "]");
    if (primitive && any && random_.chance(40)) {
      members.push_back("\"_" + key + "\":[" + siblings + "]");
    }
  }

  Random& random_;
  bool nested_;
  unsigned ids_ = 0;
};

inline std::string path_below(Random& random, TypeId type) {
  std::string path;
  for (int depth = 0; depth < 3; ++depth) {
    const auto elements = fhir::elements(object_type(type));
    std::vector<const Element*> all;
    for (const Element* element : elements) {
      if (!is_resource(element->types[0]) && (depth != 0 || element->name != "id") &&
          element->name != "resourceType" &&
          // A hidden url selects no extension in what is submitted.
          (type != fhir::well_known().extension || element->name != "url")) {
        all.push_back(element);
      }
    }
    const Element& element = *all[random.below(all.size())];
    const TypeId next = element.types[random.below(element.types.size())];
    path.append(path.empty() ? "" : ".");
    path += random.chance(50) ? key_of(element, next) : std::string(element.name);
    if (next == fhir::well_known().extension && random.chance(50)) {
      path += "('a')";
    }
    type = next;
    if (random.chance(depth == 0 ? 40 : 60)) {
      break;
    }
  }
  return path;
}

}  // namespace fhirwall::redact::testing
