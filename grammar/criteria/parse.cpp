#include "grammar/criteria/parse.hpp"

#include "grammar/common/entry.hpp"
#include "grammar/common/guard.hpp"
#include "grammar/criteria/grammar_def.hpp"

namespace fhirwall::grammar::criteria {

Parsed<Criteria> parse(std::string_view text, std::span<const std::string_view> bound_names,
                       const ParseLimits& limits) {
  if (const auto error = check_text(text, limits.max_bytes)) {
    return *error;
  }
  Failure failure(text.data());
  Criteria criteria;
  const auto start = x3::with<NamesTag>(bound_names)[rules::criteria];
  if (!parse_all(start, text, failure, "`&` or the end of the criteria", criteria)) {
    return failure.error();
  }
  return criteria;
}

}  // namespace fhirwall::grammar::criteria
