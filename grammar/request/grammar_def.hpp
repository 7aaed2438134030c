#pragma once

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/char_if.hpp"
#include "grammar/common/must.hpp"
#include "grammar/request/ast.hpp"
#include "grammar/request/form.hpp"

// FHIR R4 "RESTful API" and "Search"; RFC 3986 for what a path and a query are. No path of FHIR
// needs an escape, so that none is read: what stands in a path stands for itself (SPEC 13.1).
namespace fhirwall::grammar::request::rules {

constexpr bool is_id_char(char c) { return is_alphanumeric(c) || c == '-' || c == '.'; }
constexpr bool is_operation_char(char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }
constexpr bool is_path_char(char c) { return is_id_char(c) || c == '_' || c == '$' || c == '*'; }

constexpr bool is_name_char(char32_t c) {
  return c < 0x80 && (is_operation_char(static_cast<char>(c)) || c == ':' || c == '.');
}
constexpr bool is_any(char32_t) { return true; }

// --- Semantic actions: each stores what was read in the rule's attribute.

template <std::string_view Path::*Member>
struct StoreView {
  template <typename Context>
  void operator()(Context& context) const {
    const auto& range = x3::_attr(context);
    x3::_val(context).*Member =
        std::string_view(range.begin(), static_cast<std::size_t>(range.end() - range.begin()));
  }
};
template <Ending E>
struct StoreEnding {
  template <typename Context>
  void operator()(Context& context) const {
    x3::_val(context).ending = E;
  }
};

// `name:modifier.chain`, no part of which is empty if its sign is there.
inline bool split_name(const Decoded& decoded, Parameter& parameter) {
  const std::string_view text = decoded.text;
  const std::size_t name_end = std::min(text.find_first_of(":."), text.size());
  const std::size_t dot = std::min(text.find('.', name_end), text.size());
  parameter.name = text.substr(0, name_end);
  parameter.name_span = decoded.span;
  if (name_end < dot) {
    parameter.modifier = text.substr(name_end + 1, dot - name_end - 1);
  }
  if (dot < text.size()) {
    parameter.chain = text.substr(dot + 1);
  }
  return !parameter.name.empty() && (name_end < dot) == !parameter.modifier.empty() &&
         (dot < text.size()) == !parameter.chain.empty();
}

constexpr auto store_name = [](auto& context) {
  x3::_pass(context) = split_name(x3::_attr(context), x3::_val(context));
};
constexpr auto store_value = [](auto& context) {
  x3::_val(context).value = std::move(x3::_attr(context).text);
  x3::_val(context).value_span = x3::_attr(context).span;
};
constexpr auto store_path = [](auto& context) { x3::_val(context).path = x3::_attr(context); };
constexpr auto store_parameters = [](auto& context) {
  x3::_val(context).parameters = std::move(x3::_attr(context));
};
constexpr auto push_parameter = [](auto& context) {
  x3::_val(context).push_back(std::move(x3::_attr(context)));
};

// --- Tokens.

constexpr CharIf<is_id_char> id_char{};
constexpr CharIf<is_operation_char> operation_char{};
constexpr CharIf<is_path_char> path_char{};
const auto path_end = &x3::lit('?') | x3::eoi;
const auto slash = x3::lit('/');
const auto type_name = letter >> *alphanumeric;

// --- Rules.

const x3::rule<struct PathTag, Path> path = "path";
const x3::rule<struct ParameterTag, Parameter> parameter = "parameter";
const x3::rule<struct ParametersTag, Parameters> parameters = "parameters";
const x3::rule<struct TargetTag, Target> target = "target";

// SPEC 13.1: nothing that another reader of URLs rewrites before it looks at the path.
const auto dots = x3::lit('.') >> -x3::lit('.') >> (&slash | path_end);
const auto segment = must(!dots >> +path_char, expected::kSegment);
const auto canonical = &(*(path_char | slash) >> must(path_end, expected::kPathCharacter)) >>
                       &(path_end | segment % slash >> path_end);

const auto history = x3::lit("_history")[StoreEnding<Ending::kHistory>{}];
const auto search = x3::lit("_search")[StoreEnding<Ending::kSearch>{}];
const auto operation = x3::lit('$') >>
                       x3::raw[letter >> *operation_char][StoreView<&Path::name>{}] >>
                       x3::eps[StoreEnding<Ending::kOperation>{}];
const auto version = slash >> x3::raw[+id_char][StoreView<&Path::name>{}] >>
                     x3::eps[StoreEnding<Ending::kVersion>{}];
const auto compartment = x3::raw[x3::lit('*') | type_name][StoreView<&Path::member>{}] >>
                         -(slash >> search);
const auto in_instance = history >> -version | operation | compartment;
const auto instance = x3::raw[+id_char][StoreView<&Path::id>{}] >>
                      -(slash >> must(in_instance, expected::kShape));
const auto in_type = history | search | operation | instance;
const auto typed = x3::raw[type_name][StoreView<&Path::type>{}] >>
                   -(slash >> must(in_type, expected::kShape));
const auto metadata =
    x3::lit("metadata") >> !alphanumeric >> x3::eps[StoreEnding<Ending::kMetadata>{}];

const auto path_def = canonical >> -(metadata | history | search | operation | typed) >>
                      must(path_end, expected::kShape);

const auto parameter_def = must(FormText{is_name_char}[store_name], expected::kName) >>
                           must(x3::lit('='), expected::kName) >> FormText{is_any}[store_value];
const auto parameters_def = -(parameter[push_parameter] % '&');

const auto target_def = path[store_path] >> -(x3::lit('?') >> parameters[store_parameters]);

BOOST_SPIRIT_DEFINE(path, parameter, parameters, target)

}  // namespace fhirwall::grammar::request::rules
