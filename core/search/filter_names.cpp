#include "core/search/filter_names.hpp"

#include <algorithm>

#include "grammar/filter/parse.hpp"

namespace fhirwall::search {
namespace {

using grammar::filter::Comparison;
using grammar::filter::Filter;

bool collect(const Filter& filter, std::vector<std::string>& names) {
  if (filter.kind != grammar::filter::Kind::kComparison) {
    return std::all_of(filter.children.begin(), filter.children.end(),
                       [&](const Filter& child) { return collect(child, names); });
  }
  const Comparison comparison = filter.comparison;
  if (comparison == Comparison::kSs || comparison == Comparison::kSb ||
      comparison == Comparison::kIn) {
    return false;
  }
  std::string name;
  for (const grammar::filter::Step& step : filter.path) {
    if (!step.where.empty()) {
      return false;
    }
    name += name.empty() ? "" : ".";
    name += step.name;
  }
  names.push_back(std::move(name));
  return true;
}

}  // namespace

bool filter_names(std::string_view text, std::vector<std::string>& names) {
  const auto parsed = grammar::filter::parse(text, {});
  return parsed.ok() && collect(parsed.value(), names);
}

}  // namespace fhirwall::search
