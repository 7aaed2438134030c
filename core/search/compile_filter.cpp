#include "core/search/compile_clause.hpp"

namespace fhirwall::search {

bool compile_filter(const grammar::criteria::Parameter& parameter, Lowering& lowering, Clause&) {
  lowering.reporter.error(IssueCode::kUnsupportedParameter, parameter.name_span.begin,
                          "`_filter` cannot be used in criteria");
  return false;
}

}  // namespace fhirwall::search
