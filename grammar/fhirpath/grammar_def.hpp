#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/char_if.hpp"
#include "grammar/common/keyword.hpp"
#include "grammar/common/must.hpp"
#include "grammar/common/quoted.hpp"
#include "grammar/common/spanned.hpp"
#include "grammar/fhirpath/ast.hpp"
#include "grammar/fhirpath/chains.hpp"
#include "grammar/fhirpath/word.hpp"

// fhirpath.g4 (N1 2.0.0, with the long numbers of 3.0): one rule for each precedence level, loosest
// last. White space and comments are skipped between tokens.
namespace fhirwall::grammar::fhirpath::rules {

// --- Semantic actions: each stores what was read in the rule's attribute.

// raw[] gives a range of the text; the other tokens give a string.
template <typename Attribute>
std::string to_text(Attribute& attribute) {
  return std::string(attribute.begin(), attribute.end());
}

template <Kind K>
struct Literal {
  template <typename Context>
  void operator()(Context& context) const {
    x3::_val(context).kind = K;
    x3::_val(context).text = to_text(x3::_attr(context));
  }
};
template <Kind K>
struct SetKind {
  template <typename Context>
  void operator()(Context& context) const {
    x3::_val(context).kind = K;
  }
};
constexpr auto store = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };
constexpr auto push = [](auto& context) {
  x3::_val(context).children.push_back(std::move(x3::_attr(context)));
};
constexpr auto store_unit = [](auto& context) {
  x3::_val(context).kind = Kind::kQuantity;
  x3::_val(context).unit = std::move(x3::_attr(context));
};
constexpr auto store_calendar_unit = [](auto& context) {
  x3::_val(context).kind = Kind::kQuantity;
  x3::_val(context).calendar_unit = true;
  x3::_val(context).unit = std::move(x3::_attr(context));
};
constexpr auto store_type = [](auto& context) {
  x3::_val(context).unit = std::move(x3::_attr(context));
};
// `asc` and `desc` stand behind the keys of sort() only (FHIRPath 3.0).
constexpr auto only_in_sort = [](auto& context) {
  x3::_pass(context) = x3::_val(context).text == "sort";
};
constexpr auto push_direction = [](auto& context) {
  Expression& key = x3::_val(context).children.back();
  Expression directed;
  directed.kind = Kind::kSortKey;
  directed.text = to_text(x3::_attr(context));
  directed.span = key.span;
  wrap(key, directed);
};
constexpr auto append = [](auto& context) { x3::_val(context) += x3::_attr(context); };
constexpr auto append_dot = [](auto& context) { x3::_val(context) += '.'; };

// --- Tokens.

const auto two_digits = digit >> digit;
const auto date_format = two_digits >> two_digits >> -('-' >> two_digits >> -('-' >> two_digits));
const auto time_format = two_digits >>
                         -(':' >> two_digits >> -(':' >> two_digits >> -('.' >> +digit)));
const auto zone_format =
    x3::lit('Z') | (x3::lit('+') | x3::lit('-')) >> two_digits >> ':' >> two_digits;
const auto date_time_format = date_format >> 'T' >> -(time_format >> -zone_format);
const auto number_format = +digit >> -('.' >> +digit);

// An IDENTIFIER, DELIMITEDIDENTIFIER or one of the words that may be one, handed to `action`.
constexpr auto identifier = [](auto action) {
  return Word<is_identifier>{}[action] | Quoted{'`'}[action];
};

constexpr std::string_view kExpression = "an expression";
constexpr std::string_view kOperand = "an operand";

// --- Rules.

using Rule = Expression;
const x3::rule<struct EmptyTag, Rule> empty = "empty";
const x3::rule<struct BooleanTag, Rule> boolean = "boolean";
const x3::rule<struct StringTag, Rule> string = "string";
const x3::rule<struct MomentTag, Rule> moment = "moment";
const x3::rule<struct NumberTag, Rule> number = "number";
const x3::rule<struct ExternalTag, Rule> external_constant = "external_constant";
const x3::rule<struct VariableTag, Rule> iteration_variable = "iteration_variable";
const x3::rule<struct InvocationTag, Rule> invocation = "invocation";
const x3::rule<struct ParenthesizedTag, Rule> parenthesized = "parenthesized";
const x3::rule<struct TermTag, Rule> term = "term";
const x3::rule<struct SuffixTag, Rule> suffix = "suffix";
const x3::rule<struct PostfixTag, Rule> postfix = "postfix";
const x3::rule<struct PolarityTag, Rule> polarity = "polarity";
const x3::rule<struct MultiplicativeTag, Rule> multiplicative = "multiplicative";
const x3::rule<struct AdditiveTag, Rule> additive = "additive";
const x3::rule<struct TypeSpecifierTag, std::string> type_specifier = "type_specifier";
const x3::rule<struct TypeSuffixTag, Rule> type_suffix = "type_suffix";
const x3::rule<struct TypeTag, Rule> type = "type";
const x3::rule<struct UnionTag, Rule> union_ = "union";
const x3::rule<struct InequalityTag, Rule> inequality = "inequality";
const x3::rule<struct EqualityTag, Rule> equality = "equality";
const x3::rule<struct MembershipTag, Rule> membership = "membership";
const x3::rule<struct AndTag, Rule> and_ = "and";
const x3::rule<struct OrTag, Rule> or_ = "or";
const x3::rule<struct ExpressionTag, Rule> expression = "expression";

