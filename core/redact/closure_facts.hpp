#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/redact/plan.hpp"

namespace fhirwall::redact {

// Whether the caller can read a person that a Reference names (SPEC 7.3 c).
enum class Readable : std::uint8_t {
  kAlways,       // no person type, or an unconditional rule for `read` covers it
  kByReference,  // rules for `read` have criteria: Judge::reads() answers for one reference
  kNever,        // no rule for `read`
};

// What all rules of a policy together say about one resource type: plain facts, computed once by
// core/policy.
struct TypeFacts {
  bool labels_hidden = false;      // a rule hides one of its names, titles or codes (SPEC 7.3 c)
  bool identifier_hidden = false;  // a rule hides `identifier` or a part of it
  Readable person = Readable::kAlways;
  // SPEC 7.4, for a resource of the type that is contained in another one.
  bool contained_cut = false;             // a person type that the policy does not grant for `read`
  std::shared_ptr<const Plan> contained;  // what any rule for the type hides; never null
};

// How closure treats what a rule's own paths do not reach (SPEC 7.3-7.5, 8.2).
struct ClosureFacts {
  std::vector<TypeFacts> types;  // by fhir::resource_index
  // Something anywhere can be hidden by rules, or a person unreadable: then the Narratives of all
  // resources go (SPEC 7.3 a; any resource can contain any other, and refer to any from an
  // extension).
  bool cuts_narratives = false;
  bool cuts_displays = false;   // Reference.display and identifier; false also by option `displays`
  bool cuts_contained = false;  // a contained resource can be cut whole: `#` references are checked
  // The policy can filter a Bundle: `total`, link `last`, `signature`, `request.ifNoneExist` and
  // queries in `request.url` go (SPEC 8.2).
  bool filters_bundles = false;
  // Option baseUrls, without trailing slash: what lies below names a resource known here. A person
  // below any other url counts as unreadable.
  std::vector<std::string> base_urls;
};

// ClosureFacts made ready for the walk: immutable, shareable. closure_tables.hpp.
class Closure;
[[nodiscard]] std::shared_ptr<const Closure> make_closure(ClosureFacts facts);
[[nodiscard]] const ClosureFacts& facts_of(const Closure& closure);

}  // namespace fhirwall::redact
