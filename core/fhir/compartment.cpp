#include "core/fhir/compartment.hpp"

#include <algorithm>

#include "core/fhir/tables.hpp"

namespace fhirwall::fhir {
namespace {

// Position among the definitions; kCompartmentCount if there is none.
std::size_t definition_of(TypeId compartment) {
  const auto* const begin = std::begin(tables::kCompartmentTypes);
  const auto* const end = std::end(tables::kCompartmentTypes);
  return static_cast<std::size_t>(std::find(begin, end, static_cast<std::uint16_t>(compartment)) -
                                  begin);
}

}  // namespace

std::span<const std::string_view> compartment_params(TypeId compartment, TypeId resource_type) {
  const std::size_t definition = definition_of(compartment);
  if (definition == tables::kCompartmentCount || type_kind(resource_type) != TypeKind::kResource) {
    return {};
  }
  const std::size_t member = definition * tables::kResourceCount + resource_index(resource_type);
  const tables::CodeRun& codes = tables::kCodeRuns[tables::kMembers[member]];
  return {tables::kCompartmentCodes.data() + codes.begin, codes.size};
}

bool has_compartment_definition(TypeId compartment) {
  return definition_of(compartment) != tables::kCompartmentCount;
}

}  // namespace fhirwall::fhir
