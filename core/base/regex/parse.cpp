#include <algorithm>

#include "core/base/ascii.hpp"
#include "core/base/regex/parse_class.hpp"
#include "core/base/regex/syntax_tree.hpp"

namespace fhirwall::regex {
namespace {

// `{2}`, `{2,}` and `{2,5}`, from the brace on; anything else is no quantifier.
struct Counts {
  std::uint32_t min = 0;
  std::uint32_t max = 0;
};

// More than any program may have states is as good as that.
constexpr std::uint32_t kHugeCount = Regex::kMaxStates + 1;

bool parse_count(Cursor& cursor, std::uint32_t& count) {
  if (!ascii::is_digit(cursor.peek())) {
    return false;
  }
  count = 0;
  while (ascii::is_digit(cursor.peek())) {
    count = std::min(count * 10 + (cursor.take() - '0'), kHugeCount);
  }
  return true;
}

bool parse_counts(Cursor& cursor, Counts& counts) {
  const std::uint32_t begin = cursor.offset();
  if (cursor.accept("{") && parse_count(cursor, counts.min)) {
    counts.max = counts.min;
    if (cursor.accept(",") && !parse_count(cursor, counts.max)) {
      counts.max = kUnbounded;
    }
    if (cursor.accept("}")) {
      return true;
    }
  }
  cursor.move_to(begin);
  return false;
}

class Parser {
 public:
  Parser(std::string_view pattern, const Regex::Options& options, SyntaxTree& tree,
         Regex::CompileResult& error)
      : cursor_(pattern, error), options_(options), tree_(tree) {
    tree_.group_names.emplace_back();
  }

  bool run() {
    if (!parse_choice(tree_.root)) {
      return false;
    }
    return cursor_.at_end() || cursor_.fail(cursor_.offset(), "this `)` closes nothing");
  }

 private:
  // Recursion is bounded by kMaxNesting.
  bool parse_choice(std::uint32_t& node) {
    if (!parse_sequence(node)) {
      return false;
    }
    if (cursor_.peek() != '|') {
      return true;
    }
    Node choice;
    choice.kind = NodeKind::kChoice;
    choice.nullable = tree_.nodes[node].nullable;
    choice.last_child = node;
    while (cursor_.accept("|")) {
      std::uint32_t branch = 0;
      if (!parse_sequence(branch)) {
        return false;
      }
      append(choice, branch);
      choice.nullable = choice.nullable || tree_.nodes[branch].nullable;
    }
    return add(choice, node);
  }

  bool parse_sequence(std::uint32_t& node) {
    Node sequence;
    sequence.kind = NodeKind::kSequence;
    while (!cursor_.at_end() && cursor_.peek() != '|' && cursor_.peek() != ')') {
      std::uint32_t term = 0;
      if (!parse_term(term)) {
        return false;
      }
      append(sequence, term);
      sequence.nullable = sequence.nullable && tree_.nodes[term].nullable;
    }
    return add(sequence, node);
  }

  bool parse_term(std::uint32_t& node) {
    const auto first_group = static_cast<std::uint32_t>(tree_.group_names.size());
    if (!parse_atom(node)) {
      return false;
    }
    const std::uint32_t begin = cursor_.offset();
    Counts counts;
    if (!parse_quantifier(counts)) {
      return true;
    }
    if (tree_.nodes[node].kind == NodeKind::kAssertion) {
      return cursor_.fail(begin, "there is nothing to repeat");
    }
    if (counts.max < counts.min) {
      return cursor_.fail(begin, "the counts are out of order");
    }
    if (counts.min == kHugeCount || counts.max == kHugeCount) {
      return cursor_.fail_too_large(begin, "the count is too large");
    }
    Node repeat;
    repeat.kind = NodeKind::kRepeat;
    repeat.lazy = cursor_.accept("?");
    if (cursor_.peek() == '+') {
      return cursor_.fail(cursor_.offset(), "possessive quantifiers are refused");
    }
    repeat.min = counts.min;
    repeat.max = counts.max;
    repeat.first_group = first_group;
    repeat.end_group = static_cast<std::uint32_t>(tree_.group_names.size());
    repeat.nullable = counts.min == 0 || tree_.nodes[node].nullable;
    repeat.last_child = node;
    return refuse_quantifier() && add(repeat, node);
  }

