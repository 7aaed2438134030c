#pragma once

#include <cstdint>

namespace fhirwall::policy {

// Option `contained`: what decides about a resource that is contained in another one (SPEC 7.4).
enum class Contained : std::uint8_t {
  kStrict,  // released with its container, but for persons whom nothing grants
  kPolicy,  // decided by `read` on its own
  kKeep,    // never cut whole
};

}  // namespace fhirwall::policy
