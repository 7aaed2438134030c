#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.hpp"
#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/fhir/search_param.hpp"
#include "core/fhirpath/program.hpp"
#include "core/json/document.hpp"

// `SearchParameter` and `CompartmentDefinition` resources that the host supplies (SPEC 5.6, 16).
namespace fhirwall::search {

struct CustomParam {
  std::string code;
  fhir::ParamType type = fhir::ParamType::kString;
  std::string expression;
  std::vector<fhir::TypeId> targets;  // of a reference parameter, ascending; empty: any
  struct Base {
    fhir::TypeId type = fhir::TypeId::kNone;  // a concrete resource type
    std::shared_ptr<const fhirpath::Program> program;
  };
  std::vector<Base> bases;  // ascending by type

  // Null: the parameter is not of this type.
  [[nodiscard]] const Base* base_of(fhir::TypeId of) const;
};

struct CustomCompartment {
  fhir::TypeId compartment = fhir::TypeId::kNone;  // the type whose instances are compartments
  struct Member {
    fhir::TypeId type = fhir::TypeId::kNone;
    std::vector<std::string> codes;  // search parameters whose references put it in
  };
  std::vector<Member> members;  // ascending by type
};

// Immutable once read.
struct Custom {
  std::vector<CustomParam> params;              // ascending by code
  std::vector<CustomCompartment> compartments;  // ascending by type

  [[nodiscard]] const CustomParam* find_param(fhir::TypeId type, std::string_view code) const;
  // Null: not supplied.
  [[nodiscard]] const CustomCompartment* find_compartment(fhir::TypeId compartment) const;
};

// Appends all that can change a decision, each part delimited.
void append_canonical(const Custom& custom, std::string& out);

// Reads one resource at `node` into `out`, or adds issues at paths below `path` (SPEC 1.3). What
// the tables define already is refused: a supplied parameter overrides nothing built in.
// Definitions are read after all parameters, which they may name.
void read_search_parameter(const json::Document& document, json::NodeIndex node,
                           const std::string& path, const Limits& limits, Issues& issues,
                           Custom& out);
void read_compartment_definition(const json::Document& document, json::NodeIndex node,
                                 const std::string& path, Issues& issues, Custom& out);

}  // namespace fhirwall::search
