#include "core/fhir/reference.hpp"

#include <algorithm>

#include "core/base/ascii.hpp"

namespace fhirwall::fhir {
namespace {

constexpr std::size_t kMaxIdBytes = 64;  // FHIR R4, id

// scheme ":" with the letters that RFC 3986 allows; enough to tell an absolute URL.
bool has_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || !ascii::is_alpha(text.front())) {
    return false;
  }
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    return ascii::is_alpha(c) || ascii::is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

std::string_view take_segment(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  return segment;
}

// `Type/id` or `Type/id/_history/v`, nothing more.
ReferenceParts parse_relative(std::string_view text) {
  ReferenceParts parts;
  if (text.empty() || text.back() == '/') {
    return parts;
  }
  std::string_view rest = text;
  const TypeId type = find_resource_type(take_segment(rest));
  const std::string_view id = take_segment(rest);
  if (type == TypeId::kNone || !is_valid_id(id)) {
    return parts;
  }
  std::string_view version;
  if (!rest.empty()) {
    if (take_segment(rest) != "_history") {
      return parts;
    }
    version = take_segment(rest);
    if (!is_valid_id(version) || !rest.empty()) {
      return parts;
    }
  }
  parts.form = ReferenceParts::Form::kTypeId;
  parts.type = type;
  parts.id = id;
  parts.version = version;
  return parts;
}

ReferenceParts of_form(ReferenceParts::Form form) {
  ReferenceParts parts;
  parts.form = form;
  return parts;
}

}  // namespace

ReferenceParts parse_reference(std::string_view text, std::span<const std::string_view> base_urls) {
  using Form = ReferenceParts::Form;
  if (text.empty()) {
    return {};
  }
  if (text.front() == '#') {
    return of_form(Form::kFragment);
  }
  if (has_scheme(text)) {
    if (ascii::equals_ignoring_case(text.substr(0, 4), "urn:")) {
      return of_form(Form::kUrn);
    }
    // SPEC 5.6: an absolute URL counts as Type/id only under a configured base URL. The longest one
    // that fits decides, so that the order of configuration does not matter.
    std::string_view base;
    for (const std::string_view candidate : base_urls) {
      if (candidate.size() > base.size() && text.size() > candidate.size() + 1 &&
          text.starts_with(candidate) && text[candidate.size()] == '/') {
        base = candidate;
      }
    }
    if (!base.empty()) {
      const ReferenceParts parts = parse_relative(text.substr(base.size() + 1));
      if (parts.form == Form::kTypeId) {
        return parts;
      }
    }
    return of_form(Form::kAbsolute);
  }
  // `Patient?identifier=...`: never a Type/id, whatever the query says (SPEC 5.6).
  const std::size_t question = text.find('?');
  if (question != std::string_view::npos) {
    return find_resource_type(text.substr(0, question)) == TypeId::kNone ? ReferenceParts{}
                                                                         : of_form(Form::kQuery);
  }
  return parse_relative(text);
}

bool is_valid_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '.';
         });
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return text.size() == kShape.size() &&
         std::equal(text.begin(), text.end(), kShape.begin(),
                    [](char c, char shape) { return shape == '-' ? c == '-' : ascii::is_hex(c); });
}

}  // namespace fhirwall::fhir
