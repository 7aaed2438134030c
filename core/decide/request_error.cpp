#include "core/decide/request_error.hpp"

namespace fhirwall::decide {
namespace {

struct Row {
  std::string_view name;
  std::string_view message;
};

// One line a reason. No default: a new reason must break the build here.
constexpr Row row(RequestReason reason) {
  using enum RequestReason;
  switch (reason) {
    case kOk: return {"ok", "no error"};
    case kTooLong: return {"too-long", "the url, header or form is longer than the limit"};
    case kTooManyParameters:
      return {"too-many-parameters", "there are more parameters than the limit"};
    case kMethodOverride: return {"method-override", "the request says its method twice"};
    case kPathCharacter:
      return {"path-character", "the path holds an escape or a character that no path of fhir has"};
    case kPathSegment: return {"path-segment", "a segment of the path is empty, `.` or `..`"};
    case kQueryCharacter:
      return {"query-character", "the query holds a character that needs an escape"};
    case kQueryEscape: return {"query-escape", "`%` is not followed by two hex digits"};
    case kQueryUtf8: return {"query-utf8", "the query, decoded, is not valid utf-8"};
    case kQueryControl: return {"query-control", "the query holds an escaped control character"};
    case kParameterName:
      return {"parameter-name",
              "a parameter has no name, no `=`, or a name that fhir does not allow"};
    case kRepeatedHeader: return {"repeated-header", "a header that says what to do is repeated"};
    case kUnknownMethod: return {"unknown-method", "the method is none of fhir's"};
    case kUnknownPath: return {"unknown-path", "the path is none of fhir's"};
    case kUnknownType: return {"unknown-type", "the path names no known resource type"};
    case kInvalidId: return {"invalid-id", "an id or version has more than 64 characters"};
    case kNoCompartment: return {"no-compartment", "the type has no compartment"};
    case kUnknownInteraction:
      return {"unknown-interaction", "fhir has no interaction of this method and path"};
    case kNoCondition: return {"no-condition", "a conditional interaction has no criteria"};
    case kMediaType: return {"media-type", "the body of a search is not a form in utf-8"};
  }
  return {};
}

}  // namespace

std::string_view request_reason_name(RequestReason reason) { return row(reason).name; }
std::string_view request_reason_message(RequestReason reason) { return row(reason).message; }

}  // namespace fhirwall::decide
