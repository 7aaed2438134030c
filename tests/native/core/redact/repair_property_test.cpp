#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/redact/trie.hpp"
#include "random_resources.hpp"
#include "repair_support.hpp"

// Laws of repair over random resources of the model, with random hidden and readonly lists.
namespace fhirwall::redact {
namespace {

using fhir::Element;
using fhir::ElementPath;
using fhir::TypeId;
using json::Document;
using json::Kind;
using json::NodeIndex;
using testing::Generator;
using testing::path_below;
using testing::Random;

const char* const kTypes[] = {"Patient",   "Observation",   "Composition", "Encounter",
                              "Condition", "Questionnaire", "Practitioner"};

struct Scenario {
  std::string_view type;
  testing::RepairLists lists;
};

Scenario scenario(Random& random) {
  Scenario result{kTypes[random.below(std::size(kTypes))], {}};
  const TypeId type = fhir::find_resource_type(result.type);
  for (unsigned i = random.below(3); i > 0; --i) {
    result.lists.hidden.push_back(path_below(random, type));
  }
  for (unsigned i = random.below(3); i > 0; --i) {
    result.lists.readonly.push_back(path_below(random, type));
  }
  result.lists.shown.closure_strict = random.chance(80);
  result.lists.shown.keep_unknown_elements = random.chance(20);
  return result;
}

std::string describe(const Scenario& scenario) {
  std::string text(scenario.type);
  for (const std::string& path : scenario.lists.hidden) {
    text.append(" hidden ").append(path);
  }
  for (const std::string& path : scenario.lists.readonly) {
    text.append(" readonly ").append(path);
  }
  return text;
}

// The values that a path leads to, by the plain meaning of SPEC 7.1 and 7.2, without the trie.
void collect(const Document& document, NodeIndex object, TypeId type, const ElementPath& path,
             std::size_t at, std::vector<NodeIndex>& out) {
  const fhir::PathStep& step = path[at];
  for (NodeIndex node = object + 1, end = document[object].next; node != end;
       node = document[node].next) {
    const fhir::Child child = fhir::find_child(object_type(type), document.key(node));
    if (child.element == nullptr || child.element->name != step.element->name ||
        (child.element->choice && step.choice != TypeId::kNone && step.choice != child.type)) {
      continue;
    }
    const bool last = at + 1 == path.size();
    if (last && step.extension_url.empty()) {
      out.push_back(node);
      continue;
    }
    const bool array = document.is_array(node);
    for (NodeIndex item = array ? node + 1 : node; item != document[node].next;
         item = document[item].next) {
      if (!document.is_object(item) ||
          (!step.extension_url.empty() &&
           !document.string_is(document.find(item, "url"), step.extension_url))) {
        continue;
      }
      if (last) {
        out.push_back(item);
      } else {
        collect(document, item, child.type, path, at + 1, out);
      }
    }
  }
}

std::vector<NodeIndex> nodes_at(const Document& document, std::string_view type,
                                const std::string& text) {
  const TypeId id = fhir::find_resource_type(type);
  ElementPath path;
  ResolveFailure failure;
  EXPECT_TRUE(resolve_path(text, id, path, failure)) << text;
  std::vector<NodeIndex> nodes;
  collect(document, 0, id, path, 0, nodes);
  return nodes;
}

std::vector<std::string> texts_at(std::string_view resource, std::string_view type,
                                  const std::string& path) {
  const testing::Parsed parsed(resource);
  std::vector<std::string> texts;
  for (const NodeIndex node : nodes_at(parsed.document(), type, path)) {
    texts.emplace_back(parsed.document().key(node)).append(parsed.document().raw(node));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

TEST(RepairProperties, AnEchoLosesNothing) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  Random random(seed);
  Generator generator(random);
  int cut = 0;
  for (int round = 0; round < 2500; ++round) {
    const Scenario at = scenario(random);
    const std::string before = generator.resource(at.type);
    const std::string echo =
        testing::redacted(*testing::plan_for(at.type, at.lists.hidden, at.lists.shown), before);
    const auto result = testing::repaired(at.type, before, echo, at.lists);
    ASSERT_FALSE(result.refused) << describe(at) << "\n" << before << "\n" << echo;
    ASSERT_EQ(result.conflicts, "") << describe(at) << "\n" << before << "\n" << echo;
    ASSERT_EQ(result.out, before) << describe(at) << "\n" << echo;
    cut += echo.size() != before.size() ? 1 : 0;
  }
  EXPECT_GT(cut, 400);
}

TEST(RepairProperties, WhateverIsSubmittedWhatIsProtectedStays) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  Random random(seed);
  Generator generator(random);
  int stored = 0;
  int refused = 0;
  for (int round = 0; round < 2500; ++round) {
    const Scenario at = scenario(random);
    const bool create = random.chance(10);
    const std::string before = create ? std::string() : generator.resource(at.type);
    const std::string after = generator.resource(at.type);
    const auto result = testing::repaired(at.type, before, after, at.lists);
    (result.refused ? refused : stored) += 1;
    if (result.refused) {
      ASSERT_FALSE(create) << describe(at) << "\n" << after;
      continue;
    }
    for (const auto* list : {&at.lists.hidden, &at.lists.readonly}) {
      for (const std::string& path : *list) {
        const auto expected = create ? std::vector<std::string>() : texts_at(before, at.type, path);
        ASSERT_EQ(texts_at(result.out, at.type, path), expected) << describe(at) << "\n"
                                                                 << before << "\n"
                                                                 << after << "\n"
                                                                 << result.out;
      }
    }
  }
  EXPECT_GT(stored, 800);
  EXPECT_GT(refused, 40);
}

// SPEC 9.3: hidden values influence neither conflicts nor refusals, and in the result themselves
// alone.
TEST(RepairProperties, HiddenValuesAreNotLookedAt) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  Random random(seed);
  Generator generator(random);
  int different = 0;
  for (int round = 0; round < 2000; ++round) {
    const Scenario at = scenario(random);
    const std::string before = generator.resource(at.type);
    std::string other = before;
    {
      const testing::Parsed parsed(before);
      std::vector<std::pair<std::uint32_t, std::uint32_t>> spans;
      for (const std::string& path : at.lists.hidden) {
        // An extension chosen by its url would be another one.
        for (const NodeIndex node : path.ends_with(")")
                                        ? std::vector<NodeIndex>()
                                        : nodes_at(parsed.document(), at.type, path)) {
          spans.emplace_back(parsed.document()[node].begin, parsed.document()[node].end);
        }
      }
      std::sort(spans.rbegin(), spans.rend());
      std::uint32_t last = static_cast<std::uint32_t>(before.size());
      for (const auto& [begin, end] : spans) {
        const bool nested =
            std::any_of(spans.begin(), spans.end(), [&, b = begin, e = end](const auto& s) {
              return (s.first < b && s.second >= e) || (s.first <= b && s.second > e);
            });
        if (!nested && end <= last) {
          other.replace(begin, end - begin, "\"changed\"");
          last = begin;
        }
      }
    }
    const auto plan = testing::plan_for(at.type, at.lists.hidden, at.lists.shown);
    ASSERT_EQ(testing::redacted(*plan, before), testing::redacted(*plan, other));
    // An edited echo, or anything.
    std::string after =
        random.chance(30) ? generator.resource(at.type) : testing::redacted(*plan, before);
    if (const std::size_t at_value = after.find("\"b\"");
        at_value != std::string::npos && random.chance(70)) {
      after.replace(at_value, 3, "\"c\"");
    }
    const auto one = testing::repaired(at.type, before, after, at.lists);
    const auto two = testing::repaired(at.type, other, after, at.lists);
    ASSERT_EQ(one.refused, two.refused) << describe(at) << "\n" << before << "\n" << after;
    ASSERT_EQ(one.conflicts, two.conflicts) << describe(at) << "\n" << before << "\n" << after;
    if (!one.refused) {
      ASSERT_EQ(testing::redacted(*plan, one.out), testing::redacted(*plan, two.out))
          << describe(at) << "\n"
          << before << "\n"
          << after;
    }
    different += before != other ? 1 : 0;
  }
  EXPECT_GT(different, 150);
}

// Edits of members on which no path lies are taken over, and nothing else changes.
TEST(RepairProperties, EditsElsewhereAreFree) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  Random random(seed);
  Generator generator(random);
  int edited = 0;
  for (int round = 0; round < 2000; ++round) {
    Scenario at = scenario(random);
    // Unknown keys deeper in what is replaced would have to return.
    at.lists.shown.keep_unknown_elements = true;
    const std::string before = generator.resource(at.type);
    const auto plan = testing::plan_for(at.type, at.lists.hidden, at.lists.shown);
    std::string after = testing::redacted(*plan, before);
    std::string expected = before;
    const auto replace = [&](std::string& text, const std::string& key) {
      const testing::Parsed parsed(text);
      const NodeIndex node = parsed.document().find(0, key);
      if (node == json::kNoNode) {
        return false;
      }
      const auto& place = parsed.document()[node];
      text.replace(place.begin, place.end - place.begin, "\"edited\"");
      return true;
    };
    for (const Element* element : fhir::elements(fhir::find_resource_type(at.type))) {
      const std::string key(element->name);
      const auto starts = [&](const std::string& path) { return path.starts_with(key); };
      if (element->choice || fhir::type_kind(element->types[0]) != fhir::TypeKind::kPrimitive ||
          element->repeats || key == "resourceType" || random.chance(50) ||
          std::any_of(at.lists.hidden.begin(), at.lists.hidden.end(), starts) ||
          std::any_of(at.lists.readonly.begin(), at.lists.readonly.end(), starts)) {
        continue;
      }
      edited += replace(after, key) && replace(expected, key) ? 1 : 0;
    }
    const auto result = testing::repaired(at.type, before, after, at.lists);
    ASSERT_FALSE(result.refused) << describe(at) << "\n" << before << "\n" << after;
    ASSERT_EQ(result.conflicts, "") << describe(at) << "\n" << before << "\n" << after;
    ASSERT_EQ(result.out, expected) << describe(at) << "\n" << before << "\n" << after;
  }
  EXPECT_GT(edited, 500);
}

}  // namespace
}  // namespace fhirwall::redact
