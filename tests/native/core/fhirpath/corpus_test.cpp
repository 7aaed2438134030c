#include <cstdio>

#include "tests/native/core/fhirpath/conformance_support.hpp"

// Every search-parameter expression and every constraint of FHIR R4: each compiles, and evaluates
// without error on real resources. Skipped, aloud, where the lists are not stored beside the
// project.
namespace fhirwall::fhirpath::test {
namespace {

const std::string kShared = FHIRWALL_SOURCE_DIR "/../shared/";
const std::string kParameters = kShared + "fhirpath/corpus-searchparams-r4.json";
const std::string kInvariants = kShared + "fhirpath/corpus-invariants-r4.json";
const std::string kResources = kShared + "data/synthea/resources.ndjson";

// Elements that one constraint is evaluated on, at most: so many show what thousands do.
constexpr std::size_t kMaxElements = 200;

std::string id_of(const Json& entry) {
  return entry[entry["id"] ? "id" : "key"].text() + " " + entry["expression"].text();
}

fhir::TypeId type_of(std::string_view name) { return fhir::find_type(name); }

TEST(Corpus, SearchParametersCompile) {
  Files files;
  const Resource* corpus = files.load(kParameters);
  if (corpus == nullptr) {
    GTEST_SKIP() << "skipped: no search parameters at " << kParameters;
  }
  std::size_t full = 0;
  std::size_t search = 0;
  for (const Json& entry : Json{&corpus->document(), 0}.children()) {
    const std::string expression = entry["expression"].text();
    for (const Json& base : entry["base"].children()) {
      const fhir::TypeId focus = type_of(base.text());
      ASSERT_NE(focus, fhir::TypeId::kNone) << base.text();
      const auto in_search = compile_search(expression, focus);
      EXPECT_TRUE(in_search.program) << id_of(entry) << ": " << in_search.error.message;
      ++search;
    }
    const auto compiled = compile(expression, CompileOptions{});
    EXPECT_TRUE(compiled.program) << id_of(entry) << ": " << compiled.error.message;
    ++full;
  }
  std::printf("search parameters: %zu expressions, %zu with their base\n", full, search);
  EXPECT_GT(full, 1000u);
}

TEST(Corpus, InvariantsCompile) {
  Files files;
  const Resource* corpus = files.load(kInvariants);
  if (corpus == nullptr) {
    GTEST_SKIP() << "skipped: no constraints at " << kInvariants;
  }
  std::size_t count = 0;
  for (const Json& entry : Json{&corpus->document(), 0}.children()) {
    const auto compiled = compile(entry["expression"].text(), CompileOptions{});
    // Names the types of R4B: Citation, Evidence, Ingredient, ...
    if (entry["key"].is("dom-r4b")) {
      EXPECT_EQ(compiled.error.code, IssueCode::kFhirPathType);
    } else {
      EXPECT_TRUE(compiled.program) << id_of(entry) << ": " << compiled.error.message;
    }
    ++count;
  }
  std::printf("constraints: %zu expressions\n", count);
  EXPECT_GT(count, 200u);
}

struct Expression {
  std::string id;
  fhir::TypeId type = fhir::TypeId::kNone;
  std::shared_ptr<const Program> program;
  std::size_t evaluated = 0;
  std::size_t failed = 0;
  std::size_t not_true = 0;
  std::string error;
};

// Evaluates on the focus and notes what went wrong.
void evaluate_on(Expression& expression, const json::Document& document, json::NodeIndex focus,
                 fhir::TypeId type, Scratch& scratch, std::vector<Item>& items) {
  Input input;
  input.document = &document;
  input.focus = focus;
  input.type = type;
  items.clear();
  const EvaluationError error = evaluate(*expression.program, input, Limits{}, scratch, items);
  ++expression.evaluated;
  if (error) {
    ++expression.failed;
    expression.error = std::string(error_name(error.error.code)) + "@" +
                       std::to_string(error.error.offset) + " " + error.message;
  } else if (items.size() != 1 || items[0].form != Item::Form::kBoolean || !items[0].boolean()) {
    ++expression.not_true;
  }
}

// `as` takes at most one item in FHIRPath, and filters in search: a search parameter on several
// items of a repeating element fails as an expression of its own (FHIRPath N1, 6.3).
bool is_as_on_several(const Expression& expression) {
  return expression.error.starts_with("singleton-expected") &&
         (expression.id.find(" as ") != std::string::npos ||
          expression.id.find(".as(") != std::string::npos);
}

template <typename Visit>
bool each_resource(Visit visit) {
  std::ifstream in(kResources);
  for (std::string line; std::getline(in, line);) {
    const Resource resource(line);
    const json::Document& document = resource.document();
    std::string text;
    visit(document,
          fhir::find_resource_type(document.string(document.find(0, "resourceType"), text)));
  }
  return true;
}

TEST(Corpus, SearchParametersEvaluate) {
  Files files;
  const Resource* corpus = files.load(kParameters);
  if (corpus == nullptr || !std::ifstream(kResources)) {
    GTEST_SKIP() << "skipped: no search parameters or resources in " << kShared;
  }
  std::vector<Expression> expressions;
  for (const Json& entry : Json{&corpus->document(), 0}.children()) {
    for (const Json& base : entry["base"].children()) {
      Expression one;
      one.id = id_of(entry);
      one.type = type_of(base.text());
      one.program = compile(entry["expression"].text(), CompileOptions{}).program;
      ASSERT_TRUE(one.program) << one.id;
      expressions.push_back(std::move(one));
    }
  }
  Scratch scratch;
  std::vector<Item> items;
  each_resource([&](const json::Document& document, fhir::TypeId type) {
    for (Expression& one : expressions) {
      if (fhir::is_a(type, one.type)) {
        evaluate_on(one, document, 0, fhir::TypeId::kNone, scratch, items);
      }
    }
  });
  std::size_t evaluated = 0;
  for (const Expression& one : expressions) {
    evaluated += one.evaluated;
    if (one.failed != 0) {
      EXPECT_TRUE(is_as_on_several(one)) << one.id << ": " << one.failed << " times " << one.error;
      std::printf("  `as` on several items: %s: %zu of %zu\n", one.id.c_str(), one.failed,
                  one.evaluated);
    }
  }
  std::printf("search parameters: %zu evaluations\n", evaluated);
  EXPECT_GT(evaluated, 50000u);
}

TEST(Corpus, InvariantsEvaluate) {
  Files files;
  const Resource* corpus = files.load(kInvariants);
  if (corpus == nullptr || !std::ifstream(kResources)) {
    GTEST_SKIP() << "skipped: no constraints or resources in " << kShared;
  }
  std::vector<Expression> expressions;
  for (const Json& entry : Json{&corpus->document(), 0}.children()) {
    const fhir::TypeId type = type_of(entry["path"].text());
    if (type == fhir::TypeId::kNone || entry["key"].is("dom-r4b")) {
      continue;  // of one element, not of a type; or of another version
    }
    Expression one;
    one.id = id_of(entry);
    one.type = type;
    one.program = compile(entry["expression"].text(), CompileOptions{}).program;
    ASSERT_TRUE(one.program) << one.id;
    expressions.push_back(std::move(one));
  }
  const auto everything = compile("$this | descendants()", CompileOptions{}).program;
  ASSERT_TRUE(everything);
  Scratch scratch;
  Scratch inner;
  std::vector<Item> elements;
  std::vector<Item> items;
  each_resource([&](const json::Document& document, fhir::TypeId) {
    Input input;
    input.document = &document;
    elements.clear();
    const auto error = evaluate(*everything, input, Limits{}, scratch, elements);
    ASSERT_FALSE(error) << error.message;
    for (const Item& element : elements) {
      if (!element.is_node() || element.node == json::kNoNode) {
        continue;
      }
      for (Expression& one : expressions) {
        if (one.evaluated < kMaxElements && fhir::is_a(element.type, one.type)) {
          evaluate_on(one, document, element.node, element.type, inner, items);
        }
      }
    }
  });
  std::size_t evaluated = 0;
  std::size_t used = 0;
  for (const Expression& one : expressions) {
    evaluated += one.evaluated;
    used += one.evaluated != 0 ? 1 : 0;
    EXPECT_EQ(one.failed, 0u) << one.id << ": " << one.error;
    if (one.not_true != 0) {
      // ref-1 is empty for a reference that is words only; xhtml is no FHIR primitive and has no
      // children (ele-1).
      EXPECT_TRUE(one.id.starts_with("ref-1 ") || one.id.starts_with("ele-1 ")) << one.id;
      std::printf("  not true: %s: %zu of %zu\n", one.id.c_str(), one.not_true, one.evaluated);
    }
  }
  std::printf("constraints: %zu of %zu met elements, %zu evaluations\n", used, expressions.size(),
              evaluated);
  EXPECT_GT(evaluated, 1000u);
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
