#include <algorithm>
#include <string>
#include <utility>

#include "core/base/wipe.hpp"
#include "core/filter/answer.hpp"
#include "core/filter/envelope.hpp"
#include "core/filter/filter.hpp"
#include "core/filter/links.hpp"
#include "core/filter/names.hpp"
#include "core/filter/state.hpp"
#include "core/json/bundle_entries.hpp"
#include "core/json/lines.hpp"
#include "core/json/padded_buffer.hpp"

namespace fhirwall::filter {
namespace {

// References and names of released entries that a streamed Bundle remembers, so that later includes
// find what links them. Past the bound includes are cut (SPEC 8.4). 65,536 names of at most 2 KiB.
constexpr std::size_t kMaxLinkNames = 65536;
constexpr std::size_t kMaxLinkNameBytes = 2048;

void remember(Names& known, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (known.size() < kMaxLinkNames && name.size() <= kMaxLinkNameBytes) {
      known.add(name);
    }
  }
}

bool holds_any(const Names& known, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return known.holds(name); });
}

// Well-formed, but not for this engine to filter.
bool is_unsupported(ErrorCode code) {
  return code == ErrorCode::kUnsupportedBundle || code == ErrorCode::kUnsupportedContent;
}

// An error inside a part that begins at `offset` of the stream. SPEC P3: only invalid input has a
// place, since every offset counts the hidden bytes in front of it.
Error shifted(Error error, std::uint64_t offset) {
  if (!is_unsupported(error.code)) {
    error.offset += offset;
  }
  return error;
}

// What an invalid NDJSON line may be, to be dropped rather than to end the stream (SPEC 8.3).
bool is_invalid_line(ErrorCode code) {
  const ErrorClass error_class = fhirwall::error_class(code);
  return error_class == ErrorClass::kResource && !is_unsupported(code);
}

}  // namespace

struct Stream::State {
  State(std::shared_ptr<const policy::CompiledPolicy> compiled, policy::Interaction wanted,
        Format framing, OnInvalid invalid, std::unique_ptr<fhir::Resolved> fetched,
        std::optional<Rewrite> moved)
      : policy(std::move(compiled)),
        resolved(std::move(fetched)),
        rewrite(std::move(moved)),
        interaction(wanted),
        format(framing),
        on_invalid(invalid),
        item_limits(policy->limits),
        lines(policy->limits),
        bundle("entry", policy->limits) {
    // An entry stands two levels below the top of its Bundle.
    item_limits.max_depth = item_limits.max_depth > 2 ? item_limits.max_depth - 2 : 0;
  }

  [[nodiscard]] Error take_lines(Context::State& context, Output& out);
  [[nodiscard]] Error take_line(Context::State& context, std::string_view line, Output& out);
  [[nodiscard]] Error take_parts(Context& whole, Output& out);
  [[nodiscard]] Error take_header(Context::State& context, const json::BundlePart& part);
  [[nodiscard]] Error take_item(Context::State& context, const json::BundlePart& part, Output& out);
  [[nodiscard]] Error check_whole(Context::State& context, const json::BundlePart& part);
  [[nodiscard]] Error take_links(const json::Document& document);
  [[nodiscard]] Error take_tail(Context& whole, const json::BundlePart& part, Output& out);
  [[nodiscard]] Error release_header(Context::State& context, Output& out);
  [[nodiscard]] bool include_is_linked(Context::State& context, const json::Document& document,
                                       const Entry& entry);
  [[nodiscard]] Error step(Context& context, Output& out);
  [[nodiscard]] Error take(Context& context, Output& out);

  std::shared_ptr<const policy::CompiledPolicy> policy;
  std::unique_ptr<fhir::Resolved> resolved;
  std::optional<Rewrite> rewrite;
  WipedText links;
  policy::Interaction interaction;
  Format format;
  OnInvalid on_invalid;
  Limits item_limits;
  StreamCounts counts;
  EnvelopeKind kind = EnvelopeKind::kNone;  // of a Bundle whose header was seen
  bool poisoned = false;
  bool ended = false;

  json::LineReader lines;
  json::BundleReader bundle;
  json::PaddedBuffer held;  // kResource: the whole body; kBundle: the header
  bool header_seen = false;
  bool header_released = false;  // an entry was released, so the array `entry` stays
  bool item_seen = false;
  std::string before_items;  // white space behind the array's `[`
  std::string behind_item;   // white space behind the last one released, in front of its comma
  Names released_names;
  Names released_references;
};

Error Stream::State::take_line(Context::State& context, std::string_view line, Output& out) {
  context.edits.clear();
  FHIRWALL_TRY(context.parser.parse(line, policy->limits));
  const json::Document& document = context.parser.document();
  if (!document.is_object(0)) {
    return {ErrorCode::kNotAnObject, document[0].begin};
  }
  if (decide::resource_type_of(document, 0) == fhir::TypeId::kNone) {
    return {ErrorCode::kUnknownResourceType, document[0].begin};
  }
  const redact::Plan* plan = nullptr;
  FHIRWALL_TRY(plan_for(*policy, interaction, document, 0, context.scratch, plan));
  if (plan == nullptr) {
    ++counts.refused;
    return {};
  }
  FHIRWALL_TRY(context.redact_resource(*policy, document, 0, *plan));
  context.edits.apply(line, 0, static_cast<std::uint32_t>(line.size()), out);
  out.push_back('\n');  // a fixed literal, whatever ended the line (SPEC P4)
  ++counts.released;
  return {};
}

