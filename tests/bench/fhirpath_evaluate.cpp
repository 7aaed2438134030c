// layer: core/fhirpath
// What FHIRPath expressions cost without a boundary: the shared expressions on a document that is
// parsed already, with the result written as JavaScript reads it, and once with the parsing.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/fhirpath/program.hpp"
#include "core/fhirpath/result.hpp"
#include "core/json/document.hpp"

namespace {

using namespace fhirwall;

struct Case {
  const char* resource;  // also what `%before` is
  const char* expression;
};

// Those of tests/bench/fhirpath.mjs.
constexpr Case kCases[] = {
    {"patient", "Patient.name.given"},
    {"patient", "Patient.telecom.where(system='phone').value"},
    {"patient", "Patient.name.where(use='official').given.first()"},
    {"observation", "Observation.value as Quantity"},
    {"observation", "(Observation.value as Quantity) | (Observation.value as SampledData)"},
    {"observation", "Observation.subject.where(resolve() is Patient)"},
    {"observation", "%before.exists() implies %before.status != 'final'"},
    {"observation", "status = 'final' implies subject.exists()"},
    {"observation", "code.coding.exists(system = 'http://loinc.org' and code = '29463-7')"},
    {"observation", "value.value * 0.4536 > 80 and (1 + 2) * 3 - 4 / 2 = 7"},
    {"patient", "Patient.birthDate < @2000-01-01"},
    {"observation", "effective >= @2016-01-01 and effective < @2017-01-01"},
    {"observation", "Observation.value > 80 'kg'"},
    {"patient", "Patient.descendants().count() > 10"},
};

constexpr std::string_view kOwnPatient =
    R"({"resourceType":"Patient","id":"p","name":[{"use":"official","given":["Mira","Siv"]}],)"
    R"("telecom":[{"system":"phone","value":"1"},{"system":"email","value":"2"}],)"
    R"("birthDate":"1968-04-02","address":[{"city":"Bergen","line":["a","b"]}]})";
constexpr std::string_view kOwnObservation =
    R"({"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"},)"
    R"("code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},)"
    R"("effectiveDateTime":"2016-03-28","valueQuantity":{"value":185,"unit":"lbs",)"
    R"("system":"http://unitsofmeasure.org","code":"[lb_av]"}})";

std::string read_resource(const std::string& name) {
  std::ifstream in(FHIRWALL_SOURCE_DIR "/../shared/fhirpath/input/" + name + "-example.json",
                   std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.empty()) {
    std::fprintf(stderr, "no ../shared: measuring a small %s of the project's own\n", name.c_str());
    text = name == "patient" ? kOwnPatient : kOwnObservation;
  }
  return text + std::string(json::kPadding, ' ');
}

void evaluate(benchmark::State& state, const Case& which, bool parse_each) {
  const std::string padded = read_resource(which.resource);
  const std::string_view text(padded.data(), padded.size() - json::kPadding);
  const Limits limits;
  const auto compiled = fhirpath::compile(which.expression, {}, limits);
  json::Parser parser;
  if (!compiled.program || parser.parse(text, limits)) {
    state.SkipWithError("cannot be prepared");
    return;
  }
  const fhirpath::Variable before{"before", &parser.document(), 0};
  fhirpath::Input input;
  input.document = &parser.document();
  input.variables = std::span(&before, 1);
  fhirpath::Scratch scratch;
  std::vector<fhirpath::Item> items;
  std::string out;
  std::uint32_t count = 0;
  for (auto _ : state) {
    items.clear();
    out.clear();
    if ((parse_each && parser.parse(text, limits)) ||
        fhirpath::evaluate(*compiled.program, input, limits, scratch, items) ||
        !fhirpath::write_result(items, scratch.documents, fhirpath::ResultForm::kRecords,
                                limits.max_evaluation_bytes, out, count)) {
      state.SkipWithError("cannot be evaluated");
      return;
    }
    benchmark::DoNotOptimize(out.data());
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const bool parse_each : {false, true}) {
    for (const Case& one : kCases) {
      const std::string name = std::string(parse_each ? "parse/" : "parsed/") + one.expression;
      benchmark::RegisterBenchmark(name.c_str(), [one, parse_each](benchmark::State& state) {
        evaluate(state, one, parse_each);
      });
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
