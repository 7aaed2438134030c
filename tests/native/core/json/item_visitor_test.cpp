#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/json/document.hpp"
#include "support.hpp"

namespace fhirwall::json {
namespace {

// Writes down what it is shown: the keys in front of the array, and each item's nodes.
class Recorder final : public ItemVisitor {
 public:
  bool open(const Document& document, NodeIndex array) override {
    ++opened;
    for (NodeIndex member = Document::first_child(0); member != document[0].next;
         member = document[member].next) {
      before.append(document.key(member)).append(" ");
    }
    EXPECT_EQ(document.key(array), "entry");
    EXPECT_TRUE(document.is_array(array));
    return accept;
  }
  bool visit(const Document& document, NodeIndex item) override {
    if (items.size() == refuse_at) {
      return false;
    }
    std::string text(document.raw(item));
    for (NodeIndex node = item; node != document[item].next; ++node) {
      text.append("|").append(document.key(node));
    }
    EXPECT_EQ(document[item].next, document.size());
    items.push_back(text);
    return true;
  }

  bool accept = true;
  std::size_t refuse_at = static_cast<std::size_t>(-1);
  int opened = 0;
  std::string before;
  std::vector<std::string> items;
};

// Which items Document::may_be_noted() is true of.
class Noted final : public ItemVisitor {
 public:
  bool open(const Document& /*document*/, NodeIndex /*array*/) override { return true; }
  bool visit(const Document& document, NodeIndex item) override {
    items += document.may_be_noted(item) ? '1' : '0';
    return true;
  }
  std::string items;
};

TEST(ItemVisitor, NotesWhatIsWorthALook) {
  struct Case {
    std::string_view items;
    std::string_view noted;
  };
  const Case kCases[] = {
      {R"({"a":1},{"a":[1,"b",true]},{"a":null},3)", "0000"},
      {R"({"a":[]},{"a":1},{"a":{}},{"a":1},{},[],{"a":1})", "1010110"},
      {R"({"a":[null]},{"a":1},null,1)", "1010"},
      {R"({"extension":1},{"a":1},{"a":{"modifierExtension":[1]}},{"a":1})", "1010"},
      {R"({"ext\u0065nsion":1},{"a":1})", "10"},
      // By the first eight bytes, and by those alone.
      {R"({"extensio":1},{"extensi":1},{"xextension":1},{"modifier":1},{"_extension":1})", "00000"},
  };
  for (const bool asked : {true, false}) {
    for (const Case& one : kCases) {
      Parser parser;
      if (asked) {
        parser.note("extension", "modifierExtension");
      }
      const ExactText text(std::string("{\"entry\":[").append(one.items).append("]}"));
      Noted visitor;
      bool visited = false;
      ASSERT_FALSE(parser.parse(text.view(), Limits{}, "entry", visitor, visited)) << one.items;
      EXPECT_EQ(visitor.items, asked ? one.noted : std::string(one.noted.size(), '1')) << one.items;
      const ExactText whole(std::string("[").append(one.items).append("]"));
      ASSERT_FALSE(parser.parse(whole.view(), Limits{}));
      EXPECT_EQ(parser.document().may_be_noted(0),
                !asked || one.noted.find('1') != std::string_view::npos);
    }
  }
}

struct Outcome {
  Error error;
  bool visited = false;
  std::vector<std::string> keys;  // of the root's members afterwards
  std::uint32_t nodes = 0;
};

Outcome parse(std::string_view text, Recorder& recorder, const Limits& limits = {}) {
  Parser parser;
  const ExactText exact(text);
  Outcome outcome;
  outcome.error = parser.parse(exact.view(), limits, "entry", recorder, outcome.visited);
  const Document& document = parser.document();
  if (!outcome.error && document.is_object(0)) {
    outcome.nodes = document.size();
    for (NodeIndex member = Document::first_child(0); member != document[0].next;
         member = document[member].next) {
      outcome.keys.emplace_back(document.key(member));
    }
  }
  return outcome;
}

using Strings = std::vector<std::string>;

TEST(ItemVisitor, SeesEachItemAloneAndDropsIt) {
  Recorder recorder;
  const Outcome outcome =
      parse(R"({"a":{"b":[1]}, "entry" : [ {"x":[1,2],"\u0079":3} , 7,[],{}, "s"] ,"c":[[9],8]})",
            recorder);
  EXPECT_FALSE(outcome.error);
  EXPECT_TRUE(outcome.visited);
  EXPECT_EQ(recorder.before, "a ");
  EXPECT_EQ(recorder.items,
            (Strings{R"({"x":[1,2],"\u0079":3}||x|||y)", "7|", "[]|", "{}|", "\"s\"|"}));
  EXPECT_EQ(outcome.keys, (Strings{"a", "entry", "c"}));
  EXPECT_EQ(outcome.nodes, 9u);  // root, a, b, 1, entry, c, [9], 9, 8
}

TEST(ItemVisitor, LooksAtTheRootsArrayOnly) {
  const std::string_view others[] = {
      R"({"entry":{"entry":[1]}})", R"([{"entry":[1]}])",       R"([[1],2])",
      R"({"a":{"entry":[1]}})",     R"({"a":[{"entry":[1]}]})", R"({"entry":1,"b":[2]})",
      R"({"Entry":[1]})",           R"({"entries":[1]})",
  };
  for (const std::string_view text : others) {
    Recorder recorder;
    const Outcome outcome = parse(text, recorder);
    EXPECT_FALSE(outcome.error) << text;
    EXPECT_FALSE(outcome.visited) << text;
    EXPECT_EQ(recorder.opened, 0) << text;
  }
  Recorder escaped;
  EXPECT_TRUE(parse(R"({"entr\u0079":[1]})", escaped).visited);
  Recorder empty;
  EXPECT_TRUE(parse(R"({"entry":[ ]})", empty).visited);
  EXPECT_TRUE(empty.items.empty());
}

TEST(ItemVisitor, BuildsEverythingForAVisitorThatDeclines) {
  const std::string_view text = R"({"entry":[{"a":1},{"b":[2]}],"z":[3]})";
  Recorder declines;
  declines.accept = false;
  Recorder gives_up;
  gives_up.refuse_at = 1;
  for (Recorder* recorder : {&declines, &gives_up}) {
    const Outcome outcome = parse(text, *recorder);
    EXPECT_FALSE(outcome.error);
    EXPECT_FALSE(outcome.visited);
    EXPECT_EQ(outcome.nodes, 9u);
    EXPECT_EQ(recorder->opened, 1);
  }
  EXPECT_EQ(gives_up.items.size(), 1u);
}

// What is refused is the same with and without a visitor, and at the same place.
TEST(ItemVisitor, RefusesTheSameTexts) {
  const std::string_view texts[] = {
      R"({"entry":[1,2)",
      R"({"entry":[{"a":1})",
      R"({"entry":[{"a":1} x]})",
      R"({"entry":[{"a":1}:{"b":2}]})",
      R"({"entry":[{"a":1}}})",
      R"({"entry":[{"a":1,"a":2}]})",
      R"({"entry":[{"a":1},]})",
      R"({"entry":[1],"entry":[2]})",
      R"({"entry":[1],"b":2,"b":3})",
      R"({"b":1,"entry":[{"b":1}],"b":3})",
      R"({"\u0062":1,"entry":[{"\u0063":1},{"\u0063":1}],"b":3})",
      R"({"entry":[1]} 2)",
      R"({"entry":[01]})",
      R"({"entry":["\ud800"]})",
      "{\"entry\":[1   ",
  };
  for (const std::string_view text : texts) {
    Recorder recorder;
    const Outcome outcome = parse(text, recorder);
    Parser plain;
    const ExactText exact(text);
    const Error error = plain.parse(exact.view(), {});
    EXPECT_TRUE(error) << text;
    EXPECT_EQ(outcome.error.code, error.code) << text;
    EXPECT_EQ(outcome.error.offset, error.offset) << text;
    EXPECT_FALSE(outcome.visited) << text;
  }
}

// SPEC P8: dropped nodes count, too.
TEST(ItemVisitor, CountsAllNodes) {
  const std::string_view text = R"({"entry":[[1],[2],[3]],"a":1})";  // 9 nodes
  for (const std::uint32_t bound : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 10u}) {
    Limits limits;
    limits.max_nodes = bound;
    Recorder recorder;
    EXPECT_EQ(parse(text, recorder, limits).error.code,
              bound < 9 ? ErrorCode::kTooManyNodes : ErrorCode::kOk)
        << bound;
  }
}

}  // namespace
}  // namespace fhirwall::json