Error Stream::State::take_lines(Context::State& context, Output& out) {
  for (json::Line line; lines.next(line);) {
    const Error error = take_line(context, line.text, out);
    if (!error) {
      continue;
    }
    if (on_invalid == OnInvalid::kError || !is_invalid_line(error.code)) {
      return shifted(error, line.offset);
    }
    ++counts.invalid;
  }
  return lines.error();
}

// SPEC 8.4: `resourceType` and `type` must precede `entry`.
Error Stream::State::take_header(Context::State& context, const json::BundlePart& part) {
  header_seen = true;
  if (!held.append(part.text)) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  json::PaddedBuffer probe;
  if (!probe.append(part.text) || !probe.append("]}")) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  FHIRWALL_TRY(context.parser.parse(probe.view(), policy->limits));
  const json::Document& document = context.parser.document();
  if (document.find(0, "resourceType") == json::kNoNode ||
      document.find(0, "type") == json::kNoNode) {
    return {ErrorCode::kStreamOrder, 0};  // no place: SPEC P3
  }
  if (decide::resource_type_of(document, 0) == fhir::TypeId::kNone) {
    return {ErrorCode::kUnknownResourceType, document[0].begin};
  }
  kind = envelope_kind(document, 0, interaction);
  return kind == EnvelopeKind::kNone ? Error{ErrorCode::kUnsupportedBundle, 0} : Error{};
}

// Once an entry is released, the array `entry` stays, and with it what stays of the header.
Error Stream::State::release_header(Context::State& context, Output& out) {
  json::PaddedBuffer probe;
  if (!probe.append(held.view()) || !probe.append("]}")) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  FHIRWALL_TRY(context.parser.parse(probe.view(), policy->limits));
  context.edits.clear();
  emit_envelope(context, *policy, context.parser.document(), true);
  context.edits.apply(probe.view(), 0, static_cast<std::uint32_t>(held.size()), out);
  return {};
}

// An include must follow what links it: nothing that went by is held back for it.
bool Stream::State::include_is_linked(Context::State& context, const json::Document& document,
                                      const Entry& entry) {
  std::vector<std::string> names;
  entry_names(document, entry.resource, entry.full_url, names);
  if (holds_any(released_references, names)) {
    return true;
  }
  context.mark_resource(*policy, document, entry.resource, *entry.plan);
  kept_references(document, context.redactor, names);
  return holds_any(released_names, names);
}

Error Stream::State::take_item(Context::State& context, const json::BundlePart& part, Output& out) {
  if (!item_seen) {
    item_seen = true;
    before_items = part.before;
  }
  FHIRWALL_TRY(context.parser.parse(part.text, item_limits));
  if (policy->denies_everything) {
    ++counts.refused;
    return {};
  }
  const json::Document& document = context.parser.document();
  Entry entry;
  FHIRWALL_TRY(judge_entry(*policy, kind, document, 0, context.scratch, entry));
  if (entry.verdict == Verdict::kInclude) {
    entry.verdict =
        include_is_linked(context, document, entry) ? Verdict::kReleased : Verdict::kRefused;
  }
  if (entry.verdict == Verdict::kRefused) {
    ++counts.refused;
    return {};
  }
  context.edits.clear();
  FHIRWALL_TRY(emit_entry(context, *policy, kind, document, entry));
  if (entry.verdict == Verdict::kReleased && kind == EnvelopeKind::kSearchset) {
    std::vector<std::string> names;
    entry_names(document, entry.resource, entry.full_url, names);
    remember(released_names, names);
    kept_references(document, context.redactor, names);
    remember(released_references, names);
  }
  Output piece;
  piece.reserve(
      context.edits.result_size(part.text.size()));  // growing would leave copies (SPEC P7)
  context.edits.apply(part.text, 0, static_cast<std::uint32_t>(part.text.size()), piece);
  if (!header_released) {
    FHIRWALL_TRY(release_header(context, out));
    header_released = true;
    out.append(before_items);
  } else {
    out.append(behind_item);
    out.push_back(',');
    out.append(part.before);
  }
  out.append(piece);
  behind_item = part.after;
  wipe_memory(piece.data(), piece.size());
  ++counts.released;
  return {};
}

Error Stream::State::take_links(const json::Document& document) {
  return rewrite && !policy->denies_everything ? kept_links(document, links.text) : Error{};
}

