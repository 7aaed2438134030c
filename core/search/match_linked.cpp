#include "core/search/compiled.hpp"

namespace fhirwall::search {

bool match_linked(MatchContext&, const Clause&) { return false; }

Error references(const Criteria&, const Subject&, const Limits&, Scratch&,
                 std::vector<std::string>&) {
  return {};
}

}  // namespace fhirwall::search
