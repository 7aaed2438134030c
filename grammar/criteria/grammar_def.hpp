#pragma once

#include <string>
#include <utility>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/char_if.hpp"
#include "grammar/common/must.hpp"
#include "grammar/common/spanned.hpp"
#include "grammar/criteria/ast.hpp"
#include "grammar/criteria/form.hpp"
#include "grammar/criteria/verbatim.hpp"

// The upper layer of criteria. Only `?`, `&` and `=` are seen in the raw text; all other signs
// count once decoded, so that `%2C` separates values like `,` (SPEC 5.4).
namespace fhirwall::grammar::criteria::rules {

constexpr bool is_ascii(char32_t c) { return c < 0x80; }
constexpr bool is_name_char(char32_t c) {
  return is_ascii(c) && is_name_part(static_cast<char>(c));
}
constexpr bool is_modifier_char(char32_t c) { return is_name_char(c) || c == ':'; }
constexpr bool is_chain_char(char32_t c) { return is_modifier_char(c) || c == '.'; }
constexpr bool is_escapable(char32_t c) { return c == ',' || c == '|' || c == '$' || c == '\\'; }
constexpr bool is_plain(char32_t c) { return !is_escapable(c); }
template <char32_t C>
constexpr bool is(char32_t c) {
  return c == C;
}

constexpr auto append = [](auto& context) {
  append_utf8(x3::_attr(context), x3::_val(context).text);
};
constexpr auto store = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };
constexpr auto store_variable = [](auto& context) {
  x3::_val(context).kind = Piece::Kind::kVariable;
  x3::_val(context).text = x3::_attr(context);
};
constexpr auto store_variable_id = [](auto& context) {
  x3::_val(context).kind = Piece::Kind::kVariableId;
};
template <Piece::Kind K>
struct StoreKind {
  template <typename Context>
  void operator()(Context& context) const {
    x3::_val(context).kind = K;
  }
};
constexpr auto push_piece = [](auto& context) {
  x3::_val(context).pieces.push_back(std::move(x3::_attr(context)));
};
constexpr auto push_value = [](auto& context) {
  x3::_val(context).values.push_back(std::move(x3::_attr(context)));
};
// SPEC 5.7: `_filter` has a grammar of its own.
constexpr auto is_verbatim = [](auto& context) {
  x3::_pass(context) = x3::_val(context).name == "_filter";
};
constexpr auto store_verbatim = [](auto& context) {
  x3::_val(context).verbatim = std::move(x3::_attr(context));
};
constexpr auto push_parameter = [](auto& context) {
  x3::_val(context).parameters.push_back(std::move(x3::_attr(context)));
};
constexpr auto store_name = [](auto& context) {
  x3::_val(context).name = std::move(x3::_attr(context).text);
  x3::_val(context).name_span = x3::_attr(context).span;
};
constexpr auto store_modifier = [](auto& context) {
  x3::_val(context).has_modifier = true;
  x3::_val(context).modifier = std::move(x3::_attr(context).text);
  x3::_val(context).modifier_span = x3::_attr(context).span;
};
constexpr auto store_chain = [](auto& context) {
  x3::_val(context).chain = std::move(x3::_attr(context).text);
  x3::_val(context).chain_span = x3::_attr(context).span;
};
constexpr auto store_type = [](auto& context) {
  x3::_val(context).resource_type = std::move(x3::_attr(context).text);
  x3::_val(context).resource_type_span = x3::_attr(context).span;
};
constexpr auto append_raw = [](auto& context) { x3::_val(context).text += x3::_attr(context); };

struct Word {
  std::string text;
  Span span;
};

const x3::rule<struct TypeTag, Word> resource_type = "resource_type";
const x3::rule<struct NameTag, Word> name = "name";
const x3::rule<struct ModifierTag, Word> modifier = "modifier";
const x3::rule<struct ChainTag, Word> chain = "chain";
const x3::rule<struct VariableTag, Piece> variable = "variable";
const x3::rule<struct SeparatorTag, Piece> separator = "separator";
const x3::rule<struct TextTag, Piece> text = "text";
const x3::rule<struct PieceTag, Piece> piece = "piece";
const x3::rule<struct ValueTag, Value> value = "value";
const x3::rule<struct ParameterTag, Parameter> parameter = "parameter";
const x3::rule<struct CriteriaTag, Criteria> criteria = "criteria";

const auto resource_type_def =
    spanned(x3::char_('*')[append_raw] | letter[append_raw] >> *alphanumeric[append_raw]);

const auto name_def = spanned(+FormChar<is_name_char>{}[append]);
// `_has:Type:reference:name` keeps its further colons: whether that is a modifier is not syntax.
const auto modifier_def =
    spanned(FormChar<is_name_char>{}[append] >> *FormChar<is_modifier_char>{}[append]);
const auto chain_def =
    spanned(FormChar<is_name_char>{}[append] >> *FormChar<is_chain_char>{}[append]);

// SPEC 3.1: `%name` and `%name.id` are single tokens; what follows `.id` is text.
const auto variable_def = spanned(Variable{}[store_variable] >> -x3::lit(".id")[store_variable_id]);
const auto separator_def = spanned(FormChar<is<'|'>>{}[StoreKind<Piece::Kind::kPipe>{}] |
                                   FormChar<is<'$'>>{}[StoreKind<Piece::Kind::kDollar>{}]);
// SPEC 5.4: `\` escapes `, | $ \` and nothing else.
const auto text_def =
    spanned(+(FormChar<is_plain>{}[append] |
              FormChar<is<'\\'>>{} >> must(FormChar<is_escapable>{}[append],
                                           "`,`, `|`, `$` or a backslash behind the backslash")));
const auto piece_def = variable[store] | separator[store] | text[store];
const auto value_def = spanned(*piece[push_piece]);

const auto parameter_def = spanned(
    name[store_name] >> -(FormChar<is<':'>>{} >> must(modifier, "a modifier")[store_modifier]) >>
    -(FormChar<is<'.'>>{} >> must(chain, "a parameter name")[store_chain]) >>
    must(x3::lit('='), "`=`") >> (x3::eps[is_verbatim] >> VerbatimText{}[store_verbatim] |
                                  value[push_value] % FormChar<is<','>>{}));

const auto criteria_def = must(resource_type, "a resource type or `*`")[store_type] >>
                          must(x3::lit('?'), "`?`") >>
                          (must(parameter, "a parameter name")[push_parameter] % +x3::lit('&'));

BOOST_SPIRIT_DEFINE(resource_type, name, modifier, chain, variable, separator, text, piece, value,
                    parameter, criteria)

}  // namespace fhirwall::grammar::criteria::rules