// A Bundle that is no envelope is for a call on the whole body to judge, with or without entries.
Error Stream::State::check_whole(Context::State& context, const json::BundlePart& part) {
  FHIRWALL_TRY(context.parser.parse(part.text, policy->limits));
  const json::Document& document = context.parser.document();
  if (envelope_kind(document, 0, interaction) != EnvelopeKind::kNone) {
    return take_links(document);
  }
  const bool refused = decide::resource_type_of(document, 0) == fhir::well_known().bundle;
  return refused ? Error{ErrorCode::kUnsupportedBundle, 0} : Error{};
}

Error Stream::State::take_tail(Context& whole, const json::BundlePart& part, Output& out) {
  Context::State& context = whole.state();
  if (!header_seen) {
    // There is no `entry`: this is the whole body.
    FHIRWALL_TRY(check_whole(context, part));
    bool allowed = false;
    FHIRWALL_TRY(whole.redact(*policy, interaction, part.text, out, allowed));
    return {};
  }
  const std::size_t header_size = held.size();
  if (!held.append(part.text)) {
    return {ErrorCode::kOutOfMemory, part.offset};
  }
  const auto stream_offset = [&](Error error) {
    return error.offset < header_size ? error : shifted(error, part.offset - header_size);
  };
  if (const Error error = context.parser.parse(held.view(), policy->limits)) {
    return stream_offset(error);
  }
  if (policy->denies_everything) {
    return {};
  }
  FHIRWALL_TRY(take_links(context.parser.document()));
  context.edits.clear();
  emit_envelope(context, *policy, context.parser.document(), header_released);
  const std::size_t begin = header_released ? header_size : 0;
  context.edits.apply(held.view(), static_cast<std::uint32_t>(begin),
                      static_cast<std::uint32_t>(held.size()), out);
  return {};
}

Error Stream::State::take_parts(Context& whole, Output& out) {
  for (json::BundlePart part; bundle.next(part);) {
    Error error;
    switch (part.kind) {
      case json::BundlePart::Kind::kHeader: error = take_header(whole.state(), part); break;
      case json::BundlePart::Kind::kItem: error = take_item(whole.state(), part, out); break;
      case json::BundlePart::Kind::kTail: error = take_tail(whole, part, out); break;
    }
    if (error) {
      return part.kind == json::BundlePart::Kind::kItem ? shifted(error, part.offset) : error;
    }
  }
  const Error error = bundle.error();
  return is_unsupported(error.code) ? Error{error.code, 0} : error;
}

// A step that sees what was fetched for this stream, and nothing that was fetched for a call.
Error Stream::State::step(Context& context, Output& out) {
  const Call call(context.state(), *policy);
  decide::Scratch& scratch = context.state().scratch;
  const fhir::Resolved* const before = std::exchange(scratch.resolved, resolved.get());
  context.state().rewrite = rewrite ? &*rewrite : nullptr;
  const Error error = take(context, out);
  context.state().rewrite = nullptr;
  scratch.resolved = before;
  return error;
}

Error Stream::State::take(Context& context, Output& out) {
  switch (format) {
    case Format::kNdjson: return take_lines(context.state(), out);
    case Format::kBundle: return take_parts(context, out);
    case Format::kResource: {
      if (!ended) {
        return {};
      }
      bool allowed = false;
      FHIRWALL_TRY(context.redact(*policy, interaction, held.view(), out, allowed));
      ++(allowed ? counts.released : counts.refused);
      return {};
    }
  }
  return {};
}

Stream::Stream(std::shared_ptr<const policy::CompiledPolicy> policy,
               policy::Interaction interaction, Format format, OnInvalid on_invalid,
               std::unique_ptr<fhir::Resolved> resolved, std::optional<Rewrite> rewrite)
    : state_(std::make_unique<State>(std::move(policy), interaction, format, on_invalid,
                                     std::move(resolved), std::move(rewrite))) {}
Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

Error Stream::write(std::string_view chunk, Context& context, Output& out) {
  State& state = *state_;
  if (state.poisoned || state.ended) {
    return {ErrorCode::kPoisoned, 0};
  }
  Error error;
  switch (state.format) {
    case Format::kNdjson: state.lines.feed(chunk, 0); break;
    case Format::kBundle: state.bundle.feed(chunk, 0); break;
    case Format::kResource:
      if (chunk.size() > state.policy->limits.max_body_bytes - state.held.size()) {
        error = {ErrorCode::kTooLarge, state.policy->limits.max_body_bytes};
      } else if (!state.held.append(chunk)) {
        error = {ErrorCode::kOutOfMemory, state.held.size()};
      }
      break;
  }
  if (!error) {
    error = state.step(context, out);
  }
  state.poisoned = static_cast<bool>(error);
  return error;
}

Error Stream::end(Context& context, Output& out) {
  State& state = *state_;
  if (state.poisoned || state.ended) {
    return {ErrorCode::kPoisoned, 0};
  }
  state.ended = true;
  state.lines.finish();
  state.bundle.finish();
  const Error error = state.step(context, out);
  state.poisoned = static_cast<bool>(error);
  return error;
}

const StreamCounts& Stream::counts() const { return state_->counts; }
const std::string& Stream::links() const { return state_->links.text; }

}  // namespace fhirwall::filter
