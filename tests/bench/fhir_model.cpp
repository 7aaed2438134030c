// layer: core/fhir
// What one key of one resource costs: find_child over the keys of a Patient and an Observation in
// the order in which they are usually written, over keys that are unknown, and one type name.
#include <array>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/fhir/model.hpp"

namespace {

using fhirwall::fhir::Child;
using fhirwall::fhir::find_child;
using fhirwall::fhir::find_resource_type;
using fhirwall::fhir::find_type;
using fhirwall::fhir::TypeId;

struct Key {
  TypeId type;
  std::string key;
};

std::vector<Key> keys_of(
    std::initializer_list<std::pair<const char*, std::initializer_list<const char*>>> rows) {
  std::vector<Key> keys;
  for (const auto& [type, names] : rows) {
    for (const char* name : names) {
      keys.push_back({find_type(type), name});
    }
  }
  return keys;
}

void look_up(benchmark::State& state, const std::vector<Key>& keys) {
  for (auto _ : state) {
    for (const Key& key : keys) {
      Child child = find_child(key.type, key.key);
      benchmark::DoNotOptimize(child);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(keys.size()));
}

void known_keys(benchmark::State& state) {
  look_up(state,
          keys_of({{"Patient",
                    {"resourceType", "id", "meta", "text", "extension", "identifier", "name",
                     "telecom", "gender", "birthDate", "deceasedDateTime", "address",
                     "maritalStatus", "multipleBirthBoolean", "communication"}},
                   {"HumanName", {"use", "family", "given", "prefix"}},
                   {"Address", {"extension", "line", "city", "state", "postalCode", "country"}},
                   {"Extension", {"url", "valueString", "valueDecimal", "extension", "valueCode"}},
                   {"Observation",
                    {"resourceType", "id", "meta", "status", "category", "code", "subject",
                     "encounter", "effectiveDateTime", "issued", "valueQuantity", "component"}},
                   {"Coding", {"system", "code", "display"}},
                   {"Quantity", {"value", "unit", "system", "code"}},
                   {"Reference", {"reference", "display"}}}));
}
BENCHMARK(known_keys);

void unknown_keys(benchmark::State& state) {
  look_up(state, keys_of({{"Patient", {"fhir_comments", "nmae", "valueFoo", "_name", "x"}},
                          {"Observation", {"valueFoo", "value", "valueObservation", "_code"}},
                          {"Extension", {"valueFoo", "values", "uri"}}}));
}
BENCHMARK(unknown_keys);

void resource_types(benchmark::State& state) {
  const std::array<std::string, 6> names = {"Patient",   "Observation",          "Encounter",
                                            "Condition", "ExplanationOfBenefit", "Unknown"};
  for (auto _ : state) {
    for (const std::string& name : names) {
      TypeId type = find_resource_type(name);
      benchmark::DoNotOptimize(type);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(names.size()));
}
BENCHMARK(resource_types);

}  // namespace

BENCHMARK_MAIN();
