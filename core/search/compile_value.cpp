#include "core/search/compile_value.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/ascii.hpp"
#include "core/fhir/reference.hpp"
#include "core/search/fold.hpp"

namespace fhirwall::search {
namespace {

// A parameter whose every value is a boolean takes only `true` and `false`.
bool is_boolean(const Clause& clause) {
  const auto types = fhirpath::result_types(*clause.program);
  return !types.empty() && std::all_of(types.begin(), types.end(), [](fhir::TypeId type) {
    return type == fhir::well_known().boolean;
  });
}

bool takes_canonical(const Clause& clause) {
  const auto types = fhirpath::result_types(*clause.program);
  return std::any_of(types.begin(), types.end(), [](fhir::TypeId type) {
    return fhir::type_kind(type) == fhir::TypeKind::kPrimitive;
  });
}

// A date as a search value. Beyond what resources may hold, an hour may end it: `2024-03-10T12` is
// that hour, with or without a zone.
std::optional<fhir::Interval> parse_search_date(std::string_view text) {
  if (auto interval = fhir::parse_datetime(text)) {
    return interval;
  }
  constexpr std::size_t kHourEnd = 13;  // YYYY-MM-DDThh
  constexpr std::int64_t kHour = 3'600'000'000;
  if (text.size() < kHourEnd || (text.size() > kHourEnd && text[kHourEnd] == ':')) {
    return std::nullopt;
  }
  std::string with_minutes(text.substr(0, kHourEnd));
  with_minutes += ":00";
  with_minutes += text.substr(kHourEnd);
  auto interval = fhir::parse_datetime(with_minutes);
  if (interval) {
    interval->end = interval->begin + kHour;
  }
  return interval;
}

}  // namespace

void compile_token(const BoundValue& value, Reporter& reporter, Clause& clause) {
  std::vector<std::string> parts = value.parts();
  const bool has_pipe = parts.size() == 2;
  if (parts.size() > 2 || (parts.front().empty() && parts.back().empty())) {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   "a token is `code`, `system|code`, `|code` or `system|`");
    return;
  }
  TokenValue token;
  token.code = std::move(parts.back());
  if (has_pipe) {
    token.system = std::move(parts.front());
    token.system_is = token.system.empty() ? TokenValue::System::kNone : TokenValue::System::kGiven;
    token.any_code = token.code.empty();
  }
  if (clause.kind == Clause::Kind::kToken && !token.any_code && is_boolean(clause) &&
      !ascii::equals_ignoring_case(token.code, "true") &&
      !ascii::equals_ignoring_case(token.code, "false")) {
    reporter.error(IssueCode::kInvalidValue, value.offset, "`true` or `false` is expected");
    return;
  }
  token.folded_system = folded(token.system);
  token.folded_code = folded(token.code);
  clause.tokens.push_back(std::move(token));
}

// `[system]|[code]|[value]`: all three must be there (FHIR R4 search, section 3.1.1.4.10).
void compile_of_type(const BoundValue& value, Reporter& reporter, Clause& clause) {
  std::vector<std::string> parts = value.parts();
  if (parts.size() != 3 || std::any_of(parts.begin(), parts.end(),
                                       [](const std::string& part) { return part.empty(); })) {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   "`:of-type` takes `system|code|value` of an identifier");
    return;
  }
  TokenValue token;
  token.system_is = TokenValue::System::kGiven;
  token.system = std::move(parts[0]);
  token.code = std::move(parts[1]);
  token.identifier = std::move(parts[2]);
  clause.tokens.push_back(std::move(token));
}

void compile_uri_path(const BoundValue& value, Reporter& reporter, Clause& clause) {
  StringValue url;
  url.text = value.text();
  if (!has_plain_path(url.text)) {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   "`:above` and `:below` take an absolute url, e.g. `http://example.org/fhir`");
    return;
  }
  clause.strings.push_back(std::move(url));
}

void compile_string(const BoundValue& value, Reporter& reporter, Clause& clause) {
  StringValue string;
  string.text = value.text();
  string.folded = folded(string.text);
  // Accents alone fold to nothing, with which every text starts.
  if (string.folded.empty() && clause.mode != StringMode::kExact) {
    reporter.error(IssueCode::kInvalidValue, value.offset, "the value has no letter to compare");
    return;
  }
  single_spaced(string.folded, string.spaced);
  clause.strings.push_back(std::move(string));
}

void compile_date(const BoundValue& value, Reporter& reporter, Clause& clause) {
  DateValue date;
  BoundValue rest = value;
  date.prefix = rest.take_prefix();
  const std::string text = rest.text();
  const auto interval = parse_search_date(text);
  if (!interval) {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   "a date is expected, e.g. `2024-02-29`, `ge2024-02` or `lt2024-02-29T12:00Z`");
    return;
  }
  date.interval = *interval;
  clause.dates.push_back(date);
}

void compile_reference(const BoundValue& value, fhir::TypeId only, const Criteria& criteria,
                       Reporter& reporter, Clause& clause) {
  using Form = fhir::ReferenceParts::Form;
  ReferenceValue reference;
  reference.text = value.text();
  const std::vector<std::string> parts_of_value = value.parts();
  if (parts_of_value.size() > 2 || (parts_of_value.size() == 2 && !takes_canonical(clause))) {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   "`|` is for the version of a canonical url only");
    return;
  }
  reference.canonical_url = parts_of_value.front();
  reference.canonical_version = parts_of_value.size() == 2 ? parts_of_value.back() : std::string();
  const fhir::ReferenceParts parts = fhir::parse_reference(reference.text, criteria.base_url_views);
  if (parts.form == Form::kTypeId) {
    reference.form = ReferenceValue::Form::kTyped;
    reference.type = parts.type;
    reference.id = parts.id;
    reference.version = parts.version;
  } else if (fhir::is_valid_id(reference.text)) {
    reference.form =
        only == fhir::TypeId::kNone ? ReferenceValue::Form::kId : ReferenceValue::Form::kTyped;
    reference.type = only;
    reference.id = reference.text;
  } else if (parts.form == Form::kQuery || parts.form == Form::kOther) {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   "a reference is expected: `Type/id`, `id` or a url");
    return;
  }
  if (only != fhir::TypeId::kNone && reference.type != only) {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   "the value does not have the type of the modifier");
    return;
  }
  clause.references.push_back(std::move(reference));
}

// SPEC 5.6: `Type/id`, or a bare UUID, which stands for any type. `_project` knows its type.
void compile_member(const BoundValue& value, const Criteria& criteria, Reporter& reporter,
                    Clause& clause) {
  const std::string text = value.text();
  const fhir::ReferenceParts parts = fhir::parse_reference(text, criteria.base_url_views);
  MembershipValue member;
  if (parts.form == fhir::ReferenceParts::Form::kTypeId && parts.version.empty()) {
    member.type = parts.type;
    member.id = parts.id;
  } else if (fhir::is_uuid(text)) {
    member.id = text;
  } else {
    reporter.error(IssueCode::kInvalidValue, value.offset, "`Type/id` or a bare UUID is expected");
    return;
  }
  clause.members.push_back(std::move(member));
}

void compile_missing(const BoundValue& value, Reporter& reporter, Clause& clause) {
  const std::string text = value.text();
  if (text != "true" && text != "false") {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   "`:missing` takes `true` or `false` only");
    return;
  }
  clause.missing = text == "true";
}

}  // namespace fhirwall::search
