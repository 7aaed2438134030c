#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "grammar/common/char_if.hpp"
#include "grammar/common/keyword.hpp"
#include "grammar/common/must.hpp"
#include "grammar/common/quoted.hpp"
#include "grammar/common/span.hpp"
#include "grammar/common/utf8.hpp"
#include "grammar/filter/ast.hpp"

// The lower layer of `_filter`: the characters of names and words, variables, JSON strings, and the
// words of comparisons. White space is never skipped by itself, since inside a path and between a
// path and its comparison it decides.
namespace fhirwall::grammar::filter {

struct StateTag;  // finds the State in a parse context

// What one run of the grammar knows beside the text, and what it may still spend (SPEC P8).
struct State {
  std::span<const Span> variables;  // ascending, in bytes of the text
  std::uint32_t nesting_left;
  std::uint32_t operators_left;
};

template <typename Context>
State& state_of(Context const& context) {
  return x3::get<StateTag>(context);
}

template <typename Context>
bool take_operator(Context const& context, char const* place) {
  State& state = state_of(context);
  if (state.operators_left == 0) {
    failure_of(context).record(place, "no more operators than the limit", true);
    return false;
  }
  --state.operators_left;
  return true;
}

constexpr std::string_view kWholeValue = "a variable as the whole value";

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
constexpr bool is_name_char(char c) { return is_word_part(c) || c == '-'; }

constexpr CharIf<is_space> space{};
constexpr CharIf<is_name_char> name_char{};

// Unicode's White_Space beyond ASCII.
constexpr bool is_wide_space(char32_t c) {
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// FHIR R4, section 3.1.3: a token is "any sequence of non-whitespace characters (by Unicode rules)
// except `]` and `)`". Quotes and backslashes are left to strings: whether they are escapes outside
// of one is not said anywhere.
constexpr bool is_word_char(char32_t c) {
  return c > 0x20 && c != 0x7F && c != ')' && c != ']' && c != '"' && c != '\\' &&
         !is_wide_space(c);
}

// The bytes of the variable at `first`, or none.
inline std::uint32_t variable_size(char const* first, char const* last, std::uint32_t offset,
                                   std::span<const Span> variables) {
  const auto found =
      std::lower_bound(variables.begin(), variables.end(), offset,
                       [](const Span& span, std::uint32_t at) { return span.begin < at; });
  if (found == variables.end() || found->begin != offset || *first != '%') {
    return 0;
  }
  return std::min(found->size(), static_cast<std::uint32_t>(last - first));
}

template <typename Context>
std::uint32_t variable_size(char const* first, char const* last, Context const& context) {
  if (first == last) {
    return 0;
  }
  return variable_size(first, last, failure_of(context).offset(first), state_of(context).variables);
}

// One character of a word. A variable is none: it stands for a value of its own.
struct WordChar : x3::parser<WordChar> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute&) const {
    if (variable_size(first, last, context) != 0) {
      return false;
    }
    Iterator at = first;
    char32_t code_point = 0;
    const auto next = [&](unsigned char& byte) {
      if (at == last) {
        return false;
      }
      byte = static_cast<unsigned char>(*at++);
      return true;
    };
    if (!read_utf8(next, code_point) || !is_word_char(code_point)) {
      return false;
    }
    first = at;
    return true;
  }
};

// A variable; the attribute is its text, `%name` or `%name.id`.
struct Variable : x3::parser<Variable> {
  using attribute_type = std::string_view;
  static constexpr bool has_attribute = true;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute& attribute) const {
    const std::uint32_t size = variable_size(first, last, context);
    if (size == 0) {
      return false;
    }
    x3::traits::move_to(std::string_view(first, size), attribute);
    first += size;
    return true;
  }
};

// Behind the backslash of a JSON string (RFC 8259, section 7).
inline bool read_json_escape(char const*& first, char const* last, std::string& text) {
  if (first == last) {
    return false;
  }
  switch (*first) {
    case '"':
    case '\\':
    case '/': text += *first++; return true;
    case 'b': text += '\b'; break;
    case 'f': text += '\f'; break;
    case 'n': text += '\n'; break;
    case 'r': text += '\r'; break;
    case 't': text += '\t'; break;
    case 'u': {
      char const* at = first + 1;
      char32_t code_point = 0;
      if (!read_unicode_escape(at, last, code_point) || code_point == 0) {
        return false;
      }
      append_utf8(code_point, text);
      first = at;
      return true;
    }
    default: return false;
  }
  ++first;
  return true;
}

// A JSON string; the attribute is its text. A variable inside is an error, as SPEC 3.3 binds whole
// values.
struct JsonString : x3::parser<JsonString> {
  using attribute_type = std::string;
  static constexpr bool has_attribute = true;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext const&,
             Attribute& attribute) const {
    if (first == last || *first != '"') {
      return false;
    }
    Failure& failure = failure_of(context);
    const auto fail = [&](Iterator place, std::string_view expected) {
      failure.record(place, expected);
      return false;
    };
    std::string text;
    Iterator at = first + 1;
    while (at != last && *at != '"') {
      if (variable_size(at, last, context) != 0) {
        return fail(at, kWholeValue);
      }
      if (static_cast<unsigned char>(*at) < 0x20) {
        return fail(at, "an escape sequence for a control character");
      }
      if (*at != '\\') {
        text += *at++;
        continue;
      }
      Iterator const escape = at++;
      if (!read_json_escape(at, last, text)) {
        return fail(escape, "an escape sequence");
      }
    }
    if (at == last) {
      return fail(at, "the closing quote");
    }
    first = at + 1;
    x3::traits::move_to(std::move(text), attribute);
    return true;
  }
};

// One of kComparisonWords, whole.
struct ComparisonWord : x3::parser<ComparisonWord> {
  using attribute_type = Comparison;
  static constexpr bool has_attribute = true;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const&, RuleContext const&,
             Attribute& attribute) const {
    for (std::size_t i = 0; i < std::size(kComparisonWords); ++i) {
      if (read_keyword(first, last, kComparisonWords[i])) {
        x3::traits::move_to(static_cast<Comparison>(i), attribute);
        return true;
      }
    }
    return false;
  }
};

}  // namespace fhirwall::grammar::filter
