#include "grammar/request/parse.hpp"

#include "grammar/common/entry.hpp"
#include "grammar/request/grammar_def.hpp"

namespace fhirwall::grammar::request {
namespace {

// SPEC P8. Every `&` of a query separates parameters, so that they are counted before any is read.
bool exceeds(std::string_view text, const ParseLimits& limits, SyntaxError& error) {
  if (text.size() > limits.max_bytes) {
    error = {limits.max_bytes, expected::kLength, true};
    return true;
  }
  std::uint32_t parameters = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '&' && ++parameters > limits.max_parameters) {
      error = {static_cast<std::uint32_t>(at), expected::kCount, true};
      return true;
    }
  }
  return false;
}

template <typename Ast, typename Rule>
Parsed<Ast> parse_by(const Rule& rule, std::string_view text, const ParseLimits& limits) {
  SyntaxError error;
  if (exceeds(text, limits, error)) {
    return error;
  }
  Failure failure(text.data());
  Ast ast;
  if (!parse_all(rule, text, failure, expected::kName, ast)) {
    return failure.error();
  }
  return ast;
}

}  // namespace

Parsed<Target> parse(std::string_view url, const ParseLimits& limits) {
  return parse_by<Target>(rules::target, url, limits);
}

Parsed<Parameters> parse_form(std::string_view form, const ParseLimits& limits) {
  return parse_by<Parameters>(rules::parameters, form, limits);
}

}  // namespace fhirwall::grammar::request
