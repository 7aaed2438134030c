// Cutting members and items: what is left parses, is part of the input, and says nothing about what
// was cut (SPEC P3, P4, 7.9).
#include "core/json/edit_list.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/json/document.hpp"
#include "tests/native/core/json/support.hpp"

namespace fhirwall::json {
namespace {

std::string applied(const EditList& edits, std::string_view text) {
  std::string out;
  edits.apply(text, 0, static_cast<std::uint32_t>(text.size()), out);
  return out;
}

// Cuts the children of the root whose letter in `plan` is 'x'.
std::string cut_children(std::string_view text, std::string_view plan) {
  Parser parser;
  const ExactText exact(text);
  EXPECT_FALSE(parser.parse(exact.view(), {})) << text;
  const Document& doc = parser.document();
  EditList edits;
  MemberCutter cutter(doc, 0, edits);
  std::size_t i = 0;
  for (NodeIndex child = 1; child != doc[0].next; child = doc[child].next) {
    plan.at(i) == 'x' ? cutter.cut(child) : cutter.keep(child);
    ++i;
  }
  cutter.finish();
  EXPECT_EQ(cutter.kept_any(), plan.find('o') != std::string_view::npos);
  return applied(edits, exact.view());
}

TEST(MemberCutter, RepairsCommas) {
  struct Row {
    std::string_view text, plan, expected;
  };
  constexpr Row kRows[] = {
      {"[1,2,3]", "ooo", "[1,2,3]"},
      {"[1,2,3]", "xoo", "[2,3]"},
      {"[1,2,3]", "oxo", "[1,3]"},
      {"[1,2,3]", "oox", "[1,2]"},
      {"[1,2,3]", "xxo", "[3]"},
      {"[1,2,3]", "oxx", "[1]"},
      {"[1,2,3]", "xox", "[2]"},
      {"[1,2,3]", "xxx", "[]"},
      {"[1]", "x", "[]"},
      {"[]", "", "[]"},
      {"[ a , b , c ]", "xoo", "[ b , c ]"},
      {"[ a , b , c ]", "oxo", "[ a , c ]"},
      {"[ a , b , c ]", "oox", "[ a , b ]"},
      {"[ a , b , c ]", "oxx", "[ a ]"},
      {"[ a , b , c ]", "xox", "[ b ]"},
      {"[1, 2, 3]", "xoo", "[2, 3]"},
      {"[1, 2, 3]", "oxo", "[1, 3]"},
      {"[1, 2, 3]", "oox", "[1, 2]"},
      {"[1, 2, 3]", "xxo", "[3]"},
      {"[1, 2, 3]", "xxx", "[]"},
      {"{\"a\": 1, \"b\": 2}", "xo", "{\"b\": 2}"},
      {"[ 1,2 ]", "xo", "[ 2 ]"},
      {"[ 1,2 ]", "ox", "[ 1 ]"},
      {"{ \"a\": 1\n, \"b\": 2\n}", "xo", "{ \"b\": 2\n}"},
      {"{ \"a\": 1\n, \"b\": 2\n}", "ox", "{ \"a\": 1\n}"},
      {"[ a , b , c ]", "xxx", "[ ]"},
      {"{\n  \"a\": 1,\n  \"b\": 2\n}", "xo", "{\n  \"b\": 2\n}"},
      {"{\n  \"a\": 1,\n  \"b\": 2\n}", "ox", "{\n  \"a\": 1\n}"},
      {"{\n  \"a\": 1,\n  \"b\": 2\n}", "xx", "{\n}"},
      {R"({"a":[1,{"x":","}],"b":"}"})", "xo", R"({"b":"}"})"},
      {R"({"a":[1,{"x":","}],"b":"}"})", "ox", R"({"a":[1,{"x":","}]})"},
      {R"({"a":",","b":[",]"],"c":0})", "oxo", R"({"a":",","c":0})"},
  };
  for (const Row& row : kRows) {
    // Letters stand for numbers in the table.
    std::string text(row.text);
    std::string expected(row.expected);
    if (text.starts_with("[ a")) {
      for (char letter = 'a'; letter <= 'c'; ++letter) {
        for (std::string* s : {&text, &expected}) {
          if (const std::size_t at = s->find(letter); at != std::string::npos) {
            (*s)[at] = static_cast<char>('1' + letter - 'a');
          }
        }
      }
    }
    EXPECT_EQ(cut_children(text, row.plan), expected) << text << " " << row.plan;
  }
}

