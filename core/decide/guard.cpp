#include "core/decide/guard.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "core/base/ascii.hpp"
#include "core/base/concat.hpp"
#include "core/decide/decision.hpp"
#include "core/decide/guard_search.hpp"
#include "core/fhir/compartment.hpp"
#include "core/policy/narrow.hpp"
#include "grammar/request/dump.hpp"

namespace fhirwall::decide {
namespace {

using fhir::TypeId;
using grammar::request::Parameter;
using grammar::request::Parameters;
using policy::Interaction;

constexpr std::string_view kForbidden = "forbidden";

// In the order of GuardReason.
constexpr GuardRow kRows[] = {
    {"allowed", 200, "", ""},
    {"no-rule", 403, kForbidden, "the policy does not allow this"},
    {"search-parameter", 403, kForbidden, "a parameter of the request is not allowed"},
    {"not-canonical", 400, "invalid", "the request is not understood"},
    {"limit", 413, "too-long", "the request is too long"},
    {"operation", 403, kForbidden, "the operation is not allowed"},
    {"media-type", 415, "not-supported", "the media type is not supported"},
    {"no-rule", 400, "not-supported", "Binary is not searched"},
};

GuardReason reason_of(const RequestError& error) {
  switch (error.reason) {
    case RequestReason::kOk: return GuardReason::kAllowed;
    case RequestReason::kTooLong:
    case RequestReason::kTooManyParameters: return GuardReason::kLimit;
    case RequestReason::kMediaType: return GuardReason::kMediaType;
    case RequestReason::kMethodOverride:
    case RequestReason::kPathCharacter:
    case RequestReason::kPathSegment:
    case RequestReason::kQueryCharacter:
    case RequestReason::kQueryEscape:
    case RequestReason::kQueryUtf8:
    case RequestReason::kQueryControl:
    case RequestReason::kParameterName:
    case RequestReason::kRepeatedHeader:
    case RequestReason::kUnknownMethod:
    case RequestReason::kUnknownPath:
    case RequestReason::kUnknownType:
    case RequestReason::kInvalidId:
    case RequestReason::kNoCompartment:
    case RequestReason::kUnknownInteraction:
    case RequestReason::kNoCondition: break;
  }
  return GuardReason::kNotCanonical;
}

// `application/fhir+json` also as it is where `+` was left bare in a query, and with parameters.
bool is_json(std::string_view format) {
  format = ascii::trim(format.substr(0, format.find(';')));
  for (const std::string_view one : {"json", "application/json", "application/fhir+json",
                                     "application/fhir json", "text/json"}) {
    if (ascii::equals_ignoring_case(one, format)) {
      return true;
    }
  }
  return false;
}

bool is_count(std::string_view value) {
  return !value.empty() && value.size() < 10 &&
         std::all_of(value.begin(), value.end(), ascii::is_digit);
}

// SPEC 13.5: what changes who may do what.
bool needs_named_rule(TypeId type) {
  const std::string_view name = fhir::type_name(type);
  for (const std::string_view one :
       {"AccessPolicy", "Bot", "ClientApplication", "SearchParameter"}) {
    if (one == name) {
      return true;
    }
  }
  return false;
}

class Guard {
 public:
  Guard(const policy::CompiledPolicy& policy, const GuardOptions& options, CheckedRequest& out)
      : policy_(policy), options_(options), search_(policy), out_(out) {}

  GuardReason run(std::string_view url) {
    path_ = url.substr(0, url.find('?'));
    const ClassifiedRequest& request = out_.request;
    switch (request.kind) {
      case RequestKind::kOperation: return GuardReason::kOperation;
      case RequestKind::kMetadata:
      case RequestKind::kBatch: return plain();
      case RequestKind::kInstance: return permitted(request.type) ? plain() : refusal();
      case RequestKind::kType: return type_level();
      case RequestKind::kSystem:
      case RequestKind::kCompartment: return many_types();
    }
    return GuardReason::kNotCanonical;
  }

 private:
  // SPEC 4.3, 13.5.
  [[nodiscard]] bool permitted(TypeId type) const {
    const Interaction interaction = out_.request.interaction;
    if (!can(policy_, interaction, type)) {
      return false;
    }
    const bool writes = (policy::mask_of(interaction) & policy::kReadInteractions) == 0;
    if (writes && interaction != Interaction::kDelete && !options_.allow_subscriptions &&
        fhir::type_name(type) == "Subscription") {
      return false;
    }
    const auto& rules = policy_.rules_by_type[fhir::resource_index(type)];
    return !writes || !needs_named_rule(type) ||
           std::any_of(rules.begin(), rules.end(), [&](std::uint16_t index) {
             const policy::Rule& rule = policy_.rules[index];
             return !rule.any_type && (rule.interactions & policy::mask_of(interaction)) != 0;
           });
  }
  [[nodiscard]] GuardReason refusal() const {
    return out_.request.type == fhir::well_known().binary &&
                   out_.request.interaction == Interaction::kSearch
               ? GuardReason::kBinarySearch
               : GuardReason::kNoRule;
  }