  bool parse_quantifier(Counts& counts) {
    if (cursor_.accept("*")) {
      counts = {0, kUnbounded};
    } else if (cursor_.accept("+")) {
      counts = {1, kUnbounded};
    } else if (cursor_.accept("?")) {
      counts = {0, 1};
    } else {
      return parse_counts(cursor_, counts);
    }
    return true;
  }

  bool refuse_quantifier() {
    const std::uint32_t begin = cursor_.offset();
    Counts counts;
    return !parse_quantifier(counts) || cursor_.fail(begin, "there is nothing to repeat");
  }

  bool parse_atom(std::uint32_t& node) {
    const std::uint32_t begin = cursor_.offset();
    if (!refuse_quantifier()) {
      return false;
    }
    const std::uint32_t point = cursor_.take();
    switch (point) {
      case '(': return parse_group(begin, node);
      case '[': {
        CharSet set;
        return parse_class(cursor_, options_.ignore_case, set) && add_set(begin, set, node);
      }
      case '.': {
        CharSet set = options_.dot_matches_newline ? CharSet() : newline_set();
        set.invert();
        return add_set(begin, set, node);
      }
      case '^':
        return add_assertion(options_.multiline ? Assertion::kLineBegin : Assertion::kTextBegin,
                             node);
      case '$':
        return add_assertion(options_.multiline ? Assertion::kLineEnd : Assertion::kTextEnd, node);
      case '\\': return parse_backslash(begin, node);
      default: return add_character(begin, point, node);
    }
  }

  bool parse_backslash(std::uint32_t begin, std::uint32_t& node) {
    if (cursor_.accept("b")) {
      return add_assertion(Assertion::kWordBoundary, node);
    }
    if (cursor_.accept("B")) {
      return add_assertion(Assertion::kNotWordBoundary, node);
    }
    Item item;
    if (!parse_escape(cursor_, begin, options_.ignore_case, item)) {
      return false;
    }
    return item.is_set ? add_set(begin, item.set, node)
                       : add_character(begin, item.code_point, node);
  }

  bool parse_group(std::uint32_t begin, std::uint32_t& node) {
    Node group;
    if (!cursor_.looking_at("?") || cursor_.looking_at("?<")) {
      if (!parse_group_name()) {
        return false;
      }
      group.kind = NodeKind::kGroup;
      group.value = static_cast<std::uint32_t>(tree_.group_names.size()) - 1;
      if (group.value > kMaxGroups) {
        return cursor_.fail_too_large(begin, "there are too many groups");
      }
    } else if (!cursor_.accept("?:")) {
      return refuse_group();
    }
    if (++nesting_ > kMaxNesting) {
      return cursor_.fail_too_large(begin, "groups are nested too deeply");
    }
    if (!parse_choice(node)) {
      return false;
    }
    --nesting_;
    if (!cursor_.accept(")")) {
      return cursor_.fail(begin, "expected `)` for this `(`");
    }
    if (group.kind != NodeKind::kGroup) {
      return true;
    }
    group.nullable = tree_.nodes[node].nullable;
    group.last_child = node;
    return add(group, node);
  }

  // Nothing, or `?<name>`.
  bool parse_group_name() {
    std::string name;
    if (cursor_.looking_at("?<=") || cursor_.looking_at("?<!")) {
      return refuse_group();
    }
    if (cursor_.accept("?<")) {
      const std::uint32_t begin = cursor_.offset();
      while (ascii::is_alpha(cursor_.peek()) || cursor_.peek() == '_' ||
             (!name.empty() && ascii::is_digit(cursor_.peek()))) {
        name += static_cast<char>(cursor_.take());
      }
      if (name.empty() || !cursor_.accept(">")) {
        return cursor_.fail(begin, "expected a group name and `>`");
      }
      for (const std::string& other : tree_.group_names) {
        if (other == name) {
          return cursor_.fail(begin, "this group name is taken");
        }
      }
    }
    tree_.group_names.push_back(std::move(name));
    return true;
  }

