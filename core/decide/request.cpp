#include "core/decide/request.hpp"

#include <algorithm>
#include <utility>

#include "core/base/ascii.hpp"
#include "core/fhir/compartment.hpp"
#include "core/fhir/reference.hpp"
#include "core/fhir/search_param.hpp"
#include "grammar/request/expected.hpp"
#include "grammar/request/parse.hpp"

namespace fhirwall::decide {
namespace {

using grammar::SyntaxError;
using grammar::request::Parameter;
using grammar::request::Path;
using grammar::request::Segment;
using policy::Interaction;

constexpr std::uint8_t kGet = 1, kPost = 2, kPut = 4, kPatch = 8, kDelete = 16;

// One interaction of FHIR R4's RESTful API (section 3.1.0, "Summary").
struct Row {
  char path[Path::kMaxSegments];  // the kinds of its segments, 0 behind the last
  std::uint8_t methods;
  RequestKind kind;
  Interaction interaction = Interaction::kRead;  // of other kinds it says nothing
};

constexpr Row kRows[] = {
    {"", kGet, RequestKind::kSystem, Interaction::kSearch},
    {"", kPost, RequestKind::kBatch},
    {"m", kGet, RequestKind::kMetadata},
    {"h", kGet, RequestKind::kSystem, Interaction::kHistory},
    {"s", kPost, RequestKind::kSystem, Interaction::kSearch},
    {"o", kGet | kPost, RequestKind::kOperation},
    {"n", kGet, RequestKind::kType, Interaction::kSearch},
    {"n", kPost, RequestKind::kType, Interaction::kCreate},
    {"n", kPut | kPatch, RequestKind::kType, Interaction::kUpdate},  // by a query
    {"n", kDelete, RequestKind::kType, Interaction::kDelete},        // by a query
    {"nh", kGet, RequestKind::kType, Interaction::kHistory},
    {"ns", kPost, RequestKind::kType, Interaction::kSearch},
    {"no", kGet | kPost, RequestKind::kOperation},
    {"nn", kGet, RequestKind::kInstance, Interaction::kRead},
    {"nn", kPut | kPatch, RequestKind::kInstance, Interaction::kUpdate},
    {"nn", kDelete, RequestKind::kInstance, Interaction::kDelete},
    {"nnh", kGet, RequestKind::kInstance, Interaction::kHistory},
    {{'n', 'n', 'h', 'n'}, kGet, RequestKind::kInstance, Interaction::kVread},
    {"nno", kGet | kPost, RequestKind::kOperation},
    {"nnn", kGet, RequestKind::kCompartment, Interaction::kSearch},
    {"nn*", kGet, RequestKind::kCompartment, Interaction::kSearch},
    {{'n', 'n', 'n', 's'}, kPost, RequestKind::kCompartment, Interaction::kSearch},
    {{'n', 'n', '*', 's'}, kPost, RequestKind::kCompartment, Interaction::kSearch},
};

struct Found {
  const Row* row = nullptr;    // of path and method
  bool path = false;           // some method has the path
  std::uint32_t segments = 0;  // how many at the start of the path begin a path that there is
};

Found find_row(const Path& path, unsigned method) {
  char kinds[Path::kMaxSegments] = {};
  for (std::uint32_t i = 0; i < path.size; ++i) {
    kinds[i] = static_cast<char>(path.segments[i].kind);
  }
  Found found;
  for (const Row& row : kRows) {
    std::uint32_t same = 0;
    while (same < Path::kMaxSegments && row.path[same] == kinds[same]) {
      ++same;
    }
    if (same == Path::kMaxSegments) {
      found.path = true;
      if ((row.methods & method) != 0) {
        found.row = &row;
      }
    }
    found.segments = std::max(found.segments, same);
  }
  return found;
}

// HTTP methods are case-sensitive. HEAD is GET without a body. 0: none of FHIR's.
unsigned method_of(std::string_view name) {
  unsigned method = 1;
  for (const std::string_view one : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    if (one == name) {
      return method;
    }
    method *= 2;
  }
  return name == "HEAD" ? kGet : 0U;
}

RequestReason reason_of(const SyntaxError& error) {
  namespace expected = grammar::request::expected;
  constexpr std::pair<std::string_view, RequestReason> kReasons[] = {
      {expected::kLength, RequestReason::kTooLong},
      {expected::kCount, RequestReason::kTooManyParameters},
      {expected::kPathCharacter, RequestReason::kPathCharacter},
      {expected::kSegment, RequestReason::kPathSegment},
      {expected::kShape, RequestReason::kUnknownPath},
      {expected::kQueryCharacter, RequestReason::kQueryCharacter},
      {expected::kEscape, RequestReason::kQueryEscape},
      {expected::kUtf8, RequestReason::kQueryUtf8},
      {expected::kText, RequestReason::kQueryControl},
  };
  for (const auto& [wanted, reason] : kReasons) {
    if (wanted == error.expected) {
      return reason;
    }
  }
  return RequestReason::kParameterName;
}

// Names of headers, and of parameters, by which frameworks let a request replace its method.
bool is_method_override(std::string_view name) {
  for (const std::string_view one :
       {"x-http-method-override", "x-http-method", "x-method-override", "_method"}) {
    if (ascii::equals_ignoring_case(one, name)) {
      return true;
    }
  }
  return false;
}

// Whether a body of this `Content-Type` is a form whose text is UTF-8.
bool is_form(std::string_view type) {
  const std::size_t end = type.find(';');
  if (!ascii::equals_ignoring_case(ascii::trim(type.substr(0, end)),
                                   "application/x-www-form-urlencoded")) {
    return false;
  }
  if (end == std::string_view::npos) {
    return true;
  }
  const std::string_view parameter = ascii::trim(type.substr(end + 1));
  return ascii::equals_ignoring_case(parameter, "charset=utf-8") ||
         ascii::equals_ignoring_case(parameter, "charset=\"utf-8\"");
}

// The headers that say what to do, each at most once.
struct KnownHeaders {
  const HttpHeader* if_none_exist = nullptr;
  const HttpHeader* content_type = nullptr;
  const HttpHeader* content_encoding = nullptr;

