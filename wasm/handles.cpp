#include "wasm/handles.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "core/engine.hpp"

namespace fhirwall::wasm {
namespace {

// Buffers up to this many bytes are kept between calls: larger ones are rare and go back to the
// allocator.
constexpr std::uint32_t kKeepBytes = 1u << 20;

// An output buffer of at least this size is on the heap, where the records of a result are aligned.
constexpr std::size_t kOutputBytes = 256;

// The range of ECMAScript's Date, and of zones.
constexpr double kMaxEpochMs = 8.64e15;
constexpr std::int32_t kMaxZoneMinutes = 14 * 60;

// SPEC P7. The barrier keeps the stores although the memory may be freed next.
void wipe(void* memory, std::size_t size) {
  if (size != 0) {
    std::memset(memory, 0, size);
    __asm__ __volatile__("" : : "r"(memory) : "memory");
  }
}

// What the calls below left in their frames, such as the parser's copy of the last block of a body.
// Not inlined: the array must lie where their frames lay.
constexpr std::size_t kStackBytes = 8 * 1024;
[[gnu::noinline]] void wipe_stack() {
  char frames[kStackBytes];
  wipe(frames, sizeof(frames));
}

std::uint32_t address_of(const void* memory) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(memory));
}

std::optional<policy::Interaction> interaction_at(std::uint32_t index) {
  static_assert(kBatch == static_cast<std::uint32_t>(policy::Interaction::kDelete) + 1);
  return index < kBatch ? std::optional(static_cast<policy::Interaction>(index)) : std::nullopt;
}

std::string issues_members(const Issues& issues) {
  return "\"issues\":" + issues_json(issues) + ",\"omitted\":" + std::to_string(issues.omitted()) +
         "}";
}

bool is_clock(double now_ms, std::int32_t zone_minutes) {
  return now_ms >= -kMaxEpochMs && now_ms <= kMaxEpochMs && zone_minutes >= -kMaxZoneMinutes &&
         zone_minutes <= kMaxZoneMinutes;
}

}  // namespace

// INVARIANT: what was fetched for one call is not seen by the next (SPEC P3, P7).
class Handles::Supplied {
 public:
  explicit Supplied(Handles& handles) : handles_(handles) {}
  ~Supplied() { handles_.engine().clear_supplied(); }
  Supplied(const Supplied&) = delete;
  Supplied& operator=(const Supplied&) = delete;

 private:
  Handles& handles_;
};

void Handles::Free::operator()(char* memory) const { std::free(memory); }

Engine& Handles::engine() { return engine_ ? *engine_ : engine_.emplace(limits_); }

std::string Handles::compile_policy(std::string_view input_json) {
  policy::CompileOutcome outcome = engine().compile_policy(input_json);
  Handle handle = kNoHandle;
  std::string json;
  if (outcome.policy && !outcome.issues.has_errors()) {
    json = ",\"hash\":\"" + outcome.policy->hash +
           "\",\"references\":" + (outcome.policy->reads_references ? "true" : "false") +
           ",\"rules\":" + outcome.policy->rules_json;
    handle = policies_.add(std::move(outcome.policy));
  }
  return "{\"handle\":" + std::to_string(handle) + json + "," + issues_members(outcome.issues);
}

std::string Handles::search_parameters(std::string_view type) {
  return engine().search_parameters_json(type);
}

std::string Handles::compile_search(std::string_view criteria, std::string_view options_json) {
  Issues issues(limits_.max_issues);
  std::shared_ptr<const search::Criteria> compiled =
      engine().compile_search(criteria, issues, options_json);
  const bool references = compiled && search::reads_references(*compiled);
  const Handle handle =
      compiled && !issues.has_errors() ? searches_.add(std::move(compiled)) : kNoHandle;
  return "{\"handle\":" + std::to_string(handle) +
         ",\"references\":" + (references ? "true" : "false") + "," + issues_members(issues);
}

std::string Handles::compile_fhirpath(std::string_view expression, std::string_view resource_type,
                                      bool strict, bool untyped) {
  Issues issues(limits_.max_issues);
  const ExpressionOptions options{.strict = strict, .untyped = untyped, .type = resource_type};
  std::shared_ptr<const Expression> compiled =
      engine().compile_fhirpath(expression, options, issues);
  Handle handle = kNoHandle;
  std::string json;
  if (compiled) {
    json = std::string(",\"clock\":") + (compiled->reads_clock ? "true" : "false") +
           ",\"variables\":" + strings_json(compiled->variables);
    handle = expressions_.add(std::move(compiled));
  }
  return "{\"handle\":" + std::to_string(handle) + json + "," + issues_members(issues);
}

