#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/fhir/resolved.hpp"
#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {

// Criteria of chains and `_has`, and what the host fetched for them.
struct Linking {
  explicit Linking(std::string_view criteria, const Given& given = {}, const Limits& bounds = {})
      : limits(bounds) {
    CompileOptions options;
    options.bindings = given.bindings;
    options.base_urls = given.base_urls;
    options.resolves = true;
    Issues issues;
    compiled = compile(criteria, type_of(criteria), options, "criteria", issues);
    for (const Issue& issue : issues.list()) {
      ADD_FAILURE() << criteria << ": " << issue.message << " @" << issue.offset;
    }
  }

  void fetch(std::string_view json) {
    EXPECT_FALSE(resolved.load(json, Limits{})) << json;
    fetched = true;
  }
  [[nodiscard]] Subject subject(const Resource& resource) const {
    return {resource.document(), 0, resource.type(), Purpose::kRead, fetched ? &resolved : nullptr};
  }
  // `yes`, `no` or the error's name.
  [[nodiscard]] std::string match(std::string_view json) {
    const Resource resource(json);
    Error error;
    const bool result = compiled && matches(*compiled, subject(resource), limits, scratch, error);
    return error ? std::string(error_name(error.code)) : result ? "yes" : "no";
  }
  // What is to be fetched, with spaces between.
  [[nodiscard]] std::string needs(std::string_view json) {
    const Resource resource(json);
    std::vector<std::string> out;
    EXPECT_FALSE(references(*compiled, subject(resource), limits, scratch, out));
    std::string text;
    for (const std::string& one : out) {
      text += (text.empty() ? "" : " ") + one;
    }
    return text;
  }

  std::shared_ptr<const Criteria> compiled;
  Limits limits;
  fhir::Resolved resolved;
  bool fetched = false;
  Scratch scratch;
};

}  // namespace fhirwall::search::test
