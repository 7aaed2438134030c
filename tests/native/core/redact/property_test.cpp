#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/redact/redactor.hpp"
#include "support.hpp"

// Non-interference and byte preservation (SPEC P3, P4): random resources of the model, with hidden
// content added, changed, respelled and removed.
namespace fhirwall::redact {
namespace {

using fhir::Element;
using fhir::TypeId;

// A JSON value that can be changed before it is written.
struct Member;
struct Json {
  enum class Kind { kScalar, kObject, kArray };
  Kind kind = Kind::kScalar;
  std::string text;             // scalar: as written
  std::vector<Member> members;  // arrays: empty keys; keys as written

  static Json scalar(std::string written);
  static Json of(Kind kind);
  [[nodiscard]] Json* find(const std::string& key);
};
struct Member {
  std::string first;
  Json second;
};

Json Json::scalar(std::string written) {
  Json value;
  value.text = std::move(written);
  return value;
}
Json Json::of(Kind kind) {
  Json value;
  value.kind = kind;
  return value;
}
Json* Json::find(const std::string& key) {
  for (Member& member : members) {
    if (member.first == key) {
      return &member.second;
    }
  }
  return nullptr;
}

void write(const Json& value, bool indented, int depth, std::string& out) {
  if (value.kind == Json::Kind::kScalar) {
    out += value.text;
    return;
  }
  const bool object = value.kind == Json::Kind::kObject;
  out += object ? '{' : '[';
  const auto line = [&](int level) {
    if (indented) {
      out += '\n';
      out.append(static_cast<std::size_t>(level) * 2, ' ');
    }
  };
  for (std::size_t i = 0; i < value.members.size(); ++i) {
    out += i == 0 ? "" : ",";
    line(depth + 1);
    if (object) {
      out.append("\"").append(value.members[i].first).append(indented ? "\": " : "\":");
    }
    write(value.members[i].second, indented, depth + 1, out);
  }
  if (!value.members.empty()) {
    line(depth);
  }
  out += object ? '}' : ']';
}

std::string written(const Json& value, bool indented) {
  std::string out;
  write(value, indented, 0, out);
  return out;
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  bool chance(unsigned percent) { return below(100) < percent; }

  Json primitive() {
    static const char* const kValues[] = {
        "\"a\"", "\"\\u0041\\\"\"", "1.50", "true", "\"x, y\"", "\"\"", "-0", "\"]}\""};
    return Json::scalar(kValues[below(8)]);
  }

  // Anything at all, for places whose content must not matter.
  Json junk(int depth = 0) {
    switch (depth > 3 ? 0 : below(6)) {
      case 1: {
        Json value = Json::of(Json::Kind::kObject);
        for (unsigned i = below(3); i > 0; --i) {
          value.members.push_back(
              Member{std::string("k").append(std::to_string(i)), junk(depth + 1)});
        }
        return value;
      }
      case 2: {
        Json value = Json::of(Json::Kind::kArray);
        for (unsigned i = below(4); i > 0; --i) {
          value.members.push_back(Member{"", junk(depth + 1)});
        }
        return value;
      }
      case 3: return Json::scalar("null");
      case 4: return Json::scalar(std::string("\"").append(below(300), 'z').append("\""));
      default: return primitive();
    }
  }

  Json value_of(TypeId type, int depth) {
    if (fhir::type_kind(type) == fhir::TypeKind::kPrimitive) {
      return primitive();
    }
    return object_of(type, depth);
  }

  Json object_of(TypeId type, int depth) {
    Json object = Json::of(Json::Kind::kObject);
    for (const Element* element : fhir::elements(type)) {
      const TypeId next = element->types[below(static_cast<unsigned>(element->types.size()))];
      const bool primitive_type = fhir::type_kind(next) == fhir::TypeKind::kPrimitive;
      if (!chance(depth == 0   ? 60
                  : depth == 1 ? 35
                               : 15) ||
          (depth > 3 && !primitive_type) || next == fhir::well_known().resource ||
          element->name == "resourceType") {
        continue;
      }
      std::string key(element->name);
      if (element->choice) {
        const std::string_view name = fhir::type_name(next);
        key += static_cast<char>(name[0] >= 'a' ? name[0] - 32 : name[0]);
        key += name.substr(1);
      }
      if (!element->repeats) {
        object.members.push_back(Member{key, value_of(next, depth + 1)});
        continue;
      }
      Json array = Json::of(Json::Kind::kArray);
      for (unsigned i = 1 + below(3); i > 0; --i) {
        array.members.push_back(Member{"", value_of(next, depth + 1)});
      }
      object.members.push_back(Member{key, std::move(array)});
    }
    return object;
  }

  // Puts `value` at a random place among the members of `object`, now and then with an escaped key.
  void insert(Json& object, const std::string& key, Json value) {
    std::string spelled = key;
    if (chance(25)) {
      const std::size_t at = below(static_cast<unsigned>(key.size()));
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(key[at]));
      spelled = key.substr(0, at).append(escape).append(key.substr(at + 1));
    }
    const auto at = below(static_cast<unsigned>(object.members.size()) + 1);
    object.members.insert(object.members.begin() + at, Member{spelled, std::move(value)});
  }

