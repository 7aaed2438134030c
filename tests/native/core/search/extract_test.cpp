#include <cstdio>
#include <fstream>
#include <random>
#include <set>

#include "core/base/concat.hpp"
#include "core/fhirpath/instructions.hpp"
#include "core/search/compiled.hpp"
#include "tests/native/core/search/support.hpp"

// What the expressions of search parameters take from a resource, against a slow reading of the
// same paths: one look-up for each way of each step, nothing shared and nothing skipped.
namespace fhirwall::search::test {
namespace {

using fhirpath::Edge;
using fhirpath::Item;
using fhirpath::Op;
using fhirpath::Program;
using fhirpath::Shape;
using fhirpath::Step;
using json::Kind;
using json::kNoNode;
using json::NodeIndex;

constexpr const char* kPath = FHIRWALL_SOURCE_DIR "/../shared/data/synthea/resources.ndjson";

struct Extracted {
  std::vector<Item> items;
  bool malformed = false;
};

// Paths from `$this`, unions, and filters by type: most search parameters.
bool is_plain(const Program& program, fhirpath::OpIndex index) {
  const fhirpath::Instruction& op = program.code[index];
  switch (op.op) {
    case Op::kThis: return true;
    case Op::kPath:
      for (std::uint32_t i = op.first; i < op.first + op.count; ++i) {
        const Step& step = program.steps[i];
        if (step.dynamic || step.resource_type) {
          return false;
        }
        for (std::uint32_t e = step.first_edge; e < step.first_edge + step.edge_count; ++e) {
          if (program.edges[e].shape == Shape::kAny) {
            return false;
          }
        }
      }
      return is_plain(program, op.a);
    case Op::kUnion: return is_plain(program, op.a) && is_plain(program, op.b);
    case Op::kOfType:
    case Op::kAs: return is_plain(program, op.a);
    default: return false;
  }
}

class SlowReader {
 public:
  SlowReader(const Program& program, const json::Document& document)
      : program_(program), document_(document) {}

  Extracted read() {
    Item root;
    root.node = 0;
    root.type = program_.focus;
    Extracted out;
    out.items = evaluate(program_.entry, root);
    out.malformed = malformed_;
    return out;
  }

 private:
  std::vector<Item> evaluate(fhirpath::OpIndex index, const Item& root) {
    const fhirpath::Instruction& op = program_.code[index];
    std::vector<Item> out;
    if (op.op == Op::kThis) {
      return {root};
    }
    out = evaluate(op.a, root);
    if (op.op == Op::kPath) {
      for (std::uint32_t i = 0; i < op.count; ++i) {
        std::vector<Item> next;
        for (const Item& item : out) {
          step(program_.steps[op.first + i], item, next);
        }
        out = std::move(next);
      }
    } else if (op.op == Op::kUnion) {
      const std::vector<Item> right = evaluate(op.b, root);
      out.insert(out.end(), right.begin(), right.end());
    } else {
      std::erase_if(out, [&](const Item& item) { return !fhir::is_a(item.type, op.type.fhir); });
    }
    return out;
  }

  void step(const Step& step, const Item& parent, std::vector<Item>& out) {
    const NodeIndex object = is_object(parent.node)      ? parent.node
                             : is_object(parent.sibling) ? parent.sibling
                                                         : kNoNode;
    if (object == kNoNode) {
      return;
    }
    for (std::uint32_t i = step.first_edge; i < step.first_edge + step.edge_count; ++i) {
      const Edge& edge = program_.edges[i];
      if (edge.parent != parent.type) {
        continue;
      }
      const bool primitive = edge.shape != Shape::kObject && edge.shape != Shape::kResource;
      const NodeIndex value = document_.find(object, edge.key);
      const NodeIndex sibling = primitive ? document_.find(object, concat("_", edge.key)) : kNoNode;
      const std::size_t count = std::max(length(value, edge), length(sibling, edge));
      if ((value != kNoNode && document_.is_array(value) != edge.repeats) ||
          (sibling != kNoNode && document_.is_array(sibling) != edge.repeats &&
           (edge.repeats || document_.kind(sibling) != Kind::kObject))) {
        // An array for one element, or one element for an array; a sibling of another kind is
        // noted, but the value counts.
        malformed_ = true;
        if (edge.repeats || value == kNoNode || document_.is_array(value)) {
          continue;
        }
      }
      for (std::size_t at = 0; at < count; ++at) {
        enter(edge, item_at(value, at, edge), item_at(sibling, at, edge), out);
      }
    }
  }

