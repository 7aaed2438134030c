#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fhir/model.hpp"

namespace fhirwall::fhir {

// One step of a field path, resolved against the model (SPEC 7.1).
struct PathStep {
  const Element* element = nullptr;
  // For a choice element: kNone selects every concrete choice (`value`, `value[x]`), else that one
  // type (`valueQuantity`).
  TypeId choice = TypeId::kNone;
  std::string extension_url;  // `extension('url')`: only items with this url; empty = all
};
using ElementPath = std::vector<PathStep>;

}  // namespace fhirwall::fhir
