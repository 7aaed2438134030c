#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/decide/request.hpp"
#include "core/policy/compiled_policy.hpp"

namespace fhirwall::decide {

// What becomes of a request (SPEC 14). Names, statuses and messages: guard_reason().
enum class GuardReason : std::uint8_t {
  kAllowed,
  kNoRule,           // no rule for type and interaction (SPEC 4.3, 13.5)
  kSearchParameter,  // it reads what is hidden, or nobody knows what it reads (SPEC 13.2)
  kNotCanonical,
  kLimit,
  kOperation,     // refused unless the host lists it (SPEC 13.7)
  kMediaType,     // a form or an answer that is no form in UTF-8, or no JSON
  kBinarySearch,  // SPEC 10.4
};

struct GuardRow {
  std::string_view name;  // stable, machine readable
  std::uint16_t status;   // of HTTP
  std::string_view code;  // of the OperationOutcome
  std::string_view message;
};
[[nodiscard]] const GuardRow& guard_reason(GuardReason reason);

struct GuardOptions {
  // The upstream is Medplum: `_compartment`, `_project` and `_account` are search parameters there.
  bool medplum = false;
  bool allow_subscriptions = false;  // SPEC 13.5
};

// Whether a request may go on, and as what. Instances are not decided on: their versions are.
struct CheckedRequest {
  GuardReason reason = GuardReason::kNotCanonical;
  RequestError error;         // set: the request is not classified, and the rest says nothing
  ClassifiedRequest request;  // as it came
  // What to send instead, relative to the base; empty where it is refused, and of conditional
  // forms, which are never forwarded (SPEC 13.4).
  std::string url;
  bool has_form = false;  // a search by POST: all its parameters are in `form`
  std::string form;
  std::string criteria;              // of a conditional form: the search to carry out first
  std::vector<std::string> removed;  // `_include` and `_revinclude` that were taken out
  bool exact = false;                // the query keeps out all that the rules refuse (SPEC 13.3)

  [[nodiscard]] bool allowed() const { return reason == GuardReason::kAllowed; }
};

[[nodiscard]] CheckedRequest check_request(const policy::CompiledPolicy& policy,
                                           const HttpRequest& request,
                                           const GuardOptions& options = {});

}  // namespace fhirwall::decide