  // What shapes the answer only: false when it is another parameter. The gateway answers with JSON
  // in one shape, so that it is taken off.
  static bool is_shape(const Parameter& parameter, GuardReason& reason) {
    if (parameter.key == "_format" && !is_json(parameter.value)) {
      reason = GuardReason::kMediaType;
    }
    return parameter.key == "_format" || parameter.key == "_pretty" ||
           (parameter.key == "_summary" && parameter.value == "false");
  }

  void keep(std::string_view key, std::string value) {
    Parameter& parameter = kept_.emplace_back();
    parameter.key = key;
    parameter.value = std::move(value);
  }

  void finish() {
    out_.url = path_;
    const std::string query = grammar::request::dump(kept_);
    if (path_.ends_with("_search")) {
      // One place, and the same that the client chose: what stands in both is read by all servers
      // where it is a form, by some only where it is a query.
      out_.has_form = true;
      out_.form = query;
    } else if (!query.empty()) {
      out_.url += concat("?", query);
    }
  }

  // Interactions without parameters, and history with its own.
  GuardReason plain() {
    GuardReason reason = GuardReason::kAllowed;
    const ClassifiedRequest& request = out_.request;
    const bool history = request.interaction == Interaction::kHistory &&
                         request.kind != RequestKind::kMetadata &&
                         request.kind != RequestKind::kBatch;
    for (const Parameter& parameter : request.parameters) {
      if (is_shape(parameter, reason)) {
        continue;
      }
      const std::string_view key = parameter.key;
      if (history && key == "_count") {
        if (!is_count(parameter.value)) {
          return GuardReason::kNotCanonical;
        }
      } else if (!history || (key != "_since" && key != "_at") || !shows_times()) {
        return GuardReason::kSearchParameter;
      }
      keep(key, parameter.value);
    }
    finish();
    return reason;
  }

  // `_since` and `_at` look at `meta.lastUpdated`.
  [[nodiscard]] bool shows_times() const {
    return std::all_of(types_.begin(), types_.end(),
                       [&](TypeId type) { return search_.shows(type, "_lastUpdated"); }) &&
           (out_.request.type == TypeId::kNone || search_.shows(out_.request.type, "_lastUpdated"));
  }

  GuardReason type_level() {
    ClassifiedRequest& request = out_.request;
    if (!permitted(request.type)) {
      return refusal();
    }
    if (request.conditional) {
      return conditional();
    }
    if (request.interaction != Interaction::kSearch) {
      return plain();
    }
    types_ = {request.type};
    const GuardReason reason = search(request.parameters, true);
    if (reason == GuardReason::kAllowed) {
      out_.exact = narrow(request.type);
      finish();
    }
    return reason;
  }

  // SPEC 13.4: the search that stands for the condition.
  GuardReason conditional() {
    const ClassifiedRequest& request = out_.request;
    if (!can(policy_, Interaction::kSearch, request.type)) {
      return GuardReason::kNoRule;
    }
    types_ = {request.type};
    const bool create = request.interaction == Interaction::kCreate;
    GuardReason reason = GuardReason::kAllowed;
    for (const Parameter& parameter : request.of_url()) {
      if (create && !is_shape(parameter, reason)) {
        return GuardReason::kSearchParameter;
      }
    }
    if (reason == GuardReason::kAllowed) {
      reason = search(create ? request.of_form() : request.of_url(), false);
    }
    if (reason == GuardReason::kAllowed && kept_.empty()) {
      reason = GuardReason::kNotCanonical;  // no condition is left
    }
    if (reason == GuardReason::kAllowed) {
      out_.exact = narrow(request.type);
      out_.criteria = concat(fhir::type_name(request.type), "?", grammar::request::dump(kept_));
    }
    return reason;
  }

  // Adds what the rules say (SPEC 13.3).
  bool narrow(TypeId type) {
    policy::Narrowing narrowing = policy::narrow(policy_, type, options_.medplum);
    for (policy::Narrowing::Term& term : narrowing.terms) {
      keep(term.key, std::move(term.value));
    }
    return narrowing.exact;
  }

  // System level, and all types of a compartment.
  GuardReason many_types() {
    const ClassifiedRequest& request = out_.request;
    if (request.type != TypeId::kNone) {
      if (!permitted(request.type)) {
        return refusal();
      }
      if (!in_compartment(request.type)) {
        return GuardReason::kNotCanonical;
      }
      types_ = {request.type};
    } else if (const GuardReason reason = find_types(); reason != GuardReason::kAllowed) {
      return reason;
    }
    for (const TypeId type : types_) {
      if (!compartment_shows(type)) {
        return GuardReason::kSearchParameter;
      }
    }
    if (request.interaction == Interaction::kHistory) {
      return plain();
    }
    const GuardReason reason = search(request.parameters, request.type != TypeId::kNone);
    if (reason != GuardReason::kAllowed) {
      return reason;
    }
    if (request.type != TypeId::kNone) {
      narrow(request.type);
    } else if (named_types_ || !any_type_) {
      std::string names;
      for (const TypeId type : types_) {
        names += concat(names.empty() ? "" : ",", fhir::type_name(type));
      }
      keep("_type", std::move(names));
    }
    finish();
    return reason;
  }

