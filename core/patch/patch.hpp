#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/json/document.hpp"

// JSON Patch (RFC 6902) and FHIRPath Patch (FHIR R4, section 3.1.0.8.2) on the text of a resource.
namespace fhirwall::patch {

enum class Format : std::uint8_t {
  kJsonPatch,      // an array of operations
  kFhirPathPatch,  // a Parameters resource
};

// Why a patch was not applied. Nothing is changed then.
enum class Refusal : std::uint8_t {
  kNone,
  kMalformed,    // no patch of its format: RFC 6902, 4; FHIR R4, 3.1.0.8.2
  kNotFound,     // a path leads nowhere, or to several places where one is needed
  kTestFailed,   // RFC 6902, 4.6
  kProtected,    // an operation's `path` or `from` touches what is protected (SPEC 9.6)
  kResultWrong,  // the result is no resource any more
};
// Stable: `malformed`, `not-found`, ...
[[nodiscard]] std::string_view refusal_name(Refusal refusal);

// More operations in one patch are an error (SPEC P8): clients send a handful.
inline constexpr std::uint32_t kMaxOperations = 1000;

struct Outcome {
  // A bound was exceeded, also on the way: every operation's result is a text within
  // limits.max_resource_bytes and max_depth. Or there is no memory.
  Error error;
  Refusal refusal = Refusal::kNone;
  std::uint32_t operation = 0;  // which one failed, from 0
};

// Whether the place that these JSON member names lead to (positions left out) is, contains or lies
// below a protected one: redact::touches().
// Refers to a function object, which must outlive it: as an argument a lambda does.
class IsProtected {
 public:
  template <typename Function>
  IsProtected(const Function& function)  // NOLINT: meant to be implicit
      : function_(&function), call_([](const void* self, std::span<const std::string_view> keys) {
          return (*static_cast<const Function*>(self))(keys);
        }) {}
  [[nodiscard]] bool operator()(std::span<const std::string_view> keys) const {
    return call_(function_, keys);
  }

 private:
  const void* function_;
  bool (*call_)(const void*, std::span<const std::string_view>);
};

// Appends the patched resource to `out`. `target` is the text that the caller may read: operations
// address its arrays as the caller sees them. What no operation names keeps its bytes.
// `patch` is a document of the format; both texts were parsed within `limits`.
[[nodiscard]] Outcome apply(const json::Document& patch, Format format, std::string_view target,
                            const IsProtected& is_protected, const Limits& limits,
                            std::string& out);

}  // namespace fhirwall::patch
