#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fhirwall {

// Out of line: a few bytes for each text that is put together, of which there are many.
[[nodiscard, gnu::noinline]] inline std::string concat_parts(const std::string_view* parts,
                                                             std::size_t count) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) {
    size += parts[i].size();
  }
  std::string result;
  result.reserve(size);
  for (std::size_t i = 0; i < count; ++i) {
    result.append(parts[i]);
  }
  return result;
}

// The parts one behind the other, in one allocation.
template <typename... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  const std::string_view views[] = {std::string_view(parts)...};
  return concat_parts(views, sizeof...(parts));
}

}  // namespace fhirwall
