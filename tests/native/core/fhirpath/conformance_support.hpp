#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/fhirpath/text.hpp"
#include "tests/native/core/fhirpath/typed_support.hpp"

// The public FHIRPath suites as this project stores them: reading them, and judging a result.
namespace fhirwall::fhirpath::test {

// A JSON value of a suite file.
struct Json {
  const json::Document* document = nullptr;
  json::NodeIndex node = json::kNoNode;

  [[nodiscard]] explicit operator bool() const {
    return node != json::kNoNode && document->kind(node) != json::Kind::kNull;
  }
  [[nodiscard]] Json operator[](std::string_view key) const {
    return {document, node == json::kNoNode ? node : document->find(node, key)};
  }
  [[nodiscard]] std::string text() const {
    std::string scratch;
    return !*this                      ? std::string()
           : document->is_string(node) ? std::string(document->string(node, scratch))
                                       : std::string(document->raw(node));
  }
  [[nodiscard]] bool is(std::string_view text_) const { return *this && text() == text_; }
  [[nodiscard]] std::vector<Json> children() const {
    std::vector<Json> out;
    if (*this) {
      for (auto i = json::Document::first_child(node); i != (*document)[node].next;
           i = (*document)[i].next) {
        out.push_back({document, i});
      }
    }
    return out;
  }
};

// The value without white space and with sorted keys: equal for equal JSON.
inline std::string canonical(const Json& value) {
  if (value.document->is_object(value.node)) {
    std::map<std::string, std::string> members;
    for (const Json& child : value.children()) {
      members.emplace(value.document->key(child.node), canonical(child));
    }
    std::string out = "{";
    for (const auto& [key, text] : members) {
      out += "\"" + key + "\":" + text + ",";
    }
    return out + "}";
  }
  if (value.document->is_array(value.node)) {
    std::string out = "[";
    for (const Json& child : value.children()) {
      out += canonical(child) + ",";
    }
    return out + "]";
  }
  return value.document->is_string(value.node) ? "\"" + value.text() + "\"" : value.text();
}

// Files are read once.
class Files {
 public:
  static std::optional<std::string> read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
      return std::nullopt;
    }
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  const Resource* load(const std::string& path) {
    auto& slot = files_[path];
    if (!slot) {
      const auto text = read(path);
      if (!text) {
        return nullptr;
      }
      slot = std::make_unique<Resource>(*text);
    }
    return slot.get();
  }

 private:
  std::map<std::string, std::unique_ptr<Resource>> files_;
};

// How a result stands to what was expected.
struct Verdict {
  bool agrees = false;
  bool scale_differs = false;  // equal in value, other zeros behind the point
  std::string got;
  std::string expected;
};

inline std::string wanted_text(const Json& test) {
  if (const Json invalid = test["invalid"]) {
    return "an error (" + invalid.text() + ")";
  }
  if (const Json outputs = test["outputs"]) {
    std::string out;
    for (const Json& one : outputs.children()) {
      out += (out.empty() ? "" : ", ") + one["type"].text() + " " + one["value"].text();
    }
    return out.empty() ? "{}" : out;
  }
  return test["result"].text();
}

// A FHIR primitive or System value as the text that JSON or toString() has for it.
inline std::string plain_text(const Item& item, const std::vector<const json::Document*>& docs) {
  std::string out;
  if (item.is_node()) {
    return item.node == json::kNoNode ? out : Json{docs[item.document], item.node}.text();
  }
  append_text(item, out);
  return out;
}

inline bool same_number(std::string_view a, std::string_view b, bool& scale_differs) {
  const auto x = fhir::parse_decimal(a);
  const auto y = fhir::parse_decimal(b);
  if (!x || !y || fhir::compare(*x, *y) != 0) {
    return false;
  }
  scale_differs |= x->scale != y->scale;
  return true;
}

// Which type names a result may have where a suite names one.
inline bool type_fits(const Item& item, std::string_view wanted, bool inferred) {
  const std::string_view fhir_name =
      item.is_node() ? fhir::type_name(item.type) : std::string_view();
  const auto any = [&](Item::Form form, std::initializer_list<std::string_view> names) {
    return item.form == form || std::find(names.begin(), names.end(), fhir_name) != names.end();
  };
  if (wanted == "boolean") {
    return any(Item::Form::kBoolean, {"boolean"});
  }
  if (wanted == "integer") {
    // An inferred type says integer for any number without a point.
    return any(Item::Form::kInteger, {"integer", "positiveInt", "unsignedInt"}) ||
           (inferred && item.form == Item::Form::kDecimal);
  }
  if (wanted == "decimal") {
    return any(Item::Form::kDecimal, {"decimal"});
  }
  if (wanted == "string" || wanted == "code") {
    return any(Item::Form::kString, {wanted});
  }
  if (wanted == "Quantity") {
    return any(Item::Form::kQuantity, {"Quantity"});
  }
  if (wanted == "time") {
    return any(Item::Form::kTime, {"time"});
  }
  return (wanted == "date" || inferred) && any(Item::Form::kDate, {"date"})
             ? true
             : (wanted == "dateTime" || inferred) && any(Item::Form::kDateTime, {"dateTime"});
}

