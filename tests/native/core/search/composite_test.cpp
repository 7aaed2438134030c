#include <map>

#include "core/base/concat.hpp"
#include "core/fhir/search_param.hpp"
#include "tests/native/core/search/support.hpp"

// FHIR R4 search, section 3.1.1.4.14: the parts of a value hold on the same item.
namespace fhirwall::search::test {
namespace {

constexpr const char* kPressure =
    R"("code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"component":[)"
    R"({"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":150,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},)"
    R"({"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":70,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}])";
constexpr const char* kGlucose =
    R"("code":{"coding":[{"system":"http://loinc.org","code":"2339-0"}]},"valueQuantity":{"value":90})";

TEST(Composite, PartsHoldOnOneItem) {
  check("Observation",
        {
            {"component-code-value-quantity=8480-6$gt140", kPressure, "yes"},
            {"component-code-value-quantity=8462-4$gt140", kPressure, "no"},
            {"component-code-value-quantity=8462-4$lt100", kPressure, "yes"},
            {"component-code-value-quantity=http://loinc.org|8480-6$150||mmHg", kPressure, "yes"},
            {"component-code-value-quantity=http://other|8480-6$150||mmHg", kPressure, "no"},
            {"component-code-value-quantity=8462-4$gt140,8480-6$gt140", kPressure, "yes"},
            {"component-code-value-quantity=8480-6$gt140&component-code-value-quantity=8462-4$gt60",
             kPressure, "yes"},
            {"component-code-value-quantity=8480-6$ne150", kPressure, "no"},
            {"component-code-value-quantity=8480-6$ne140", kPressure, "yes"},
            {"component-code-value-quantity=8480-6$gt140", kGlucose, "no"},
            {"component-code-value-quantity=8480-6$gt140", "", "no"},
            {"code-value-quantity=2339-0$90", kGlucose, "yes"},
            {"code-value-quantity=2339-0$gt90", kGlucose, "no"},
            {"code-value-quantity=85354-9$gt1", kPressure, "no"},
            // the Observation itself and its components
            {"combo-code-value-quantity=2339-0$90", kGlucose, "yes"},
            {"combo-code-value-quantity=8480-6$150", kPressure, "yes"},
            {"combo-code-value-quantity=85354-9$150", kPressure, "no"},
            {"code-value-string=2339-0$ab",
             R"("code":{"coding":[{"code":"2339-0"}]},"valueString":"ABC")", "yes"},
            {"code-value-date=x$ge2020",
             R"("code":{"coding":[{"code":"x"}]},"valueDateTime":"2021-01-01")", "yes"},
            {"code-value-date=x$lt2020",
             R"("code":{"coding":[{"code":"x"}]},"valueDateTime":"2021-01-01")", "no"},
            {"code-value-date=x$ne2020",
             R"("code":{"coding":[{"code":"x"}]},"valueDateTime":"2021-01-01")", "yes"},
            {"code-value-date=x$ne2020", R"("code":{"coding":[{"code":"x"}]})", "no"},
            {"code-value-concept=x$y",
             R"("code":{"coding":[{"code":"x"}]},"valueCodeableConcept":{"coding":[{"code":"y"}]})",
             "yes"},
            {"code-value-quantity:missing=false", kGlucose, "yes"},
        });
  check(
      "DocumentReference",
      {{"relationship=replaces$DocumentReference/1",
        R"("relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/1"}}])", "yes"},
       {"relationship=http://hl7.org/fhir/document-relationship-type|replaces$1",
        R"("relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/1"}}])", "yes"},
       {"relationship=replaces$DocumentReference/2",
        R"("relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/1"}},)"
        R"({"code":"appends","target":{"reference":"DocumentReference/2"}}])",
        "no"}});
  // A part that starts from the resource.
  check(
      "MolecularSequence",
      {{"chromosome-variant-coordinate=1$ge5$lt9",
        R"("referenceSeq":{"chromosome":{"coding":[{"code":"1"}]}},"variant":[{"start":5,"end":8}])",
        "yes"},
       {"chromosome-variant-coordinate=2$ge5$lt9",
        R"("referenceSeq":{"chromosome":{"coding":[{"code":"1"}]}},"variant":[{"start":5,"end":8}])",
        "no"},
       {"chromosome-variant-coordinate=1$ge5$lt9",
        R"("referenceSeq":{"chromosome":{"coding":[{"code":"1"}]}},"variant":[{"start":5,"end":9},{"start":4,"end":8}])",
        "no"}});
}

TEST(Composite, Malformed) {
  for (const char* component :
       {R"({"code":"8480-6","valueQuantity":{"value":150}})",
        R"({"code":{"coding":[{"code":"8480-6"}]},"valueQuantity":{"value":"150"}})",
        R"({"code":{"coding":[{"code":"8480-6"}]},"valueQuantity":150})",
        R"({"code":{"coding":[{"code":"8480-6"}]}})", R"([])", R"("8480-6")", R"({})"}) {
    const std::string text = concat(R"("component":[)", component, "]");
    check("Observation", {{"component-code-value-quantity=8480-6$gt140", text.c_str(), "no"},
                          {"component-code-value-quantity=8480-6$ne7", text.c_str(), "no"}});
  }
}

// Items times values are bounded.
TEST(Composite, Budget) {
  Issues issues;
  const auto compiled =
      compile_with("Observation?component-code-value-quantity=a$1,b$2,c$3", {}, issues);
  ASSERT_TRUE(compiled);
  std::string json = R"({"resourceType":"Observation","component":[{})";
  for (int i = 0; i < 99; ++i) {
    json += ",{}";
  }
  const Resource resource(json + "]}");
  Scratch scratch;
  for (const auto& [steps, fails] : {std::pair{250U, true}, std::pair{350U, false}}) {
    Limits limits;
    limits.max_evaluation_steps = steps;
    Error error;
    EXPECT_FALSE(matches(*compiled, {resource.document(), 0, resource.type(), Purpose::kRead},
                         limits, scratch, error));
    EXPECT_EQ(error.code == ErrorCode::kExpressionTooComplex, fails) << steps;
  }
}

TEST(Composite, Values) {
  check("Observation", {
                           {"code-value-quantity=a", "", "invalid-value@32"},
                           {"code-value-quantity=a$5$6", "", "invalid-value@32"},
                           {"code-value-quantity=$5", "", "invalid-value@32"},
                           {"code-value-quantity=a$", "", "invalid-value@34"},
                           {"code-value-quantity=a$x", "", "invalid-value@34"},
                           {"code-value-quantity=a|b|c$x", "", "invalid-value@32 invalid-value@38"},
                           {"code-value-quantity=a$5,b$x", "", "invalid-value@38"},
                           {"code-value-quantity=a\\$5", "", "invalid-value@32"},
                           {"code-value-string=a$b\\$c",
                            R"("code":{"coding":[{"code":"a"}]},"valueString":"b$c")", "yes"},
                       });
  const Given setup{.bindings = {{"both", "a$b", ""}}, .base_urls = {}};
  check("Observation",
        {{"code-value-string=%both", "", "invalid-value@30"},
         {"code-value-string=x$%both", R"("code":{"coding":[{"code":"x"}]},"valueString":"a$b")",
          "yes"}},
        setup);
}

// Every parameter of every type can be used, but those that one resource does not decide, and one
// that has no codes.
TEST(Composite, EveryParameterIsUsable) {
  std::map<fhir::ParamType, int> usable;
  std::vector<std::string> refused;
  for (const fhir::TypeId type : fhir::resource_types()) {
    for (const fhir::SearchParam* param : fhir::search_params(type)) {
      if (param->common && type != fhir::well_known().patient) {
        continue;
      }
      std::string value = "x";
      switch (param->type) {
        case fhir::ParamType::kNumber: value = "ge5"; break;
        case fhir::ParamType::kQuantity: value = "ge5|http://unitsofmeasure.org|mg"; break;
        case fhir::ParamType::kDate: value = "2020"; break;
        case fhir::ParamType::kReference: value = "00000000-0000-4000-8000-000000000001"; break;
        case fhir::ParamType::kComposite: {
          value.clear();
          for (const fhir::ParamComponent& component : fhir::components(*param)) {
            value += value.empty() ? "" : "$";
            value += component.type == fhir::ParamType::kDate    ? "2020"
                     : component.type == fhir::ParamType::kToken ? "true"
                                                                 : "5";
          }
          break;
        }
        case fhir::ParamType::kToken: value = "true"; break;
        case fhir::ParamType::kString:
        case fhir::ParamType::kUri:
        case fhir::ParamType::kSpecial: break;
      }
      const std::string name = concat(fhir::type_name(type), "?", param->code.view());
      Issues issues;
      if (compile_with(concat(name, "=", value), {}, issues)) {
        ++usable[param->type];
      } else if (param->type != fhir::ParamType::kSpecial) {
        refused.push_back(concat(name, ": ", issues.list().front().message));
      }
    }
  }
  EXPECT_GT(usable[fhir::ParamType::kToken], 700);
  EXPECT_GT(usable[fhir::ParamType::kQuantity], 30);
  EXPECT_GE(usable[fhir::ParamType::kNumber], 7);
  EXPECT_GT(usable[fhir::ParamType::kComposite], 60);
  EXPECT_EQ(refused, std::vector<std::string>{});
}

}  // namespace
}  // namespace fhirwall::search::test