bool Handles::free_resource(Handle handle) {
  const bool found = resources_.remove(handle);
  wipe_stack();  // what evaluations on it left in their frames
  return found;
}

std::string Handles::check_ip(Handle policy, std::string_view address) {
  const auto* compiled = policies_.find(policy);
  return compiled == nullptr ? std::string() : engine().check_ip_json(**compiled, address);
}

bool Handles::can(Handle policy, std::uint32_t interaction, std::string_view resource_type) {
  const auto* compiled = policies_.find(policy);
  const auto wanted = interaction_at(interaction);
  return compiled != nullptr && wanted && engine().can(**compiled, *wanted, resource_type);
}

Handle Handles::open_stream(Handle policy, std::uint32_t interaction, std::uint32_t format,
                            std::uint32_t on_invalid, std::string_view from, std::string_view to) {
  std::unique_ptr<fhir::Resolved> resolved = engine().take_supplied();
  const auto* compiled = policies_.find(policy);
  const auto wanted = interaction_at(interaction);
  if (compiled == nullptr || !wanted ||
      format > static_cast<std::uint32_t>(filter::Format::kResource) ||
      on_invalid > static_cast<std::uint32_t>(filter::OnInvalid::kDrop)) {
    return kNoHandle;
  }
  std::optional<filter::Rewrite> rewrite;
  if (!from.empty()) {
    if (!filter::is_rewrite_base(from) || !filter::is_rewrite_base(to)) {
      return kNoHandle;
    }
    rewrite.emplace(filter::Rewrite{std::string(from), std::string(to)});
  }
  return streams_.add(std::make_unique<filter::Stream>(
      *compiled, *wanted, static_cast<filter::Format>(format),
      static_cast<filter::OnInvalid>(on_invalid), std::move(resolved), std::move(rewrite)));
}

std::string Handles::stream_links(Handle stream) {
  const auto* found = streams_.find(stream);
  return found == nullptr ? std::string() : (*found)->links();
}

char* Handles::reserve_input(std::uint32_t size, bool whole) {
  begin();
  if (whole && size > limits_.max_body_bytes) {
    finish({ErrorCode::kTooLarge, limits_.max_body_bytes}, false);
    return nullptr;
  }
  if (size > capacity_ || !input_) {
    // Room to grow into, so that bodies of similar size do not allocate each time.
    const std::uint64_t capacity = std::max<std::uint64_t>(size, std::uint64_t{64} << 10);
    const std::uint64_t with_padding = capacity + json::kPadding;
    input_.reset();
    capacity_ = 0;
    if (with_padding <= std::numeric_limits<std::size_t>::max()) {
      input_.reset(static_cast<char*>(std::malloc(static_cast<std::size_t>(with_padding))));
    }
    if (!input_) {
      finish({ErrorCode::kOutOfMemory, 0}, false);
      return nullptr;
    }
    capacity_ = static_cast<std::uint32_t>(capacity);
  }
  filled_ = size;
  std::memset(input_.get() + size, 0, json::kPadding);
  return input_.get();
}

std::string_view Handles::input(std::uint32_t size) const {
  return input_ && size <= filled_ ? std::string_view(input_.get(), size) : std::string_view();
}

void Handles::supply(std::uint32_t size) {
  begin();
  Error error;
  if (size == 0) {
    engine().clear_supplied();
  } else {
    error = engine().supply(input(size));
  }
  finish(error, false);
}

void Handles::answer(Handle policy, std::uint32_t interaction, std::uint32_t size,
                     AnswerInJson ask) {
  begin();
  const Supplied supplied(*this);
  const auto* compiled = policies_.find(policy);
  const auto wanted = interaction_at(interaction);
  if (compiled == nullptr || !wanted) {
    return fail(compiled == nullptr ? kStatusNoHandle : kStatusInvalidArgument);
  }
  const Error error = (engine().*ask)(**compiled, *wanted, input(size), output_);
  // Here "allowed" says that there is output; a decision itself is in the JSON.
  finish(error, true);
}

std::optional<filter::Asked> Handles::asked_at(std::uint32_t interaction, std::uint32_t size,
                                               std::uint32_t requests_size,
                                               std::string_view& body) const {
  body = input(size);
  if (interaction != kBatch) {
    return interaction_at(interaction);
  }
  if (body.size() < json::kPadding || requests_size > body.size() - json::kPadding) {
    return std::nullopt;
  }
  const std::string_view requests = body.substr(0, requests_size);
  body.remove_prefix(requests_size + json::kPadding);
  return filter::Asked::batch(requests);
}

