#include "core/decide/request.hpp"

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
using grammar::request::Ending;
using grammar::request::Parameters;
using grammar::request::Path;
using policy::Interaction;

enum class Method : std::uint8_t { kGet, kPost, kPut, kPatch, kDelete, kNone };

// HTTP methods are case-sensitive.
Method method_of(std::string_view name) {
  constexpr std::string_view kNames[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  std::uint8_t index = 0;
  while (index < 5 && kNames[index] != name) {
    ++index;
  }
  return name == "HEAD" ? Method::kGet : static_cast<Method>(index);
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
    const auto error = [&](RequestReason reason, const HttpHeader& header) {
      return RequestError{reason, RequestPlace::kHeaders,
                          static_cast<std::uint32_t>(&header - headers.data())};
    };
    for (const HttpHeader& header : headers) {
      if (is_method_override(header.name)) {
        return error(RequestReason::kMethodOverride, header);
      }
      for (const auto& [name, known] :
           {std::pair{"if-none-exist", &if_none_exist}, std::pair{"content-type", &content_type},
            std::pair{"content-encoding", &content_encoding}}) {
        if (!ascii::equals_ignoring_case(name, header.name)) {
          continue;
        }
        if (*known != nullptr) {
          return error(RequestReason::kRepeatedHeader, header);
        }
        *known = &header;
      }
    }
    return {};
  }
};

// A parameter that narrows what a conditional interaction matches: not one that shapes the answer,
// and not an empty one, which servers pass over (FHIR R4 search, section 3.1.1.3).
bool is_criterion(const RequestParameter& parameter, fhir::TypeId type) {
  if (parameter.value.empty() || parameter.name == "_type") {
    return false;
  }
  return parameter.name[0] != '_' || fhir::find_search_param(type, parameter.name) != nullptr;
}

class Classifier {
 public:
  Classifier(const HttpRequest& request, const RequestLimits& limits, ClassifiedRequest& result)
      : request_(request), limits_(limits), result_(result) {}

  RequestError run() {
    method_ = method_of(request_.method);
    if (method_ == Method::kNone) {
      return {RequestReason::kUnknownMethod, RequestPlace::kMethod, 0};
    }
    result_.head = request_.method == "HEAD";
    if (const RequestError error = headers_.read(request_.headers)) {
      return error;
    }
    auto parsed =
        grammar::request::parse(request_.url, {limits_.max_url_bytes, limits_.max_parameters});
    if (!parsed.ok()) {
      return {reason_of(parsed.error()), RequestPlace::kUrl, parsed.error().offset};
    }
    auto target = std::move(parsed).value();
    if (const RequestError error = add(std::move(target.parameters), RequestPlace::kUrl)) {
      return error;
    }
    if (const RequestError error = read_names(target.path)) {
      return error;
    }
    return lower(target.path);
  }

 private:
  RequestError at(RequestReason reason, std::string_view part) const {
    return {reason, RequestPlace::kUrl,
            static_cast<std::uint32_t>(part.data() - request_.url.data())};
  }

  RequestError add(Parameters&& parameters, RequestPlace place) {
    for (auto& parameter : parameters) {
      // Compared decoded, as a framework would.
      if (is_method_override(parameter.name)) {
        return {RequestReason::kMethodOverride, place, parameter.name_span.begin};
      }
      result_.parameters.push_back({std::move(parameter), place});
    }
    return {};
  }

  RequestError add_form(std::string_view form, RequestPlace place, std::uint32_t max_bytes) {
    auto parsed = grammar::request::parse_form(form, {max_bytes, limits_.max_parameters});
    if (!parsed.ok()) {
      return {reason_of(parsed.error()), place, parsed.error().offset};
    }
    return add(std::move(parsed).value(), place);
  }

  // Types exist, ids are FHIR's.
  RequestError read_names(const Path& path) {
    if (path.type.empty()) {
      return {};
    }
    result_.type = fhir::find_resource_type(path.type);
    if (result_.type == fhir::TypeId::kNone) {
      return at(RequestReason::kUnknownType, path.type);
    }
    if (!path.id.empty() && !fhir::is_valid_id(path.id)) {
      return at(RequestReason::kInvalidId, path.id);
    }
    result_.id = path.id;
    if (!path.member.empty()) {
      if (!fhir::has_compartment_definition(result_.type)) {
        return at(RequestReason::kNoCompartment, path.member);
      }
      result_.compartment = std::exchange(result_.type, fhir::find_resource_type(path.member));
      if (result_.type == fhir::TypeId::kNone && path.member != "*") {
        return at(RequestReason::kUnknownType, path.member);
      }
    }
    return {};
  }

