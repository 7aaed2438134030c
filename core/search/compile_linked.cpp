#include "core/search/compile_clause.hpp"

namespace fhirwall::search {

bool is_linked(const grammar::criteria::Parameter& parameter) {
  return !parameter.chain.empty() || parameter.name == "_has" ||
         parameter.name.starts_with("_has:");
}

bool compile_linked(const grammar::criteria::Parameter& parameter, std::span<const BoundValue>,
                    Lowering& lowering, Clause&) {
  lowering.reporter.error(IssueCode::kUnsupportedParameter, parameter.name_span.begin,
                          "a chained parameter reads another resource");
  return false;
}

}  // namespace fhirwall::search
