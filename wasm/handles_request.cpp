#include <algorithm>
#include <vector>

#include "core/engine.hpp"
#include "wasm/handles.hpp"

namespace fhirwall::wasm {

std::string Handles::check_request(Handle policy, std::uint32_t flags, std::string_view method,
                                   std::string_view url, std::string_view headers,
                                   std::string_view body) {
  const auto* compiled = policies_.find(policy);
  if (compiled == nullptr) {
    return {};
  }
  std::vector<decide::HttpHeader> list;
  const auto take = [&] {
    const std::size_t end = std::min(headers.find('\0'), headers.size());
    const std::string_view text = headers.substr(0, end);
    headers.remove_prefix(std::min(end + 1, headers.size()));
    return text;
  };
  while (!headers.empty()) {
    const std::string_view name = take();
    list.push_back({name, take()});
  }
  return engine().check_request_json(**compiled, {method, url, list, body},
                                     {(flags & kMedplum) != 0, (flags & kAllowSubscriptions) != 0});
}

}  // namespace fhirwall::wasm
