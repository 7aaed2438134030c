#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/redact/redactor.hpp"
#include "support.hpp"

// Byte preservation on real, indented resources: redaction gives what deleting lines gives.
namespace fhirwall::redact {
namespace {

// Deletes the members `keys` of the outermost object of an indented text, line by line: knows
// nothing of JSON but that a member starts with a quote, `depth` spaces in.
std::string delete_members(std::string_view text, std::size_t depth,
                           const std::vector<std::string_view>& keys) {
  std::vector<std::string> blocks;  // head, members, tail; each without its last comma
  std::string head;
  std::string tail;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    if (at != 0 && indent < depth) {
      tail = line;
    } else if (at == 0) {
      head = line;
    } else if (indent == depth && line[indent] == '"') {
      blocks.emplace_back(line);
    } else {
      blocks.back().append("\n").append(line);
    }
    at = end + 1;
  }
  std::string out = head;
  bool first = true;
  for (std::string& block : blocks) {
    const std::string_view key =
        std::string_view(block).substr(depth + 1, block.find('"', depth + 1) - depth - 1);
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      continue;
    }
    if (block.back() == ',') {
      block.pop_back();
    }
    out.append(first ? "\n" : ",\n").append(block);
    first = false;
  }
  return out.append("\n").append(tail);
}

TEST(Synthea, IndentedResourcesLoseTheirHiddenLinesOnly) {
  std::ifstream in(FHIRWALL_SOURCE_DIR "/../shared/data/synthea/patient-bundle-pretty.json",
                   std::ios::binary);
  const std::string bundle{std::istreambuf_iterator<char>(in), {}};
  if (bundle.empty()) {
    GTEST_SKIP() << "../shared/data is not here";
  }
  const testing::Parsed parsed(bundle);
  const json::Document& document = parsed.document();
  const json::NodeIndex entries = document.find(0, "entry");
  int count = 0;
  int shorter = 0;
  Redactor redactor;
  Edits edits;
  for (json::NodeIndex entry = json::Document::first_child(entries);
       entry != document[entries].next; entry = document[entry].next) {
    const json::NodeIndex resource = document.find(entry, "resource");
    if (document.find(resource, "contained") != json::kNoNode) {
      continue;  // refused by the caller
    }
    std::string scratch;
    const std::string type(document.string(document.find(resource, "resourceType"), scratch));
    static const std::vector<std::string> kWanted = {"name", "address", "code", "subject"};
    std::vector<std::string> hidden;
    for (const std::string& name : kWanted) {
      if (fhir::find_element(fhir::find_resource_type(type), name) != nullptr) {
        hidden.push_back(name);
      }
    }
    if (hidden.empty()) {
      continue;
    }
    std::vector<std::string_view> keys{"text"};
    keys.insert(keys.end(), hidden.begin(), hidden.end());
    edits.clear();
    redactor.redact(document, resource, *testing::plan_for(type, hidden), edits);
    std::string out;
    const json::Node& node = document[resource];
    edits.apply(document.text(), node.begin, node.end, out);
    const std::string_view raw = document.raw(resource);
    const std::size_t line = raw.find('\n') + 1;
    const std::size_t depth = raw.find_first_not_of(' ', line) - line;
    ASSERT_EQ(out, delete_members(raw, depth, keys)) << type;
    ++count;
    shorter += out.size() < raw.size() ? 1 : 0;
  }
  std::printf("%d resources, %d of them lost something\n", count, shorter);
  EXPECT_GE(shorter, 50);
}

}  // namespace
}  // namespace fhirwall::redact
