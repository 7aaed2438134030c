#pragma once

#include <cstdint>
#include <string_view>

namespace fhirwall {

// Every way in which a call can fail. A refusal by policy is not among them: a deny is a result
// (SPEC P1). Success is the only falsy value. Names and messages: error.cpp, one line each.
enum class ErrorCode : std::uint8_t {
  kOk = 0,
  // The body is not what it claims to be (ResourceError).
  kInvalidUtf8,
  kByteOrderMark,
  kInvalidJson,
  kUnescapedControl,
  kInvalidString,
  kInvalidNumber,
  kInvalidLiteral,
  kDuplicateKey,
  kTrailingContent,
  kEmptyBody,
  kNotAnObject,
  kUnknownResourceType,
  kUnsupportedBundle,
  kUnsupportedContent,
  kPartialResource,
  kBatchRequest,
  kBatchEntries,
  kTruncatedStream,
  kStreamOrder,
  // A bound was exceeded (LimitError).
  kTooLarge,
  kTooDeep,
  kTooManyNodes,
  kLineTooLong,
  kExpressionTooComplex,
  kResultTooLarge,
  // An expression cannot be evaluated on this input (EvaluationError). Offsets are into the
  // expression.
  kSingletonExpected,
  kTypeMismatch,
  kInvalidArgument,
  kUnknownVariable,
  kVariableRedefined,
  kHostFunctionRequired,
  // The object cannot be used any more (StateError) or is broken (EngineFault).
  kPoisoned,
  kOutOfMemory,
};

enum class ErrorClass : std::uint8_t { kNone, kResource, kLimit, kState, kFault, kEvaluation };

struct Error {
  ErrorCode code = ErrorCode::kOk;
  std::uint64_t offset = 0;  // bytes from the start of the input; of the whole stream for streams

  [[nodiscard]] explicit operator bool() const { return code != ErrorCode::kOk; }
};

// Stable, machine readable: `invalid-json`. Part of the public API as `error.code`.
[[nodiscard]] std::string_view error_name(ErrorCode code);
// Lowercase, one line, no values of the resource (SPEC P6).
[[nodiscard]] std::string_view error_message(ErrorCode code);
[[nodiscard]] ErrorClass error_class(ErrorCode code);

}  // namespace fhirwall
