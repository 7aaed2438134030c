#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/char_if.hpp"
#include "grammar/common/keyword.hpp"
#include "grammar/common/must.hpp"
#include "grammar/common/spanned.hpp"
#include "grammar/filter/ast.hpp"
#include "grammar/filter/shapes.hpp"
#include "grammar/filter/token.hpp"

// FHIR R4, section 3.1.3, with names that may begin with `_` (its own examples of parameters do).
namespace fhirwall::grammar::filter::rules {

// --- Semantic actions: each stores what was read in the rule's attribute.

constexpr auto store = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };
template <Value::Kind K>
struct StoreText {
  template <typename Context>
  void operator()(Context& context) const {
    x3::_val(context).kind = K;
    x3::_val(context).text.assign(x3::_attr(context).begin(), x3::_attr(context).end());
  }
};
constexpr auto store_word = [](auto& context) {
  Value& value = x3::_val(context);
  value.text.assign(x3::_attr(context).begin(), x3::_attr(context).end());
  value.kind = value.text.find('|') == std::string::npos ? Value::Kind::kWord : Value::Kind::kToken;
};
// No name contains a dot.
constexpr auto store_variable = [](auto& context) {
  std::string_view name = x3::_attr(context);
  name.remove_prefix(1);
  const bool is_id = name.ends_with(".id");
  x3::_val(context).kind = is_id ? Value::Kind::kVariableId : Value::Kind::kVariable;
  x3::_val(context).text = name.substr(0, name.size() - (is_id ? 3 : 0));
};
constexpr auto append = [](auto& context) { x3::_val(context).text += x3::_attr(context); };
constexpr auto store_name = [](auto& context) {
  x3::_val(context).name = std::move(x3::_attr(context).text);
  x3::_val(context).name_span = x3::_attr(context).span;
};
constexpr auto store_where = [](auto& context) {
  x3::_val(context).where.push_back(std::move(x3::_attr(context)));
};
constexpr auto store_negated = [](auto& context) {
  x3::_val(context).kind = Kind::kNot;
  x3::_val(context).children.push_back(std::move(x3::_attr(context)));
};
constexpr auto push_step = [](auto& context) {
  x3::_val(context).path.push_back(std::move(x3::_attr(context)));
};
constexpr auto store_comparison = [](auto& context) {
  x3::_val(context).comparison = x3::_attr(context).comparison;
  x3::_val(context).comparison_span = x3::_attr(context).span;
};
constexpr auto store_compared = [](auto& context) {
  x3::_val(context).comparison = x3::_attr(context);
};
constexpr auto store_value = [](auto& context) {
  x3::_val(context).value = std::move(x3::_attr(context));
};

// Takes nothing from the text; counts one operator.
struct CountOperator : x3::parser<CountOperator> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const&, Context const& context, RuleContext const&,
             Attribute&) const {
    return take_operator(context, first);
  }
};
constexpr CountOperator count_operator{};

// --- Tokens.

constexpr WordChar word_char{};
const auto two_digits = digit >> digit;
const auto time_format = two_digits >> ':' >> two_digits >>
                         -(':' >> two_digits >> -('.' >> +digit)) >>
                         -(x3::lit('Z') |
                           (x3::lit('+') | x3::lit('-')) >> two_digits >> ':' >> two_digits);
const auto date_format = two_digits >> two_digits >> '-' >> two_digits >>
                         -('-' >> two_digits >> -('T' >> time_format));
const auto sign = x3::lit('+') | x3::lit('-');
const auto number_format = -sign >> +digit >> -('.' >> +digit) >>
                           -((x3::lit('e') | x3::lit('E')) >> -sign >> +digit);
const auto spaces = x3::omit[*space];
const auto white_space = must(x3::omit[+space], "white space");

// --- Rules.

struct Name {
  std::string text;
  Span span;
};
struct Compared {
  Comparison comparison = Comparison::kEq;
  Span span;
};

const x3::rule<struct NameTag, Name> name = "name";
const x3::rule<struct StepTag, Step> step = "step";
const x3::rule<struct ComparedTag, Compared> compared = "compared";
const x3::rule<struct ValueTag, Value> value = "value";
const x3::rule<struct ComparisonTag, Filter> comparison = "comparison";
const x3::rule<struct NegationTag, Filter> negation = "negation";
const x3::rule<struct OperandTag, Filter> operand = "operand";
const x3::rule<struct FilterTag, Filter> filter = "filter";

const auto name_def = spanned(word_start[append] >> *name_char[append]);
const auto step_def = spanned(name[store_name] >> -square_brackets(filter)[store_where]);
const auto compared_def = spanned(ComparisonWord{}[store_compared]);

// What may not stand directly behind a value.
const auto value_end = must(!(x3::lit('"') | x3::lit('\\')), "quotes around the whole value") >>
                       must(!(word_char | Variable{}), kWholeValue);
const auto word_end = !word_char;
const auto value_def =
    spanned(JsonString{}[StoreText<Value::Kind::kString>{}] |
            (Variable{}[store_variable] |
             (x3::raw[date_format] >> word_end)[StoreText<Value::Kind::kDate>{}] |
             (x3::raw[number_format] >> word_end)[StoreText<Value::Kind::kNumber>{}] |
             x3::raw[+word_char][store_word]) >>
                value_end);

const auto comparison_def =
    spanned((step[push_step] %
             (x3::lit('.') >> count_operator >> must(&word_start, "a search parameter"))) >>
            white_space >> must(compared, "a comparison such as `eq`")[store_comparison] >>
            count_operator >> white_space >> must(value, "a value")[store_value]);

// `not` is a search parameter unless a bracket follows.
const auto negation_def = spanned(x3::omit[keyword("not")] >> spaces >>
                                  round_brackets(filter)[store_negated] >> count_operator);
const auto operand_def = negation[store] | round_brackets(filter)[store] | comparison[store];
const auto filter_def = chain(operand);

BOOST_SPIRIT_DEFINE(name, step, compared, value, comparison, negation, operand, filter)

}  // namespace fhirwall::grammar::filter::rules
