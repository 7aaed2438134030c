#include "core/fhir/search_param.hpp"
#include "tests/native/core/fhirpath/support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

TEST(Compile, RefusesWithAnOffset) {
  const struct {
    const char* expression;
    std::uint32_t offset;
  } cases[] = {
      {"Patient.nope", 8},
      {"Patient.name.nope", 13},
      {"Patient.name.where(nope = 'x')", 19},
      {"Patient.name.count()", 13},
      {"Patient.name ~ 'x'", 0},
      {"Patient.name.as(Nope)", 16},
      {"Patient.name as Quantity", 0},
      {"Patient.birthDate > @2020", 0},
      {"%resource", 0},
      {"Observation.value", 0},
      {"Patient.name.first(1)", 13},
  };
  for (const auto& c : cases) {
    const CompileResult result = compile_search(c.expression, fhir::find_type("Patient"));
    EXPECT_FALSE(result.program) << c.expression;
    EXPECT_EQ(result.error.offset, c.offset) << c.expression << ": " << result.error.message;
    EXPECT_FALSE(result.error.message.empty()) << c.expression;
  }
}

TEST(Compile, RefusesDeepNesting) {
  std::string text = "Patient";
  for (int i = 0; i < 3000; ++i) {
    text += ".first()";
  }
  EXPECT_FALSE(compile_search(text, fhir::find_type("Patient")).program);
}

TEST(Compile, KnowsTheTypesOfTheResult) {
  const auto types_of = [](const char* text, const char* type) {
    std::string out;
    const CompileResult result = compile_search(text, fhir::find_type(type));
    if (!result.program) {
      return result.error.message;
    }
    for (const fhir::TypeId id : result_types(*result.program)) {
      out += std::string(out.empty() ? "" : " ") + std::string(fhir::type_name(id));
    }
    return out;
  };
  EXPECT_EQ(types_of("Patient.name", "Patient"), "HumanName");
  EXPECT_EQ(types_of("Patient.deceased", "Patient"), "boolean dateTime");
  EXPECT_EQ(types_of("Patient.deceased.exists()", "Patient"), "boolean");
  EXPECT_EQ(types_of("Patient.name | Patient.address", "Patient"), "HumanName Address");
  EXPECT_EQ(types_of("(Patient.deceased as dateTime)", "Patient"), "dateTime");
}

// Every search parameter that stands on an expression compiles, for every type it applies to.
TEST(Compile, EverySearchParameter) {
  std::uint32_t compiled = 0;
  std::uint32_t special = 0;
  const auto check = [&](fhir::TypeId type, const fhir::SearchParam& param) {
    if (param.expression.empty()) {
      ++special;
      EXPECT_EQ(param.type, fhir::ParamType::kSpecial) << std::string_view(param.code);
      return;
    }
    const CompileResult result = compile_search(param.expression, type);
    EXPECT_TRUE(result.program) << fhir::type_name(type) << "?" << std::string_view(param.code)
                                << ": " << std::string_view(param.expression) << " at "
                                << result.error.offset << ": " << result.error.message;
    ++compiled;
  };
  for (const fhir::TypeId type : fhir::resource_types()) {
    for (const fhir::SearchParam* param : fhir::search_params(type)) {
      if (!param->common) {
        check(type, *param);
      }
    }
  }
  for (const fhir::SearchParam* param : fhir::search_params(fhir::well_known().resource)) {
    check(fhir::well_known().resource, *param);
  }
  std::printf("%u search parameters compiled, %u special ones without expression\n", compiled,
              special);
  EXPECT_GT(compiled, 1375u);
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