  RequestError read(std::span<const HttpHeader> headers) {
    for (std::uint32_t index = 0; index < headers.size(); ++index) {
      const HttpHeader& header = headers[index];
      if (is_method_override(header.name)) {
        return {RequestReason::kMethodOverride, RequestPlace::kHeaders, index};
      }
      const HttpHeader** const known = find(header.name);
      if (known == nullptr) {
        continue;
      }
      if (*known != nullptr) {
        return {RequestReason::kRepeatedHeader, RequestPlace::kHeaders, index};
      }
      *known = &header;
    }
    return {};
  }

 private:
  const HttpHeader** find(std::string_view name) {
    return ascii::equals_ignoring_case(name, "if-none-exist")      ? &if_none_exist
           : ascii::equals_ignoring_case(name, "content-type")     ? &content_type
           : ascii::equals_ignoring_case(name, "content-encoding") ? &content_encoding
                                                                   : nullptr;
  }
};

// A parameter that narrows what a conditional interaction matches: not one that shapes the answer,
// and not an empty one, which servers pass over (FHIR R4 search, section 3.1.1.3).
bool is_criterion(const Parameter& parameter, fhir::TypeId type) {
  const std::string_view name = parameter.name();
  return !parameter.value.empty() && name != "_type" &&
         (name[0] != '_' || fhir::find_search_param(type, name) != nullptr);
}

class Classifier {
 public:
  Classifier(std::string_view url, const RequestLimits& limits, ClassifiedRequest& result)
      : url_(url), limits_(limits), result_(result) {}

  // What method and URL say.
  RequestError read(std::string_view method_name) {
    const unsigned method = method_of(method_name);
    if (method == 0) {
      return {RequestReason::kUnknownMethod, RequestPlace::kMethod, 0};
    }
    auto parsed = grammar::request::parse(url_, {limits_.max_url_bytes, limits_.max_parameters});
    if (!parsed.ok()) {
      return {reason_of(parsed.error()), RequestPlace::kUrl, parsed.error().offset};
    }
    auto target = std::move(parsed).value();
    result_.parameters = std::move(target.parameters);
    result_.url_parameters = static_cast<std::uint32_t>(result_.parameters.size());
    if (const RequestError error = check_overrides(RequestPlace::kUrl, 0)) {
      return error;
    }
    result_.head = method_name == "HEAD";
    result_.patch = method == kPatch;
    return lower(target.path, find_row(target.path, method));
  }

  // SPEC 13.1: parameters in the body count like those in the URL.
  RequestError add_form(std::string_view form, RequestPlace place, std::uint32_t max_bytes) {
    if (const auto error = grammar::request::parse_form(form, result_.parameters,
                                                        {max_bytes, limits_.max_parameters})) {
      return {reason_of(*error), place, error->offset};
    }
    return check_overrides(place, result_.url_parameters);
  }