TEST(EditList, MergesAdjacentCuts) {
  EditList edits;
  edits.cut(1, 2);
  edits.cut(2, 4);
  edits.cut(5, 5);
  edits.cut(6, 7);
  ASSERT_EQ(edits.size(), 2u);
  EXPECT_EQ(edits.cuts()[0].end, 4u);
  EXPECT_EQ(applied(edits, "0123456789"), "045789");
  edits.clear();
  EXPECT_TRUE(edits.empty());
  EXPECT_EQ(applied(edits, "0123"), "0123");
}

TEST(EditList, RollsBackMergedCutsToo) {
  EditList edits;
  const EditList::Mark nothing = edits.mark();
  edits.cut(1, 2);
  const EditList::Mark one = edits.mark();
  edits.cut(2, 4);  // merged into the one before
  edits.cut(5, 6);
  edits.rollback(one);
  EXPECT_EQ(applied(edits, "0123456789"), "023456789");
  edits.cut(2, 3);
  edits.cut(8, 9);
  edits.rollback(edits.mark());
  EXPECT_EQ(applied(edits, "0123456789"), "0345679");
  edits.rollback(nothing);
  EXPECT_TRUE(edits.empty());
}

TEST(EditList, AppliesToAPartOfTheText) {
  EditList edits;
  edits.cut(3, 4);
  std::string out;
  edits.apply("0123456789", 2, 6, out);
  EXPECT_EQ(out, "245");
}

// A value as a tree, so that "the value with those children deleted" can be said without offsets.
struct Tree {
  std::string key;     // of a member
  char open = 0;       // '{', '[' or 0
  std::string scalar;  // without open
  std::vector<Tree> children;
};

// Where white space stands: nowhere, behind commas, in front of them, or on both sides; at brackets
// too, but for kBehindComma.
enum class Layout { kCompact, kBehindComma, kIndented, kLeadingComma, kSpaced };

void write(const Tree& tree, Layout layout, int depth, std::string& out) {
  if (tree.open == 0) {
    out += tree.scalar;
    return;
  }
  const auto line = [&](int levels) {
    out.append("\n").append(static_cast<std::size_t>(2 * levels), ' ');
  };
  const auto in_front = [&] {  // of a value
    if (layout == Layout::kIndented) {
      line(depth + 1);
    } else if (layout != Layout::kCompact) {
      out += ' ';
    }
  };
  const auto behind = [&] {  // a value, in front of a comma
    if (layout == Layout::kLeadingComma) {
      line(depth);
    } else if (layout == Layout::kSpaced) {
      out += ' ';
    }
  };
  out += tree.open;
  bool first = true;
  for (const Tree& child : tree.children) {
    if (!first) {
      behind();
      out += ',';
    }
    if (!first || layout != Layout::kBehindComma) {
      in_front();
    }
    first = false;
    if (tree.open == '{') {
      out.append(in_quotes(child.key)).append(layout == Layout::kCompact ? ":" : ": ");
    }
    write(child, layout, depth + 1, out);
  }
  // NOTE: also when it is empty, as a container that lost all children looks.
  if (layout == Layout::kIndented) {
    line(depth);
  } else {
    behind();
  }
  out += tree.open == '{' ? '}' : ']';
}

Tree random_tree(Generator& random, int depth) {
  Tree tree;
  const std::size_t choice = depth > 3 ? 0 : random.below(3);
  if (choice == 0) {
    tree.scalar = random.scalar();
    return tree;
  }
  tree.open = choice == 1 ? '{' : '[';
  for (std::size_t i = 0, count = random.below(6); i < count; ++i) {
    tree.children.push_back(random_tree(random, depth + 1));
    tree.children.back().key = random.string_text() + std::to_string(i);
  }
  return tree;
}

