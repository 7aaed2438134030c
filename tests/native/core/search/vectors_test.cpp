#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/fhir/search_param.hpp"
#include "tests/native/core/search/support.hpp"

// The policy vectors of topic `criteria-match`, and the membership part of `compartments`.
namespace fhirwall::search::test {
namespace {

struct File {
  explicit File(const std::string& name) {
    std::ifstream in(std::string(FHIRWALL_SOURCE_DIR "/tests/vectors/") + name);
    std::ostringstream text;
    text << in.rdbuf();
    padded = text.str();
    const std::size_t size = padded.size();
    padded += std::string(json::kPadding, ' ');
    EXPECT_FALSE(parser.parse(std::string_view(padded).substr(0, size), Limits{})) << name;
  }
  [[nodiscard]] const json::Document& doc() const { return parser.document(); }

  std::string padded;
  json::Parser parser;
};

// Convenience over a document: paths of keys.
struct Reader {
  const json::Document& doc;
  json::NodeIndex node;

  [[nodiscard]] Reader at(std::string_view key) const {
    return {doc, node == json::kNoNode ? node : doc.find(node, key)};
  }
  [[nodiscard]] bool exists() const { return node != json::kNoNode; }
  [[nodiscard]] std::string text() const {
    std::string scratch;
    return exists() ? std::string(doc.string(node, scratch)) : "";
  }
  [[nodiscard]] std::string raw() const { return exists() ? std::string(doc.raw(node)) : ""; }
  [[nodiscard]] std::vector<Reader> items() const {
    std::vector<Reader> out;
    for (json::NodeIndex i = node + 1; exists() && i != doc[node].next; i = doc[i].next) {
      out.push_back({doc, i});
    }
    return out;
  }
};

// `match`, `no-match` or `refused`; empty when the vector does not say.
std::string expectation(const Reader& expected) {
  if (expected.at("reject_policy").exists() || expected.at("error").exists()) {
    return "refused";
  }
  const Reader match = expected.at("match");
  return !match.exists() ? "" : match.raw() == "true" ? "match" : "no-match";
}

std::string form_encoded(const std::string& value) {
  std::string out;
  for (const char c : value) {
    out += c == '%' ? "%25" : c == '&' ? "%26" : c == '+' ? "%2B" : std::string(1, c);
  }
  return out;
}

std::string criteria_of(const Reader& when) {
  if (when.at("criteria").exists()) {
    return when.at("criteria").text();
  }
  const std::string type = when.at("resourceType").text();
  std::string query;
  for (const Reader& filter : when.at("filters").items()) {
    const std::string code = filter.at("code").text();
    const std::string op = filter.at("operator").text();
    const std::string value = form_encoded(filter.at("value").text());
    const fhir::SearchParam* param = fhir::find_search_param(fhir::find_resource_type(type), code);
    query += query.empty() ? "" : "&";
    query += code;
    if (op == "present") {
      query += value == "true" ? ":missing=false" : ":missing=true";
    } else if (op == "eq") {
      query += std::string("=").append(value);
    } else if (op == "ne" && param != nullptr && param->type != fhir::ParamType::kDate) {
      query += std::string(":not=").append(value);
    } else if (op.size() == 2) {
      query += std::string("=").append(op).append(value);
    } else {
      query += std::string(":").append(op).append("=").append(value);
    }
  }
  return type + "?" + query;
}

// Vectors whose expectation a numbered rule of the specification outweighs, with that rule. Those
// that expect no match and are refused here deny all the same.
const std::map<std::string, const char*>& exceptions() {
  static const std::map<std::string, const char*> kExceptions = {
      // SPEC 5.3, FHIR R4 search 3.1.1.4.6: in search values minutes may end the time.
      {"criteria-match-337", "5.3"},
      // SPEC 5.3: `:text` is starts-with.
      {"criteria-match-145", "5.3"},
      // SPEC 5.7: `_filter` is supported.
      {"criteria-match-266", "5.7"},
  };
  return kExceptions;
}

bool is_unsupported(const Issues& issues) {
  for (const Issue& issue : issues.list()) {
    if (issue.severity == Severity::kError && issue.code != IssueCode::kUnsupportedParameter &&
        issue.code != IssueCode::kUnsupportedModifier) {
      return false;
    }
  }
  return true;
}

TEST(Vectors, CriteriaMatch) {
  const File vectors("criteria-match.json");
  const File overruled("overruled.json");
  std::map<std::string, Reader> rulings;
  for (const Reader& row : Reader{overruled.doc(), 0}.items()) {
    rulings.emplace(row.at("id").text(), row.at("expected"));
  }
  std::map<std::string, int> counts;
  std::string unsupported;
  std::set<std::string> used;
  for (const Reader& vector : Reader{vectors.doc(), 0}.items()) {
    const std::string id = vector.at("id").text();
    std::string expected;
    if (const auto ruling = rulings.find(id); ruling != rulings.end()) {
      expected = expectation(ruling->second);
    }
    for (const char* key : {"strict_expected", "spec_expected", "expect"}) {
      expected = expected.empty() ? expectation(vector.at(key)) : expected;
    }
    const std::string criteria = criteria_of(vector.at("when"));
    if (criteria.ends_with("?") && vector.at("when").at("filters").exists()) {
      ++counts["no filter at all, nothing to match"];  // a parsed search without filters
      continue;
    }
    Issues issues;
    const auto compiled = compile_with(criteria, {}, issues);
    std::string actual = "refused";
    if (compiled) {
      const Resource resource(vector.at("given").at("resource").raw());
      Scratch scratch;
      Error error;
      actual = matches(*compiled, {resource.document(), 0, resource.type(), Purpose::kRead},
                       Limits{}, scratch, error)
                   ? "match"
                   : "no-match";
      EXPECT_FALSE(error) << id;
    }
    if (actual == expected) {
      ++counts["as expected"];
      continue;
    }
    if (actual == "refused" && expected == "no-match") {
      ++counts["refused where no match is expected"];
      continue;
    }
    if (actual == "refused" && is_unsupported(issues)) {
      ++counts["refused: unsupported parameter type or modifier"];
      unsupported += (unsupported.empty() ? "" : " ") + id.substr(id.rfind('-') + 1);
      continue;
    }
    if (exceptions().contains(id)) {
      used.insert(id);
      ++counts["listed exceptions"];
      continue;
    }
    ADD_FAILURE() << id << ": " << criteria << " expected " << expected << ", is " << actual
                  << (issues.list().empty() ? "" : ": " + issues.list().front().message) << "\n  "
                  << vector.at("given").at("resource").raw();
  }
  for (const auto& [what, count] : counts) {
    std::printf("criteria-match: %3d %s\n", count, what.c_str());
  }
  std::printf("criteria-match: unsupported are %s\n", unsupported.c_str());
  EXPECT_EQ(used.size(), exceptions().size()) << "an exception is no longer needed";
  EXPECT_GT(counts["as expected"], 200);
}

// Each computed compartment of a vector is one that `_compartment` sees on the result of a write,
// and a compartment that is not listed is not.
TEST(Vectors, ComputedCompartments) {
  const File vectors("compartments.json");
  int checked = 0;
  for (const Reader& vector : Reader{vectors.doc(), 0}.items()) {
    if (vector.at("op").text() != "compartment.compute") {
      continue;
    }
    const Reader resource_node = vector.at("given").at("resource");
    const Resource resource(resource_node.raw());
    std::set<std::string> expected;
    const Reader strict = vector.at("strict_expected").at("compartment");
    const Reader list = strict.exists() ? strict : vector.at("expect").at("compartment");
    if (!list.exists()) {
      continue;
    }
    for (const Reader& entry : list.items()) {
      expected.insert(entry.at("reference").text());
    }
    std::set<std::string> candidates = expected;
    for (int i = 1; i < 10; ++i) {
      candidates.insert("Patient/00000000-0000-4000-8000-00000000000" + std::to_string(i));
    }
    for (const std::string& candidate : candidates) {
      Issues issues;
      const auto compiled = compile_with("*?_compartment=" + candidate, {}, issues);
      ASSERT_TRUE(compiled) << candidate;
      Scratch scratch;
      Error error;
      EXPECT_EQ(matches(*compiled, {resource.document(), 0, resource.type(), Purpose::kWriteResult},
                        Limits{}, scratch, error),
                expected.contains(candidate))
          << vector.at("id").text() << " " << candidate << "\n  " << resource_node.raw();
      ++checked;
    }
  }
  std::printf("compartments: %d memberships checked\n", checked);
  EXPECT_GT(checked, 200);
}

}  // namespace
}  // namespace fhirwall::search::test
