#pragma once

#include <cstdint>

namespace fhirwall::policy {

// The time that the host fixes for a policy.
struct Now {
  std::int64_t ms = 0;            // since 1970
  std::int16_t zone_minutes = 0;  // east of UTC
};

}  // namespace fhirwall::policy
