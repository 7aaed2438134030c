// layer: core/search
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/search/criteria.hpp"

// Input: criteria text, a line feed, a resource. Invariants: matching is deterministic; what the
// plain criteria match their negation does not, nor the other way round for `:missing`, nor `not`
// of a filter, whose double negation is the filter itself; the bound text compiles to criteria that
// decide alike.
namespace {

using namespace fhirwall;

void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
  }
}

struct Match {
  bool compiled = false;
  bool failed = false;
  bool result = false;
  std::string bound_text;
};

Match match(std::string_view criteria, fhir::TypeId rule_type, const json::Document& document,
            fhir::TypeId type, search::Purpose purpose, search::Scratch& scratch) {
  static const std::vector<search::Binding> kBindings = {{"profile", "Patient/1", "1"},
                                                         {"text", "a|b,c$d", ""}};
  search::CompileOptions options;
  options.bindings = kBindings;
  Issues issues;
  const auto compiled = search::compile(criteria, rule_type, options, "", issues);
  require((compiled == nullptr) == issues.has_errors(), "null exactly when there is an error");
  if (!compiled) {
    return {};
  }
  Error error;
  Limits limits;
  limits.max_evaluation_steps = 20000;
  const bool result =
      search::matches(*compiled, {document, 0, type, purpose}, limits, scratch, error);
  require(!(error && result), "an error never matches");
  return {true, static_cast<bool>(error), result, search::bound_text(*compiled)};
}

// The same criteria with `from` in its only parameter replaced.
std::string with(std::string_view criteria, std::string_view from, std::string_view to) {
  const std::size_t at = criteria.find(from);
  const std::size_t equals = criteria.find('=');
  const bool is_modifier = at != std::string_view::npos && equals > at && equals < at + from.size();
  return !is_modifier ? std::string()
                      : std::string(criteria.substr(0, at)) + std::string(to) +
                            std::string(criteria.substr(at + from.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  if (line == std::string_view::npos) {
    return 0;
  }
  const std::string criteria(input.substr(0, line));
  std::string body(input.substr(line + 1));
  const std::size_t body_size = body.size();
  body += std::string(json::kPadding, ' ');
  static json::Parser parser;
  if (parser.parse(std::string_view(body).substr(0, body_size), Limits{})) {
    return 0;
  }
  const std::string name = criteria.substr(0, criteria.find('?'));
  const fhir::TypeId rule_type =
      name == "*" ? fhir::well_known().resource : fhir::find_resource_type(name);
  if (rule_type == fhir::TypeId::kNone) {
    return 0;
  }
  const fhir::TypeId type = name == "*" ? fhir::well_known().patient : rule_type;
  const json::Document& document = parser.document();
  static search::Scratch scratch;
  for (const auto purpose : {search::Purpose::kRead, search::Purpose::kWriteResult}) {
    const Match first = match(criteria, rule_type, document, type, purpose, scratch);
    if (!first.compiled) {
      return 0;
    }
    const Match second = match(criteria, rule_type, document, type, purpose, scratch);
    require(first.result == second.result, "deterministic");
    const Match bound = match(first.bound_text, rule_type, document, type, purpose, scratch);
    require(bound.compiled, "the bound text compiles");
    require(bound.bound_text == first.bound_text, "the bound text is stable");
    require(bound.result == first.result, "the bound text decides alike");
    if (criteria.find('&') != std::string::npos) {
      continue;
    }
    const std::size_t filter = criteria.find("?_filter=");
    if (filter == name.size()) {
      const std::string expression = criteria.substr(filter + 9);
      const auto with_not = [&](std::string_view open, std::string_view close) {
        const std::string text =
            name + "?_filter=" + std::string(open) + expression + std::string(close);
        return match(text, rule_type, document, type, purpose, scratch);
      };
      const Match negated = with_not("not(", ")");
      const Match twice = with_not("not(not(", "))");
      require(!(first.result && negated.compiled && negated.result), "a filter and its negation");
      require(!twice.compiled || twice.failed || first.failed || twice.result == first.result,
              "the double negation decides alike");
    }
    for (const auto& [from, to] :
         {std::pair{":not=", "="}, std::pair{":missing=true", ":missing=false"}}) {
      const std::string other = with(criteria, from, to);
      if (!other.empty() && first.result) {
        const Match plain = match(other, rule_type, document, type, purpose, scratch);
        require(!plain.compiled || !plain.result, "a negation and its opposite both hold");
      }
    }
  }
  return 0;
}
