#pragma once

#include <string>
#include <utility>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/char_if.hpp"
#include "grammar/common/keyword.hpp"
#include "grammar/common/must.hpp"
#include "grammar/common/spanned.hpp"
#include "grammar/scope/ast.hpp"

// SMART App Launch 2.0.0, "Scopes for requesting FHIR Resources", with the words of version 1.
namespace fhirwall::grammar::scope::rules {

constexpr std::uint8_t kAllAccess = kCreate | kRead | kUpdate | kDelete | kSearch;

constexpr bool is_token_char(char c) { return c != ' '; }

// --- Semantic actions: each stores what was read in the rule's attribute.

struct Word {
  std::string text;
  Span span;
};

constexpr auto append = [](auto& context) { x3::_val(context).text += x3::_attr(context); };
template <Level L>
struct StoreLevel {
  template <typename Context>
  void operator()(Context& context) const {
    x3::_val(context).level = L;
  }
};
constexpr auto store_type = [](auto& context) {
  x3::_val(context).type = std::move(x3::_attr(context).text);
  x3::_val(context).type_span = x3::_attr(context).span;
};
template <std::uint8_t Bits>
struct AddAccess {
  template <typename Context>
  void operator()(Context& context) const {
    x3::_val(context).access = static_cast<std::uint8_t>(x3::_val(context).access | Bits);
  }
};
constexpr auto store_query = [](auto& context) {
  x3::_val(context).has_query = true;
  x3::_val(context).query = std::move(x3::_attr(context).text);
  x3::_val(context).query_span = x3::_attr(context).span;
};
constexpr auto push_resource = [](auto& context) {
  x3::_val(context).resources.push_back(std::move(x3::_attr(context)));
};

// SPEC 11.1: what tells a resource scope from other tokens, ignoring case: `Patient/*.read` is no
// other token but a malformed resource scope. Takes nothing from the text.
struct ResourceScopeAhead : x3::parser<ResourceScopeAhead> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;

  template <typename Iterator, typename Context, typename RuleContext, typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const&, RuleContext const&,
             Attribute&) const {
    for (const std::string_view word : {"patient/", "user/", "system/"}) {
      std::size_t same = 0;
      while (same < word.size() && first + same != last && lower(first[same]) == word[same]) {
        ++same;
      }
      if (same == word.size()) {
        return true;
      }
    }
    return false;
  }

 private:
  static constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
};

// --- Tokens.

constexpr ResourceScopeAhead resource_scope_ahead{};
constexpr CharIf<is_token_char> token_char{};
const auto spaces = x3::omit[*x3::lit(' ')];
const auto token_end = &(x3::lit(' ') | x3::eoi);

// --- Rules.

const x3::rule<struct TypeTag, Word> type = "type";
const x3::rule<struct QueryTag, Word> query = "query";
const x3::rule<struct ResourceScopeTag, ResourceScope> resource_scope = "resource_scope";
const x3::rule<struct ScopesTag, Scopes> scopes = "scopes";

const auto type_def = spanned(x3::char_('*')[append] | letter[append] >> *alphanumeric[append]);
const auto query_def = spanned(+token_char[append]);

const auto level = x3::lit("patient")[StoreLevel<Level::kPatient>{}] |
                   x3::lit("user")[StoreLevel<Level::kUser>{}] |
                   x3::lit("system")[StoreLevel<Level::kSystem>{}];
// SPEC 11.1: read is r and s; write is c, u and d.
const auto words = x3::omit[keyword("read")][AddAccess<kRead | kSearch>{}] |
                   x3::omit[keyword("write")][AddAccess<kCreate | kUpdate | kDelete>{}] |
                   x3::lit('*')[AddAccess<kAllAccess>{}];
const auto letters = -x3::lit('c')[AddAccess<kCreate>{}] >> -x3::lit('r')[AddAccess<kRead>{}] >>
                     -x3::lit('u')[AddAccess<kUpdate>{}] >> -x3::lit('d')[AddAccess<kDelete>{}] >>
                     -x3::lit('s')[AddAccess<kSearch>{}];
constexpr auto grants_something = [](auto& context) {
  x3::_pass(context) = x3::_val(context).access != 0;
};

const auto resource_scope_def = spanned(
    must(level >> '/', "`patient`, `user` or `system`, all in lower case") >>
    must(type, "a resource type or `*`")[store_type] >> must(x3::lit('.'), "`.`") >>
    must((words | letters) >> x3::eps[grants_something], "`read`, `write`, `*`, or of `cruds`") >>
    (x3::lit('?') >> must(query, "a search query")[store_query] |
     must(token_end, "the rest of `cruds` in order, `?`, a space or the end")));
const auto other_token = x3::omit[+token_char];

const auto scopes_def = spaces >> *((resource_scope_ahead >> resource_scope[push_resource] |
                                     !resource_scope_ahead >> other_token) >>
                                    spaces);

BOOST_SPIRIT_DEFINE(type, query, resource_scope, scopes)

}  // namespace fhirwall::grammar::scope::rules