  [[nodiscard]] bool in_compartment(TypeId type) const {
    const TypeId compartment = out_.request.compartment;
    return compartment == TypeId::kNone || compartment == type ||
           !fhir::compartment_params(compartment, type).empty();
  }
  // What puts resources of the type in the compartment is read by the path.
  [[nodiscard]] bool compartment_shows(TypeId type) const {
    if (out_.request.compartment == TypeId::kNone) {
      return true;
    }
    const auto params = fhir::compartment_params(out_.request.compartment, type);
    return std::all_of(params.begin(), params.end(),
                       [&](std::string_view name) { return search_.shows(type, name); });
  }

  // The types of `_type`, each of which must be permitted, or else all that are.
  GuardReason find_types() {
    for (const Parameter& parameter : out_.request.parameters) {
      if (parameter.key != "_type") {
        continue;
      }
      if (named_types_ || out_.request.interaction != Interaction::kSearch) {
        return GuardReason::kSearchParameter;  // both lists at once: servers differ
      }
      named_types_ = true;
      std::string_view rest = parameter.value;
      do {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const TypeId type = fhir::find_resource_type(rest.substr(0, end));
        if (type == TypeId::kNone || !permitted(type) || !in_compartment(type)) {
          return GuardReason::kNoRule;
        }
        types_.push_back(type);
        rest.remove_prefix(std::min(end + 1, rest.size()));
      } while (!rest.empty());
    }
    if (!named_types_) {
      for (const TypeId type : fhir::resource_types()) {
        if (permitted(type) && in_compartment(type)) {
          types_.push_back(type);
        }
      }
    }
    any_type_ = std::any_of(policy_.rules.begin(), policy_.rules.end(),
                            [](const policy::Rule& rule) { return rule.any_type; });
    return types_.empty() ? GuardReason::kNoRule : GuardReason::kAllowed;
  }

  // SPEC 13.2, for all of types_. Without `results`, what shapes the result is refused: the
  // parameters are a condition.
  GuardReason search(std::span<const Parameter> parameters, bool one_type) {
    const bool results = !out_.request.conditional;
    GuardReason shape = GuardReason::kAllowed;
    for (const Parameter& parameter : parameters) {
      const std::string_view key = parameter.key;
      if (is_shape(parameter, shape) || (!one_type && results && key == "_type")) {
        continue;
      }
      if (results && key.substr(0, key.find(':')).ends_with("include")) {
        include(parameter);
        continue;
      }
      if (results && key == "_count" && !is_count(parameter.value)) {
        return GuardReason::kNotCanonical;
      }
      const bool admitted = results && key == "_count" ? true
                            : results && key == "_total"
                                ? parameter.value == "none" || parameter.value == "estimate" ||
                                      parameter.value == "accurate"
                                : std::all_of(types_.begin(), types_.end(), [&](TypeId of) {
                                    return results && key == "_sort"
                                               ? search_.admits_sort(of, parameter.value)
                                               : search_.admits(of, key, parameter.value);
                                  });
      if (!admitted) {
        return GuardReason::kSearchParameter;
      }
      keep(key, parameter.value);
    }
    return shape;
  }

  void include(const Parameter& parameter) {
    const std::string_view key = parameter.key;
    const std::string_view name = key.substr(0, key.find(':'));
    const std::string_view modifier = key.substr(name.size());
    const bool forward = name == "_include";
    std::vector<std::string> values;
    if ((forward || name == "_revinclude") &&
        (modifier.empty() || modifier == ":iterate" || modifier == ":recurse")) {
      values = search_.include(types_, parameter.value, forward);
    }
    if (values.empty()) {
      out_.removed.push_back(concat(key, "=", parameter.value));
    }
    for (std::string& value : values) {
      keep(key, std::move(value));
    }
  }

  const policy::CompiledPolicy& policy_;
  const GuardOptions& options_;
  SearchGuard search_;
  CheckedRequest& out_;
  std::string_view path_;
  std::vector<TypeId> types_;  // those searched
  bool named_types_ = false;   // by `_type`
  bool any_type_ = false;      // the policy has a rule for `*`
  Parameters kept_;            // what goes upstream
};

}  // namespace

const GuardRow& guard_reason(GuardReason reason) {
  static_assert(std::size(kRows) == static_cast<std::size_t>(GuardReason::kBinarySearch) + 1);
  return kRows[static_cast<std::size_t>(reason)];
}

CheckedRequest check_request(const policy::CompiledPolicy& policy, const HttpRequest& request,
                             const GuardOptions& options) {
  CheckedRequest out;
  out.error = classify(request, out.request);
  out.reason = reason_of(out.error);
  if (out.reason == GuardReason::kAllowed) {
    out.reason = Guard(policy, options, out).run(request.url);
  }
  if (!out.allowed()) {
    out.has_form = false;
    out.exact = false;
    out.url.clear();
    out.form.clear();
    out.criteria.clear();
    out.removed.clear();
  }
  return out;
}

}  // namespace fhirwall::decide
