#pragma once

#include <string_view>
#include <utility>

#include "grammar/common/must.hpp"
#include "grammar/filter/token.hpp"

// The two recursive shapes of a `_filter`: chains and brackets.
namespace fhirwall::grammar::filter {

constexpr std::string_view kFilter = "a search parameter, `not` or `(`";

inline void skip_space(char const*& first, char const* last) {
  while (first != last && is_space(*first)) {
    ++first;
  }
}

// operand ("and" operand)* or operand ("or" operand)*, as one node. SPEC 5.3: the standard gives
// the two no precedence, so a mixture without brackets is an error.
template <typename Operand>
struct Chain : x3::unary_parser<Operand, Chain<Operand>> {
  using Base = x3::unary_parser<Operand, Chain<Operand>>;
  using attribute_type = Filter;
  static constexpr bool has_attribute = true;

  explicit constexpr Chain(Operand const& operand) : Base(operand) {}

  template <typename Iterator, typename Context, typename RuleContext>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext&,
             Filter& value) const {
    Failure& failure = failure_of(context);
    const std::uint32_t begin = failure.offset(first);
    Iterator at = first;
    if (!operand(at, last, context, value)) {
      return false;
    }
    Kind joined = Kind::kComparison;  // until there is an operator
    for (;;) {
      Iterator sign = at;
      skip_space(sign, last);
      Iterator const place = sign;
      const bool is_and = read_keyword(sign, last, "and");
      if (!is_and && !read_keyword(sign, last, "or")) {
        first = at;
        return true;
      }
      const Kind kind = is_and ? Kind::kAnd : Kind::kOr;
      if (joined == Kind::kComparison) {
        joined = kind;
        Filter whole;
        whole.kind = kind;
        whole.children.push_back(std::move(value));
        value = std::move(whole);
      } else if (joined != kind) {
        failure.record(place, "brackets around mixed `and` and `or`");
        return false;
      }
      skip_space(sign, last);
      Filter next;
      if (!take_operator(context, place) || !operand(sign, last, context, next)) {
        return false;
      }
      value.children.push_back(std::move(next));
      at = sign;
      value.span = Span{begin, failure.offset(at)};
    }
  }

 private:
  template <typename Context>
  bool operand(char const*& first, char const* last, Context const& context, Filter& value) const {
    return must(this->subject, kFilter).parse(first, last, context, x3::unused, value);
  }
};

template <typename Operand>
constexpr Chain<Operand> chain(Operand const& operand) {
  return Chain<Operand>(operand);
}

// A filter in brackets, white space around it taken too. Nesting is counted at the open bracket,
// before the rules call each other one level deeper.
template <typename Subject>
struct Bracketed : x3::unary_parser<Subject, Bracketed<Subject>> {
  using Base = x3::unary_parser<Subject, Bracketed<Subject>>;
  using attribute_type = Filter;
  static constexpr bool has_attribute = true;

  constexpr Bracketed(char open_sign, Subject const& inside, char close_sign,
                      std::string_view what_closes)
      : Base(inside), open(open_sign), close(close_sign), expected(what_closes) {}

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext&,
             Attribute& attribute) const {
    if (first == last || *first != open) {
      return false;
    }
    State& state = state_of(context);
    if (state.nesting_left == 0) {
      failure_of(context).record(first, "less nesting", true);
      return false;
    }
    Iterator at = first + 1;
    skip_space(at, last);
    Filter inner;
    --state.nesting_left;
    const bool parsed = this->subject.parse(at, last, context, x3::unused, inner);
    ++state.nesting_left;
    if (!parsed) {
      return false;
    }
    skip_space(at, last);
    if (at == last || *at != close) {
      failure_of(context).record(at, expected);
      return false;
    }
    first = at + 1;
    x3::traits::move_to(std::move(inner), attribute);
    return true;
  }

  char open;
  char close;
  std::string_view expected;
};

template <typename Subject>
constexpr Bracketed<Subject> round_brackets(Subject const& inside) {
  return {'(', inside, ')', "`and`, `or` or `)`"};
}
template <typename Subject>
constexpr Bracketed<Subject> square_brackets(Subject const& inside) {
  return {'[', inside, ']', "`and`, `or` or `]`"};
}

}  // namespace fhirwall::grammar::filter
