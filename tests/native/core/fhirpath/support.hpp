#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/fhirpath/program.hpp"
#include "core/json/document.hpp"

namespace fhirwall::fhirpath::test {

// A parsed resource that owns its text.
struct Resource {
  explicit Resource(std::string_view json) : text(json) {
    padded = text + std::string(json::kPadding, ' ');
    EXPECT_FALSE(parser.parse(std::string_view(padded).substr(0, text.size()), Limits{})) << text;
  }
  [[nodiscard]] const json::Document& document() const { return parser.document(); }

  std::string text;
  std::string padded;
  json::Parser parser;
};

// The result as text: the bytes of each node, `true`, `5`, `<Type>` for a stub, `=Type` for its
// name, `_` for a primitive without value; each with its type behind a colon. `!` at the end when
// something was malformed.
inline std::string run(std::string_view expression, std::string_view type, std::string_view json) {
  const CompileResult compiled = compile_search(expression, fhir::find_type(type));
  if (!compiled.program) {
    return std::string("error ") + std::to_string(compiled.error.offset) + ": " +
           compiled.error.message;
  }
  const Resource resource(json);
  Scratch scratch;
  std::vector<Item> items;
  bool malformed = false;
  const Error error = evaluate_search(*compiled.program, resource.document(), 0, Limits{}, scratch,
                                      items, malformed);
  EXPECT_FALSE(error);
  std::string out;
  for (const Item& item : items) {
    out += out.empty() ? "" : " ";
    switch (item.form) {
      case Item::Form::kNode:
        out += item.node == json::kNoNode ? "_" : std::string(resource.document().raw(item.node));
        out.append(":").append(fhir::type_name(item.type));
        break;
      case Item::Form::kBoolean: out += item.boolean() ? "true" : "false"; break;
      case Item::Form::kInteger: out += std::to_string(item.integer()); break;
      case Item::Form::kTypeName: out.append("=").append(fhir::type_name(item.type)); break;
      case Item::Form::kStub: out.append("<").append(fhir::type_name(item.type)).append(">"); break;
      case Item::Form::kString: out.append("'").append(item.text()).append("'"); break;
      default: out.append("?").append(system_type_name(item.form)); break;
    }
  }
  return out + (malformed ? "!" : "");
}

}  // namespace fhirwall::fhirpath::test
