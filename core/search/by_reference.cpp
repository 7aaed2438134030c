#include <algorithm>

#include "core/search/compiled.hpp"

namespace fhirwall::search {
namespace {

// `_id=a,b`, without modifier.
bool names_id(const Clause& clause, std::string_view text, std::string_view id) {
  return clause.kind == Clause::Kind::kToken && !clause.negate && text.starts_with("_id=") &&
         std::any_of(clause.tokens.begin(), clause.tokens.end(), [&](const TokenValue& value) {
           return value.system_is == TokenValue::System::kAny && !value.any_code &&
                  value.code == id;
         });
}

// A Patient is in its own compartment.
bool names_own_compartment(const Clause& clause, fhir::TypeId type, std::string_view id) {
  return clause.kind == Clause::Kind::kCompartment && !clause.negate &&
         type == fhir::well_known().patient &&
         std::any_of(
             clause.members.begin(), clause.members.end(), [&](const MembershipValue& value) {
               return value.id == id && (value.type == type || value.type == fhir::TypeId::kNone);
             });
}

}  // namespace

bool holds_by_reference(const Criteria& criteria, fhir::TypeId type, std::string_view id) {
  for (std::uint32_t i = 0; i < criteria.clauses.size(); ++i) {
    const Clause& clause = criteria.clauses[i];
    if (!names_id(clause, clause_text(criteria, i), id) &&
        !names_own_compartment(clause, type, id)) {
      return false;
    }
  }
  return true;
}

}  // namespace fhirwall::search
