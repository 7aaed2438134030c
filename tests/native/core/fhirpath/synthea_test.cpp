#include <cstdio>
#include <fstream>
#include <map>

#include "core/fhir/search_param.hpp"
#include "tests/native/core/fhirpath/support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

constexpr const char* kPath = FHIRWALL_SOURCE_DIR "/../shared/data/synthea/resources.ndjson";

// Every search parameter of its type over real resources: no error, and nothing of well-formed data
// looks malformed.
TEST(Synthea, EverySearchParameter) {
  std::ifstream in(kPath);
  if (!in) {
    GTEST_SKIP() << "no resources at " << kPath;
  }
  std::map<fhir::TypeId, std::vector<std::pair<std::string, std::shared_ptr<const Program>>>> all;
  std::size_t evaluated = 0;
  std::size_t found = 0;
  Scratch scratch;
  std::vector<Item> items;
  for (std::string line; std::getline(in, line);) {
    // The data refers by urn:uuid, whose type nobody can tell; a server would have resolved it.
    const std::string from = R"("reference":"urn:uuid:)";
    for (std::size_t at = 0; (at = line.find(from, at)) != std::string::npos;) {
      line.replace(at + from.size() - 9, 9, "Patient/");
    }
    const Resource resource(line);
    const json::Document& document = resource.document();
    std::string text;
    const fhir::TypeId type =
        fhir::find_resource_type(document.string(document.find(0, "resourceType"), text));
    auto& programs = all[type];
    if (programs.empty()) {
      for (const fhir::SearchParam* param : fhir::search_params(type)) {
        if (param->type != fhir::ParamType::kSpecial) {
          const auto compiled =
              compile_search(param->expression, param->common ? fhir::well_known().resource : type);
          ASSERT_TRUE(compiled.program) << std::string_view(param->code);
          programs.emplace_back(std::string_view(param->code), compiled.program);
        }
      }
    }
    for (const auto& [code, program] : programs) {
      items.clear();
      bool malformed = false;
      const Error error =
          evaluate_search(*program, document, 0, Limits{}, scratch, items, malformed);
      ASSERT_FALSE(error) << code;
      ASSERT_FALSE(malformed) << fhir::type_name(type) << " " << code << ": " << line;
      ++evaluated;
      found += items.size();
    }
  }
  std::printf("synthea: %zu evaluations, %zu items\n", evaluated, found);
  EXPECT_GT(found, 50000u);
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
