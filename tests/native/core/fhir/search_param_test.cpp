#include "core/fhir/search_param.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fhirwall::fhir {
namespace {

TEST(SearchParam, Definitions) {
  const struct {
    const char* type;
    const char* code;
    ParamType param;
    const char* expression;
  } rows[] = {
      // one branch of a union
      {"Patient", "address-state", ParamType::kString, "Patient.address.state"},
      {"Practitioner", "address-state", ParamType::kString, "Practitioner.address.state"},
      {"Patient", "birthdate", ParamType::kDate, "Patient.birthDate"},
      {"Patient", "general-practitioner", ParamType::kReference, "Patient.generalPractitioner"},
      {"Patient", "deceased", ParamType::kToken,
       "Patient.deceased.exists() and Patient.deceased != false"},
      {"Patient", "phone", ParamType::kToken, "Patient.telecom.where(system='phone')"},
      // several branches of one type
      {"AllergyIntolerance", "code", ParamType::kToken,
       "AllergyIntolerance.code | AllergyIntolerance.reaction.substance"},
      {"Observation", "combo-code", ParamType::kToken,
       "Observation.code | Observation.component.code"},
      {"Observation", "combo-value-quantity", ParamType::kQuantity,
       "(Observation.value.ofType(Quantity)) | (Observation.value.ofType(SampledData)) | "
       "(Observation.component.value.ofType(Quantity)) | "
       "(Observation.component.value.ofType(SampledData))"},
      {"Observation", "code", ParamType::kToken, "Observation.code"},
      {"Observation", "patient", ParamType::kReference,
       "Observation.subject.where(resolve() is Patient)"},
      {"Observation", "date", ParamType::kDate, "Observation.effective"},
      {"Observation", "code-value-quantity", ParamType::kComposite, "Observation"},
      {"Location", "near", ParamType::kSpecial, "Location.position"},
      {"RiskAssessment", "probability", ParamType::kNumber,
       "RiskAssessment.prediction.probability"},
      {"ValueSet", "url", ParamType::kUri, "ValueSet.url"},
      // starts from the context
      {"InsurancePlan", "name", ParamType::kString, "name | alias"},
      {"Task", "priority-order", ParamType::kNumber,
       "iif(priority = 'stat', 50, iif(priority = 'asap', 40, iif(priority = 'urgent', 30, "
       "iif(priority = 'routine', 20, 10))))"},
      // Medplum's and US Core's
      {"ProjectMembership", "access-policy", ParamType::kReference,
       "ProjectMembership.accessPolicy | ProjectMembership.access.policy"},
      {"Project", "owner", ParamType::kReference, "Project.owner"},
      {"Patient", "race", ParamType::kToken,
       "Patient.extension.where(url = "
       "'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race').extension.value.code"},
      {"Condition", "asserted-date", ParamType::kDate,
       "Condition.extension.where(url = "
       "'http://hl7.org/fhir/StructureDefinition/condition-assertedDate').value.ofType(dateTime)"},
      {"EvidenceVariable", "characteristic-type", ParamType::kToken,
       "EvidenceVariable.characteristic.definition.ofType(CodeableConcept) | "
       "EvidenceVariable.characteristic.definitionByTypeAndValue.type"},
      // common
      {"Patient", "_id", ParamType::kToken, "Resource.id"},
      {"Bundle", "_lastUpdated", ParamType::kDate, "Resource.meta.lastUpdated"},
      {"Patient", "_tag", ParamType::kToken, "Resource.meta.tag"},
      {"Patient", "_profile", ParamType::kUri, "Resource.meta.profile"},
      {"Patient", "_security", ParamType::kToken, "Resource.meta.security"},
      {"Patient", "_source", ParamType::kUri, "Resource.meta.source"},
      {"Observation", "_compartment", ParamType::kReference, "Resource.meta.compartment"},
      {"Observation", "_project", ParamType::kReference, "Resource.meta.project"},
      {"Observation", "_account", ParamType::kReference,
       "Resource.meta.accounts | Resource.meta.account"},
      {"PasswordChangeRequest", "_id", ParamType::kToken, "Resource.id"},
      {"Resource", "_id", ParamType::kToken, "Resource.id"},
      // known, not decidable by an expression
      {"Patient", "_filter", ParamType::kSpecial, ""},
      {"Patient", "_has", ParamType::kSpecial, ""},
      {"Patient", "_list", ParamType::kSpecial, ""},
      {"Patient", "_type", ParamType::kSpecial, ""},
      {"Patient", "_text", ParamType::kSpecial, ""},
      {"Patient", "_content", ParamType::kSpecial, ""},
      {"Patient", "_query", ParamType::kSpecial, ""},
  };
  for (const auto& row : rows) {
    const SearchParam* param = find_search_param(find_type(row.type), row.code);
    ASSERT_NE(param, nullptr) << row.type << ' ' << row.code;
    EXPECT_EQ(param->code, row.code);
    EXPECT_EQ(param->type, row.param) << row.type << ' ' << row.code;
    EXPECT_EQ(param->expression, row.expression) << row.type << ' ' << row.code;
    EXPECT_EQ(param->common, row.code[0] == '_') << row.code;
  }
}

TEST(SearchParam, Unknown) {
  const struct {
    const char* type;
    const char* code;
  } rows[] = {
      {"Patient", ""},      {"Patient", "Name"},        {"Patient", "names"},
      {"Patient", "nam"},   {"Patient", "_count"},      {"Patient", "_sort"},
      {"Patient", "code"},  {"Patient", "_Id"},         {"Observation", "birthdate"},
      {"Resource", "name"}, {"Resource", "identifier"}, {"DomainResource", "_id"},
      {"HumanName", "_id"}, {"Patient.contact", "_id"}, {"PasswordChangeRequest", "user"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(find_search_param(find_type(row.type), row.code), nullptr)
        << row.type << ' ' << row.code;
  }
  EXPECT_EQ(find_search_param(TypeId::kNone, "_id"), nullptr);
}

TEST(SearchParam, Targets) {
  const auto targets = [](const char* type, const char* code) {
    std::vector<std::string> names;
    for (const TypeId target : find_search_param(find_type(type), code)->targets) {
      names.emplace_back(type_name(target));
    }
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(targets("Patient", "general-practitioner"),
            (Names{"Organization", "Practitioner", "PractitionerRole"}));
  EXPECT_EQ(targets("Observation", "subject"), (Names{"Device", "Group", "Location", "Patient"}));
  EXPECT_EQ(targets("Observation", "code"), Names{});
  EXPECT_EQ(targets("Observation", "_compartment"), Names{});
}

// `code:type expression`, `@` before an expression that starts from the resource, `>` before a
// target.
std::string components_of(const char* type, const char* code) {
  const SearchParam* param = find_search_param(find_type(type), code);
  if (param == nullptr) {
    return "no parameter";
  }
  std::string out;
  for (const ParamComponent& component : components(*param)) {
    out.append(out.empty() ? "" : ", ").append(component.code).append(":");
    out.append(param_type_name(component.type)).append(component.of_resource ? " @" : " ");
    out.append(component.expression);
    for (const TypeId target : component.targets) {
      out.append(" >").append(type_name(target));
    }
  }
  return out;
}

TEST(SearchParam, ComponentsOfComposites) {
  const char* const context_type_quantity =
      "context-type:token code, context-quantity:quantity value.ofType(Quantity) | "
      "value.ofType(Range)";
  const char* const context_type_value =
      "context-type:token code, context:token value.ofType(CodeableConcept)";
  const struct {
    const char* type;
    const char* code;
    const char* expected;
  } rows[] = {
      {"ActivityDefinition", "context-type-quantity", context_type_quantity},
      {"ActivityDefinition", "context-type-value", context_type_value},
      {"ValueSet", "context-type-quantity", context_type_quantity},
      {"TestScript", "context-type-value", context_type_value},
      // the definitions name the two parameters the other way round
      {"DocumentReference", "relationship",
       "relation:token code, relatesto:reference target >DocumentReference"},
      {"Group", "characteristic-value", "characteristic:token code, value:token value"},
      {"MolecularSequence", "chromosome-variant-coordinate",
       "chromosome:token @referenceSeq.chromosome, variant-start:number start, "
       "variant-end:number end"},
      {"MolecularSequence", "chromosome-window-coordinate",
       "chromosome:token chromosome, window-start:number windowStart, "
       "window-end:number windowEnd"},
      {"MolecularSequence", "referenceseqid-variant-coordinate",
       "referenceseqid:token @referenceSeq.referenceSeqId, variant-start:number start, "
       "variant-end:number end"},
      {"MolecularSequence", "referenceseqid-window-coordinate",
       "referenceseqid:token referenceSeqId, window-start:number windowStart, "
       "window-end:number windowEnd"},
      {"Observation", "code-value-concept",
       "code:token code, value-concept:token value.ofType(CodeableConcept)"},
      {"Observation", "code-value-date",
       "code:token code, value-date:date value.ofType(dateTime) | value.ofType(Period)"},
      {"Observation", "code-value-quantity",
       "code:token code, value-quantity:quantity value.ofType(Quantity)"},
      {"Observation", "code-value-string",
       "code:token code, value-string:string value.ofType(string)"},
      {"Observation", "combo-code-value-concept",
       "combo-code:token code, combo-value-concept:token value.ofType(CodeableConcept)"},
      {"Observation", "combo-code-value-quantity",
       "combo-code:token code, combo-value-quantity:quantity value.ofType(Quantity)"},
      {"Observation", "component-code-value-concept",
       "component-code:token code, component-value-concept:token value.ofType(CodeableConcept)"},
      {"Observation", "component-code-value-quantity",
       "component-code:token code, component-value-quantity:quantity value.ofType(Quantity)"},
      // Medplum's, of R5
      {"ResearchStudy", "progress-status-state-actual", "state:token state, actual:token actual"},
      {"ResearchStudy", "progress-status-state-period", "state:token state, period:date period"},
      {"ResearchStudy", "progress-status-state-period-actual",
       "state:token state, period:date period, actual:token actual"},
      // no composites
      {"Observation", "code", ""},
      {"Observation", "combo-code", ""},
      {"Patient", "_id", ""},
      {"Patient", "_filter", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(components_of(row.type, row.code), row.expected) << row.type << ' ' << row.code;
  }
}

TEST(SearchParam, CompositesAndOnlyTheyHaveComponents) {
  std::size_t composites = 0;
  for (const TypeId type : resource_types()) {
    for (const SearchParam* param : search_params(type)) {
      const std::span<const ParamComponent> parts = components(*param);
      const std::string where = std::string(type_name(type)) + ' ' + std::string(param->code);
      EXPECT_EQ(parts.size() >= 2, param->type == ParamType::kComposite) << where;
      EXPECT_EQ(parts.empty(), param->type != ParamType::kComposite) << where;
      composites += parts.empty() ? 0 : 1;
      for (const ParamComponent& part : parts) {
        EXPECT_FALSE(part.code.empty()) << where;
        EXPECT_FALSE(part.expression.empty()) << where;
        EXPECT_NE(part.type, ParamType::kComposite) << where;
        EXPECT_NE(part.type, ParamType::kSpecial) << where;
        EXPECT_TRUE(part.targets.empty() || part.type == ParamType::kReference) << where;
      }
    }
  }
  EXPECT_EQ(composites, 75U);  // 72 of R4, counted by type, and 3 of Medplum
}

TEST(SearchParam, EveryParameterIsFoundAndIndexed) {
  std::set<std::uint16_t> seen;
  std::size_t own = 0;
  std::size_t common = 0;
  for (const TypeId type : resource_types()) {
    const SearchParamList list = search_params(type);
    EXPECT_GE(list.size(), 16U);
    std::set<std::string_view> codes;
    for (const SearchParam* param : list) {
      EXPECT_EQ(find_search_param(type, param->code), param)
          << type_name(type) << ' ' << param->code.view();
      EXPECT_TRUE(codes.insert(param->code).second) << type_name(type) << ' ' << param->code.view();
      EXPECT_EQ(param->expression.empty(), param->type == ParamType::kSpecial && param->common)
          << type_name(type) << ' ' << param->code.view();
      EXPECT_FALSE(param_type_name(param->type).empty());
      for (const TypeId target : param->targets) {
        EXPECT_EQ(type_kind(target), TypeKind::kResource);
      }
      const bool fresh = seen.insert(param->index).second;
      EXPECT_TRUE(fresh || param->common);
      ++(param->common ? common : own);
    }
  }
  EXPECT_EQ(own, 1842U);
  EXPECT_EQ(common, 16U * resource_types().size());
  EXPECT_EQ(seen.size(), own + 16U);
  EXPECT_EQ(*seen.rbegin() + 1U, seen.size());
  EXPECT_EQ(search_params(well_known().resource).size(), 16U);
  EXPECT_TRUE(search_params(find_type("HumanName")).empty());
}

// A branch that starts from a type starts from the parameter's own.
TEST(SearchParam, NoBranchOfAnotherType) {
  for (const TypeId type : resource_types()) {
    for (const SearchParam* param : search_params(type)) {
      for (const TypeId other : resource_types()) {
        const std::string head = std::string(type_name(other)) + ".";
        const std::size_t at = param->expression.find(head);
        const bool starts = at == 0 || (at != std::string_view::npos && at >= 2 &&
                                        (param->expression.substr(at - 2, 2) == "| " ||
                                         param->expression.substr(at - 2, 2) == "|("));
        EXPECT_TRUE(!starts || other == type) << type_name(type) << ' ' << param->code.view();
      }
    }
  }
}

TEST(SearchParam, TypeNames) {
  EXPECT_EQ(param_type_name(ParamType::kNumber), "number");
  EXPECT_EQ(param_type_name(ParamType::kDate), "date");
  EXPECT_EQ(param_type_name(ParamType::kString), "string");
  EXPECT_EQ(param_type_name(ParamType::kToken), "token");
  EXPECT_EQ(param_type_name(ParamType::kReference), "reference");
  EXPECT_EQ(param_type_name(ParamType::kComposite), "composite");
  EXPECT_EQ(param_type_name(ParamType::kQuantity), "quantity");
  EXPECT_EQ(param_type_name(ParamType::kUri), "uri");
  EXPECT_EQ(param_type_name(ParamType::kSpecial), "special");
}

}  // namespace
}  // namespace fhirwall::fhir