inline bool output_fits(const Item& item, const Json& output,
                        const std::vector<const json::Document*>& docs, bool& scale_differs) {
  const std::string type = output["type"].text();
  std::string value = output["value"].text();
  if (!type_fits(item, type, output["inferred"].is("true"))) {
    return false;
  }
  const std::string got = plain_text(item, docs);
  if (type == "decimal" || type == "integer") {
    return same_number(got, value, scale_differs);
  }
  if (type == "date" || type == "dateTime" || type == "time") {
    value.erase(0, value.starts_with("@T") ? 2 : value.starts_with("@") ? 1 : 0);
  }
  return got == value;
}

// The result of a test of the official suites.
inline bool outputs_fit(const Evaluated& result, const Json& test, bool& scale_differs) {
  std::vector<Json> outputs = test["outputs"].children();
  if (test["predicate"].is("true")) {
    const bool value =
        !result.items.empty() && plain_text(result.items[0], result.scratch.documents) != "false";
    return outputs.size() == 1 && outputs[0]["value"].is(value ? "true" : "false");
  }
  if (outputs.size() != result.items.size()) {
    return false;
  }
  const bool ordered = !test["ordered"].is("false");
  for (const Item& item : result.items) {
    std::size_t at = 0;
    while (at < outputs.size() &&
           !output_fits(item, outputs[at], result.scratch.documents, scale_differs)) {
      ++at;
      if (ordered) {
        return false;
      }
    }
    if (at == outputs.size()) {
      return false;
    }
    outputs.erase(outputs.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return true;
}

// One item against plain JSON as fhirpath.js gives it: longs, dates and quantities are text,
// numbers come from floating-point arithmetic of about 15 digits.
inline bool plain_fits(const Item& item, const Json& wanted,
                       const std::vector<const json::Document*>& docs) {
  if (wanted.document->is_object(wanted.node)) {
    if (item.form == Item::Form::kTypeInfo) {
      const std::string text = text_of(item, docs);  // type FHIR.string
      return text == "type " + wanted["namespace"].text() + "." + wanted["name"].text();
    }
    return item.is_node() && item.node != json::kNoNode &&
           canonical({docs[item.document], item.node}) == canonical(wanted);
  }
  const std::string got = plain_text(item, docs);
  if (wanted.document->kind(wanted.node) != json::Kind::kNumber) {
    return got == wanted.text();
  }
  bool ignored = false;
  if (same_number(got, wanted.text(), ignored)) {
    return true;
  }
  const auto value = fhir::parse_decimal(got);
  const double x = value ? fhir::to_double(*value) : NAN;
  const double y = std::strtod(wanted.text().c_str(), nullptr);
  return std::fabs(x - y) <= 1e-14 * std::fabs(y);
}

// fhirpath.js has no item for a primitive without value.
inline bool plain_results_fit(const Evaluated& result, const Json& test) {
  const std::vector<Json> wanted = test["result"].children();
  std::size_t at = 0;
  for (const Item& item : result.items) {
    if (item.is_node() && item.node == json::kNoNode) {
      continue;
    }
    if (at == wanted.size() || !plain_fits(item, wanted[at], result.scratch.documents)) {
      return false;
    }
    ++at;
  }
  return at == wanted.size();
}

// Runs one expression of a test of any suite on its input, which is an element of type `base`
// unless that is empty.
inline Verdict run_expression(const Json& test, const std::string& expression,
                              const std::string& base, const Resource& input, bool community) {
  Evaluated result;
  CompileOptions options;
  options.strict = test["mode"].is("strict");
  result.compiled = compile(expression, options);
  if (result.compiled.program) {
    Input in;
    in.document = &input.document();
    in.focus = 0;
    in.type = fhir::find_type(base);
    if (const Json context = test["context"]) {
      in.focus = input.document().find(0, context.text());
    }
    in.untyped = community && !test["model"];
    in.now_ms = EvalOptions().now_ms;
    std::vector<Variable> variables;
    if (const Json given = test["variables"]) {
      for (const Json& one : given.children()) {
        variables.push_back({one.document->key(one.node), one.document, one.node});
      }
    }
    in.variables = variables;
    result.error = evaluate(*result.compiled.program, in, Limits{}, result.scratch, result.items);
  }
  Verdict verdict;
  verdict.expected = wanted_text(test);
  verdict.got = result.text();
  if (!result.compiled.program) {
    verdict.got += " " + result.compiled.error.message;
  } else if (result.error) {
    verdict.got += " " + result.error.message;
  }
  const bool failed = !result.compiled.program || result.error;
  if (test["invalid"] || failed) {
    verdict.agrees = failed && test["invalid"];
  } else {
    verdict.agrees = community ? plain_results_fit(result, test)
                               : outputs_fit(result, test, verdict.scale_differs);
  }
  return verdict;
}

// A test can have several expressions with one result.
inline Verdict run_test(const Json& test, const Resource& input, bool community) {
  const Json given = test["expression"];
  if (const Json base = given["base"]) {
    return run_expression(test, given["expression"].text(), base.text(), input, community);
  }
  if (!given.document->is_array(given.node)) {
    return run_expression(test, given.text(), "", input, community);
  }
  Verdict verdict;
  for (const Json& expression : given.children()) {
    verdict = run_expression(test, expression.text(), "", input, community);
    if (!verdict.agrees) {
      break;
    }
  }
  return verdict;
}

}  // namespace fhirwall::fhirpath::test
