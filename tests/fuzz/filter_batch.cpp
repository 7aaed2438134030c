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

// What was sent, a zero byte, and the answer. What comes out is JSON with as many entries, is the
// same when it is made in place, and loses nothing more when it is redacted again.
namespace {

using namespace fhirwall;

const policy::CompiledPolicy& compiled() {
  static const std::shared_ptr<const policy::CompiledPolicy> policy =
      policy::compile(
          R"({"policies":[{"resourceType":"AccessPolicy","resource":[
          {"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name","contact.telecom.value"]},
          {"resourceType":"Observation"},{"resourceType":"Practitioner","interaction":["search","create"]},
          {"resourceType":"Parameters"},{"resourceType":"Bundle","hiddenFields":["identifier"]}]}]})",
          Limits{})
          .policy;
  return *policy;
}

std::string padded(std::string_view text) { return std::string(text).append(json::kPadding, '\0'); }

std::size_t entries_of(const std::string& text, std::size_t size) {
  json::Parser parser;
  if (parser.parse(std::string_view(text).substr(0, size), Limits{})) {
    __builtin_trap();
  }
  const json::Document& document = parser.document();
  const json::NodeIndex entries = document.find(0, "entry");
  std::size_t count = 0;
  if (entries != json::kNoNode && document.is_array(entries)) {
    for (json::NodeIndex item = json::Document::first_child(entries);
         item != document[entries].next; item = document[item].next) {
      ++count;
    }
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t middle = input.find('\0');
  if (middle == std::string_view::npos) {
    return 0;
  }
  const std::string sent = padded(input.substr(0, middle));
  std::string body = padded(input.substr(middle + 1));
  const std::size_t body_size = size - middle - 1;
  const filter::Asked asked = filter::Asked::batch(std::string_view(sent).substr(0, middle));
  filter::Context context;
  std::string out;
  bool allowed = false;
  if (context.redact(compiled(), asked, std::string_view(body).substr(0, body_size), out,
                     allowed) ||
      !allowed) {
    if (!out.empty() || allowed) {
      __builtin_trap();
    }
    return 0;
  }
  const std::string again = padded(out);
  std::string second;
  if (entries_of(body, body_size) != entries_of(again, out.size()) ||
      context.redact(compiled(), asked, std::string_view(again).substr(0, out.size()), second,
                     allowed) ||
      second != out) {
    __builtin_trap();
  }
  std::string_view released;
  second.clear();
  if (context.redact_in_place(compiled(), asked, {body.data(), body_size}, second, released,
                              allowed) ||
      released != out) {
    __builtin_trap();
  }
  return 0;
}
