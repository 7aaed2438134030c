#include "grammar/path/parse.hpp"

#include "grammar/common/entry.hpp"
#include "grammar/common/guard.hpp"
#include "grammar/path/grammar_def.hpp"

namespace fhirwall::grammar::path {

Parsed<Path> parse(std::string_view text, const ParseLimits& limits) {
  if (const auto error = check_text(text, limits.max_bytes)) {
    return *error;
  }
  Failure failure(text.data());
  Path path;
  if (!parse_all(rules::path, text, failure, "`.` or the end of the path", path)) {
    return failure.error();
  }
  if (path.steps.size() > limits.max_steps) {
    return SyntaxError{path.steps[limits.max_steps].span.begin, "no more steps than the limit",
                       true};
  }
  return path;
}

}  // namespace fhirwall::grammar::path
