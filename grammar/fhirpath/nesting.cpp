#include "grammar/fhirpath/nesting.hpp"

#include <vector>

#include "grammar/fhirpath/white_space.hpp"
#include "grammar/fhirpath/word.hpp"

namespace fhirwall::grammar::fhirpath {
namespace {

// Behind the quote that stands at `first`, or at the end when it is not closed.
char const* behind_quoted(char const* first, char const* last) {
  const char quote = *first++;
  while (first != last && *first != quote) {
    first += (*first == '\\' && last - first > 1) ? 2 : 1;
  }
  return first == last ? last : first + 1;
}

}  // namespace

std::optional<SyntaxError> check_nesting(std::string_view text, std::uint32_t max_nesting) {
  char const* first = text.data();
  char const* const last = first + text.size();
  const auto error_here = [&](std::string_view expected, bool limit) {
    return SyntaxError{static_cast<std::uint32_t>(first - text.data()), expected, limit};
  };
  // Signs directly before an open bracket wait for what it holds, so they count until it closes.
  std::vector<std::uint32_t> signs_before_open;
  std::uint32_t depth = 0;     // open brackets and the signs before them
  std::uint32_t signs = 0;     // prefix signs directly before `first`
  bool after_operand = false;  // a sign here is an operator, not a prefix
  while (first != last) {
    if (skip_white_space(first, last)) {
      continue;
    }
    const char c = *first;
    if (c == '/' && last - first > 1 && first[1] == '*') {
      return error_here("the end of the comment", false);
    }
    if (c == '+' || c == '-') {
      signs += after_operand ? 0 : 1;
      after_operand = false;
    } else if (c == '(' || c == '[' || c == '{') {
      signs_before_open.push_back(signs);
      depth += signs + 1;
      signs = 0;
      after_operand = false;
    } else {
      signs = 0;
      after_operand = false;
      if (c == '\'' || c == '`') {
        first = behind_quoted(first, last);
        after_operand = true;
        continue;
      }
      if (is_word_part(c)) {
        char const* const begin = first;
        while (first != last && is_word_part(*first)) {
          ++first;
        }
        after_operand = !is_operator_word({begin, static_cast<std::size_t>(first - begin)});
        continue;
      }
      if (c == ')' || c == ']' || c == '}') {
        after_operand = true;
        if (!signs_before_open.empty()) {
          depth -= signs_before_open.back() + 1;
          signs_before_open.pop_back();
        }
      }
    }
    if (depth + signs > max_nesting) {
      return error_here("less nesting", true);
    }
    ++first;
  }
  return std::nullopt;
}

}  // namespace fhirwall::grammar::fhirpath
