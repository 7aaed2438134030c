#pragma once

#include <string>
#include <string_view>

namespace fhirwall {

// The parts one behind the other, in one allocation.
template <typename... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::string result;
  result.reserve((std::string_view(parts).size() + ... + 0));
  (result.append(std::string_view(parts)), ...);
  return result;
}

}  // namespace fhirwall
