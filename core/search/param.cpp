#include "core/search/param.hpp"

#include <algorithm>

#include "core/search/compiled.hpp"

namespace fhirwall::search {

const CustomParam::Base* CustomParam::base_of(fhir::TypeId of) const {
  const auto found =
      std::find_if(bases.begin(), bases.end(), [&](const Base& base) { return base.type == of; });
  return found == bases.end() ? nullptr : &*found;
}

const CustomParam* Custom::find_param(fhir::TypeId type, std::string_view code) const {
  auto at = std::lower_bound(
      params.begin(), params.end(), code,
      [](const CustomParam& param, std::string_view wanted) { return param.code < wanted; });
  while (at != params.end() && at->code == code && at->base_of(type) == nullptr) {
    ++at;
  }
  return at == params.end() || at->code != code ? nullptr : &*at;
}

const CustomCompartment* Custom::find_compartment(fhir::TypeId compartment) const {
  const auto found = std::find_if(
      compartments.begin(), compartments.end(),
      [&](const CustomCompartment& known) { return known.compartment == compartment; });
  return found == compartments.end() ? nullptr : &*found;
}

fhirpath::CompileResult Param::program(fhir::TypeId type) const {
  if (table_ != nullptr) {
    return program_for(*table_, type);
  }
  fhirpath::CompileResult result;
  if (const CustomParam::Base* base = custom_->base_of(type)) {
    result.program = base->program;
  }
  return result;
}

Param find_param(fhir::TypeId type, std::string_view code, const Custom* custom) {
  if (const fhir::SearchParam* param = fhir::find_search_param(type, code)) {
    return Param(*param);
  }
  const CustomParam* param = custom == nullptr ? nullptr : custom->find_param(type, code);
  return param == nullptr ? Param() : Param(*param);
}

}  // namespace fhirwall::search