  // Adds, replaces or removes the hidden members `keys` of an object.
  void disturb(Json& object, const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      for (const std::string& name : {key, std::string("_").append(key)}) {
        std::erase_if(object.members, [&](const auto& member) { return member.first == name; });
        if (chance(50)) {
          insert(object, name, junk());
        }
      }
    }
    if (chance(30)) {
      insert(object, "unheardOf", junk());
    }
  }

 private:
  std::mt19937 random_;
};

struct Scenario {
  const char* type;
  std::vector<std::string> hidden;
  // What the rule and its closure hide, as (path to the objects, keys), apart from any Narrative.
  std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> places;
};

const Scenario kScenarios[] = {
    {"Patient", {"name", "birthDate"}, {{{}, {"name", "birthDate", "text"}}}},
    {"Patient",
     {"name.family", "contact.telecom.value", "address.extension"},
     {{{}, {"text"}},
      {{"name"}, {"family", "text"}},
      {{"contact", "telecom"}, {"value"}},
      {{"address"}, {"extension", "text"}}}},
    {"Observation",
     {"code.coding.code", "component", "note.text"},
     {{{}, {"component", "text"}},
      {{"code"}, {"text"}},
      {{"code", "coding"}, {"code", "display"}},
      {{"note"}, {"text"}}}},
    {"Encounter",
     {"participant", "period.start"},
     {{{}, {"participant", "text"}}, {{"period"}, {"start"}}}},
    {"Composition",
     {"title"},
     {{{}, {"title", "text"}}, {{"section"}, {"text"}}, {{"section", "section"}, {"text"}}}},
    {"Patient", {}, {{{"meta"}, {"project", "author", "account", "accounts", "compartment"}}}},
};

void disturb_at(Generator& generator, Json& value, const std::vector<std::string>& path,
                std::size_t at, const std::vector<std::string>& keys, bool unknown) {
  if (value.kind == Json::Kind::kArray) {
    for (auto& [key, item] : value.members) {
      disturb_at(generator, item, path, at, keys, unknown);
    }
    // An item of which everything is hidden is no item.
    if (at == path.size() && at != 0 && generator.chance(30)) {
      Json item = Json::of(Json::Kind::kObject);
      generator.insert(item, keys[0], generator.junk());
      const auto where = generator.below(static_cast<unsigned>(value.members.size()) + 1);
      value.members.insert(value.members.begin() + where, Member{"", std::move(item)});
    }
    return;
  }
  if (value.kind != Json::Kind::kObject) {
    return;
  }
  if (at == path.size()) {
    generator.disturb(value, keys);
    if (!unknown) {
      std::erase_if(value.members, [](const auto& member) {
        return member.first.find("nheardOf") != std::string::npos ||
               member.first.find("\\u") != std::string::npos;
      });
    }
    return;
  }
  if (Json* next = value.find(path[at])) {
    disturb_at(generator, *next, path, at + 1, keys, unknown);
  }
}

