#include "core/fhir/search_param.hpp"

#include <algorithm>

#include "core/fhir/tables.hpp"

namespace fhirwall::fhir {
namespace {

std::span<const SearchParam> run(std::uint32_t position) {
  const std::uint32_t begin = tables::kParamBegins[position];
  return {tables::kParams.data() + begin, tables::kParamBegins[position + 1] - begin};
}

std::span<const SearchParam> common_params() { return run(tables::kResourceCount); }

const SearchParam* find_in(std::span<const SearchParam> params, std::string_view code) {
  const auto at = std::lower_bound(
      params.begin(), params.end(), code,
      [](const SearchParam& param, std::string_view wanted) { return param.code < wanted; });
  return at != params.end() && at->code == code ? &*at : nullptr;
}

}  // namespace

std::string_view param_type_name(ParamType type) {
  switch (type) {
    case ParamType::kNumber: return "number";
    case ParamType::kDate: return "date";
    case ParamType::kString: return "string";
    case ParamType::kToken: return "token";
    case ParamType::kReference: return "reference";
    case ParamType::kComposite: return "composite";
    case ParamType::kQuantity: return "quantity";
    case ParamType::kUri: return "uri";
    case ParamType::kSpecial: return "special";
  }
  return {};
}

std::span<const ParamComponent> components(const SearchParam& param) {
  const auto* const end = std::end(tables::kComposites);
  const auto* const at = std::lower_bound(
      std::begin(tables::kComposites), end, param.index,
      [](const tables::CompositeRow& row, std::uint16_t index) { return row.param < index; });
  if (at == end || at->param != param.index) {
    return {};
  }
  return {tables::kComponents.data() + at->begin, at->size};
}

const SearchParam* find_search_param(TypeId resource_type, std::string_view code) {
  if (type_kind(resource_type) == TypeKind::kResource) {
    if (const SearchParam* own = find_in(run(resource_index(resource_type)), code)) {
      return own;
    }
  } else if (resource_type != well_known().resource) {
    return nullptr;
  }
  return find_in(common_params(), code);
}

SearchParamList search_params(TypeId resource_type) {
  SearchParamList list;
  if (type_kind(resource_type) == TypeKind::kResource) {
    list.append(run(resource_index(resource_type)));
    list.append(common_params());
  } else if (resource_type == well_known().resource) {
    list.append(common_params());
  }
  return list;
}

}  // namespace fhirwall::fhir
