#pragma once

#include <string_view>
#include <utility>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/char_if.hpp"
#include "grammar/common/must.hpp"
#include "grammar/common/quoted.hpp"
#include "grammar/common/spanned.hpp"
#include "grammar/path/ast.hpp"

namespace fhirwall::grammar::path::rules {

constexpr auto append = [](auto& context) { x3::_val(context) += x3::_attr(context); };
constexpr auto store_name = [](auto& context) {
  x3::_val(context).name = std::move(x3::_attr(context));
};
constexpr auto store_any_choice = [](auto& context) { x3::_val(context).any_choice = true; };
constexpr auto takes_url = [](auto& context) {
  const std::string_view name = x3::_val(context).name;
  x3::_pass(context) = name == "extension" || name == "modifierExtension";
};
constexpr auto store_url = [](auto& context) {
  x3::_val(context).has_url = true;
  x3::_val(context).url = std::move(x3::_attr(context));
  x3::_pass(context) = !x3::_val(context).url.empty();
};
constexpr auto push_step = [](auto& context) {
  x3::_val(context).steps.push_back(std::move(x3::_attr(context)));
};

const x3::rule<struct NameTag, std::string> name = "name";
const x3::rule<struct StepTag, Step> step = "step";
const x3::rule<struct PathTag, Path> path = "path";

const auto name_def = letter[append] >> *alphanumeric[append];

// SPEC 7.1: `extension('url')` selects an extension by URL; no other element takes one.
const auto step_def =
    spanned(name[store_name] >>
            -(x3::lit("[x]")[store_any_choice] |
              x3::lit('(')[takes_url] >> must(Quoted{'\''}[store_url], "a url in single quotes") >>
                  must(x3::lit(')'), "`)`")));

const auto path_def = must(step, "an element name")[push_step] % '.';

BOOST_SPIRIT_DEFINE(name, step, path)

}  // namespace fhirwall::grammar::path::rules
