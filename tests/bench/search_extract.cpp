// layer: core/search
// Where the time of a criterion goes: what its expression takes from a resource that is parsed
// already
// (`extract`), and all of the criterion (`match`); beside them the validating parse. Nanoseconds
// for each resource.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/search/compiled.hpp"

namespace {

using namespace fhirwall;

// One for each way through the engine; tests/bench/search_criteria.mjs has more, in WebAssembly.
constexpr const char* kCases[] = {
    "Observation?code=http://loinc.org|8302-2",
    "Observation?status:not=entered-in-error",
    "Patient?name=Adam",
    "Observation?date=ge2015-03",
    "Observation?subject=Patient/1",
    "Observation?patient=Patient/1",  // where(resolve() is Patient)
    "Observation?value-quantity=gt1|http://unitsofmeasure.org|m",
    "Observation?value-quantity=100",
    "Observation?_profile=http://hl7.org/fhir/StructureDefinition/vitalsigns",
    "Condition?abatement-date:missing=true",
};
constexpr std::size_t kMostResources = 300;  // of a type, spread over the data

constexpr const char* kOwnResources[] = {
    R"({"resourceType":"Observation","id":"o","meta":{"profile":["http://example.org/p"]},)"
    R"("status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8302-2"}]},)"
    R"("subject":{"reference":"Patient/1"},"effectiveDateTime":"2016-03-28","valueQuantity":)"
    R"({"value":185,"unit":"cm","system":"http://unitsofmeasure.org","code":"cm"}})",
    R"({"resourceType":"Patient","id":"1","name":[{"family":"Adam","given":["Mira","Siv"]}]})",
    R"({"resourceType":"Condition","id":"c","subject":{"reference":"Patient/1"},)"
    R"("onsetDateTime":"2016-03-28","abatementDateTime":"2016-04-02"})",
};

struct Parsed {
  explicit Parsed(const std::string& json)
      : padded(json + std::string(json::kPadding, ' ')),
        text(padded.data(), json.size()),
        valid(!parser.parse(text, Limits{})) {}
  std::string padded;
  std::string_view text;
  json::Parser parser;
  bool valid;
};

const std::vector<std::string>& lines() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    std::ifstream in(FHIRWALL_SOURCE_DIR "/../shared/data/synthea/resources.ndjson",
                     std::ios::binary);
    for (std::string line; std::getline(in, line);) {
      out.push_back(line);
    }
    if (out.empty()) {
      std::fprintf(stderr, "no ../shared: measuring small resources of the project's own\n");
      out.assign(std::begin(kOwnResources), std::end(kOwnResources));
    }
    return out;
  }();
  return all;
}

enum class What { kParse, kExtract, kMatch };

void measure(benchmark::State& state, std::string_view text, What what) {
  const std::string name(text.substr(0, text.find('?')));
  const fhir::TypeId type = fhir::find_resource_type(name);
  const std::string marker = "\"resourceType\":\"" + name + "\"";
  std::vector<const std::string*> own;
  for (const std::string& line : lines()) {
    if (line.find(marker) != std::string::npos) {
      own.push_back(&line);
    }
  }
  std::vector<std::unique_ptr<Parsed>> resources;
  const std::size_t count = std::min(own.size(), kMostResources);
  for (std::size_t i = 0; i < count; ++i) {
    resources.push_back(std::make_unique<Parsed>(*own[i * own.size() / count]));
    if (!resources.back()->valid) {
      state.SkipWithError("a resource does not parse");
      return;
    }
  }
  Issues issues;
  const auto criteria = search::compile(text, type, {}, "criteria", issues);
  if (criteria == nullptr || resources.empty()) {
    state.SkipWithError("does not compile, or no resources");
    return;
  }
  const fhirpath::Program& program = *criteria->clauses.front().program;
  const Limits limits;
  search::Scratch scratch;
  json::Parser parser;
  Error error;
  for (auto _ : state) {
    for (const auto& resource : resources) {
      const json::Document& document = resource->parser.document();
      switch (what) {
        case What::kParse:
          error = parser.parse(resource->text, limits);
          benchmark::DoNotOptimize(parser.document().size());
          break;
        case What::kExtract: {
          bool malformed = false;
          scratch.items.clear();
          error = fhirpath::evaluate_search(program, document, 0, limits, scratch.fhirpath,
                                            scratch.items, malformed);
          benchmark::DoNotOptimize(scratch.items.size() + malformed);
          break;
        }
        case What::kMatch:
          benchmark::DoNotOptimize(search::matches(
              *criteria, {document, 0, type, search::Purpose::kRead}, limits, scratch, error));
          break;
      }
      if (error) {
        state.SkipWithError("failed");
        return;
      }
    }
  }
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(count),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

const int kRegistered = [] {
  for (const char* text : kCases) {
    for (const auto& [name, what] :
         {std::pair<std::string, What>("extract ", What::kExtract), {"match ", What::kMatch}}) {
      benchmark::RegisterBenchmark(
          (name + text).c_str(), [text, what = what](auto& state) { measure(state, text, what); });
    }
  }
  benchmark::RegisterBenchmark(
      "parse Observation", [](auto& state) { measure(state, "Observation?_id=1", What::kParse); });
  return 0;
}();

}  // namespace

BENCHMARK_MAIN();
