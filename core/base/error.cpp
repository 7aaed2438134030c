#include "core/base/error.hpp"

namespace fhirwall {
namespace {

struct Row {
  std::string_view name;
  std::string_view message;
  ErrorClass error_class;
};

// One line a code. No default: a new code must break the build here.
constexpr Row row(ErrorCode code) {
  using enum ErrorCode;
  constexpr auto kResource = ErrorClass::kResource;
  constexpr auto kLimit = ErrorClass::kLimit;
  constexpr auto kEvaluation = ErrorClass::kEvaluation;
  switch (code) {
    case kOk: return {"ok", "no error", ErrorClass::kNone};
    case kInvalidUtf8: return {"invalid-utf8", "the body is not valid UTF-8", kResource};
    case kByteOrderMark:
      return {"byte-order-mark", "the body starts with a byte order mark", kResource};
    case kInvalidJson: return {"invalid-json", "the body is not well-formed JSON", kResource};
    case kUnescapedControl:
      return {"unescaped-control", "a string holds an unescaped control character", kResource};
    case kInvalidString:
      return {"invalid-string", "a string holds a broken escape or a lone surrogate", kResource};
    case kInvalidNumber: return {"invalid-number", "a number is not well-formed", kResource};
    case kInvalidLiteral:
      return {"invalid-literal", "a literal is not `true`, `false` or `null`", kResource};
    case kDuplicateKey: return {"duplicate-key", "an object has the same key twice", kResource};
    case kTrailingContent:
      return {"trailing-content", "something follows the JSON value", kResource};
    case kEmptyBody: return {"empty-body", "the body is empty", kResource};
    case kNotAnObject: return {"not-an-object", "the body is not a JSON object", kResource};
    case kUnknownResourceType:
      return {"unknown-resource-type", "`resourceType` is missing or not a known type", kResource};
    case kUnsupportedBundle:
      return {"unsupported-bundle", "a Bundle of this type does not answer what was asked",
              kResource};
    case kUnsupportedContent:
      return {"unsupported-content", "this content cannot be redacted", kResource};
    case kPartialResource:
      return {"partial-resource", "a partial resource cannot be decided by criteria", kResource};
    case kBatchRequest:
      return {
          "batch-request",
          "the answer to a batch needs the Bundle that was sent, of type `batch` or `transaction`",
          kResource};
    case kBatchEntries:
      return {"batch-entries", "the answer has another number of entries than the batch",
              kResource};
    case kTruncatedStream:
      return {"truncated-stream", "the stream ended inside a JSON value", kResource};
    case kStreamOrder:
      return {"stream-order", "`resourceType` and `type` must precede `entry` in a streamed Bundle",
              kResource};
    case kTooLarge: return {"too-large", "the body is larger than the limit", kLimit};
    case kTooDeep: return {"too-deep", "the body is nested deeper than the limit", kLimit};
    case kTooManyNodes:
      return {"too-many-nodes", "the body has more JSON values than the limit", kLimit};
    case kLineTooLong:
      return {"line-too-long", "a resource in the stream is larger than the limit", kLimit};
    case kExpressionTooComplex:
      return {"expression-too-complex", "evaluation took more steps than the limit", kLimit};
    case kResultTooLarge:
      return {"result-too-large", "evaluation needed more memory than the limit", kLimit};
    case kSingletonExpected:
      return {"singleton-expected", "one value is expected, there are several", kEvaluation};
    case kTypeMismatch:
      return {"type-mismatch", "a value has a type that the operation does not take", kEvaluation};
    case kInvalidArgument:
      return {"invalid-argument", "an argument is outside what the function takes", kEvaluation};
    case kUnknownVariable:
      return {"unknown-variable", "the expression names a variable without value", kEvaluation};
    case kVariableRedefined:
      return {"variable-redefined", "a variable of this name is defined already", kEvaluation};
    case kHostFunctionRequired:
      return {"host-function-required", "the function needs an answer from outside", kEvaluation};
    case kPoisoned:
      return {"poisoned", "the stream failed before and accepts no more input", ErrorClass::kState};
    case kOutOfMemory: return {"out-of-memory", "the engine is out of memory", ErrorClass::kFault};
  }
  return {"unknown", "unknown error", ErrorClass::kFault};
}

}  // namespace

std::string_view error_name(ErrorCode code) { return row(code).name; }
std::string_view error_message(ErrorCode code) { return row(code).message; }
ErrorClass error_class(ErrorCode code) { return row(code).error_class; }

}  // namespace fhirwall