  // From the question mark on.
  bool refuse_group() {
    struct Refusal {
      std::string_view text;
      std::string_view message;
    };
    static constexpr Refusal kRefusals[] = {
        {"?=", "look-ahead is refused"},        {"?!", "look-ahead is refused"},
        {"?<=", "look-behind is refused"},      {"?<!", "look-behind is refused"},
        {"?>", "atomic groups are refused"},    {"?#", "comments are refused"},
        {"?|", "branch reset is refused"},      {"?(", "conditions are refused"},
        {"?P", "expected `(?<name>` or `(?:`"},
    };
    for (const Refusal& refusal : kRefusals) {
      if (cursor_.looking_at(refusal.text)) {
        return cursor_.fail(cursor_.offset(), refusal.message);
      }
    }
    return cursor_.fail(cursor_.offset(), cursor_.peek(1) == '-' || ascii::is_alpha(cursor_.peek(1))
                                              ? "flags inside of a pattern are refused"
                                              : "expected `(?:` or `(?<name>`");
  }

  bool add_character(std::uint32_t begin, std::uint32_t point, std::uint32_t& node) {
    CharSet set;
    set.add(point, point);
    if (options_.ignore_case) {
      set.close_over_case();
    }
    return add_set(begin, set, node);
  }

  bool add_set(std::uint32_t begin, CharSet& set, std::uint32_t& node) {
    Node leaf;
    leaf.kind = NodeKind::kSet;
    leaf.nullable = false;
    const auto count = static_cast<std::uint32_t>(tree_.sets.size());
    const std::uint64_t key = key_of(set);
    while (leaf.value < count && (keys_[leaf.value] != key || tree_.sets[leaf.value] != set)) {
      ++leaf.value;
    }
    if (leaf.value == count) {
      if (count == kMaxSets) {
        return cursor_.fail_too_large(begin, "there are too many different characters");
      }
      tree_.sets.push_back(std::move(set));
      keys_.push_back(key);
    }
    return add(leaf, node);
  }

  // Tells most sets apart without a look at their ranges.
  static std::uint64_t key_of(const CharSet& set) {
    const std::vector<Range>& ranges = set.ranges();
    return ranges.empty() ? 0
                          : std::uint64_t{ranges.front().first} << 42 ^
                                std::uint64_t{ranges.back().last} << 21 ^ ranges.size();
  }

  bool add_assertion(Assertion assertion, std::uint32_t& node) {
    Node leaf;
    leaf.kind = NodeKind::kAssertion;
    leaf.assertion = assertion;
    tree_.assertions = static_cast<std::uint8_t>(tree_.assertions | static_cast<int>(assertion));
    return add(leaf, node);
  }

  // A pattern within the bounds of a program needs fewer nodes, unless it is made of empty ones.
  bool add(const Node& node, std::uint32_t& index) {
    index = static_cast<std::uint32_t>(tree_.nodes.size());
    if (index >= 4 * Regex::kMaxStates) {
      return cursor_.fail_too_large(cursor_.offset(), "the pattern is too long");
    }
    tree_.nodes.push_back(node);
    return true;
  }

  void append(Node& parent, std::uint32_t child) {
    tree_.nodes[child].previous = parent.last_child;
    parent.last_child = child;
  }

  Cursor cursor_;
  const Regex::Options& options_;
  SyntaxTree& tree_;
  std::vector<std::uint64_t> keys_;  // of tree_.sets
  std::uint32_t nesting_ = 0;
};

}  // namespace

bool parse(std::string_view pattern, const Regex::Options& options, SyntaxTree& tree,
           Regex::CompileResult& error) {
  return Parser(pattern, options, tree, error).run();
}

}  // namespace fhirwall::regex
