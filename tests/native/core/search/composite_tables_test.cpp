#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/fhir/search_param.hpp"
#include "core/fhirpath/program.hpp"

// The components of composite parameters (FHIR R4 search, section 3.1.1.4.11) as programs.
namespace fhirwall::search {
namespace {

using Types = std::vector<fhir::TypeId>;

Types result_types_of(std::string_view expression, fhir::TypeId focus, const std::string& where) {
  const fhirpath::CompileResult result = fhirpath::compile_search(expression, focus);
  EXPECT_TRUE(result.program) << where << ": " << expression << " on " << fhir::type_name(focus)
                              << " at " << result.error.offset << ": " << result.error.message;
  if (!result.program) {
    return {};
  }
  const auto types = fhirpath::result_types(*result.program);
  return {types.begin(), types.end()};
}

// The FHIR types that a parameter type searches in (FHIR R4 search, sections 3.1.1.4.5 to 12).
bool fits(fhir::ParamType param, std::string_view type) {
  const auto one_of = [type](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), type) != names.end();
  };
  switch (param) {
    case fhir::ParamType::kNumber: return one_of({"integer", "decimal", "positiveInt"});
    case fhir::ParamType::kDate: return one_of({"date", "dateTime", "instant", "Period", "Timing"});
    case fhir::ParamType::kString: return one_of({"string"});
    case fhir::ParamType::kToken:
      return one_of({"CodeableConcept", "Coding", "code", "boolean", "Identifier", "string"});
    case fhir::ParamType::kReference: return one_of({"Reference", "canonical"});
    case fhir::ParamType::kQuantity: return one_of({"Quantity", "Range"});
    case fhir::ParamType::kComposite:
    case fhir::ParamType::kUri:
    case fhir::ParamType::kSpecial: break;
  }
  return false;
}

// Components that also yield what their parameter does not look at, with the reason.
const std::set<std::string> kOtherTypes = {
    // R4 says `value`; the parameter `value` searches in CodeableConcept and boolean alone.
    "Group?characteristic-value value: Quantity",
    "Group?characteristic-value value: Range",
    "Group?characteristic-value value: Reference",
};

TEST(CompositeTables, EveryComponentCompilesForEveryItem) {
  std::uint32_t composites = 0;
  std::uint32_t compiled = 0;
  std::uint32_t of_resource = 0;
  std::set<std::string> others;
  for (const fhir::TypeId type : fhir::resource_types()) {
    for (const fhir::SearchParam* param : fhir::search_params(type)) {
      if (param->type != fhir::ParamType::kComposite) {
        continue;
      }
      ++composites;
      const std::string name =
          std::string(fhir::type_name(type)) + "?" + std::string(param->code.view());
      const Types items = result_types_of(param->expression, type, name);
      EXPECT_FALSE(items.empty()) << name;
      EXPECT_GE(fhir::components(*param).size(), 2U) << name;
      for (const fhir::ParamComponent& component : fhir::components(*param)) {
        const std::string where = name + " " + std::string(component.expression.view());
        of_resource += component.of_resource ? 1 : 0;
        for (const fhir::TypeId focus : component.of_resource ? Types{type} : items) {
          const Types types = result_types_of(component.expression, focus, where);
          EXPECT_FALSE(types.empty()) << where;
          ++compiled;
          for (const fhir::TypeId found : types) {
            if (!fits(component.type, fhir::type_name(found))) {
              others.insert(where + ": " + std::string(fhir::type_name(found)));
            }
          }
        }
      }
    }
  }
  std::printf("%u composite parameters, %u components compiled, %u of them on the resource\n",
              composites, compiled, of_resource);
  EXPECT_EQ(composites, 75U);
  EXPECT_EQ(compiled, 159U);
  EXPECT_EQ(of_resource, 2U);
  EXPECT_EQ(others, kOtherTypes);
}

TEST(CompositeTables, ItemsOfTwoTypes) {
  const struct {
    const char* code;
    std::vector<std::string_view> items;
  } rows[] = {
      {"code-value-quantity", {"Observation"}},
      {"component-code-value-quantity", {"Observation.component"}},
      {"combo-code-value-quantity", {"Observation", "Observation.component"}},
  };
  const fhir::TypeId observation = fhir::find_type("Observation");
  for (const auto& row : rows) {
    const fhir::SearchParam* param = fhir::find_search_param(observation, row.code);
    std::vector<std::string_view> items;
    for (const fhir::TypeId item : result_types_of(param->expression, observation, row.code)) {
      items.push_back(fhir::type_name(item));
    }
    EXPECT_EQ(items, row.items) << row.code;
  }
}

// The test above would see a component that does not compile.
TEST(CompositeTables, WhatCannotStandForAnItem) {
  const struct {
    const char* expression;
    const char* focus;
  } rows[] = {
      {"%resource.referenceSeq.chromosome", "MolecularSequence.variant"},
      {"value.ofType(Quantity)", "DocumentReference.relatesTo"},
      {"referenceSeq.chromosome", "MolecularSequence.variant"},
  };
  for (const auto& row : rows) {
    EXPECT_FALSE(fhirpath::compile_search(row.expression, fhir::find_type(row.focus)).program)
        << row.expression;
  }
}

}  // namespace
}  // namespace fhirwall::search
