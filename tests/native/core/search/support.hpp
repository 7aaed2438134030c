#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/search/criteria.hpp"

namespace fhirwall::search::test {

// A parsed resource that owns its text.
struct Resource {
  explicit Resource(std::string_view json) : size(json.size()) {
    padded = std::string(json) + std::string(json::kPadding, ' ');
    EXPECT_FALSE(parser.parse(std::string_view(padded).substr(0, size), Limits{})) << json;
  }
  [[nodiscard]] const json::Document& document() const { return parser.document(); }
  [[nodiscard]] fhir::TypeId type() const {
    const json::NodeIndex node = document().find(0, "resourceType");
    std::string scratch;
    return node == json::kNoNode ? fhir::TypeId::kNone
                                 : fhir::find_resource_type(document().string(node, scratch));
  }

  std::size_t size;
  std::string padded;
  json::Parser parser;
};

struct Given {
  std::vector<Binding> bindings;
  std::vector<std::string> base_urls;
  Purpose purpose = Purpose::kRead;
};

inline fhir::TypeId type_of(std::string_view criteria) {
  const std::string_view name = criteria.substr(0, criteria.find('?'));
  return name == "*" ? fhir::well_known().resource : fhir::find_resource_type(name);
}

inline std::shared_ptr<const Criteria> compile_with(std::string_view criteria, const Given& setup,
                                                    Issues& issues) {
  CompileOptions options;
  options.bindings = setup.bindings;
  options.base_urls = setup.base_urls;
  return compile(criteria, type_of(criteria), options, "criteria", issues);
}

// `yes`, `no`, or the issues: `unknown-parameter@8`, warnings with `~` in front.
inline std::string match(std::string_view criteria, std::string_view json,
                         const Given& setup = {}) {
  Issues issues;
  const auto compiled = compile_with(criteria, setup, issues);
  if (!compiled) {
    std::string out;
    for (const Issue& issue : issues.list()) {
      out += std::string(out.empty() ? "" : " ") +
             (issue.severity == Severity::kWarning ? "~" : "") +
             std::string(issue_name(issue.code)) + "@" + std::to_string(issue.offset);
    }
    return out;
  }
  const Resource resource(json);
  Scratch scratch;
  Error error;
  const bool result = matches(*compiled, {resource.document(), 0, resource.type(), setup.purpose},
                              Limits{}, scratch, error);
  EXPECT_FALSE(error);
  return result ? "yes" : "no";
}

struct Row {
  const char* query;     // behind `Type?`
  const char* members;   // of the resource, behind its resourceType
  const char* expected;  // as match() says
};

// Each row against a resource of `type`.
inline void check(const std::string& type, std::initializer_list<Row> rows,
                  const Given& setup = {}) {
  for (const Row& row : rows) {
    const std::string members = row.members;
    const std::string json =
        R"({"resourceType":")" + type + "\"" + (members.empty() ? "" : ",") + members + "}";
    EXPECT_EQ(match(type + "?" + row.query, json, setup), row.expected)
        << type << "?" << row.query << " on " << json;
  }
}

}  // namespace fhirwall::search::test
