#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// ECMAScript's definition of matching, by backtracking, over a small alphabet and for patterns that
// it makes itself: what the linear matcher is compared with.
namespace fhirwall::regex_reference {

inline constexpr char32_t kAlphabet[] = {U'a', U'b', U'B', U' ', U'\n', U'\u00e9', U'_'};

struct SetText {
  std::string_view pattern;
  std::u32string_view members;  // among kAlphabet
};
inline constexpr SetText kSets[] = {{"a", U"a"},
                                    {"b", U"b"},
                                    {"\xc3\xa9", U"\u00e9"},
                                    {".", U"abB _\u00e9"},
                                    {"[ab]", U"ab"},
                                    {"[^a]", U"bB \n_\u00e9"},
                                    {"\\w", U"abB_"},
                                    {"\\W", U" \n\u00e9"},
                                    {"\\s", U" \n"},
                                    {"[^\\s_]", U"abB\u00e9"},
                                    {"\\p{Ll}", U"ab\u00e9"},
                                    {"[\\P{L}a]", U"a \n_"},
                                    {"[a-c]", U"ab"},
                                    {"[^]", U"abB \n_\u00e9"},
                                    {"[]", U""},
                                    {"\\x42", U"B"}};
inline constexpr std::string_view kAssertions[] = {"^", "$", "\\b", "\\B"};

enum class Kind { kSet, kAssertion, kSequence, kChoice, kGroup, kRepeat };

struct Node {
  Kind kind = Kind::kSequence;
  std::size_t value = 0;  // index of the set or assertion; number of the group, 0 captures nothing
  std::size_t min = 0;
  std::size_t max = 0;
  bool lazy = false;
  std::size_t first_group = 0;  // kRepeat: groups inside are [first_group, end_group)
  std::size_t end_group = 0;
  std::vector<Node> children;
};

inline constexpr std::size_t kUnbounded = static_cast<std::size_t>(-1);

// Makes choices from bytes; zeros behind their end.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}
  std::size_t pick(std::size_t count) {
    const std::size_t byte =
        at_ < bytes_.size() ? static_cast<unsigned char>(bytes_[at_]) : std::size_t{0};
    ++at_;
    return byte % count;
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

class Maker {
 public:
  explicit Maker(Choices& choices) : choices_(choices) {}

  Node choice(int depth) {
    Node node;
    node.kind = Kind::kChoice;
    do {
      Node sequence;
      for (std::size_t terms = choices_.pick(4); terms > 0; --terms) {
        sequence.children.push_back(term(depth));
      }
      node.children.push_back(std::move(sequence));
    } while (choices_.pick(3) == 1);
    return node;
  }
  [[nodiscard]] std::size_t groups() const { return groups_; }

 private:
  Node term(int depth) {
    static constexpr std::size_t kCounts[][2] = {
        {0, kUnbounded}, {1, kUnbounded}, {0, 1}, {2, 2}, {0, 2}, {1, 3}, {2, kUnbounded}};
    const std::size_t before = groups_;
    Node node = atom(depth);
    if (node.kind == Kind::kAssertion || choices_.pick(2) == 0) {
      return node;
    }
    const auto& counts = kCounts[choices_.pick(std::size(kCounts))];
    Node repeat;
    repeat.kind = Kind::kRepeat;
    repeat.min = counts[0];
    repeat.max = counts[1];
    repeat.lazy = choices_.pick(3) == 1;
    repeat.first_group = before + 1;
    repeat.end_group = groups_ + 1;
    repeat.children.push_back(std::move(node));
    return repeat;
  }

  Node atom(int depth) {
    Node node;
    const std::size_t kind = choices_.pick(depth > 0 ? 8 : 5);
    if (kind < 4) {
      node.kind = Kind::kSet;
      node.value = choices_.pick(std::size(kSets));
    } else if (kind == 4) {
      node.kind = Kind::kAssertion;
      node.value = choices_.pick(std::size(kAssertions));
    } else {
      node.kind = Kind::kGroup;
      node.value = kind == 5 ? 0 : ++groups_;
      node.children.push_back(choice(depth - 1));
    }
    return node;
  }

  Choices& choices_;
  std::size_t groups_ = 0;
};

inline std::string text_of(const Node& node) {
  std::string text;
  switch (node.kind) {
    case Kind::kSet: return std::string(kSets[node.value].pattern);
    case Kind::kAssertion: return std::string(kAssertions[node.value]);
    case Kind::kSequence:
      for (const Node& child : node.children) {
        text += text_of(child);
      }
      return text;
    case Kind::kChoice:
      for (const Node& child : node.children) {
        text += &child == node.children.data() ? "" : "|";
        text += text_of(child);
      }
      return text;
    case Kind::kGroup:
      text = node.value == 0 ? "(?:" : "(";
      text += text_of(node.children[0]);
      text += ')';
      return text;
    case Kind::kRepeat:
      text = text_of(node.children[0]);
      text += '{';
      text += std::to_string(node.min);
      if (node.max != node.min) {
        text += ',';
        text += node.max == kUnbounded ? "" : std::to_string(node.max);
      }
      text += node.lazy ? "}?" : "}";
      return text;
  }
  return text;
}

using Captures = std::vector<std::size_t>;  // two for each group; kUnbounded: took no part

// nullopt when `steps` do not suffice.
class Backtracker {
 public:
  Backtracker(std::u32string_view text, bool multiline, std::size_t groups, std::size_t steps)
      : text_(text), multiline_(multiline), fresh_(2 * (groups + 1), kUnbounded), steps_(steps) {}

  std::optional<bool> match(const Node& root, std::size_t from, bool whole) {
    captures = fresh_;
    const bool found = run(root, from, [&](std::size_t at) {
      if (whole && at != text_.size()) {
        return false;
      }
      captures[0] = from;
      captures[1] = at;
      return true;
    });
    return steps_ == 0 ? std::nullopt : std::optional<bool>(found);
  }

  Captures captures;

 private:
  using Next = std::function<bool(std::size_t)>;

  bool run(const Node& node, std::size_t at, const Next& next) {
    if (steps_ == 0 || --steps_ == 0) {
      return false;
    }
    switch (node.kind) {
      case Kind::kSet:
        return at < text_.size() &&
               kSets[node.value].members.find(text_[at]) != std::u32string_view::npos &&
               next(at + 1);
      case Kind::kAssertion: return holds(node.value, at) && next(at);
      case Kind::kSequence: return sequence(node, 0, at, next);
      case Kind::kChoice:
        for (const Node& child : node.children) {
          if (run(child, at, next)) {
            return true;
          }
        }
        return false;
      case Kind::kGroup:
        return run(node.children[0], at, [&](std::size_t end) {
          if (node.value == 0) {
            return next(end);
          }
          const Captures before = captures;
          captures[2 * node.value] = at;
          captures[2 * node.value + 1] = end;
          if (next(end)) {
            return true;
          }
          captures = before;
          return false;
        });
      case Kind::kRepeat: return repeat(node, node.min, node.max, at, next);
    }
    return false;
  }

  bool sequence(const Node& node, std::size_t child, std::size_t at, const Next& next) {
    if (child == node.children.size()) {
      return next(at);
    }
    return run(node.children[child], at,
               [&](std::size_t end) { return sequence(node, child + 1, end, next); });
  }

  // ECMA-262, RepeatMatcher.
  bool repeat(const Node& node, std::size_t min, std::size_t max, std::size_t at,
              const Next& next) {
    if (max == 0) {
      return next(at);
    }
    const auto iterate = [&] {
      const Captures before = captures;
      for (std::size_t slot = 2 * node.first_group; slot < 2 * node.end_group; ++slot) {
        captures[slot] = kUnbounded;
      }
      const bool found = run(node.children[0], at, [&](std::size_t end) {
        if (min == 0 && end == at) {
          return false;
        }
        return repeat(node, min == 0 ? 0 : min - 1, max == kUnbounded ? max : max - 1, end, next);
      });
      if (!found) {
        captures = before;
      }
      return found;
    };
    if (min > 0) {
      return iterate();
    }
    return node.lazy ? next(at) || iterate() : iterate() || next(at);
  }

  [[nodiscard]] bool is_word(std::size_t at) const {
    return at < text_.size() && kSets[6].members.find(text_[at]) != std::u32string_view::npos;
  }

  [[nodiscard]] bool holds(std::size_t assertion, std::size_t at) const {
    const bool boundary = (at > 0 && is_word(at - 1)) != is_word(at);
    switch (assertion) {
      case 0: return at == 0 || (multiline_ && text_[at - 1] == U'\n');
      case 1: return at == text_.size() || (multiline_ && text_[at] == U'\n');
      case 2: return boundary;
      default: return !boundary;
    }
  }

  std::u32string_view text_;
  bool multiline_;
  Captures fresh_;
  std::size_t steps_;
};

inline std::string utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else {
      out += static_cast<char>(0xC0 | c >> 6);
      out += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return out;
}

// One comparison: a pattern and a text, and what the definition says of them.
struct Case {
  std::string pattern;
  std::u32string text;
  bool multiline = false;
  std::string replacement;  // `<$0|$1|...>`
  bool found = false;
  bool whole = false;
  std::string replaced;
};

// nullopt when backtracking takes too long.
inline std::optional<Case> make_case(std::string_view bytes, std::size_t steps) {
  Choices choices(bytes);
  Case one;
  one.multiline = choices.pick(2) == 1;
  for (std::size_t length = choices.pick(9); length > 0; --length) {
    one.text += kAlphabet[choices.pick(std::size(kAlphabet))];
  }
  Maker maker(choices);
  const Node root = maker.choice(3);
  if (maker.groups() > 9) {
    return std::nullopt;
  }
  one.pattern = text_of(root);
  one.replacement = "<$0";
  for (std::size_t group = 1; group <= maker.groups(); ++group) {
    one.replacement += "|$" + std::to_string(group);
  }
  one.replacement += ">";

  Backtracker matcher(one.text, one.multiline, maker.groups(), steps);
  const std::optional<bool> whole = matcher.match(root, 0, true);
  if (!whole) {
    return std::nullopt;
  }
  one.whole = *whole;
  std::size_t copied = 0;
  for (std::size_t from = 0; from <= one.text.size();) {
    const std::optional<bool> found = matcher.match(root, from, false);
    if (!found) {
      return std::nullopt;
    }
    if (!*found) {
      ++from;
      continue;
    }
    one.found = true;
    const std::u32string_view text = one.text;
    const Captures& captures = matcher.captures;
    one.replaced += utf8(text.substr(copied, from - copied)) + "<";
    for (std::size_t group = 0; group <= maker.groups(); ++group) {
      const std::size_t begin = captures[2 * group];
      one.replaced += group == 0 ? "" : "|";
      one.replaced +=
          begin == kUnbounded ? "" : utf8(text.substr(begin, captures[2 * group + 1] - begin));
    }
    one.replaced += ">";
    copied = captures[1];
    from = captures[1] + (captures[1] == from ? 1 : 0);
  }
  one.replaced += utf8(std::u32string_view(one.text).substr(copied));
  return one;
}

}  // namespace fhirwall::regex_reference
