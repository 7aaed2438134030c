#include "core/search/compiled.hpp"

namespace fhirwall::search {

bool match_filter(MatchContext&, const Clause&) { return false; }

}  // namespace fhirwall::search
