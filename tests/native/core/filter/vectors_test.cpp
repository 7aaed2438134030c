#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "core/json/document.hpp"
#include "support.hpp"

// The vectors of topic hidden-fields. Expected: overruled.json, else strict_expected, else
// spec_expected, else expect.
namespace fhirwall::filter {
namespace {

using json::Document;
using json::NodeIndex;

class File {
 public:
  explicit File(const std::string& name) {
    std::ifstream in(FHIRWALL_SOURCE_DIR "/tests/vectors/" + name, std::ios::binary);
    text_.assign(std::istreambuf_iterator<char>(in), {});
    const std::size_t size = text_.size();
    text_.append(json::kPadding, ' ');
    EXPECT_FALSE(parser_.parse(std::string_view(text_).substr(0, size), Limits{})) << name;
  }
  [[nodiscard]] const Document& document() const { return parser_.document(); }

 private:
  std::string text_;
  json::Parser parser_;
};

// The value in one form: keys sorted, no white space; `skip` names members left out at the top, or,
// as `entry.resource(Patient).name`, of the resources of a Bundle's entries.
std::string canonical(const Document& document, NodeIndex node,
                      const std::vector<std::string>& skip = {}) {
  if (document.is_object(node)) {
    std::map<std::string, std::string> members;
    for (NodeIndex child = Document::first_child(node), end = document[node].next; child != end;
         child = document[child].next) {
      const std::string key(document.key(child));
      if (std::find(skip.begin(), skip.end(), key) == skip.end()) {
        const std::string step = key == "resource" ? "resource(Patient)." : key + ".";
        std::vector<std::string> below;
        for (const std::string& path : skip) {
          if (path.starts_with(step)) {
            below.push_back(path.substr(step.size()));
          }
        }
        members[key] = canonical(document, child, below);
      }
    }
    std::string text = "{";
    for (const auto& [key, value] : members) {
      text += key + ":" + value + ",";
    }
    return text + "}";
  }
  if (document.is_array(node)) {
    std::string text = "[";
    for (NodeIndex child = Document::first_child(node), end = document[node].next; child != end;
         child = document[child].next) {
      text += canonical(document, child, skip) + ",";
    }
    return text + "]";
  }
  return std::string(document.raw(node));
}

std::string canonical_text(std::string text, const std::vector<std::string>& skip = {}) {
  const std::size_t size = text.size();
  text.append(json::kPadding, ' ');
  json::Parser parser;
  const Error error = parser.parse(std::string_view(text).substr(0, size), Limits{});
  EXPECT_FALSE(error) << text;
  return error ? "(not JSON)" : canonical(parser.document(), 0, skip);
}

TEST(Vectors, HiddenFields) {
  const File vectors("hidden-fields.json");
  const File overruled_file("overruled.json");
  const Document& all = vectors.document();
  const Document& overruled = overruled_file.document();
  int count = 0;
  for (NodeIndex vector = Document::first_child(0); vector != all[0].next;
       vector = all[vector].next) {
    std::string scratch;
    const std::string id(all.string(all.find(vector, "id"), scratch));
    SCOPED_TRACE(id);
    ++count;
    const Document* document = &all;
    NodeIndex expected = all.find(vector, "strict_expected");
    if (expected == json::kNoNode) {
      expected = all.find(vector, "spec_expected");
    }
    if (expected == json::kNoNode) {
      expected = all.find(vector, "expect");
    }
    for (NodeIndex row = Document::first_child(0); row != overruled[0].next;
         row = overruled[row].next) {
      if (overruled.string_is(overruled.find(row, "id"), id)) {
        document = &overruled;
        expected = overruled.find(row, "expected");
      }
    }
    const NodeIndex given = all.find(vector, "given");
    const bool extended = all.kind(all.find(given, "extendedMode")) == json::Kind::kTrue;
    const std::string input =
        "{\"policies\":" + std::string(all.raw(all.find(given, "accessPolicy"))) +
        ",\"options\":{\"extendedMeta\":" + (extended ? "true" : "false") + "}}";
    const policy::CompileOutcome outcome = policy::compile(input, Limits{});
    if (document->find(expected, "reject_policy") != json::kNoNode) {
      EXPECT_EQ(outcome.policy, nullptr);
      continue;
    }
    ASSERT_NE(outcome.policy, nullptr);
    const NodeIndex wanted = all.find(all.find(vector, "when"), "interaction");
    const auto interaction = policy::find_interaction(all.string(wanted, scratch));
    ASSERT_TRUE(interaction.has_value());
    const NodeIndex resource = all.find(given, "resource");
    const auto result = testing::redact(*outcome.policy, *interaction, all.raw(resource));
    EXPECT_FALSE(result.error) << error_name(result.error.code);
    if (document->find(expected, "denied") != json::kNoNode) {
      EXPECT_FALSE(result.allowed);
      continue;
    }
    ASSERT_TRUE(result.allowed);
    const NodeIndex list = document->find(expected, "hidden");
    if (list == json::kNoNode) {
      EXPECT_EQ(canonical_text(result.out),
                canonical(*document, document->find(expected, "resource")));
      continue;
    }
    // All of these are gone, and nothing else but what SPEC 7.7 takes from `meta`.
    std::vector<std::string> hidden{"meta"};
    for (NodeIndex item = Document::first_child(list); item != (*document)[list].next;
         item = (*document)[item].next) {
      hidden.emplace_back(document->string(item, scratch));
    }
    EXPECT_EQ(canonical_text(result.out), canonical(all, resource, hidden));
  }
  std::printf("%d vectors of topic hidden-fields\n", count);
  EXPECT_GE(count, 26);
}

}  // namespace
}  // namespace fhirwall::filter
