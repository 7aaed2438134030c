#include <cstring>
#include <utility>

#include "core/filter/answer.hpp"
#include "core/filter/batch.hpp"
#include "core/filter/envelope.hpp"
#include "core/filter/filter.hpp"
#include "core/filter/state.hpp"

namespace fhirwall::filter {
namespace {

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

Error check_batch(const json::Document& document) {
  const json::NodeIndex type = document.find(0, "type");
  if (decide::resource_type_of(document, 0) != fhir::well_known().bundle || type == json::kNoNode ||
      (!document.string_is(type, "batch-response") &&
       !document.string_is(type, "transaction-response"))) {
    return {ErrorCode::kUnsupportedBundle, 0};
  }
  return {};
}

}  // namespace

Context::Context() : state_(std::make_unique<State>()) {}
Context::~Context() = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;

Error Context::take_requests(const policy::CompiledPolicy& policy, const Asked& asked) {
  State& state = *state_;
  if (asked.requests.empty()) {
    return {ErrorCode::kBatchRequest, 0};
  }
  FHIRWALL_TRY(state.parser.parse(asked.requests, policy.limits));
  const Error error = read_requests(policy, state.parser.document(), state.requests);
  state.parser.wipe();
  return error;
}

Error Context::filter(const policy::CompiledPolicy& policy, const Asked& asked,
                      std::string_view body, bool& allowed) {
  allowed = false;
  State& state = *state_;
  state.edits.clear();
  if (asked.is_batch) {
    FHIRWALL_TRY(take_requests(policy, asked));
    FHIRWALL_TRY(state.parser.parse(body, policy.limits));
    FHIRWALL_TRY(check_batch(state.parser.document()));
    FHIRWALL_TRY(filter_batch(state, policy, state.parser.document()));
    allowed = !policy.denies_everything;
    return {};
  }
  const policy::Interaction interaction = asked.interaction;
  EnvelopeVisitor visitor(state, policy, interaction);
  bool visited = false;
  FHIRWALL_TRY(state.parser.parse(body, policy.limits, "entry", visitor, visited));
  const json::Document& document = state.parser.document();
  FHIRWALL_TRY(check_root(document));
  if (decide::resource_type_of(document, 0) == fhir::TypeId::kNone) {
    return {ErrorCode::kUnknownResourceType, document[0].begin};
  }
  const EnvelopeKind kind = envelope_kind(document, 0, interaction);
  if (policy.denies_everything) {
    return {};
  }
  if (visited) {
    FHIRWALL_TRY(visitor.finish(document));
  } else if (kind != EnvelopeKind::kNone) {
    state.edits.clear();  // of entries in front of the first include
    bool kept = false;
    FHIRWALL_TRY(filter_envelope(state, policy, kind, document, 0, kept));
  } else {
    const redact::Plan* plan = nullptr;
    FHIRWALL_TRY(plan_for(policy, interaction, document, 0, state.scratch, plan));
    if (plan == nullptr) {
      return {};
    }
    FHIRWALL_TRY(state.redact_resource(policy, document, 0, *plan));
  }
  allowed = true;
  return {};
}

Error Context::redact(const policy::CompiledPolicy& policy, const Asked& asked,
                      std::string_view body, Output& out, bool& allowed) {
  const Call call(*state_, policy);
  FHIRWALL_TRY(filter(policy, asked, body, allowed));
  if (allowed) {
    const redact::Edits& edits = state_->edits;
    out.reserve(out.size() + edits.result_size(body.size()));  // grown once, not by doubling
    edits.apply(body, 0, static_cast<std::uint32_t>(body.size()), out);
  }
  return {};
}

Error Context::redact_in_place(const policy::CompiledPolicy& policy, const Asked& asked,
                               std::span<char> body, Output& out, std::string_view& released,
                               bool& allowed) {
  const Call call(*state_, policy);
  released = {};
  const std::string_view text(body.data(), body.size());
  FHIRWALL_TRY(filter(policy, asked, text, allowed));
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
  const Call call(state, policy);
  FHIRWALL_TRY(state.parser.parse(body, policy.limits));
  FHIRWALL_TRY(check_root(state.parser.document()));
  Error error;
  decision = decide::decide(policy, interaction, state.parser.document(), 0, state.scratch, error);
  if (error) {
    decision.allowed = false;
  }
  return error;
}

namespace {

// Of the entries of an envelope, or of the resource that is none.
Error references_at(Context::State& state, const policy::CompiledPolicy& policy,
                    policy::Interaction interaction, const json::Document& document,
                    json::NodeIndex node, std::vector<std::string>& out) {
  const json::NodeIndex entries = document.find(node, "entry");
  if (envelope_kind(document, node, interaction) == EnvelopeKind::kNone ||
      entries == json::kNoNode || !document.is_array(entries)) {
    return decide::references(policy, interaction, document, node, state.scratch, out);
  }
  for (json::NodeIndex entry = json::Document::first_child(entries), end = document[entries].next;
       entry != end; entry = document[entry].next) {
    const json::NodeIndex resource = document.find(entry, "resource");
    if (resource != json::kNoNode) {
      FHIRWALL_TRY(decide::references(
          policy, is_include(document, entry) ? policy::Interaction::kRead : interaction, document,
          resource, state.scratch, out));
    }
  }
  return {};
}

}  // namespace

Error Context::references(const policy::CompiledPolicy& policy, const Asked& asked,
                          std::string_view body, std::vector<std::string>& out) {
  State& state = *state_;
  const Call call(state, policy);
  if (asked.is_batch) {
    FHIRWALL_TRY(take_requests(policy, asked));
  }
  FHIRWALL_TRY(state.parser.parse(body, policy.limits));
  const json::Document& document = state.parser.document();
  FHIRWALL_TRY(check_root(document));
  if (!asked.is_batch) {
    return references_at(state, policy, asked.interaction, document, 0, out);
  }
  FHIRWALL_TRY(check_batch(document));
  const json::NodeIndex entries = document.find(0, "entry");
  if (entries == json::kNoNode || !document.is_array(entries)) {
    return {};
  }
  std::size_t number = 0;
  for (json::NodeIndex entry = json::Document::first_child(entries), end = document[entries].next;
       entry != end && number < state.requests.size(); entry = document[entry].next, ++number) {
    const json::NodeIndex resource = document.find(entry, "resource");
    if (resource != json::kNoNode) {
      FHIRWALL_TRY(references_at(state, policy, state.requests[number].interaction, document,
                                 resource, out));
    }
  }
  return {};
}

void Context::use(const fhir::Resolved* resolved) { state_->scratch.resolved = resolved; }

}  // namespace fhirwall::filter
