#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/decide/decision.hpp"
#include "core/json/document.hpp"
#include "core/patch/patch.hpp"
#include "core/policy/compiled_policy.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/repair.hpp"

namespace fhirwall::decide {

// What a caller wants to write. Texts are whole bodies with json::kPadding readable bytes behind
// them; empty: not given.
struct WriteRequest {
  policy::Interaction interaction = policy::Interaction::kUpdate;  // create, update or delete
  std::string_view before;  // the stored version; update, patch and delete need it (SPEC 9.7)
  std::string_view after;   // what a create or update submits
  std::string_view patch;   // instead of `after`
  std::int64_t now_ms = 0;  // what `now()` is in constraints, milliseconds since 1970
  std::int16_t zone_minutes = 0;
};

// Why a write was decided as it was, beside Reason: SPEC 9. Stable names are part of the public
// API.
enum class WriteReason : std::uint8_t {
  kDecision,       // see Decision::reason
  kNoBefore,       // update, patch or delete without the stored version
  kBefore,         // no rule lets the caller change the stored version
  kNotReadable,    // no rule lets the caller read the stored version
  kResult,         // no rule lets the caller store the result
  kIdentity,       // `before` and the result differ in type or id
  kConstraint,     // a writeConstraint is not exactly `true`
  kConflict,       // a hidden or readonly element was changed
  kAlignment,      // the submission cannot be aligned with what the caller was shown
  kPatch,          // the patch cannot be applied
  kPatchProtected  // the patch names what is protected
};
[[nodiscard]] std::string_view write_reason_name(WriteReason reason);

// What is reported about a write, allowed or not; never a value.
struct WriteIssue {
  bool warning = false;
  std::string code;     // stable
  std::string path;     // a model path, or empty
  std::string message;  // lowercase, one line
};

struct WriteDecision {
  bool allowed = false;
  WriteReason why = WriteReason::kDecision;
  Reason reason = Reason::kNoRule;  // of the decision that ended it
  std::int32_t rule = -1;           // that decides the result (a delete: the stored version)
  std::vector<WriteIssue> issues;
  std::string body;  // what to store, exactly what was checked; empty when denied and for delete
};

// Working memory of write checks: parsers and texts, wiped after each call (SPEC P7).
class Writer {
 public:
  Writer();
  ~Writer();
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;

  // SPEC 9. An error denies.
  [[nodiscard]] Error check(const policy::CompiledPolicy& policy, const WriteRequest& request,
                            Scratch& scratch, WriteDecision& decision);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace fhirwall::decide
