#pragma once

#include <iterator>
#include <string_view>
#include <utility>

#include "grammar/common/must.hpp"
#include "grammar/fhirpath/ast.hpp"

// The two shapes of FHIRPath's left-associative levels, read in a loop: a chain of any length needs
// no stack. Its tree leans to the left, and everyone who walks or frees it descends it, so the
// operators of one text are counted.
namespace fhirwall::grammar::fhirpath {

struct BudgetTag;  // finds the Budget in a parse context

struct Budget {
  std::uint32_t operators_left;
};

template <typename Context>
bool take_operator(Context const& context, char const* place) {
  Budget& budget = x3::get<BudgetTag>(context);
  if (budget.operators_left == 0) {
    failure_of(context).record(place, "no more operators than the limit", true);
    return false;
  }
  --budget.operators_left;
  return true;
}

// `value` becomes the first child of `node`, and `node` the value.
inline void wrap(Expression& value, Expression& node) {
  node.children.insert(node.children.begin(), std::move(value));
  value = std::move(node);
}

inline void fold(Expression& value, Kind kind, std::string_view text, Expression& operand) {
  Expression node;
  node.kind = kind;
  node.text = text;
  node.children.reserve(2);
  node.children.push_back(std::move(value));
  node.children.push_back(std::move(operand));
  value = std::move(node);
}

// operand (operator operand)*
template <typename Operand, typename Operator>
struct OperatorChain : x3::binary_parser<Operand, Operator, OperatorChain<Operand, Operator>> {
  using Base = x3::binary_parser<Operand, Operator, OperatorChain<Operand, Operator>>;
  using attribute_type = Expression;
  static constexpr bool has_attribute = true;

  constexpr OperatorChain(Kind node_kind, Operand const& operand, Operator const& sign)
      : Base(operand, sign), kind(node_kind) {}

  template <typename Iterator, typename Context, typename RuleContext>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext&,
             Expression& value) const {
    Iterator at = first;
    x3::skip_over(at, last, context);
    Failure& failure = failure_of(context);
    const std::uint32_t begin = failure.offset(at);
    if (!this->left.parse(at, last, context, x3::unused, value)) {
      return false;
    }
    std::string_view sign;
    while (this->right.parse(at, last, context, x3::unused, sign)) {
      Expression operand;
      if (!take_operator(context, at) ||
          !must(this->left, "an operand").parse(at, last, context, x3::unused, operand)) {
        return false;
      }
      fold(value, kind, sign, operand);
      value.span = Span{begin, failure.offset(at)};
    }
    first = at;
    return true;
  }

  Kind kind;
};

template <typename Operand, typename Operator>
constexpr OperatorChain<Operand, Operator> operator_chain(Kind kind, Operand const& operand,
                                                          Operator const& sign) {
  return {kind, operand, sign};
}

// operand suffix*, where the suffix is a node that still lacks its first child.
template <typename Operand, typename Suffix>
struct SuffixChain : x3::binary_parser<Operand, Suffix, SuffixChain<Operand, Suffix>> {
  using Base = x3::binary_parser<Operand, Suffix, SuffixChain<Operand, Suffix>>;
  using attribute_type = Expression;
  static constexpr bool has_attribute = true;

  constexpr SuffixChain(Operand const& operand, Suffix const& suffix) : Base(operand, suffix) {}

  template <typename Iterator, typename Context, typename RuleContext>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleContext&,
             Expression& value) const {
    Iterator at = first;
    x3::skip_over(at, last, context);
    Failure& failure = failure_of(context);
    const std::uint32_t begin = failure.offset(at);
    if (!this->left.parse(at, last, context, x3::unused, value)) {
      return false;
    }
    for (;;) {
      Expression node;
      if (!this->right.parse(at, last, context, x3::unused, node)) {
        first = at;
        return true;
      }
      if (!take_operator(context, at)) {
        return false;
      }
      wrap(value, node);
      value.span = Span{begin, failure.offset(at)};
    }
  }
};

template <typename Operand, typename Suffix>
constexpr SuffixChain<Operand, Suffix> suffix_chain(Operand const& operand, Suffix const& suffix) {
  return {operand, suffix};
}

}  // namespace fhirwall::grammar::fhirpath