const auto empty_def = spanned(x3::lit('{')[SetKind<Kind::kEmpty>{}] >> must(x3::lit('}'), "`}`"));

const auto boolean_def = spanned(keyword("true", "false")[Literal<Kind::kBoolean>{}]);

const auto string_def = spanned(Quoted{'\''}[Literal<Kind::kString>{}]);

// A date with `T` behind it is a DateTime, however short.
const auto moment_def = spanned(
    x3::lexeme[x3::lit('@') >>
               (x3::lit('T') >> must(x3::raw[time_format], "a time")[Literal<Kind::kTime>{}] |
                x3::raw[date_time_format][Literal<Kind::kDateTime>{}] |
                must(x3::raw[date_format], "a date, a time or both")[Literal<Kind::kDate>{}])]);

const auto number_def =
    spanned(x3::lexeme[x3::raw[+digit][Literal<Kind::kLong>{}] >> 'L'] |
            x3::lexeme[x3::raw[number_format][Literal<Kind::kNumber>{}]] >>
                -(Quoted{'\''}[store_unit] | Word<is_calendar_word>{}[store_calendar_unit]));

const auto external_constant_def =
    spanned(x3::lexeme[x3::lit('%') >> must(identifier(Literal<Kind::kExternal>{}) |
                                                Quoted{'\''}[Literal<Kind::kExternal>{}],
                                            "a name")]);

const auto iteration_variable_def =
    spanned(keyword("$this")[SetKind<Kind::kThis>{}] | keyword("$index")[SetKind<Kind::kIndex>{}] |
            keyword("$total")[SetKind<Kind::kTotal>{}]);

const auto parameter = must(expression, kExpression)[push] >>
                       -(x3::eps[only_in_sort] >> keyword("asc", "desc")[push_direction]);
const auto parameters = x3::lit(')') |
                        parameter >> *(',' >> parameter) >> must(x3::lit(')'), "`,` or `)`");
const auto invocation_def =
    iteration_variable[store] | spanned(identifier(Literal<Kind::kIdentifier>{}) >>
                                        -(x3::lit('(')[SetKind<Kind::kFunction>{}] >> parameters));

const auto parenthesized_def = '(' >> must(expression, kExpression)[store] >>
                               must(x3::lit(')'), "`)`");

const auto term_def = parenthesized[store] | empty[store] | boolean[store] | string[store] |
                      moment[store] | number[store] | external_constant[store] | invocation[store];

const auto suffix_def = x3::lit('.')[SetKind<Kind::kMember>{}] >>
                            must(invocation, "a member or function name")[push] |
                        x3::lit('[')[SetKind<Kind::kIndexer>{}] >>
                            must(expression, kExpression)[push] >> must(x3::lit(']'), "`]`");
const auto postfix_def = suffix_chain(term, suffix);

const auto polarity_def =
    spanned(keyword("+", "-")[Literal<Kind::kPolarity>{}] >> must(polarity, kOperand)[push]) |
    postfix[store];

const auto multiplicative_def =
    operator_chain(Kind::kMultiply, polarity, keyword("*", "/", "div", "mod"));

const auto additive_def = operator_chain(Kind::kAdd, multiplicative, keyword("+", "-", "&"));

const auto type_specifier_def = identifier(append) >> *(x3::lit('.')[append_dot] >>
                                                        must(identifier(append), "a type name"));
const auto type_suffix_def = keyword("is", "as")[Literal<Kind::kType>{}] >>
                             must(type_specifier, "a type name")[store_type];
const auto type_def = suffix_chain(additive, type_suffix);

const auto union__def = operator_chain(Kind::kUnion, type, keyword("|"));

const auto inequality_def =
    operator_chain(Kind::kInequality, union_, keyword("<=", "<", ">=", ">"));

const auto equality_def =
    operator_chain(Kind::kEquality, inequality, keyword("=", "~", "!=", "!~"));

const auto membership_def = operator_chain(Kind::kMembership, equality, keyword("in", "contains"));

const auto and__def = operator_chain(Kind::kAnd, membership, keyword("and"));

const auto or__def = operator_chain(Kind::kOr, and_, keyword("or", "xor"));

const auto expression_def = operator_chain(Kind::kImplies, or_, keyword("implies"));

BOOST_SPIRIT_DEFINE(empty, boolean, string, moment, number, external_constant, iteration_variable,
                    invocation, parenthesized, term, suffix, postfix, polarity, multiplicative,
                    additive, type_specifier, type_suffix, type, union_, inequality, equality,
                    membership, and_, or_, expression)

}  // namespace fhirwall::grammar::fhirpath::rules