  void enter(const Edge& edge, NodeIndex value, NodeIndex sibling, std::vector<Item>& out) {
    const bool no_value = value == kNoNode || document_.kind(value) == Kind::kNull;
    const bool no_sibling = !is_object(sibling);
    if (no_sibling && sibling != kNoNode && document_.kind(sibling) != Kind::kNull) {
      malformed_ = true;
    }
    Item item;
    item.node = no_value ? kNoNode : value;
    item.sibling = no_sibling ? kNoNode : sibling;
    item.type = edge.child;
    item.payload.element = edge.element;
    if (no_value ? no_sibling : !fits(edge, item)) {
      malformed_ = true;
      return;
    }
    out.push_back(item);
  }

  bool fits(const Edge& edge, Item& item) const {
    const Kind kind = document_.kind(item.node);
    switch (edge.shape) {
      case Shape::kObject: return kind == Kind::kObject;
      case Shape::kString: return kind == Kind::kString;
      case Shape::kNumber: return kind == Kind::kNumber;
      case Shape::kBoolean: return kind == Kind::kTrue || kind == Kind::kFalse;
      case Shape::kResource: {
        const NodeIndex name = document_.find(item.node, "resourceType");
        if (name == kNoNode || !document_.is_string(name)) {
          return false;
        }
        std::string scratch;
        item.type = fhir::find_resource_type(document_.string(name, scratch));
        return item.type != fhir::TypeId::kNone;
      }
      case Shape::kAny: break;
    }
    return false;
  }

  [[nodiscard]] bool is_object(NodeIndex node) const {
    return node != kNoNode && document_.is_object(node);
  }
  [[nodiscard]] std::size_t length(NodeIndex node, const Edge& edge) const {
    if (node == kNoNode || !edge.repeats || !document_.is_array(node)) {
      return node == kNoNode ? 0 : 1;
    }
    std::size_t count = 0;
    for (NodeIndex i = node + 1; i != document_[node].next; i = document_[i].next) {
      ++count;
    }
    return count;
  }
  [[nodiscard]] NodeIndex item_at(NodeIndex node, std::size_t at, const Edge& edge) const {
    if (node == kNoNode || !edge.repeats) {
      return node;
    }
    NodeIndex i = node + 1;
    for (; at != 0 && i != document_[node].next; --at) {
      i = document_[i].next;
    }
    return i == document_[node].next ? kNoNode : i;
  }

  const Program& program_;
  const json::Document& document_;
  bool malformed_ = false;
};

bool same_item(const Item& a, const Item& b) {
  return a.node == b.node && a.sibling == b.sibling && a.type == b.type && a.form == b.form &&
         a.payload.element == b.payload.element;
}

struct Named {
  std::string_view code;
  ProgramPtr program;
};

// Of every parameter of a type; `others`: how many are more than paths.
std::vector<Named> plain_programs(fhir::TypeId type, std::size_t& others) {
  std::vector<Named> out;
  for (const fhir::SearchParam* param : fhir::search_params(type)) {
    const ProgramPtr program = program_for(*param, type).program;
    if (program != nullptr && is_plain(*program, program->entry)) {
      out.push_back({param->code, program});
    } else {
      others += program != nullptr ? 1 : 0;
    }
  }
  return out;
}

struct Totals {
  std::size_t compared = 0;
  std::size_t items = 0;
  std::size_t malformed = 0;
};

void compare(const std::vector<Named>& programs, const json::Document& document, Scratch& scratch,
             Totals& totals) {
  for (const Named& named : programs) {
    Extracted fast;
    const Error error = fhirpath::evaluate_search(*named.program, document, 0, Limits{},
                                                  scratch.fhirpath, fast.items, fast.malformed);
    ASSERT_FALSE(error);
    const Extracted slow = SlowReader(*named.program, document).read();
    const bool same =
        std::equal(fast.items.begin(), fast.items.end(), slow.items.begin(), slow.items.end(),
                   [](const Item& a, const Item& b) { return same_item(a, b); });
    ASSERT_TRUE(same && fast.malformed == slow.malformed)
        << named.code << ": " << fast.items.size() << " items, " << fast.malformed << ", slowly "
        << slow.items.size() << ", " << slow.malformed << " in " << document.text();
    ++totals.compared;
    totals.items += fast.items.size();
    totals.malformed += fast.malformed ? 1 : 0;
  }
}

constexpr std::string_view kWrong[] = {"null", "5",    "\"x\"",    "true", "[]",
                                       "{}",   "[{}]", "[null,5]", "[[]]", R"({"extension":[]})"};

// Resources of every type, made of what its parameters look at: members of all the types of a
// choice at once, siblings alone and beside values, and values of wrong shapes.
class Generator {
 public:
  Generator(const std::vector<Named>& programs, std::uint32_t seed) : random_(seed) {
    for (const Named& named : programs) {
      for (const Edge& edge : named.program->edges) {
        edges_.push_back(&edge);
      }
    }
  }

