// The policy vectors of tests/vectors that this layer can answer: IP rules, interactions and the
// assembly of parameterized policies. What is expected: overruled, else strict, else the
// specification, else the reference.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "tests/native/core/decide/support.hpp"

namespace fhirwall::decide {
namespace {

using json::Document;
using json::kNoNode;
using json::NodeIndex;

// Vectors that the specification decides otherwise, beside overruled.json.
const std::map<std::string, std::string> kExceptions = {
    {"interactions-063", "SPEC 1.3: `readonly` with an interaction that writes is refused"},
    {"interactions-066", "SPEC 1.3: an unknown interaction code is refused"},
    {"interactions-071", "SPEC 1.3: an unknown resource type is refused"},
    {"interactions-073", "SPEC 1.3: a rule without resourceType is refused"},
    {"interactions-086", "SPEC 4.5, 5.6: a compartment without type that is no UUID is refused"},
    {"interactions-087", "SPEC 4.5, 5.6: a compartment without type that is no UUID is refused"},
    {"ip-028", "SPEC 12.3: an unparsable address is blocked before any rule is asked"},
    {"parameters-026", "SPEC 3.3: a value is one literal value whatever is in it"},
    {"parameters-030", "SPEC 1.3: `readonly` with an interaction that writes is refused"},
};

class JsonFile {
 public:
  explicit JsonFile(const std::string& name) : text_(read(name)) {
    if (parser_.parse(text_.view(), Limits{})) {
      ADD_FAILURE() << name << " is no JSON";
    }
  }
  [[nodiscard]] const Document& document() const { return parser_.document(); }

