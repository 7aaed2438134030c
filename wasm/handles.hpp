#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine.hpp"
#include "wasm/handle_table.hpp"

// What stands between the bindings and the engine: handles for compiled things, one input buffer,
// one output, one response. Nothing here knows Emscripten.
namespace fhirwall::wasm {

// Rises with every change of what crosses the boundary; js/src/memory.ts expects the same number.
inline constexpr std::uint32_t kAbiVersion = 5;

// Flags of check_request().
inline constexpr std::uint32_t kMedplum = 1;
inline constexpr std::uint32_t kAllowSubscriptions = 2;

// Stands for an answer to a batch among the interactions, which it follows.
inline constexpr std::uint32_t kBatch = 7;

// Statuses beside those of ErrorCode.
inline constexpr std::uint32_t kStatusNoHandle = 254;         // freed, or never given out
inline constexpr std::uint32_t kStatusInvalidArgument = 255;  // an index out of range

// The outcome of the last call, at a fixed address. js/src/memory.ts reads these offsets.
struct Response {
  std::uint32_t status = 0;   //  0: an ErrorCode, or one of the statuses above
  std::uint32_t allowed = 0;  //  4: 1 when allowed, or when the search matches
  std::uint32_t data = 0;     //  8: first byte of the output
  std::uint32_t size = 0;     // 12: its length in bytes
  double offset = 0;          // 16: where the error is, in bytes from the start of the input
  double released = 0;        // 24: counts of a stream, so far
  double refused = 0;         // 32
  double invalid = 0;         // 40
};
static_assert(sizeof(Response) == 48);

// One engine with its handles. A WebAssembly instance has exactly one.
//
// A call on bytes: reserve_input(), the caller fills the buffer, then redact() or another method
// reads it. The output stays where response() says until release() or the next call.
class Handles {
 public:
  // One bound of Limits by its camelCase name; only before the first use of the engine. False if
  // there is no such bound, or the value is no positive 32-bit integer.
  bool set_limit(std::string_view name, double value);

  // --- Control plane: results as JSON.

  // { handle, hash, references, rules, issues, omitted }; handle 0 when refused. `references`: may
  // references() find any?
  [[nodiscard]] std::string compile_policy(std::string_view input_json);
  // { handle, references, issues, omitted }; see Engine::compile_search.
  [[nodiscard]] std::string compile_search(std::string_view criteria,
                                           std::string_view options_json);
  // Empty: no such type.
  [[nodiscard]] std::string search_parameters(std::string_view type);
  // { handle, variables, clock, issues, omitted }: the `%names` that bind() counts, and whether the
  // expression reads the clock. An empty `resource_type` is any.
  [[nodiscard]] std::string compile_fhirpath(std::string_view expression,
                                             std::string_view resource_type, bool strict,
                                             bool untyped);
  // What the last evaluation that failed has to say: one line without values of the input; empty
  // when error_message() says it.
  [[nodiscard]] const std::string& evaluation_message() const { return evaluation_message_; }
  // As Engine::check_ip_json; empty without such a policy.
  [[nodiscard]] std::string check_ip(Handle policy, std::string_view address);
  // As Engine::check_request_json; empty without such a policy. `headers`: names and values, each
  // with a NUL behind it.
  [[nodiscard]] std::string check_request(Handle policy, std::uint32_t flags,
                                          std::string_view method, std::string_view url,
                                          std::string_view headers, std::string_view body);
  // Denied without such a policy.
  [[nodiscard]] bool can(Handle policy, std::uint32_t interaction, std::string_view resource_type);
  // `from` and `to`: see filter::Rewrite; empty for none.
  [[nodiscard]] Handle open_stream(Handle policy, std::uint32_t interaction, std::uint32_t format,
                                   std::uint32_t on_invalid, std::string_view from,
                                   std::string_view to);
  // See filter::Stream::links().
  [[nodiscard]] std::string stream_links(Handle stream);
  bool free_policy(Handle handle) { return policies_.remove(handle); }
  bool free_search(Handle handle) { return searches_.remove(handle); }
  bool free_stream(Handle handle) { return streams_.remove(handle); }
  bool free_expression(Handle handle) { return expressions_.remove(handle); }
  bool free_resource(Handle handle);

  // --- Bodies.