  // Without a criterion, a conditional interaction concerns every resource of the type.
  RequestError need_criterion(std::span<const Parameter> parameters, RequestPlace place) {
    result_.conditional = true;
    for (const Parameter& parameter : parameters) {
      if (is_criterion(parameter, result_.type)) {
        return {};
      }
    }
    return {RequestReason::kNoCondition, place, 0};
  }

 private:
  RequestError at(RequestReason reason, const Segment& segment) const {
    return {reason, RequestPlace::kUrl,
            static_cast<std::uint32_t>(segment.text.data() - url_.data())};
  }

  // Names are compared decoded, as a framework would.
  RequestError check_overrides(RequestPlace place, std::size_t first) const {
    for (std::size_t i = first; i < result_.parameters.size(); ++i) {
      const Parameter& parameter = result_.parameters[i];
      if (is_method_override(parameter.name())) {
        return {RequestReason::kMethodOverride, place, parameter.key_span.begin};
      }
    }
    return {};
  }

  RequestError lower(const Path& path, const Found& found) {
    if (!found.path) {
      return at(RequestReason::kUnknownPath, path.segments[found.segments]);
    }
    for (std::uint32_t i = 0; i < path.size; ++i) {
      if (const RequestReason reason = lower_segment(path.segments[i], i);
          reason != RequestReason::kOk) {
        return at(reason, path.segments[i]);
      }
    }
    if (found.row == nullptr) {
      return {RequestReason::kUnknownInteraction, RequestPlace::kMethod, 0};
    }
    result_.kind = found.row->kind;
    result_.interaction = found.row->interaction;
    const bool changes =
        result_.interaction == Interaction::kUpdate || result_.interaction == Interaction::kDelete;
    return changes && result_.kind == RequestKind::kType
               ? need_criterion(result_.of_url(), RequestPlace::kUrl)
               : RequestError{};
  }

  // Type, id, then the type searched in a compartment or a version. Types exist, ids are FHIR's.
  RequestReason lower_segment(const Segment& segment, std::uint32_t index) {
    using Kind = Segment::Kind;
    if (segment.kind == Kind::kOperation) {
      result_.operation = segment.text.substr(1);
    } else if (segment.kind == Kind::kAnyType || (segment.kind == Kind::kName && index == 2)) {
      if (!fhir::has_compartment_definition(result_.type)) {
        return RequestReason::kNoCompartment;
      }
      result_.compartment = result_.type;
      return lower_type(segment);
    } else if (segment.kind == Kind::kName && index == 0) {
      return lower_type(segment);
    } else if (segment.kind == Kind::kName) {
      (index == 1 ? result_.id : result_.version) = segment.text;
      return fhir::is_valid_id(segment.text) ? RequestReason::kOk : RequestReason::kInvalidId;
    }
    return RequestReason::kOk;
  }

  RequestReason lower_type(const Segment& segment) {
    result_.type = fhir::find_resource_type(segment.text);
    const bool known =
        result_.type != fhir::TypeId::kNone || segment.kind == Segment::Kind::kAnyType;
    return known ? RequestReason::kOk : RequestReason::kUnknownType;
  }

  std::string_view url_;
  const RequestLimits& limits_;
  ClassifiedRequest& result_;
};

}  // namespace

RequestError classify(const HttpRequest& request, ClassifiedRequest& result,
                      const RequestLimits& limits) {
  result = {};
  KnownHeaders headers;
  if (const RequestError error = headers.read(request.headers)) {
    return error;
  }
  Classifier classifier(request.url, limits, result);
  if (const RequestError error = classifier.read(request.method)) {
    return error;
  }
  if (result.interaction == Interaction::kSearch && request.method == "POST") {
    const bool plain = headers.content_encoding == nullptr;
    const bool form = headers.content_type != nullptr && is_form(headers.content_type->value);
    if (!request.body.empty() && !(plain && form)) {
      return {RequestReason::kMediaType, RequestPlace::kBody, 0};
    }
    return classifier.add_form(request.body, RequestPlace::kBody, limits.max_form_bytes);
  }
  if (result.interaction == Interaction::kCreate && headers.if_none_exist != nullptr) {
    constexpr auto kPlace = RequestPlace::kIfNoneExist;
    if (const RequestError error =
            classifier.add_form(headers.if_none_exist->value, kPlace, limits.max_url_bytes)) {
      return error;
    }
    return classifier.need_criterion(result.of_form(), kPlace);
  }
  return {};
}

std::optional<ClassifiedRequest> classify(std::string_view method, std::string_view url) {
  std::optional<ClassifiedRequest> result(std::in_place);
  if (Classifier(url, RequestLimits{}, *result).read(method)) {
    result.reset();
  }
  return result;
}

}  // namespace fhirwall::decide
