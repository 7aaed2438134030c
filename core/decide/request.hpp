#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decide/request_error.hpp"
#include "core/fhir/model.hpp"
#include "core/policy/interaction.hpp"
#include "grammar/request/ast.hpp"

namespace fhirwall::decide {

// What a request of FHIR's REST interface asks for (SPEC 13.1).
enum class RequestKind : std::uint8_t {
  kInstance,   // read, vread, update, delete, and history of one resource
  kType,       // create, search and history of a type; conditional forms
  kSystem,     // search and history of everything
  kBatch,      // POST to the base: batch or transaction
  kOperation,  // `$name`
  kMetadata,
  kCompartment,  // search in a compartment: `Patient/1/Observation`, `Patient/1/*`
};

struct ClassifiedRequest {
  RequestKind kind = RequestKind::kInstance;
  // Of kInstance, kType, kSystem and kCompartment. PATCH counts as update.
  policy::Interaction interaction = policy::Interaction::kRead;
  // kNone at system level, and of `Patient/1/*`. Of a compartment search: the type searched.
  fhir::TypeId type = fhir::TypeId::kNone;
  std::string id;         // of kInstance, of an operation on an instance, of a compartment
  std::string version;    // of vread
  std::string operation;  // of kOperation, without `$`
  fhir::TypeId compartment = fhir::TypeId::kNone;  // of kCompartment
  bool conditional = false;                        // create, update, patch or delete by a query
  bool patch = false;                              // update by PATCH
  bool head = false;                               // HEAD, which is GET without a body
  // Decoded once and otherwise as the client wrote them; repeated ones are kept. First those of the
  // URL, in order, then those of a search's body or of `If-None-Exist`; spans count in their text.
  grammar::request::Parameters parameters;
  std::uint32_t url_parameters = 0;  // how many of them are of the URL

  [[nodiscard]] std::span<const grammar::request::Parameter> of_url() const {
    return std::span(parameters).first(url_parameters);
  }
  [[nodiscard]] std::span<const grammar::request::Parameter> of_form() const {
    return std::span(parameters).subspan(url_parameters);
  }
};

struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

// Views of the caller's; nothing here outlives the call.
struct HttpRequest {
  std::string_view method;                // in capitals, as HTTP has it
  std::string_view url;                   // relative to the FHIR base, without leading slash
  std::span<const HttpHeader> headers{};  // those that the client sent; may be empty
  std::string_view body{};                // looked at for `_search` only
};

// SPEC P8: bounds of one request.
struct RequestLimits {
  std::uint32_t max_url_bytes = 16 * 1024;    // more than servers commonly take
  std::uint32_t max_form_bytes = 256 * 1024;  // a search's body: long lists of ids
  std::uint32_t max_parameters = 256;         // in each place
};

// Classifies a request by method, URL, headers and, for a search by POST, its body. Pure text: the
// policy is not asked. A request that is not canonical, or no interaction of FHIR R4, is an error,
// and `result` is then unspecified: another reader of it might see another request (SPEC 13.1).
// Headers say what to do in three ways: a method override is refused, `If-None-Exist` makes a
// create conditional, and the body of a search must be a form by its `Content-Type`.
[[nodiscard]] RequestError classify(const HttpRequest& request, ClassifiedRequest& result,
                                    const RequestLimits& limits = {});

// The same for method and URL alone, relative to the FHIR base: `Patient/1`, `Patient?name=a`,
// `Patient/1/_history/2`, `?_type=Patient`. Absolute URLs are refused here.
[[nodiscard]] std::optional<ClassifiedRequest> classify(std::string_view method,
                                                        std::string_view url);

}  // namespace fhirwall::decide
