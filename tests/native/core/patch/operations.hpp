#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/concat.hpp"
#include "tests/native/core/patch/support.hpp"

// FHIRPath Patch operations as text.
namespace fhirwall::patch::testing {

inline std::string part(std::string_view name, std::string_view rest) {
  return concat(R"({"name":")", name, R"(",)", rest, "}");
}
inline std::string text_part(std::string_view name, std::string_view text) {
  return part(name, concat(R"("valueString":")", text, "\""));
}
inline std::string position_part(std::string_view name, int position) {
  return part(name, concat(R"("valueInteger":)", std::to_string(position)));
}

inline std::string operation(std::string_view type, std::string_view path,
                             std::string_view more = {}) {
  return concat(R"({"name":"operation","part":[{"name":"type","valueCode":")", type, R"("},)",
                text_part("path", path), more.empty() ? "" : ",", more, "]}");
}

inline std::string patch_of(std::string_view operations) {
  return concat(R"({"resourceType":"Parameters","parameter":[)", operations, "]}");
}

inline std::string value(std::string_view members) { return part("value", members); }
inline std::string parts(std::string_view list) {
  return part("value", concat(R"("part":[)", list, "]"));
}

inline std::string add(std::string_view path, std::string_view name, std::string_view given) {
  return operation("add", path, concat(text_part("name", name), ",", given));
}
inline std::string insert(std::string_view path, int index, std::string_view given) {
  return operation("insert", path, concat(position_part("index", index), ",", given));
}
inline std::string replace(std::string_view path, std::string_view given) {
  return operation("replace", path, given);
}
inline std::string remove(std::string_view path) { return operation("delete", path); }
inline std::string move(std::string_view path, int source, int destination) {
  return operation(
      "move", path,
      concat(position_part("source", source), ",", position_part("destination", destination)));
}

inline std::string patient(std::string_view rest) {
  return concat(R"({"resourceType":"Patient")", rest, "}");
}

struct Case {
  const char* target;  // behind `{"resourceType":"Patient"`
  std::string operations;
  const char* expected;  // likewise; or a refusal
};

inline void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const std::string result =
        run(Format::kFhirPathPatch, patch_of(one.operations), patient(one.target)).result;
    const bool refused = one.expected[0] == '!' || one.expected[0] == '?';
    EXPECT_EQ(result, refused ? one.expected : patient(one.expected))
        << one.operations << " on " << one.target;
  }
}

}  // namespace fhirwall::patch::testing