  // A buffer of `size` bytes with the padding behind it that the parser reads. Null: response()
  // says why (SPEC P8). `whole` bodies are held to max_body_bytes, chunks are not.
  [[nodiscard]] char* reserve_input(std::uint32_t size, bool whole);
  // Takes what the host fetched from the input buffer (SPEC 5.8); see Engine::supply. Dropped and
  // overwritten when the next call on a body returns; open_stream() hands it to the stream.
  // `size` 0: drops it.
  void supply(std::uint32_t size);
  // What the host would have to fetch next, as a JSON array.
  void references(Handle policy, std::uint32_t interaction, std::uint32_t size,
                  std::uint32_t requests_size);
  void search_references(Handle search, std::uint32_t size);
  // With kBatch for the interaction, here and in references(), the input buffer holds what was
  // sent, `requests_size` bytes (see filter::Asked::batch), then json::kPadding bytes, then the
  // answer: `size` bytes in all.
  void redact(Handle policy, std::uint32_t interaction, std::uint32_t size,
              std::uint32_t requests_size);
  void decide(Handle policy, std::uint32_t interaction, std::uint32_t size);
  void explain(Handle policy, std::uint32_t interaction, std::uint32_t size);
  // Decides on a write. The input buffer holds the stored version, `before_size` bytes, then
  // json::kPadding bytes, then what is submitted, or the patch if `patches`: `size` bytes in all.
  // The output is what to store; write_outcome() has the rest, as Engine::check_write() writes it.
  void check_write(Handle policy, std::uint32_t interaction, std::uint32_t before_size,
                   std::uint32_t size, bool patches, double now_ms, std::int32_t zone_minutes);
  [[nodiscard]] const std::string& write_outcome() const { return write_outcome_; }
  void matches(Handle search, std::uint32_t size);
  // Keeps the body of the input buffer, one JSON value, for evaluations; kNoHandle: response() says
  // why.
  [[nodiscard]] Handle load(std::uint32_t size);
  // The variable at `index` of the expression's list in the next evaluation; kNoHandle: empty.
  void bind(std::uint32_t index, Handle resource) { bound_.push_back({index, resource}); }
  // Evaluates on a loaded resource, or for kNoHandle on the body in the input buffer. How many
  // values the output holds, in that form; -1: response() says why. `now_ms`: since 1970;
  // `zone_minutes`: east of UTC.
  [[nodiscard]] std::int32_t evaluate(Handle expression, Handle resource, std::uint32_t size,
                                      std::uint32_t form, double now_ms, std::int32_t zone_minutes);
  void write_stream(Handle stream, std::uint32_t size);
  void end_stream(Handle stream);
  // Overwrites the output (SPEC P7), and with it the input when the output lies there; otherwise
  // the input was overwritten when its call returned.
  void release();

  [[nodiscard]] const Response& response() const { return response_; }

 private:
  using AnswerInJson = Error (Engine::*)(const policy::CompiledPolicy&, policy::Interaction,
                                         std::string_view, std::string&);
  void answer(Handle policy, std::uint32_t interaction, std::uint32_t size, AnswerInJson ask);
  // What `body`, the input or its second part, answers; nullopt: an argument is out of range.
  [[nodiscard]] std::optional<filter::Asked> asked_at(std::uint32_t interaction, std::uint32_t size,
                                                      std::uint32_t requests_size,
                                                      std::string_view& body) const;

  struct Free {
    void operator()(char* memory) const;
  };

  [[nodiscard]] Engine& engine();
  [[nodiscard]] std::string_view input(std::uint32_t size) const;
  void begin();
  void note(const filter::StreamCounts& counts);
  void fail(std::uint32_t status);
  void finish(Error error, bool allowed, std::string_view output);
  void finish(Error error, bool allowed) { finish(error, allowed, output_); }
  void wipe_input();
  // Drops what was supplied at the end of a call.
  class Supplied;
  struct Bound {
    std::uint32_t index;
    Handle resource;
  };
  // Binds bound_; kOk or a status.
  [[nodiscard]] std::uint32_t take_variables(const Expression& expression, Surroundings& to);

  Limits limits_;
  std::optional<Engine> engine_;
  HandleTable<std::shared_ptr<const policy::CompiledPolicy>> policies_;
  HandleTable<std::shared_ptr<const search::Criteria>> searches_;
  HandleTable<std::unique_ptr<filter::Stream>> streams_;
  HandleTable<std::shared_ptr<const Expression>> expressions_;
  HandleTable<std::unique_ptr<Resource>> resources_;
  std::vector<Bound> bound_;
  std::vector<Surroundings::Variable> variables_;
  std::string evaluation_message_;
  std::string write_outcome_;
  std::unique_ptr<char, Free> input_;
  std::uint32_t capacity_ = 0;  // of input_, without padding
  std::uint32_t filled_ = 0;    // bytes of input_ that may hold somebody's data
  std::string output_;
  bool output_in_input_ = false;  // the output of this call is inside input_
  Response response_;
};

}  // namespace fhirwall::wasm
