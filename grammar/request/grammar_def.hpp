#pragma once

#include <string_view>
#include <utility>

#include <boost/spirit/home/x3.hpp>

#include "grammar/common/char_if.hpp"
#include "grammar/common/must.hpp"
#include "grammar/request/ast.hpp"
#include "grammar/request/canonical.hpp"
#include "grammar/request/form.hpp"

// FHIR R4 "RESTful API" and "Search". The path is canonical: what stands in it stands for itself.
namespace fhirwall::grammar::request::rules {

constexpr bool is_key_char(char c) { return is_operation_char(c) || c == ':' || c == '.'; }
constexpr bool is_any(char) { return true; }

// --- Semantic actions: each stores what was read in the rule's attribute.

template <Segment::Kind K>
struct StoreKind {
  template <typename Context>
  void operator()(Context& context) const {
    x3::_val(context).kind = K;
  }
};
constexpr auto store_segment = [](auto& context) {
  const auto& range = x3::_attr(context);
  x3::_val(context).text =
      std::string_view(range.begin(), static_cast<std::size_t>(range.end() - range.begin()));
};
constexpr auto push_segment = [](auto& context) {
  Path& path = x3::_val(context);
  Segment const& segment = x3::_attr(context);
  x3::_pass(context) = path.size != Path::kMaxSegments;
  if (path.size != Path::kMaxSegments) {
    path.segments[path.size++] = segment;
  }
  if (path.size == 1 && segment.text == "metadata") {
    path.segments[0].kind = Segment::Kind::kMetadata;
  }
};

// Whether something stands before, between and behind the signs of `name:modifier.chain`.
inline bool has_whole_parts(std::string_view key) {
  bool behind_sign = true;
  for (const char c : key) {
    const bool sign = c == ':' || c == '.';
    if (sign && behind_sign) {
      return false;
    }
    behind_sign = sign;
  }
  return !behind_sign;
}

constexpr auto store_key = [](auto& context) {
  x3::_val(context).key = std::move(x3::_attr(context).text);
  x3::_val(context).key_span = x3::_attr(context).span;
  x3::_pass(context) = has_whole_parts(x3::_val(context).key);
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
const auto path_end = &x3::lit('?') | x3::eoi;
const auto segment_end = &x3::lit('/') | path_end;

// --- Rules.

const x3::rule<struct SegmentTag, Segment> segment = "segment";
const x3::rule<struct PathTag, Path> path = "path";
const x3::rule<struct ParameterTag, Parameter> parameter = "parameter";
const x3::rule<struct ParametersTag, Parameters> parameters = "parameters";
const x3::rule<struct TargetTag, Target> target = "target";

const auto written =
    (+id_char)[StoreKind<Segment::Kind::kName>{}] |
    x3::lit("_history")[StoreKind<Segment::Kind::kHistory>{}] |
    x3::lit("_search")[StoreKind<Segment::Kind::kSearch>{}] |
    x3::lit('*')[StoreKind<Segment::Kind::kAnyType>{}] |
    (x3::lit('$') >> letter >> *operation_char)[StoreKind<Segment::Kind::kOperation>{}];
const auto segment_def = x3::raw[written >> segment_end][store_segment];

const auto path_def = path_end | must(segment[push_segment], expected::kShape) % '/' >> path_end;

const auto parameter_def = must(FormText{is_key_char}[store_key], expected::kName) >>
                           must(x3::lit('='), expected::kName) >> FormText{is_any}[store_value];
const auto parameters_def = -(parameter[push_parameter] % '&');

const auto target_def = path[store_path] >> -(x3::lit('?') >> parameters[store_parameters]);

BOOST_SPIRIT_DEFINE(segment, path, parameter, parameters, target)

}  // namespace fhirwall::grammar::request::rules
