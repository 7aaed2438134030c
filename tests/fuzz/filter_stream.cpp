// layer: core/filter
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/limits.hpp"
#include "core/filter/filter.hpp"
#include "core/json/document.hpp"
#include "core/policy/compiled_policy.hpp"

// The first byte chooses format and interaction, the second seeds the chunk sizes, the rest is a
// stream: however it is split, the same comes out, and the whole-buffer call gives the same for a
// history, and for a searchset without includes.
namespace {

using namespace fhirwall;

const std::shared_ptr<const policy::CompiledPolicy>& compiled() {
  static const std::shared_ptr<const policy::CompiledPolicy> policy =
      policy::compile(
          R"({"policies":[{"resourceType":"AccessPolicy","resource":[
          {"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name","contact.telecom.value"]},
          {"resourceType":"Observation","hiddenFields":["value[x]"]},{"resourceType":"Practitioner"},
          {"resourceType":"Parameters"},{"resourceType":"Bundle"}]}]})",
          Limits{})
          .policy;
  return policy;
}

struct Outcome {
  ErrorCode code = ErrorCode::kOk;
  std::uint64_t offset = 0;
  std::string out;
  bool operator==(const Outcome&) const = default;
};

Outcome run(policy::Interaction interaction, filter::Format format, filter::OnInvalid on_invalid,
            std::string_view text, std::uint32_t seed) {
  Outcome outcome;
  filter::Context context;
  filter::Stream stream(compiled(), interaction, format, on_invalid);
  Error error;
  for (std::size_t at = 0; at < text.size() && !error;) {
    seed = seed * 1664525u + 1013904223u;
    std::size_t size = seed == 0 ? text.size() : 1 + (seed >> 16) % 40;
    size = size < text.size() - at ? size : text.size() - at;
    const std::unique_ptr<char[]> block(new char[size]);
    std::copy(text.data() + at, text.data() + at + size, block.get());
    error = stream.write({block.get(), size}, context, outcome.out);
    at += size;
  }
  if (!error) {
    error = stream.end(context, outcome.out);
  }
  outcome.code = error.code;
  outcome.offset = error.offset;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const auto format = static_cast<filter::Format>(data[0] % 3);
  const auto on_invalid = static_cast<filter::OnInvalid>(data[0] / 3 % 2);
  const auto interaction =
      data[0] / 6 % 2 == 0 ? policy::Interaction::kSearch : policy::Interaction::kHistory;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Outcome first = run(interaction, format, on_invalid, text, data[1] + 1u);
  const Outcome second = run(interaction, format, on_invalid, text, data[1] + 77777u);
  if (first != second) {
    __builtin_trap();
  }
  if (first.code != ErrorCode::kOk || format == filter::Format::kNdjson) {
    return 0;
  }
  std::string padded(text);
  padded.append(json::kPadding, '\0');
  filter::Context context;
  std::string out;
  bool allowed = false;
  const Error error = context.redact(*compiled(), interaction,
                                     std::string_view(padded).substr(0, text.size()), out, allowed);
  if (error || (out != first.out && text.find("include") == std::string_view::npos &&
                text.find('\\') == std::string_view::npos)) {
    __builtin_trap();
  }
  return 0;
}