  // The kind of an interaction with what the path names.
  RequestKind kind_of(const Path& path) const {
    return path.type.empty()     ? RequestKind::kSystem
           : path.id.empty()     ? RequestKind::kType
           : path.member.empty() ? RequestKind::kInstance
                                 : RequestKind::kCompartment;
  }

  RequestError unless(bool known) const {
    return known ? RequestError{}
                 : RequestError{RequestReason::kUnknownInteraction, RequestPlace::kMethod, 0};
  }

  RequestError lower(const Path& path) {
    result_.kind = kind_of(path);
    switch (path.ending) {
      case Ending::kMetadata:
        result_.kind = RequestKind::kMetadata;
        return unless(method_ == Method::kGet);
      case Ending::kOperation:
        result_.kind = RequestKind::kOperation;
        result_.operation = path.name;
        return unless(method_ == Method::kGet || method_ == Method::kPost);
      case Ending::kHistory:
        result_.interaction = Interaction::kHistory;
        return unless(method_ == Method::kGet);
      case Ending::kVersion:
        result_.interaction = Interaction::kVread;
        result_.version = path.name;
        if (!fhir::is_valid_id(path.name)) {
          return at(RequestReason::kInvalidId, path.name);
        }
        return unless(method_ == Method::kGet);
      case Ending::kSearch:
        result_.interaction = Interaction::kSearch;
        return method_ == Method::kPost ? read_body() : unless(false);
      case Ending::kNone: break;
    }
    switch (method_) {
      case Method::kGet:
        result_.interaction =
            result_.kind == RequestKind::kInstance ? Interaction::kRead : Interaction::kSearch;
        return {};
      case Method::kPost:
        if (result_.kind == RequestKind::kSystem) {
          result_.kind = RequestKind::kBatch;
          return {};
        }
        result_.interaction = Interaction::kCreate;
        return result_.kind == RequestKind::kType ? read_if_none_exist() : unless(false);
      case Method::kPut: return lower_change(Interaction::kUpdate);
      case Method::kPatch: result_.patch = true; return lower_change(Interaction::kUpdate);
      case Method::kDelete: return lower_change(Interaction::kDelete);
      case Method::kNone: break;
    }
    return unless(false);
  }

  // Of one resource, or of those of a type that a query matches.
  RequestError lower_change(Interaction interaction) {
    result_.interaction = interaction;
    result_.conditional = result_.kind == RequestKind::kType;
    if (!result_.conditional) {
      return unless(result_.kind == RequestKind::kInstance);
    }
    return need_criterion(RequestPlace::kUrl);
  }

  RequestError read_if_none_exist() {
    if (headers_.if_none_exist == nullptr) {
      return {};
    }
    result_.conditional = true;
    if (const RequestError error = add_form(headers_.if_none_exist->value,
                                            RequestPlace::kIfNoneExist, limits_.max_url_bytes)) {
      return error;
    }
    return need_criterion(RequestPlace::kIfNoneExist);
  }

  // Without one, a conditional interaction concerns every resource of the type.
  RequestError need_criterion(RequestPlace place) const {
    for (const RequestParameter& parameter : result_.parameters) {
      if (parameter.place == place && is_criterion(parameter, result_.type)) {
        return {};
      }
    }
    return {RequestReason::kNoCondition, place, 0};
  }

  // SPEC 13.1: parameters in the body count like those in the URL.
  RequestError read_body() {
    const bool plain = headers_.content_encoding == nullptr;
    const bool form = headers_.content_type != nullptr && is_form(headers_.content_type->value);
    if (!request_.body.empty() && !(plain && form)) {
      return {RequestReason::kMediaType, RequestPlace::kBody, 0};
    }
    return add_form(request_.body, RequestPlace::kBody, limits_.max_form_bytes);
  }

  const HttpRequest& request_;
  const RequestLimits& limits_;
  ClassifiedRequest& result_;
  KnownHeaders headers_;
  Method method_ = Method::kNone;
};

}  // namespace

RequestError classify(const HttpRequest& request, ClassifiedRequest& result,
                      const RequestLimits& limits) {
  result = {};
  return Classifier(request, limits, result).run();
}

std::optional<ClassifiedRequest> classify(std::string_view method, std::string_view url) {
  std::optional<ClassifiedRequest> result(std::in_place);
  if (classify({.method = method, .url = url}, *result)) {
    result.reset();
  }
  return result;
}

}  // namespace fhirwall::decide
