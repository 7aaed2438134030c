#pragma once

#include "grammar/common/must.hpp"
#include "grammar/common/span.hpp"

namespace fhirwall::grammar {

template <typename Subject>
struct SpannedDirective : x3::unary_parser<Subject, SpannedDirective<Subject>> {
  using Base = x3::unary_parser<Subject, SpannedDirective<Subject>>;
  static constexpr bool is_pass_through_unary = true;
  static constexpr bool handles_container = Subject::handles_container;

  explicit constexpr SpannedDirective(Subject const& wanted) : Base(wanted) {}

  template <typename Iterator, typename Context, typename RuleAttribute, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, RuleAttribute& value,
             Attribute& attribute) const {
    x3::skip_over(first, last, context);
    Iterator const begin = first;
    if (!this->subject.parse(first, last, context, value, attribute)) {
      return false;
    }
    Failure const& failure = failure_of(context);
    value.span = Span{failure.offset(begin), failure.offset(first)};
    return true;
  }
};

// The whole body of a rule: when `p` succeeds, the `span` of the rule's attribute becomes the bytes
// that `p` took, white space before them left out. (A handler on the rule's tag would not do: X3
// hands it no attribute when the body has semantic actions.)
template <typename P>
constexpr auto spanned(P const& p) {
  return SpannedDirective<typename x3::extension::as_parser<P>::value_type>(x3::as_parser(p));
}

}  // namespace fhirwall::grammar
