#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/decide/decision.hpp"
#include "core/fhir/resolved.hpp"
#include "core/filter/rewrite.hpp"

namespace fhirwall::filter {

// Receives released bytes, in order. What was appended may leave at once.
// INVARIANT: no byte of a resource is appended before that resource is decided (SPEC 8.3).
using Output = std::string;

// What a body answers.
struct Asked {
  Asked(policy::Interaction one) : interaction(one) {}  // NOLINT(google-explicit-constructor)
  // A batch or transaction: `text` is the Bundle that was sent, or a list of its interactions (see
  // read_requests()), followed by json::kPadding readable bytes.
  static Asked batch(std::string_view text) {
    Asked asked(policy::Interaction::kRead);
    asked.is_batch = true;
    asked.requests = text;
    return asked;
  }

  policy::Interaction interaction;
  bool is_batch = false;
  std::string_view requests;
};

// Filters and redacts one whole body: a resource, or the Bundle that answers a search, a history or
// a batch (SPEC 8.2). `body` must be followed by json::kPadding readable bytes. Allowed: appends
// the released bytes to `out` and sets `allowed`. Denied: `allowed` is false, nothing is appended.
// Error: nothing is appended. Working memory is in `context` and reused.
class Context {
 public:
  Context();
  ~Context();
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;

  [[nodiscard]] Error redact(const policy::CompiledPolicy& policy, const Asked& asked,
                             std::string_view body, Output& out, bool& allowed);
  // The same without a second buffer of the body's size: `released` is a view of `body`, whose
  // bytes are moved together, or of `out`, when the result may be longer. The rest of `body` is
  // left with parts of what was cut: the caller overwrites all of it.
  [[nodiscard]] Error redact_in_place(const policy::CompiledPolicy& policy, const Asked& asked,
                                      std::span<char> body, Output& out, std::string_view& released,
                                      bool& allowed);
  // Decides without output; `body` is one resource.
  [[nodiscard]] Error decide(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                             std::string_view body, decide::Decision& decision);

  // Appends what the host would have to fetch next for a call on `body` to see all it can
  // (SPEC 5.8), as decide::references() does, of every entry of the answer to a search, a history
  // or a batch.
  [[nodiscard]] Error references(const policy::CompiledPolicy& policy, const Asked& asked,
                                 std::string_view body, std::vector<std::string>& out);
  // What the host fetched for the calls that follow; null: nothing. It must outlive them.
  void use(const fhir::Resolved* resolved);

  struct State;
  [[nodiscard]] State& state() { return *state_; }

 private:
  // Leaves what redacts `body` in the state's edits.
  [[nodiscard]] Error filter(const policy::CompiledPolicy& policy, const Asked& asked,
                             std::string_view body, bool& allowed);
  [[nodiscard]] Error take_requests(const policy::CompiledPolicy& policy, const Asked& asked);

  std::unique_ptr<State> state_;
};

enum class Format : std::uint8_t { kNdjson, kBundle, kResource };
enum class OnInvalid : std::uint8_t { kError, kDrop };

struct StreamCounts {
  std::uint64_t released = 0;  // resources let through
  std::uint64_t refused = 0;   // resources that the policy refused
  std::uint64_t invalid = 0;   // lines dropped by onInvalid: 'drop'
};

// Incremental filter: write() any number of chunks, split anywhere, then end(). Single use. After
// an error the stream is poisoned and every further call returns kPoisoned. Holds at most one
// resource plus one chunk (SPEC 8.4), and `resolved`, what the host fetched in advance (SPEC 5.8).
//
// With `rewrite`, of a Bundle, what URLs of the envelope begin with is exchanged, and its `link`,
// whose pages are the host's to name, is left out (SPEC 13.6, 14).
class Stream {
 public:
  Stream(std::shared_ptr<const policy::CompiledPolicy> policy, policy::Interaction interaction,
         Format format, OnInvalid on_invalid, std::unique_ptr<fhir::Resolved> resolved = nullptr,
         std::optional<Rewrite> rewrite = std::nullopt);
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  // Appends to `out` what can be released so far.
  [[nodiscard]] Error write(std::string_view chunk, Context& context, Output& out);
  [[nodiscard]] Error end(Context& context, Output& out);
  [[nodiscard]] const StreamCounts& counts() const;
  // With `rewrite`, after end(): what the filter keeps of the Bundle's `link`, as it was written,
  // at most 64 KiB; empty: nothing.
  [[nodiscard]] const std::string& links() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fhirwall::filter
