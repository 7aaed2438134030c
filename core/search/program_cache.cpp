#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "core/fhir/compartment.hpp"
#include "core/search/compiled.hpp"
#include "core/search/param.hpp"

namespace fhirwall::search {
namespace {

// INVARIANT: holds nothing but programs of the constant search-parameter tables. Criteria keep
// their programs alive by themselves.
struct Cache {
  std::mutex mutex;
  std::map<std::pair<std::uint16_t, std::uint16_t>, fhirpath::CompileResult> by_param_and_type;
  std::map<std::pair<std::string_view, std::uint16_t>, fhirpath::CompileResult> by_expression;
};

Cache& cache() {
  static Cache instance;
  return instance;
}

// One definition's programs for one type; `supplied` is the host's, null for one of the tables.
void append_definition(fhir::TypeId compartment, fhir::TypeId resource_type,
                       const CustomCompartment* supplied, const Custom* custom,
                       std::vector<CompartmentPrograms>& out) {
  CompartmentPrograms entry{compartment, resource_type, {}};
  const auto add = [&](std::string_view code) {
    const Param param = find_param(resource_type, code, supplied == nullptr ? nullptr : custom);
    if (!param) {
      return;  // less membership: denies
    }
    fhirpath::CompileResult compiled = param.program(resource_type);
    if (compiled.program) {
      entry.programs.push_back(std::move(compiled.program));
    }
  };
  if (supplied == nullptr) {
    for (const std::string_view code : fhir::compartment_params(compartment, resource_type)) {
      add(code);
    }
  } else {
    for (const CustomCompartment::Member& member : supplied->members) {
      if (member.type == resource_type) {
        std::for_each(member.codes.begin(), member.codes.end(), add);
      }
    }
  }
  if (!entry.programs.empty()) {
    out.push_back(std::move(entry));
  }
}

}  // namespace

fhirpath::CompileResult program_for(const fhir::SearchParam& param, fhir::TypeId type) {
  // A common parameter is one expression over the abstract Resource for every type.
  const fhir::TypeId focus = param.common ? fhir::well_known().resource : type;
  const auto key = std::make_pair(param.index, static_cast<std::uint16_t>(focus));
  Cache& programs = cache();
  const std::lock_guard lock(programs.mutex);
  const auto found = programs.by_param_and_type.find(key);
  if (found != programs.by_param_and_type.end()) {
    return found->second;
  }
  return programs.by_param_and_type.emplace(key, fhirpath::compile_search(param.expression, focus))
      .first->second;
}

fhirpath::CompileResult program_for(const fhir::ParamComponent& component, fhir::TypeId item) {
  const std::string_view expression = component.expression;
  const auto key = std::make_pair(expression, static_cast<std::uint16_t>(item));
  Cache& programs = cache();
  const std::lock_guard lock(programs.mutex);
  const auto found = programs.by_expression.find(key);
  if (found != programs.by_expression.end()) {
    return found->second;
  }
  return programs.by_expression.emplace(key, fhirpath::compile_search(expression, item))
      .first->second;
}

std::vector<CompartmentPrograms> compartment_programs(fhir::TypeId compartment, fhir::TypeId type,
                                                      const Custom* custom) {
  const fhir::WellKnown& known = fhir::well_known();
  std::vector<CompartmentPrograms> out;
  const bool any_type = type == known.resource;
  for (const fhir::TypeId definition : fhir::resource_types()) {
    const CustomCompartment* supplied =
        custom == nullptr ? nullptr : custom->find_compartment(definition);
    if ((supplied == nullptr && !fhir::has_compartment_definition(definition)) ||
        (compartment != fhir::TypeId::kNone && compartment != definition)) {
      continue;
    }
    if (!any_type) {
      append_definition(definition, type, supplied, custom, out);
      continue;
    }
    for (const fhir::TypeId resource_type : fhir::resource_types()) {
      append_definition(definition, resource_type, supplied, custom, out);
    }
  }
  return out;
}

}  // namespace fhirwall::search
