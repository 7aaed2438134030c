#include "core/fhirpath/functions/factory_text.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/base/ascii.hpp"
#include "core/fhir/decimal.hpp"
#include "core/fhir/temporal.hpp"
#include "core/fhirpath/narrative.hpp"
#include "core/fhirpath/value.hpp"
#include "core/json/scalar.hpp"

namespace fhirwall::fhirpath {
namespace {

using Precision = fhir::Temporal::Precision;

bool is_white(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool has_white(std::string_view text) { return std::any_of(text.begin(), text.end(), is_white); }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

// Takes digits, of which the first is no zero unless it is the only one.
bool take_plain_number(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && ascii::is_digit(text[size])) {
    ++size;
  }
  const bool plain = size == 1 || (size > 1 && text[0] != '0');
  text.remove_prefix(size);
  return plain;
}

// Letters beyond ASCII may stand in it; controls other than the three of a line may not.
bool is_string(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return is_control(c) && c != '\t' && c != '\n' && c != '\r';
  });
}

bool is_uri(std::string_view text) {
  return !has_white(text) && std::none_of(text.begin(), text.end(), is_control);
}

// Words, each one white space from the next.
bool is_code(std::string_view text) {
  bool word = false;
  for (const char c : text) {
    if (is_white(c) && !word) {
      return false;
    }
    word = !is_white(c);
  }
  return word && is_string(text);
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '.';
  });
}

// urn:oid:1.2.3
bool is_oid(std::string_view text) {
  constexpr std::string_view kPrefix = "urn:oid:";
  if (!text.starts_with(kPrefix)) {
    return false;
  }
  text.remove_prefix(kPrefix.size());
  if (text.empty() || text[0] < '0' || text[0] > '2') {
    return false;
  }
  text.remove_prefix(1);
  bool any = false;
  while (text.starts_with('.')) {
    text.remove_prefix(1);
    any = true;
    if (!take_plain_number(text)) {
      return false;
    }
  }
  return any && text.empty();
}

// urn:uuid:c757873d-ec9a-4326-a141-556f43239520
bool is_uuid(std::string_view text) {
  constexpr std::string_view kPattern = "urn:uuid:hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
  constexpr std::size_t kPrefix = 9;
  if (text.size() != kPattern.size()) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = i >= kPrefix && kPattern[i] == 'h';
    if (digit ? !ascii::is_hex(text[i]) || ascii::is_upper(text[i]) : text[i] != kPattern[i]) {
      return false;
    }
  }
  return true;
}

// Groups of four digits; white space may stand between groups.
bool is_base64(std::string_view text) {
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (is_white(c)) {
      if ((digits + padding) % 4 != 0) {
        return false;
      }
    } else if (c == '=') {
      ++padding;
    } else if (padding != 0 ||
               (!ascii::is_alpha(c) && !ascii::is_digit(c) && c != '+' && c != '/')) {
      return false;
    } else {
      ++digits;
    }
  }
  return digits != 0 && padding <= 2 && (digits + padding) % 4 == 0;
}

bool is_integer(fhir::TypeId type, std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('-')) {
    digits.remove_prefix(1);
  }
  if (!take_plain_number(digits) || !digits.empty()) {
    return false;
  }
  const auto decimal = fhir::parse_decimal(text);
  if (!decimal) {
    return false;
  }
  const std::int64_t value = fhir::to_int64(*decimal).value_or(INT64_MIN);
  const std::string_view name = fhir::type_name(type);
  const std::int64_t least = name == "positiveInt" ? 1 : name == "unsignedInt" ? 0 : INT32_MIN;
  return value >= least && value <= INT32_MAX;
}

bool is_decimal(std::string_view text) {
  return !text.empty() && (text[0] == '-' || ascii::is_digit(text[0])) &&
         !json::check_number(text.data(), 0, static_cast<std::uint32_t>(text.size())) &&
         fhir::parse_decimal(text);
}

bool is_date_time(std::string_view text, bool instant) {
  const auto value = fhir::parse_datetime_value(text);
  if (!value || text.ends_with('T')) {
    return false;
  }
  if (instant) {
    return value->precision >= Precision::kSecond && value->zone;
  }
  return value->precision <= Precision::kDay || value->precision >= Precision::kMinute;
}

bool is_time(std::string_view text) {
  const auto value = fhir::parse_time_value(text);
  return value && value->precision >= Precision::kMinute && !text.starts_with('T');
}

}  // namespace

bool is_primitive_text(fhir::TypeId type, std::string_view text) {
  const fhir::WellKnown& known = fhir::well_known();
  switch (form_of(type)) {
    case Item::Form::kBoolean: return text == "true" || text == "false";
    case Item::Form::kInteger: return is_integer(type, text);
    case Item::Form::kDecimal: return is_decimal(text);
    case Item::Form::kDate: return fhir::parse_date_value(text).has_value();
    case Item::Form::kDateTime: return is_date_time(text, type == known.instant);
    case Item::Form::kTime: return is_time(text);
    default: break;
  }
  if (type == known.code) {
    return is_code(text);
  }
  if (type == known.id) {
    return is_id(text);
  }
  if (type == known.oid) {
    return is_oid(text);
  }
  if (type == known.uuid) {
    return is_uuid(text);
  }
  if (fhir::is_a(type, known.uri)) {
    return is_uri(text);
  }
  if (type == known.xhtml) {
    return is_narrative(text, Markup::kDiv);
  }
  return fhir::type_name(type) == "base64Binary" ? is_base64(text) : is_string(text);
}

}  // namespace fhirwall::fhirpath
