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

}  // namespace

Parsed<Target> parse(std::string_view url, const ParseLimits& limits) {
  SyntaxError error;
  if (exceeds(url, limits, error)) {
    return error;
  }
  Failure failure(url.data());
  Target target;
  if (!is_canonical(url, failure) ||
      !parse_all(rules::target, url, failure, expected::kName, target)) {
    return failure.error();
  }
  return target;
}

std::optional<SyntaxError> parse_form(std::string_view form, Parameters& parameters,
                                      const ParseLimits& limits) {
  SyntaxError error;
  if (exceeds(form, limits, error)) {
    return error;
  }
  Failure failure(form.data());
  if (!parse_all(rules::parameters, form, failure, expected::kName, parameters)) {
    return failure.error();
  }
  return std::nullopt;
}

}  // namespace fhirwall::grammar::request