 private:
  static std::string read(const std::string& name) {
    std::ifstream file(FHIRWALL_SOURCE_DIR "/tests/vectors/" + name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  policy::Padded text_;
  json::Parser parser_;
};

std::string text_of(const Document& document, NodeIndex node) {
  std::string scratch;
  return node == kNoNode || !document.is_string(node) ? ""
                                                      : std::string(document.string(node, scratch));
}

// One vector with what is expected of it.
struct Vector {
  const Document* document;
  NodeIndex node;
  const Document* expected_document;
  NodeIndex expected;
  std::string id;
  std::string op;

  [[nodiscard]] NodeIndex given(std::string_view name) const {
    return document->find(document->find(node, "given"), name);
  }
  [[nodiscard]] std::string when(std::string_view name) const {
    return text_of(*document, document->find(document->find(node, "when"), name));
  }
  [[nodiscard]] NodeIndex expects(std::string_view name) const {
    return expected_document->find(expected, name);
  }
  [[nodiscard]] bool expects_true(std::string_view name) const {
    const NodeIndex value = expects(name);
    return value != kNoNode && expected_document->kind(value) == json::Kind::kTrue;
  }
  [[nodiscard]] bool expects_refusal() const {
    return expects_true("reject_policy") || expects_true("reject_parameter") ||
           expects("error") != kNoNode;
  }
};

template <typename Run>
void for_each_vector(const std::string& topic, Run&& run) {
  const JsonFile file(topic + ".json");
  const JsonFile overruled("overruled.json");
  const Document& document = file.document();
  std::map<std::string, NodeIndex> overruling;
  for (NodeIndex row = 1, end = overruled.document()[0].next; row != end;
       row = overruled.document()[row].next) {
    overruling[text_of(overruled.document(), overruled.document().find(row, "id"))] =
        overruled.document().find(row, "expected");
  }
  int count = 0;
  int excepted = 0;
  for (NodeIndex node = 1, end = document[0].next; node != end; node = document[node].next) {
    Vector vector{&document,
                  node,
                  &document,
                  kNoNode,
                  text_of(document, document.find(node, "id")),
                  text_of(document, document.find(node, "op"))};
    if (const auto found = overruling.find(vector.id); found != overruling.end()) {
      vector.expected_document = &overruled.document();
      vector.expected = found->second;
    } else {
      for (const std::string_view name : {"strict_expected", "spec_expected", "expect"}) {
        vector.expected = document.find(node, name);
        if (vector.expected != kNoNode) {
          break;
        }
      }
    }
    ++count;
    const std::string problem = run(vector);
    const auto exception = kExceptions.find(vector.id);
    if (exception == kExceptions.end()) {
      EXPECT_EQ(problem, "") << vector.id << " " << document.raw(node);
    } else {
      ++excepted;
      EXPECT_NE(problem, "") << vector.id << " is no exception: " << exception->second;
    }
  }
  EXPECT_GT(count, 0);
  std::printf("%s: %d vectors, %d by another rule\n", topic.c_str(), count, excepted);
}

std::string with_policy(std::string_view policy) {
  return R"({"policies":)" + std::string(policy) + "}";
}

TEST(Vectors, Ip) {
  for_each_vector("ip", [](const Vector& vector) -> std::string {
    const NodeIndex rules = vector.given("ipAccessRule");
    const std::string policy =
        R"({"resourceType":"AccessPolicy")" +
        (rules == kNoNode ? std::string()
                          : concat(",\"ipAccessRule\":", vector.document->raw(rules))) +
        "}";
    const auto compiled = policy::compile_text(with_policy(policy)).policy;
    if (vector.expects_refusal() || compiled == nullptr) {
      return vector.expects_refusal() == (compiled == nullptr) ? "" : "refusal differs";
    }
    const IpOutcome outcome = check_ip(*compiled, vector.when("remoteAddress"));
    const std::string expected = text_of(*vector.expected_document, vector.expects("outcome"));
    if (expected != (outcome.allowed ? "allow" : "block")) {
      return "outcome differs";
    }
    const NodeIndex rule = vector.expects("rule");
    if (rule == kNoNode) {
      return "";
    }
    const std::string index = outcome.rule < 0 ? "null" : std::to_string(outcome.rule);
    return index == vector.expected_document->raw(rule) ? "" : "rule differs: " + index;
  });
}

std::string check_interaction(const Vector& vector) {
  const auto outcome =
      policy::compile_text(with_policy(vector.document->raw(vector.given("accessPolicy"))));
  const auto& compiled = outcome.policy;
  if (vector.expects_refusal() || compiled == nullptr) {
    std::string issues;
    for (const std::string& line : policy::lines_of(outcome.issues)) {
      issues += " " + line;
    }
    return vector.expects_refusal() == (compiled == nullptr) ? "" : "refusal differs:" + issues;
  }
  const bool expected = vector.expects_true("allowed");
  if (vector.op == "policy.satisfied") {
    const std::string decision = decide_text(*compiled, vector.when("interaction"),
                                             vector.document->raw(vector.given("resource")));
    const NodeIndex index = vector.expects("matchedIndex");
    const std::string rule = index == kNoNode || vector.expected_document->raw(index) == "null"
                                 ? ""
                                 : std::string(vector.expected_document->raw(index)) + " ";
    return decision.starts_with((expected ? "allow " : "deny ") + rule) ? "" : decision;
  }
  const std::string type = vector.when("resourceType");
  if (vector.op == "policy.canWriteType") {
    for (const std::string_view interaction : {"create", "update", "delete"}) {
      if (can_text(*compiled, interaction, type) != expected) {
        return "type level differs";
      }
    }
    return "";
  }
  EXPECT_EQ(vector.op, "policy.supports");
  return can_text(*compiled, vector.when("interaction"), type) == expected ? ""
                                                                           : "type level differs";
}

TEST(Vectors, Interactions) { for_each_vector("interactions", check_interaction); }

// `Type?a=b` without its escapes: the reference pastes values, we write what parses back.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else if (text[i] == '\\' && i + 1 < text.size()) {
      out += text[++i];
    } else {
      out += text[i];
    }
  }
  return out;
}

// What `expected` lists must be in `actual`: strings equal, arrays of strings equal as sets, other
// arrays item by item, objects member by member.
bool is_subset(const Document& expected, NodeIndex e, const Document& actual, NodeIndex a) {
  if (a == kNoNode || expected.kind(e) != actual.kind(a)) {
    return false;
  }
  if (expected.is_object(e)) {
    for (NodeIndex m = e + 1; m != expected[e].next; m = expected[m].next) {
      if (!is_subset(expected, m, actual, actual.find(a, expected.key(m)))) {
        return false;
      }
    }
    return true;
  }
  if (expected.is_array(e)) {
    if (expected.has_children(e) && expected.is_string(e + 1)) {
      std::multiset<std::string> x;
      std::multiset<std::string> y;
      for (NodeIndex i = e + 1; i != expected[e].next; i = expected[i].next) {
        x.insert(text_of(expected, i));
      }
      for (NodeIndex i = a + 1; i != actual[a].next; i = actual[i].next) {
        y.insert(text_of(actual, i));
      }
      return x == y;
    }
    NodeIndex j = a + 1;
    for (NodeIndex i = e + 1; i != expected[e].next; i = expected[i].next, j = actual[j].next) {
      if (j == actual[a].next || !is_subset(expected, i, actual, j)) {
        return false;
      }
    }
    return j == actual[a].next;
  }
  if (expected.is_string(e)) {
    return text_of(expected, e) == text_of(actual, a) ||
           text_of(expected, e) == unescaped(text_of(actual, a));
  }
  return expected.raw(e) == actual.raw(a);
}

std::string check_build(const Vector& vector) {
  const Document& document = *vector.document;
  std::string policies;
  const NodeIndex store = vector.given("store");
  for (NodeIndex stored = store + 1; stored != document[store].next;
       stored = document[stored].next) {
    // The store knows policies by their reference; here they carry their id.
    const std::string_view key = document.key(stored);
    policies += policies.empty() ? "" : ",";
    policies += "{\"id\":";
    append_json_string(policies, key.substr(key.find('/') + 1));
    policies += concat(",", document.raw(stored).substr(1));
  }
  const std::string input = R"({"policies":[)" + policies + R"(],"membership":)" +
                            std::string(document.raw(vector.given("membership"))) +
                            R"(,"options":{"defaultResourceTypes":true}})";
  const auto outcome = policy::compile_text(input);
  if (vector.expects_refusal() || outcome.policy == nullptr) {
    std::string issues;
    for (const std::string& line : policy::lines_of(outcome.issues)) {
      issues += " " + line;
    }
    return vector.expects_refusal() == (outcome.policy == nullptr) ? ""
                                                                   : "refusal differs:" + issues;
  }
  if (vector.expects_true("deny")) {
    return outcome.policy->denies_everything ? "" : "does not deny";
  }
  const policy::Padded rules(outcome.policy->rules_json);
  json::Parser parser;
  EXPECT_FALSE(parser.parse(rules.view(), Limits{}));
  const Document& actual = parser.document();
  if (const NodeIndex criteria = vector.expects("resourceCriteria"); criteria != kNoNode) {
    const std::string expected = text_of(*vector.expected_document, criteria);
    const std::string text = text_of(actual, actual.find(1, "criteria"));
    return expected == text || expected == unescaped(text) ? "" : "criteria differ: " + text;
  }
  const NodeIndex assembled = vector.expects("accessPolicy");
  EXPECT_NE(assembled, kNoNode) << vector.id;
  const NodeIndex resource = vector.expected_document->find(assembled, "resource");
  if (!is_subset(*vector.expected_document, resource, actual, 0)) {
    return "rules differ: " + outcome.policy->rules_json;
  }
  const NodeIndex ip = vector.expected_document->find(assembled, "ipAccessRule");
  std::size_t wanted = 0;
  for (NodeIndex i = ip + 1; ip != kNoNode && i != (*vector.expected_document)[ip].next;
       i = (*vector.expected_document)[i].next) {
    ++wanted;
  }
  std::size_t found = 0;
  for (const policy::Source& source : outcome.policy->sources) {
    found += source.ip_rules.size();
  }
  return wanted == found ? "" : "IP rules differ";
}

TEST(Vectors, Parameters) { for_each_vector("parameters", check_build); }

}  // namespace
}  // namespace fhirwall::decide