// Which children go, in the order of a walk that does not enter what goes.
void remove_children(Tree& tree, const std::vector<bool>& plan, std::size_t& at) {
  std::vector<Tree> kept;
  for (Tree& child : tree.children) {
    if (plan[at++ % plan.size()]) {
      continue;
    }
    remove_children(child, plan, at);
    kept.push_back(std::move(child));
  }
  tree.children = std::move(kept);
}

// What goes becomes something else, of another size, number and kind.
void replace_children(Tree& tree, const std::vector<bool>& plan, std::size_t& at, Generator& random,
                      std::vector<bool>& new_plan) {
  std::vector<Tree> fresh;
  for (Tree& child : tree.children) {
    if (!plan[at++ % plan.size()]) {
      new_plan.push_back(false);
      replace_children(child, plan, at, random, new_plan);
      fresh.push_back(std::move(child));
      continue;
    }
    for (std::size_t copies = 1 + random.below(3); copies > 0; --copies) {
      new_plan.push_back(true);
      fresh.push_back(random_tree(random, 2));
      fresh.back().key = random.string_text() + "-" + std::to_string(fresh.size());
    }
  }
  tree.children = std::move(fresh);
}

void cut_by_plan(const Document& doc, NodeIndex node, const std::vector<bool>& plan,
                 std::size_t& at, EditList& edits) {
  if (!doc.is_object(node) && !doc.is_array(node)) {
    return;
  }
  MemberCutter cutter(doc, node, edits);
  for (NodeIndex child = node + 1; child != doc[node].next; child = doc[child].next) {
    if (plan[at++ % plan.size()]) {
      // Cuts inside first, then takes them back: as when everything below turns out to go.
      const EditList::Mark mark = edits.mark();
      std::size_t ignored = 0;
      cut_by_plan(doc, child, {true, false}, ignored, edits);
      edits.rollback(mark);
      cutter.cut(child);
      continue;
    }
    cutter.keep(child);
    cut_by_plan(doc, child, plan, at, edits);
  }
  cutter.finish();
}

std::string cut_text(const std::string& text, const std::vector<bool>& plan) {
  Parser parser;
  const ExactText exact(text);
  EXPECT_FALSE(parser.parse(exact.view(), {})) << text;
  EditList edits;
  std::size_t at = 0;
  cut_by_plan(parser.document(), 0, plan, at, edits);
  std::uint32_t last = 0;
  for (const Cut& cut : edits.cuts()) {
    EXPECT_TRUE(cut.begin < cut.end && (last == 0 || cut.begin > last)) << text;
    last = cut.end;
  }
  return applied(edits, exact.view());
}

TEST(MemberCutter, LeavesTheValueWithoutWhatWasCut) {
  Generator random(4711);
  Parser parser;
  for (int round = 0; round < 3000; ++round) {
    const Tree tree = random_tree(random, 0);
    std::vector<bool> plan(1 + random.below(30));
    for (std::size_t i = 0; i < plan.size(); ++i) {
      plan[i] = random.chance(3);
    }
    Tree expected_tree = tree;
    std::size_t at = 0;
    remove_children(expected_tree, plan, at);

    Tree other = tree;
    std::vector<bool> other_plan;
    at = 0;
    replace_children(other, plan, at, random, other_plan);
    other_plan.push_back(false);

    for (const Layout layout : {Layout::kCompact, Layout::kBehindComma, Layout::kIndented,
                                Layout::kLeadingComma, Layout::kSpaced}) {
      std::string text, expected, other_text;
      write(tree, layout, 0, text);
      write(expected_tree, layout, 0, expected);
      write(other, layout, 0, other_text);
      EXPECT_EQ(cut_text(text, plan), expected) << text;
      EXPECT_FALSE(parser.parse(ExactText(expected).view(), {})) << expected;
      EXPECT_EQ(cut_text(other_text, other_plan), expected) << other_text;
    }
  }
}

}  // namespace
}  // namespace fhirwall::json
