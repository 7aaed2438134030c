#pragma once

#include <cstdint>
#include <string_view>

namespace fhirwall::decide {

// Part of a request; offsets count in it.
enum class RequestPlace : std::uint8_t {
  kUrl,
  kBody,         // the form of a search by POST
  kIfNoneExist,  // the value of this header
  kMethod,
  kHeaders,  // the offset is the position in the list
};

// Why a request is not classified (SPEC 13.1). Names and messages: request_error.cpp.
enum class RequestReason : std::uint8_t {
  kOk = 0,
  // A bound was exceeded.
  kTooLong,
  kTooManyParameters,
  // Not canonical.
  kMethodOverride,
  kPathCharacter,
  kPathSegment,
  kQueryCharacter,
  kQueryEscape,
  kQueryUtf8,
  kQueryControl,
  kParameterName,
  kRepeatedHeader,
  // No interaction of FHIR R4.
  kUnknownMethod,
  kUnknownPath,
  kUnknownType,
  kInvalidId,
  kNoCompartment,
  kUnknownInteraction,
  kNoCondition,
  kMediaType,
};

struct RequestError {
  RequestReason reason = RequestReason::kOk;
  RequestPlace place = RequestPlace::kUrl;
  std::uint32_t offset = 0;  // bytes from the start of the place

  [[nodiscard]] explicit operator bool() const { return reason != RequestReason::kOk; }
};

// Stable, machine readable: `path-character`.
[[nodiscard]] std::string_view request_reason_name(RequestReason reason);
// Lowercase, one line, nothing of the request in it.
[[nodiscard]] std::string_view request_reason_message(RequestReason reason);

}  // namespace fhirwall::decide
