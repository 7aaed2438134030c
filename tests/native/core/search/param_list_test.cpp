#include "core/search/param_list.hpp"

#include "core/base/concat.hpp"
#include "core/fhir/search_param.hpp"
#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

// The entry of one code, as text.
std::string entry(std::string_view type, std::string_view code) {
  const std::string all = search_parameters_json(type == "*" ? fhir::well_known().resource
                                                             : fhir::find_resource_type(type));
  const std::string head = concat("{\"code\":\"", code, "\",");
  const Resource list(all);
  const json::Document& document = list.document();
  for (json::NodeIndex i = json::Document::first_child(0), end = document[0].next; i != end;
       i = document[i].next) {
    if (document.raw(i).starts_with(head)) {
      return std::string(document.raw(i).substr(head.size()));
    }
  }
  return {};
}

TEST(ParamList, SaysWhatCriteriaTake) {
  const struct {
    const char* type;
    const char* code;
    const char* expected;
  } rows[] = {
      {"Patient", "gender",
       R"("type":"token","expression":"Patient.gender","targets":[],"supported":true,"modifiers":["missing","not"]})"},
      {"Observation", "code",
       R"("type":"token","expression":"Observation.code","targets":[],"supported":true,"modifiers":["missing","not","text"]})"},
      {"Patient", "identifier",
       R"("type":"token","expression":"Patient.identifier","targets":[],"supported":true,"modifiers":["missing","not","of-type","text"]})"},
      {"Patient", "family",
       R"("type":"string","expression":"Patient.name.family","targets":[],"supported":true,"modifiers":["contains","exact","missing","not"]})"},
      {"Patient", "birthdate",
       R"("type":"date","expression":"Patient.birthDate","targets":[],"supported":true,"modifiers":["missing"],"prefixes":["eq","ne","gt","lt","ge","le","sa","eb","ap"]})"},
      {"ValueSet", "url",
       R"("type":"uri","expression":"ValueSet.url","targets":[],"supported":true,"modifiers":["above","below","missing","not"]})"},
      {"Patient", "organization",
       R"("type":"reference","expression":"Patient.managingOrganization","targets":["Organization"],"supported":true,"modifiers":["identifier","missing","not","text","type"]})"},
      {"*", "_project",
       R"("type":"reference","expression":"Resource.meta.project","targets":[],"supported":true,"modifiers":["not"]})"},
      {"Location", "near",
       R"("type":"special","expression":"Location.position","targets":[],"supported":false,"reason":"`near` cannot be used in criteria: distances on the globe are left to a server","modifiers":[]})"},
      {"Patient", "_filter",
       R"("type":"special","expression":"","targets":[],"supported":true,"modifiers":[]})"},
      {"Patient", "_has",
       R"("type":"special","expression":"","targets":[],"supported":false,"reason":"`_has` cannot be used in criteria: it reads other resources: `_has:Type:reference:parameter`, with the option `resolve`","modifiers":[]})"},
      {"ServiceRequest", "order-detail",
       R"("type":"token","expression":"ServiceRequest.orderDetail.text","targets":[],"supported":true,"modifiers":["missing","not","text"]})"},
      {"Observation", "code-value-quantity",
       R"x("type":"composite","expression":"Observation","targets":[],"components":[{"code":"code","type":"token","expression":"code"},{"code":"value-quantity","type":"quantity","expression":"value.ofType(Quantity)"}],"supported":true,"modifiers":["missing","not"]})x"},
      {"*", "gender", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(entry(row.type, row.code), row.expected) << row.type << row.code;
  }
}

TEST(ParamList, EveryTypeInOrder) {
  std::size_t count = 0;
  for (const fhir::TypeId type : fhir::resource_types()) {
    const Resource list(search_parameters_json(type));
    const json::Document& document = list.document();
    std::string last;
    for (json::NodeIndex i = json::Document::first_child(0), end = document[0].next; i != end;
         i = document[i].next) {
      std::string scratch;
      const std::string code(document.string(document.find(i, "code"), scratch));
      EXPECT_LT(last, code) << fhir::type_name(type);
      EXPECT_NE(fhir::find_search_param(type, code), nullptr);
      last = code;
      ++count;
    }
  }
  EXPECT_GT(count, 4000u);
}

}  // namespace
}  // namespace fhirwall::search::test
