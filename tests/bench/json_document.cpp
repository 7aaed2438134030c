// layer: core/json
// How fast the node table is built, beside simdjson's own DOM in the same run. Input: the Synthea
// resources as one searchset Bundle when they are there, else a small made-up Bundle repeated.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include "core/json/bundle_entries.hpp"
#include "core/json/document.hpp"
#include "core/json/lines.hpp"

namespace fhirwall::json {
namespace {

constexpr std::string_view kSample =
    R"({"resourceType":"Observation","id":"o1","status":"final","category":[{"coding":[{"system":)"
    R"("http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code")"
    R"(:{"coding":[{"system":"http://loinc.org","code":"2093-3","display":"Total Cholesterol"}],)"
    R"("text":"Total \"Cholesterol\""},"subject":{"reference":"Patient/p1"},"effectiveDateTime":)"
    R"("2018-12-24T14:32:16-05:00","valueQuantity":{"value":183.91,"unit":"mg/dL"}})";

std::string searchset() {
  std::ifstream file(FHIRWALL_SOURCE_DIR "/../shared/data/synthea/resources.ndjson");
  std::string bundle = R"({"resourceType":"Bundle","type":"searchset","entry":[)";
  bool first = true;
  const auto add = [&](std::string_view resource) {
    bundle += first ? "{\"resource\":" : ",{\"resource\":";
    bundle += resource;
    bundle += R"(,"search":{"mode":"match"}})";
    first = false;
  };
  for (std::string line; std::getline(file, line);) {
    add(line);
  }
  while (bundle.size() < 10'000'000) {
    add(kSample);
  }
  bundle += "]}";
  bundle.append(kPadding, ' ');
  return bundle;
}

const std::string& padded_input() {
  static const std::string input = searchset();
  return input;
}

std::string_view input() {
  return std::string_view(padded_input()).substr(0, padded_input().size() - kPadding);
}

void BM_NodeTable(benchmark::State& state) {
  Parser parser;
  Limits limits;
  for (auto _ : state) {
    if (parser.parse(input(), limits)) {
      state.SkipWithError("the input was refused");
      return;
    }
    benchmark::DoNotOptimize(parser.document().size());
  }
  state.counters["nodes"] = parser.document().size();
  state.SetBytesProcessed(static_cast<std::int64_t>(input().size() * state.iterations()));
}
BENCHMARK(BM_NodeTable);

void BM_StructuralIndex(benchmark::State& state) {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  if (simdjson::get_active_implementation()->create_dom_parser_implementation(input().size(), 1,
                                                                              stage)) {
    state.SkipWithError("no memory");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(stage->stage1(reinterpret_cast<const std::uint8_t*>(input().data()),
                                           input().size(), simdjson::stage1_mode::regular));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(input().size() * state.iterations()));
}
BENCHMARK(BM_StructuralIndex);

void BM_SimdjsonDom(benchmark::State& state) {
  simdjson::dom::parser parser;
  for (auto _ : state) {
    simdjson::dom::element root;
    if (parser.parse(input().data(), input().size(), false).get(root)) {
      state.SkipWithError("the input was refused");
      return;
    }
    benchmark::DoNotOptimize(root);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(input().size() * state.iterations()));
}
BENCHMARK(BM_SimdjsonDom);

// Framing alone, the input as one chunk: what streaming adds to parsing.
void BM_BundleFraming(benchmark::State& state) {
  for (auto _ : state) {
    BundleReader reader("entry", Limits());
    reader.feed(input(), kPadding);
    std::size_t items = 0;
    for (BundlePart part; reader.next(part);) {
      ++items;
    }
    benchmark::DoNotOptimize(items);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(input().size() * state.iterations()));
}
BENCHMARK(BM_BundleFraming);

void BM_LineFraming(benchmark::State& state) {
  std::string lines(padded_input());
  for (std::size_t at = 0; (at = lines.find(",{\"resource\"", at)) != std::string::npos;) {
    lines[at] = '\n';
  }
  for (auto _ : state) {
    LineReader reader{Limits()};
    reader.feed(lines, 0);
    std::size_t count = 0;
    for (Line line; reader.next(line);) {
      ++count;
    }
    benchmark::DoNotOptimize(count);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(lines.size() * state.iterations()));
}
BENCHMARK(BM_LineFraming);

}  // namespace
}  // namespace fhirwall::json

BENCHMARK_MAIN();
