#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "grammar/common/span.hpp"

// A path of `hiddenFields` or `readonlyFields` (SPEC 7.1): `name.given`, `value[x]`,
// `Patient.name`, `extension('http://example.org/x').valueString`.
namespace fhirwall::grammar::path {

struct Step {
  std::string name;
  bool any_choice = false;  // written `name[x]`
  bool has_url = false;     // written `extension('url')` or `modifierExtension('url')`
  std::string url;
  Span span;
  friend bool operator==(const Step&, const Step&) = default;
};

// A leading resource-type name is kept as the first step: only the model can tell.
struct Path {
  std::vector<Step> steps;  // at least one
  friend bool operator==(const Path&, const Path&) = default;
};

}  // namespace fhirwall::grammar::path