void Handles::references(Handle policy, std::uint32_t interaction, std::uint32_t size,
                         std::uint32_t requests_size) {
  begin();
  const Supplied supplied(*this);
  const auto* compiled = policies_.find(policy);
  std::string_view body;
  const auto asked = asked_at(interaction, size, requests_size, body);
  if (compiled == nullptr || !asked) {
    return fail(compiled == nullptr ? kStatusNoHandle : kStatusInvalidArgument);
  }
  finish(engine().references_json(**compiled, *asked, body, output_), true);
}

void Handles::search_references(Handle search, std::uint32_t size) {
  begin();
  const Supplied supplied(*this);
  const auto* criteria = searches_.find(search);
  if (criteria == nullptr) {
    return fail(kStatusNoHandle);
  }
  const Error error = engine().search_references_json(**criteria, input(size), output_);
  finish(error, true);
}

void Handles::redact(Handle policy, std::uint32_t interaction, std::uint32_t size,
                     std::uint32_t requests_size) {
  begin();
  const Supplied supplied(*this);
  const auto* compiled = policies_.find(policy);
  std::string_view body;
  const auto asked = asked_at(interaction, size, requests_size, body);
  if (compiled == nullptr || !asked) {
    return fail(compiled == nullptr ? kStatusNoHandle : kStatusInvalidArgument);
  }
  char* const from = input_.get() + (body.empty() ? 0 : body.data() - input_.get());
  bool allowed = false;
  std::string_view released;
  const Error error =
      engine().redact_in_place(**compiled, *asked, {from, body.size()}, output_, released, allowed);
  finish(error, allowed, released);
}

void Handles::decide(Handle policy, std::uint32_t interaction, std::uint32_t size) {
  answer(policy, interaction, size, &Engine::decide_json);
}

void Handles::explain(Handle policy, std::uint32_t interaction, std::uint32_t size) {
  answer(policy, interaction, size, &Engine::explain_json);
}

void Handles::check_write(Handle policy, std::uint32_t interaction, std::uint32_t before_size,
                          std::uint32_t size, bool patches, double now_ms,
                          std::int32_t zone_minutes) {
  begin();
  const Supplied supplied(*this);
  const auto* compiled = policies_.find(policy);
  const auto wanted = interaction_at(interaction);
  const std::string_view whole = input(size);
  if (compiled == nullptr) {
    return fail(kStatusNoHandle);
  }
  if (!wanted || whole.size() < json::kPadding || before_size > whole.size() - json::kPadding ||
      !is_clock(now_ms, zone_minutes)) {
    return fail(kStatusInvalidArgument);
  }
  decide::WriteRequest request;
  request.interaction = *wanted;
  request.before = whole.substr(0, before_size);
  (patches ? request.patch : request.after) = whole.substr(before_size + json::kPadding);
  request.now_ms = static_cast<std::int64_t>(now_ms);
  request.zone_minutes = static_cast<std::int16_t>(zone_minutes);
  write_outcome_.clear();
  const Error error = engine().check_write(**compiled, request, write_outcome_, output_);
  finish(error, true);
}

void Handles::matches(Handle search, std::uint32_t size) {
  begin();
  const Supplied supplied(*this);
  const auto* criteria = searches_.find(search);
  if (criteria == nullptr) {
    return fail(kStatusNoHandle);
  }
  bool matched = false;
  const Error error = engine().search_matches(**criteria, input(size), matched);
  finish(error, matched);
}

Handle Handles::load(std::uint32_t size) {
  begin();
  Error error;
  std::unique_ptr<Resource> resource = engine().load(input(size), error);
  const Handle handle = resource ? resources_.add(std::move(resource)) : kNoHandle;
  if (handle == kNoHandle && !error) {
    error.code = ErrorCode::kOutOfMemory;  // no more handles
  }
  finish(error, false);
  return handle;
}

std::uint32_t Handles::take_variables(const Expression& expression, Surroundings& to) {
  variables_.clear();
  for (const Bound& bound : bound_) {
    const std::unique_ptr<Resource>* value = resources_.find(bound.resource);
    if (bound.index >= expression.variables.size()) {
      return kStatusInvalidArgument;
    }
    if (value == nullptr && bound.resource != kNoHandle) {
      return kStatusNoHandle;
    }
    variables_.push_back(
        {expression.variables[bound.index], value == nullptr ? nullptr : value->get()});
  }
  bound_.clear();
  to.variables = variables_;
  return 0;
}

