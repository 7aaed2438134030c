#include <utility>

#include "core/filter/envelope.hpp"
#include "core/filter/filter.hpp"
#include "core/filter/state.hpp"

namespace fhirwall::filter {
namespace {

// Forgets what was derived from a body, whatever way a call ends (SPEC P7).
class WipeAtExit {
 public:
  explicit WipeAtExit(Context::State& state) : state_(state) {}
  ~WipeAtExit() {
    state_.parser.wipe();
    state_.links.clear();
  }
  WipeAtExit(const WipeAtExit&) = delete;
  WipeAtExit& operator=(const WipeAtExit&) = delete;

 private:
  Context::State& state_;
};

Error check_root(const json::Document& document) {
  if (!document.is_object(0)) {
    return {ErrorCode::kNotAnObject, document[0].begin};
  }
  return {};
}

}  // namespace

Context::Context() : state_(std::make_unique<State>()) {}
Context::~Context() = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;

Error Context::redact(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                      std::string_view body, Output& out, bool& allowed) {
  allowed = false;
  State& state = *state_;
  const WipeAtExit wipe(state);
  state.edits.clear();
  SearchsetVisitor visitor(state, policy, interaction);
  bool visited = false;
  FHIRWALL_TRY(state.parser.parse(body, policy.limits, "entry", visitor, visited));
  const json::Document& document = state.parser.document();
  FHIRWALL_TRY(check_root(document));
  const fhir::TypeId type = decide::resource_type_of(document, 0);
  if (type == fhir::TypeId::kNone) {
    return {ErrorCode::kUnknownResourceType, document[0].begin};
  }
  if (type == fhir::well_known().bundle) {
    if (interaction != policy::Interaction::kSearch || !is_searchset(document)) {
      return {ErrorCode::kUnsupportedBundle, document[0].begin};
    }
    if (policy.denies_everything) {
      return {};
    }
    if (visited) {
      FHIRWALL_TRY(visitor.finish(document));
    } else {
      state.edits.clear();  // of entries in front of the first include
      FHIRWALL_TRY(filter_searchset(state, policy, document));
    }
  } else {
    Error error;
    const decide::Decision decision =
        decide::decide(policy, interaction, document, 0, state.scratch, error);
    if (error || !decision.allowed || decision.plan == nullptr) {
      return error;
    }
    FHIRWALL_TRY(state.redact_resource(policy, document, 0, *decision.plan));
  }
  allowed = true;
  out.reserve(out.size() + state.edits.result_size(body.size()));  // grown once, not by doubling
  state.edits.apply(body, 0, static_cast<std::uint32_t>(body.size()), out);
  return {};
}

Error Context::decide(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                      std::string_view body, decide::Decision& decision) {
  decision = {};
  State& state = *state_;
  const WipeAtExit wipe(state);
  FHIRWALL_TRY(state.parser.parse(body, policy.limits));
  FHIRWALL_TRY(check_root(state.parser.document()));
  Error error;
  decision = decide::decide(policy, interaction, state.parser.document(), 0, state.scratch, error);
  if (error) {
    decision.allowed = false;
  }
  return error;
}

}  // namespace fhirwall::filter
