#include "core/redact/closure_tables.hpp"

#include <utility>

namespace fhirwall::redact {

std::shared_ptr<const Closure> make_closure(ClosureFacts facts) {
  auto closure = std::make_shared<Closure>();
  closure->facts = std::move(facts);
  return closure;
}

const ClosureFacts& facts_of(const Closure& closure) { return closure.facts; }

}  // namespace fhirwall::redact
