#pragma once

#include <string>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/policy/compiled_policy.hpp"

namespace fhirwall::policy {

// What all rules that grant search on a type say, as parameters of a search (SPEC 13.3). A query
// with them finds every resource that the query without them finds and a rule lets through.
struct Narrowing {
  struct Term {
    std::string key;    // name and modifier
    std::string value;  // decoded; the search escapes are in it
  };
  std::vector<Term> terms;
  // They find nothing else: everything was said, in words that all servers mean alike.
  bool exact = false;
};

// `medplum`: the server knows `_compartment`, `_project` and `_account`.
[[nodiscard]] Narrowing narrow(const CompiledPolicy& policy, fhir::TypeId type, bool medplum);

}  // namespace fhirwall::policy