  std::string resource(fhir::TypeId type) { return object(type, 0); }

 private:
  std::uint32_t below(std::uint32_t bound) { return random_() % bound; }

  std::string object(fhir::TypeId type, int depth) {
    std::string out = "{";
    if (fhir::type_kind(type) == fhir::TypeKind::kResource) {
      out += concat("\"resourceType\":\"", fhir::type_name(type), "\"");
    }
    std::set<std::string> taken;
    const std::size_t start = edges_.empty() ? 0 : below(static_cast<std::uint32_t>(edges_.size()));
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      const Edge& edge = *edges_[(start + i) % edges_.size()];
      const bool mine = edge.parent == type || (depth == 0 && edge.parent == resource_);
      if (!mine || edge.key == "resourceType" || below(3) == 0 || !taken.insert(edge.key).second) {
        continue;
      }
      const std::uint32_t which = below(8);  // the value, its sibling, or both, in any order
      if (which != 0) {
        add(out, edge.key, value(edge, depth));
      }
      if (which < 3) {
        add(out, concat("_", edge.key), sibling(edge));
      }
    }
    return out + "}";
  }

  static void add(std::string& out, const std::string& key, const std::string& value) {
    out += out.size() == 1 ? "" : ",";
    out += concat("\"", key, "\":", value);
  }

  std::string value(const Edge& edge, int depth) {
    if (below(12) == 0) {
      return std::string(kWrong[below(std::size(kWrong))]);
    }
    if (!edge.repeats) {
      return one(edge, depth);
    }
    std::string out = "[";
    for (std::uint32_t i = 0, count = below(3); i <= count; ++i) {
      out += concat(i == 0 ? "" : ",", one(edge, depth));
    }
    return out + "]";
  }

  std::string one(const Edge& edge, int depth) {
    switch (edge.shape) {
      case Shape::kObject: return depth < 4 ? object(edge.child, depth + 1) : "{}";
      case Shape::kResource: return R"({"resourceType":"Patient"})";
      case Shape::kString: return below(8) == 0 ? "null" : "\"2020\"";
      case Shape::kNumber: return "1.5";
      case Shape::kBoolean: return "true";
      case Shape::kAny: break;
    }
    return "null";
  }

  std::string sibling(const Edge& edge) {
    if (below(6) == 0) {
      return std::string(kWrong[below(std::size(kWrong))]);
    }
    return edge.repeats ? R"([null,{"id":"a"},{"id":"b"}])" : R"({"id":"a"})";
  }