TEST(Properties, HiddenContentLeavesNoTrace) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  Generator generator(seed);
  int cuts = 0;
  int different = 0;
  for (int round = 0; round < 4000; ++round) {
    const Scenario& scenario = kScenarios[generator.below(std::size(kScenarios))];
    const TypeId type = fhir::find_resource_type(scenario.type);
    const auto plan = testing::plan_for(scenario.type, scenario.hidden);
    Json one = generator.object_of(type, 0);
    generator.insert(one, "resourceType",
                     Json::scalar(std::string("\"").append(scenario.type).append("\"")));
    Json two = one;
    for (Json* version : {&one, &two}) {
      for (const auto& [path, keys] : scenario.places) {
        disturb_at(generator, *version, path, 0, keys, !scenario.hidden.empty());
      }
    }
    const bool indented = generator.chance(50);
    const std::string first = written(one, indented);
    const std::string second = written(two, indented);
    const std::string out = testing::redacted(*plan, first);
    ASSERT_EQ(out, testing::redacted(*plan, second)) << first << "\n" << second;
    ASSERT_TRUE(testing::is_subsequence(out, first)) << first << "\n" << out;
    ASSERT_EQ(testing::redacted(*plan, out), out) << "not idempotent: " << first;
    cuts += out.size() < first.size() ? 1 : 0;
    different += first != second ? 1 : 0;
  }
  EXPECT_GT(cuts, 1000);
  EXPECT_GT(different, 1000);
}

// A sibling array whose only content is hidden is as good as none, and an emptied position in it as
// good as null.
TEST(Properties, EmptiedSiblingPositionsLeaveNoTrace) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  Generator generator(seed);
  const auto plan = testing::plan_for("Patient", {"name.given.extension"});
  for (int round = 0; round < 2000; ++round) {
    Json versions[2];
    const unsigned length = 1 + generator.below(5);
    Json given = Json::of(Json::Kind::kArray);
    std::vector<bool> visible;
    for (unsigned i = 0; i < length; ++i) {
      given.members.push_back(
          Member{"", generator.chance(70) ? Json::scalar("\"g\"") : Json::scalar("null")});
      visible.push_back(generator.chance(30));
    }
    const bool any_visible = std::find(visible.begin(), visible.end(), true) != visible.end();
    for (Json& version : versions) {
      Json sibling = Json::of(Json::Kind::kArray);
      for (unsigned i = 0; i < length; ++i) {
        Json item = Json::of(Json::Kind::kObject);
        if (visible[i]) {
          item.members.push_back(Member{"id", Json::scalar("\"i\"")});
        }
        if (generator.chance(50)) {
          generator.insert(item, "extension", generator.junk());
        } else if (!visible[i]) {
          item = Json::scalar("null");
        }
        sibling.members.push_back(Member{"", std::move(item)});
      }
      Json name = Json::of(Json::Kind::kObject);
      name.members.push_back(Member{"given", given});
      if (any_visible || generator.chance(70)) {
        name.members.push_back(Member{"_given", std::move(sibling)});
      }
      Json names = Json::of(Json::Kind::kArray);
      names.members.push_back(Member{"", std::move(name)});
      version = Json::of(Json::Kind::kObject);
      version.members.push_back(Member{"resourceType", Json::scalar("\"Patient\"")});
      version.members.push_back(Member{"name", std::move(names)});
    }
    const bool indented = generator.chance(50);
    const std::string first = written(versions[0], indented);
    const std::string second = written(versions[1], indented);
    const std::string out = testing::redacted(*plan, first);
    ASSERT_EQ(out, testing::redacted(*plan, second)) << first << "\n" << second;
    ASSERT_EQ(testing::redacted(*plan, out), out) << first;
  }
}

}  // namespace
}  // namespace fhirwall::redact