std::int32_t Handles::evaluate(Handle expression, Handle resource, std::uint32_t size,
                               std::uint32_t form, double now_ms, std::int32_t zone_minutes) {
  release();
  const auto refuse = [&](std::uint32_t status) {
    bound_.clear();
    fail(status);
    return -1;
  };
  const auto* compiled = expressions_.find(expression);
  const auto* loaded = resource == kNoHandle ? nullptr : resources_.find(resource);
  if (compiled == nullptr || (loaded == nullptr && resource != kNoHandle)) {
    return refuse(kStatusNoHandle);
  }
  Surroundings surroundings;
  if (form > static_cast<std::uint32_t>(fhirpath::ResultForm::kRecords) ||
      !is_clock(now_ms, zone_minutes)) {
    return refuse(kStatusInvalidArgument);
  }
  surroundings.form = static_cast<fhirpath::ResultForm>(form);
  surroundings.now_ms = static_cast<std::int64_t>(now_ms);
  surroundings.zone_minutes = static_cast<std::int16_t>(zone_minutes);
  if (!bound_.empty()) {
    if (const std::uint32_t status = take_variables(**compiled, surroundings); status != 0) {
      return refuse(status);
    }
  }
  output_.reserve(kOutputBytes);
  std::uint32_t count = 0;
  fhirpath::EvaluationError error =
      loaded != nullptr ? engine().evaluate(**compiled, **loaded, surroundings, output_, count)
                        : engine().evaluate(**compiled, input(size), surroundings, output_, count);
  if (loaded == nullptr || error) {
    finish(error.error, true);
  } else {
    // The resource stays in memory, so that what the evaluation left in its frames says nothing
    // more: free_resource() overwrites both.
    response_.status = 0;
    response_.data = address_of(output_.data());
    response_.size = static_cast<std::uint32_t>(output_.size());
  }
  if (error) {
    evaluation_message_ = std::move(error.message);
    return -1;
  }
  return static_cast<std::int32_t>(count);
}

void Handles::write_stream(Handle stream, std::uint32_t size) {
  begin();
  const auto* found = streams_.find(stream);
  if (found == nullptr) {
    return fail(kStatusNoHandle);
  }
  output_.reserve(size);
  const Error error = (*found)->write(input(size), engine().context(), output_);
  note((*found)->counts());
  finish(error, true);
}

void Handles::end_stream(Handle stream) {
  begin();
  const auto* found = streams_.find(stream);
  if (found == nullptr) {
    return fail(kStatusNoHandle);
  }
  const Error error = (*found)->end(engine().context(), output_);
  note((*found)->counts());
  finish(error, true);
}

void Handles::note(const filter::StreamCounts& counts) {
  response_.released = static_cast<double>(counts.released);
  response_.refused = static_cast<double>(counts.refused);
  response_.invalid = static_cast<double>(counts.invalid);
}

void Handles::begin() {
  bound_.clear();
  release();
  response_ = {};
}

void Handles::fail(std::uint32_t status) {
  wipe_stack();
  wipe_input();
  response_.status = status;
}

// INVARIANT: output is shown only without an error and only when allowed (SPEC P1).
void Handles::finish(Error error, bool allowed, std::string_view output) {
  wipe_stack();
  const bool shown = !error && allowed;
  output_in_input_ = shown && !output.empty() && output.data() != output_.data();
  if (!output_in_input_) {
    wipe_input();
  }
  response_.status = static_cast<std::uint32_t>(error.code);
  response_.offset = static_cast<double>(error.offset);
  if (!shown) {
    release();
    return;
  }
  response_.allowed = 1;
  response_.data = address_of(output.data());
  response_.size = static_cast<std::uint32_t>(output.size());
}

void Handles::wipe_input() {
  if (capacity_ > kKeepBytes) {
    input_.reset();  // overwrites it: free.cpp
    capacity_ = 0;
  } else {
    wipe(input_.get(), filled_);
  }
  filled_ = 0;
}

void Handles::release() {
  if (output_in_input_) {
    output_in_input_ = false;
    wipe_input();
  }
  if (output_.capacity() > kKeepBytes) {
    std::string().swap(output_);
  } else {
    wipe(output_.data(), output_.size());
    output_.clear();
  }
  response_.data = 0;
  response_.size = 0;
}

}  // namespace fhirwall::wasm