  std::mt19937 random_;
  fhir::TypeId resource_ = fhir::well_known().resource;
  std::vector<const Edge*> edges_;
};

TEST(Extract, ReadsEveryParameterOfEveryTypeAsTheSlowReaderDoes) {
  constexpr std::uint32_t kSeed = 4;
  constexpr int kResources = 12;  // of each type
  Totals totals;
  std::size_t programs = 0;
  std::size_t others = 0;
  Scratch scratch;
  for (const fhir::TypeId type : fhir::resource_types()) {
    const std::vector<Named> plain = plain_programs(type, others);
    programs += plain.size();
    Generator generator(plain, kSeed);
    for (int i = 0; i < kResources; ++i) {
      const Resource resource(generator.resource(type));
      compare(plain, resource.document(), scratch, totals);
      if (HasFatalFailure()) {
        return;
      }
    }
  }
  std::printf(
      "extract: %zu paths, %zu other expressions; %zu items, %zu of %zu readings malformed\n",
      programs, others, totals.items, totals.malformed, totals.compared);
  EXPECT_GT(programs, 4 * others);
  EXPECT_GT(totals.items, totals.compared / 2);
  EXPECT_GT(totals.malformed, totals.compared / 20);
  EXPECT_LT(totals.malformed, totals.compared / 2);
}

// What a choice element can be, told apart in one pass: `|` names the items by their type.
TEST(Extract, TakesChoiceElementsApart) {
  const struct {
    const char* code;
    const char* members;
    const char* expected;
  } rows[] = {
      {"value-quantity", R"("valueQuantity":{})", "Quantity"},
      {"value-quantity", R"("_valueQuantity":{})", ""},  // no primitive has that name
      {"value-quantity", R"("valueQuantityX":{},"value":{},"xvalueQuantity":{})", ""},
      {"value-quantity", R"("valueQuantity":[{}])", "!"},
      {"value-quantity", R"("valueString":5,"valueQuantity":{})", "Quantity !"},
      {"value-quantity", R"("valueSampledData":{},"valueQuantity":{})", "Quantity SampledData"},
      {"value-date", R"("valuePeriod":{},"valueDateTime":"2020")", "dateTime Period"},
      {"value-date", R"("_valueDateTime":{"id":"a"})", "dateTime"},
      {"value-date", R"("_valueDateTime":{"id":"a"},"valueDateTime":null)", "dateTime"},
      {"value-date", R"("_valueDateTime":5,"valueDateTime":"2020")", "dateTime !"},
      {"value-date", R"("\u0076alueDateTime":"2020")", "dateTime"},
      // More members than a list holds.
      {"value-date",
       R"("valueA":1,"_valueB":1,"valueC":1,"valueD":1,"_valueDateTime":{},"valueDateTime":"2020")",
       "dateTime"},
      {"value-date", R"("valueA":1,"_valueB":1,"valueC":1,"valueD":1,"valuePeriod":5)", "!"},
  };
  const fhir::TypeId type = fhir::find_resource_type("Observation");
  for (const auto& row : rows) {
    const Resource resource(concat(R"({"resourceType":"Observation",)", row.members, "}"));
    const ProgramPtr program = program_for(*fhir::find_search_param(type, row.code), type).program;
    ASSERT_NE(program, nullptr);
    Extracted out;
    Scratch scratch;
    ASSERT_FALSE(fhirpath::evaluate_search(*program, resource.document(), 0, Limits{},
                                           scratch.fhirpath, out.items, out.malformed));
    std::string said;
    for (const Item& item : out.items) {
      said += concat(said.empty() ? "" : " ", fhir::type_name(item.type));
    }
    said += out.malformed ? said.empty() ? "!" : " !" : "";
    EXPECT_EQ(said, row.expected) << row.code << " of " << row.members;
  }
}

// The text with one of its values replaced.
std::string mutated(const json::Document& document, std::mt19937& random) {
  const std::string_view text = document.text();
  const json::Node& node = document[random() % document.size()];
  const std::string_view value = text.substr(node.begin, node.end - node.begin);
  std::string fresh(kWrong[random() % std::size(kWrong)]);
  if (random() % 4 == 0) {
    fresh = concat("[", value, ",", value, "]");
  }
  return concat(text.substr(0, node.begin), fresh, text.substr(node.end));
}

TEST(Extract, ReadsRealResourcesAsTheSlowReaderDoes) {
  std::ifstream in(kPath);
  if (!in) {
    GTEST_SKIP() << "no resources at " << kPath;
  }
  constexpr int kMutants = 4;  // of each
  std::mt19937 random(4);
  std::vector<std::pair<fhir::TypeId, std::vector<Named>>> programs;
  std::size_t others = 0;
  Totals totals;
  Scratch scratch;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) {
      continue;
    }
    const Resource resource(line);
    const fhir::TypeId type = resource.type();
    auto known = std::find_if(programs.begin(), programs.end(),
                              [&](const auto& entry) { return entry.first == type; });
    if (known == programs.end()) {
      programs.emplace_back(type, plain_programs(type, others));
      known = programs.end() - 1;
    }
    compare(known->second, resource.document(), scratch, totals);
    for (int i = 0; i < kMutants && !HasFatalFailure(); ++i) {
      const Resource mutant(mutated(resource.document(), random));
      if (mutant.document().is_object(0)) {
        compare(known->second, mutant.document(), scratch, totals);
      }
    }
    if (HasFatalFailure()) {
      return;
    }
  }
  std::printf("extract: %zu types, %zu items, %zu of %zu readings malformed\n", programs.size(),
              totals.items, totals.malformed, totals.compared);
  EXPECT_GT(totals.items, totals.compared / 8);
  EXPECT_GT(totals.malformed, std::size_t{0});
}

}  // namespace
}  // namespace fhirwall::search::test
