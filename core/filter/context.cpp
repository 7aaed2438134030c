#include <cstring>
#include <utility>

#include "core/filter/answer.hpp"
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

// A sink for Edits::apply that writes over the text itself.
// INVARIANT: without literals nothing is written in front of where it was read.
class MoveTogether {
 public:
  explicit MoveTogether(char* begin) : begin_(begin), at_(begin) {}
  void append(const char* from, std::size_t size) {
    if (from != at_) {
      std::memmove(at_, from, size);
    }
    at_ += size;
  }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
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

Error Context::filter(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                      std::string_view body, bool& allowed) {
  allowed = false;
  State& state = *state_;
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
    const redact::Plan* plan = decision.plan;
    FHIRWALL_TRY(plan_of_answer(policy, interaction, document, state.scratch, plan));
    if (plan == nullptr) {
      return {};
    }
    FHIRWALL_TRY(state.redact_resource(policy, document, 0, *plan));
  }
  allowed = true;
  return {};
}

Error Context::redact(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                      std::string_view body, Output& out, bool& allowed) {
  const WipeAtExit wipe(*state_);
  FHIRWALL_TRY(filter(policy, interaction, body, allowed));
  if (allowed) {
    const redact::Edits& edits = state_->edits;
    out.reserve(out.size() + edits.result_size(body.size()));  // grown once, not by doubling
    edits.apply(body, 0, static_cast<std::uint32_t>(body.size()), out);
  }
  return {};
}

Error Context::redact_in_place(const policy::CompiledPolicy& policy,
                               policy::Interaction interaction, std::span<char> body, Output& out,
                               std::string_view& released, bool& allowed) {
  const WipeAtExit wipe(*state_);
  released = {};
  const std::string_view text(body.data(), body.size());
  FHIRWALL_TRY(filter(policy, interaction, text, allowed));
  if (!allowed) {
    return {};
  }
  const redact::Edits& edits = state_->edits;
  const auto size = static_cast<std::uint32_t>(body.size());
  if (!edits.literals.empty()) {
    // A literal may be longer than what it stands for, and would run over what is still to be read.
    out.clear();
    out.reserve(edits.result_size(size));
    edits.apply(text, 0, size, out);
    released = out;
    return {};
  }
  MoveTogether moved(body.data());
  edits.apply(text, 0, size, moved);
  released = text.substr(0, moved.size());
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

Error Context::references(const policy::CompiledPolicy& policy, policy::Interaction interaction,
                          std::string_view body, std::vector<std::string>& out) {
  State& state = *state_;
  const WipeAtExit wipe(state);
  FHIRWALL_TRY(state.parser.parse(body, policy.limits));
  const json::Document& document = state.parser.document();
  FHIRWALL_TRY(check_root(document));
  const json::NodeIndex entries = document.find(0, "entry");
  if (interaction != policy::Interaction::kSearch ||
      decide::resource_type_of(document, 0) != fhir::well_known().bundle ||
      !is_searchset(document) || entries == json::kNoNode || !document.is_array(entries)) {
    return decide::references(policy, interaction, document, 0, state.scratch, out);
  }
  for (json::NodeIndex entry = json::Document::first_child(entries), end = document[entries].next;
       entry != end; entry = document[entry].next) {
    const json::NodeIndex resource = document.find(entry, "resource");
    if (resource == json::kNoNode) {
      continue;
    }
    // SPEC 8.2: an include is read.
    const json::NodeIndex mode = document.find(document.find(entry, "search"), "mode");
    const bool include = mode != json::kNoNode && document.string_is(mode, "include");
    FHIRWALL_TRY(decide::references(policy, include ? policy::Interaction::kRead : interaction,
                                    document, resource, state.scratch, out));
  }
  return {};
}

void Context::use(const fhir::Resolved* resolved) { state_->scratch.resolved = resolved; }

}  // namespace fhirwall::filter
