#pragma once

#include <cstdint>

namespace fhirwall {

// Every bound of the engine in one place (SPEC P8). All are options of `createEngine({ limits })`
// under the same name in camelCase; a zero is refused there.
struct Limits {
  std::uint32_t max_body_bytes =
      256u << 20;  // one whole-buffer body, in bytes: 256 MiB; more belongs in a stream
  std::uint32_t max_resource_bytes =
      16u << 20;                  // one NDJSON line or streamed Bundle entry, in bytes: 16 MiB
  std::uint32_t max_depth = 128;  // nested objects and arrays; FHIR data rarely passes 20
  std::uint32_t max_nodes = 32u << 20;  // JSON values in one body; 20 bytes of engine memory each
  std::uint32_t max_policy_bytes = 1u << 20;       // the compile input as JSON, in bytes: 1 MiB
  std::uint32_t max_rules = 1000;                  // rules of the assembled policy
  std::uint32_t max_expression_bytes = 16 * 1024;  // one criteria or FHIRPath text, in bytes
  std::uint32_t max_expression_nesting = 64;       // brackets in one FHIRPath text
  std::uint32_t max_evaluation_steps = 1'000'000;  // per expression and resource
  // Memory for the values that one FHIRPath evaluation computes, and for its result, each in bytes:
  // 16 MiB.
  std::uint32_t max_evaluation_bytes = 16u << 20;
  std::uint32_t max_issues = 100;  // issues reported by one compile; the rest is counted
};

}  // namespace fhirwall
