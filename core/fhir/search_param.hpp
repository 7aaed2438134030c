#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/fhir/model.hpp"

namespace fhirwall::fhir {

enum class ParamType : std::uint8_t {
  kNumber,
  kDate,
  kString,
  kToken,
  kReference,
  kComposite,
  kQuantity,
  kUri,
  kSpecial
};

[[nodiscard]] std::string_view param_type_name(ParamType type);  // `token`

// A search parameter as it applies to one type: R4's, Medplum's, US Core's, and the common ones
// (SPEC 5.1). Where several define a code for a type, R4's counts. `_filter`, `_has`, `_list`,
// `_type`, `_text`, `_content` and `_query` are kSpecial without expression: known, but no
// expression on one resource decides them (SPEC 5.2).
struct SearchParam {
  [[no_unique_address]] PooledText<tables::kParamCodes, std::uint8_t> code;  // `address-state`
  ParamType type = ParamType::kString;
  // FHIRPath, only the part of the union that concerns the type; empty for special ones.
  PooledText<tables::kParamText, std::uint16_t> expression;
  // Reference parameters: allowed target types, ascending; empty = any.
  [[no_unique_address]] PooledIds<tables::kParamTargets> targets;
  bool common = false;      // defined for every resource type (`_id`, `_lastUpdated`, `_tag`, ...)
  std::uint16_t index = 0;  // dense, unique
};
static_assert(sizeof(SearchParam) == 14, "there are thousands of them");

// One component of a composite parameter. `code-value-quantity=8480-6$gt140` holds where one item
// of the composite's own expression satisfies both: the first component `8480-6`, the second
// `gt140`.
struct ParamComponent {
  // Of the parameter that it compares like.
  [[no_unique_address]] PooledText<tables::kComponentText, std::uint8_t> code;
  ParamType type = ParamType::kString;
  // FHIRPath that starts from the item. Where a composite has items of two types (Observation and
  // its components), it stands for both.
  [[no_unique_address]] PooledText<tables::kComponentText, std::uint8_t> expression;
  bool of_resource = false;  // it starts from the resource instead
  [[no_unique_address]] PooledIds<tables::kParamTargets> targets;  // as in SearchParam
};
static_assert(sizeof(ParamComponent) == 12);

// Of a composite parameter: two or more, in the order of its values. Empty for all others.
[[nodiscard]] std::span<const ParamComponent> components(const SearchParam& param);

// The parameter `code` of a resource type, or nullptr. For `*` rules pass the abstract `Resource`:
// common ones only.
[[nodiscard]] const SearchParam* find_search_param(TypeId resource_type, std::string_view code);
// The type's own parameters by code, then the common ones.
using SearchParamList = RunList<SearchParam>;
[[nodiscard]] SearchParamList search_params(TypeId resource_type);

}  // namespace fhirwall::fhir
