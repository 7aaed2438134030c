#include "core/fhir/code_system.hpp"

#include "core/fhir/tables.hpp"

namespace fhirwall::fhir {
namespace {

std::string_view system_text(std::uint8_t system) {
  const std::uint16_t begin = tables::kSystemBegins[system];
  return {tables::kSystemText + begin,
          static_cast<std::size_t>(tables::kSystemBegins[system + 1U] - begin)};
}

}  // namespace

std::string_view implicit_system(const Element& element) {
  return system_text(tables::kElementSystems[element_index(element)]);
}

std::string_view implicit_system(const Element& element, std::string_view code) {
  const std::uint16_t index = element_index(element);
  if (const std::uint8_t system = tables::kElementSystems[index]; system != 0) {
    return system_text(system);
  }
  for (const tables::SystemOfCode& row : tables::kSystemsOfCodes) {
    if (row.element == index &&
        code == std::string_view{tables::kSystemCodeText + row.code, row.code_size}) {
      return system_text(row.system);
    }
  }
  return {};
}

}  // namespace fhirwall::fhir
