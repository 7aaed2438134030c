// layer: core/decide
// Request checks: what goes upstream is a canonical request of the same kind and type, checks again
// to itself but for what narrows it, and holds no parameter that reads what is hidden. What is
// refused sends nothing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "core/decide/guard.hpp"

namespace {

using namespace fhirwall;
using decide::CheckedRequest;

constexpr std::string_view kPolicy = R"({"policies":[{"resourceType":"AccessPolicy","resource":[
  {"resourceType":"Patient","criteria":"Patient?_compartment=Patient/1","hiddenFields":["birthDate"]},
  {"resourceType":"Observation","hiddenFields":["value[x]"]},
  {"resourceType":"Encounter","criteria":"Encounter?status=finished"},
  {"resourceType":"Organization"},
  {"resourceType":"Subscription"}]}],"options":{"extendedMeta":true}})";

const policy::CompiledPolicy& compiled() {
  static const auto the_policy = policy::compile(kPolicy, Limits{}).policy;
  return *the_policy;
}

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
  if (size == 0) {
    return 0;
  }
  const std::string_view method = kMethods[data[0] % 6];
  const decide::GuardOptions options{(data[0] & 64) != 0, (data[0] & 128) != 0};
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string url = text.substr(0, line);
  const std::string form = line == text.size() ? std::string() : text.substr(line + 1);
  const decide::HttpHeader headers[] = {{"content-type", "application/x-www-form-urlencoded"}};
  const CheckedRequest first =
      decide::check_request(compiled(), {method, url, headers, form}, options);
  check(first.allowed() == (decide::guard_reason(first.reason).status == 200));
  if (!first.allowed()) {
    check(first.url.empty() && first.form.empty() && first.criteria.empty());
    return 0;
  }
  check(!first.error);
  const bool conditional = first.request.conditional;
  const std::string_view sent = conditional ? first.criteria : first.url;
  // Wherever it is hidden, no name of it goes on.
  for (const std::string_view name : {"birthdate", "value-string", "value-quantity"}) {
    for (const std::string_view query : {sent, std::string_view(first.form)}) {
      const std::size_t at = query.find(std::string(name) + "=");
      check(at == std::string_view::npos || query.find("component-") != std::string_view::npos);
    }
  }
  const CheckedRequest second = decide::check_request(
      compiled(), {conditional ? "GET" : method, sent, headers, first.form}, options);
  check(second.allowed() && second.removed.empty());
  check(second.request.type == first.request.type && second.request.id == first.request.id);
  check(conditional || second.request.kind == first.request.kind);
  check(second.url.starts_with(sent) || second.form.starts_with(first.form));
  return 0;
}
