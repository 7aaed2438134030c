#include "core/fhirpath/functions/quantity_text.hpp"

#include <array>
#include <string>

#include "core/base/ascii.hpp"
#include "core/fhir/ucum.hpp"

namespace fhirwall::fhirpath {

using fhir::Decimal;

namespace {

struct CalendarUnit {
  std::string_view word;
  std::string_view ucum;
  std::int64_t milliseconds;
};
constexpr std::int64_t kDay = 24 * 60 * 60 * 1000;
// In the order of TimeUnit.
constexpr std::array<CalendarUnit, 8> kCalendar = {{
    {"year", "a", 365 * kDay},
    {"month", "mo", 30 * kDay},
    {"week", "wk", 7 * kDay},
    {"day", "d", kDay},
    {"hour", "h", kDay / 24},
    {"minute", "min", 60'000},
    {"second", "s", 1000},
    {"millisecond", "ms", 1},
}};
constexpr std::int64_t kMonthsInYear = 12;

// Null for what is no calendar word.
const CalendarUnit* find_calendar(std::string_view word) {
  const auto unit = fhir::find_calendar_unit(word);
  return unit ? &kCalendar[static_cast<std::size_t>(*unit)] : nullptr;
}
bool is_year_or_month(const CalendarUnit& unit) { return &unit - kCalendar.data() < 2; }

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && ascii::is_digit(text[count])) {
    ++count;
  }
  return count;
}

// value * from / to; one of them divides the other, or the quotient is rounded.
std::optional<Decimal> scale(const Decimal& value, std::int64_t from, std::int64_t to) {
  if (from % to == 0) {
    return fhir::multiply(value, fhir::decimal_of(from / to));
  }
  const auto product = fhir::multiply(value, fhir::decimal_of(from));
  return product ? fhir::divide(*product, fhir::decimal_of(to)) : std::nullopt;
}

std::optional<Decimal> convert_ucum(const Decimal& value, std::string_view from,
                                    std::string_view to) {
  const auto from_unit = fhir::parse_unit(from);
  const auto to_unit = fhir::parse_unit(to);
  return from_unit && to_unit ? fhir::convert(value, *from_unit, *to_unit) : std::nullopt;
}

std::optional<Decimal> between_calendar_units(const Decimal& value, const CalendarUnit& from,
                                              const CalendarUnit& to) {
  if (&from == &to) {
    return value;
  }
  if (is_year_or_month(from) && is_year_or_month(to)) {
    return &to == kCalendar.data() ? scale(value, 1, kMonthsInYear)
                                   : scale(value, kMonthsInYear, 1);
  }
  return scale(value, from.milliseconds, to.milliseconds);
}

std::optional<Quantity> quantity_or_nothing(const std::optional<Decimal>& value,
                                            std::string_view unit, bool calendar) {
  return value ? std::optional(Quantity{.value = *value, .unit = unit, .calendar = calendar})
               : std::nullopt;
}

// What stands between the quotes at the beginning and the end, without escapes; false for a quote
// in between.
bool unescape_unit(std::string_view text, std::string& unit) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') {
      return false;
    }
    if (text[i] == '\\' && ++i == text.size()) {
      return false;
    }
    unit += text[i];
  }
  return true;
}

}  // namespace

std::optional<Decimal> take_number(std::string_view& text, bool fraction) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) {
    rest.remove_prefix(1);
  }
  std::size_t size = count_digits(rest);
  if (size == 0) {
    return std::nullopt;
  }
  while (size > 1 && rest.front() == '0') {
    rest.remove_prefix(1);
    --size;
  }
  if (fraction && size < rest.size() && rest[size] == '.') {
    const std::size_t more = count_digits(rest.substr(size + 1));
    size += more == 0 ? 0 : more + 1;
  }
  const auto number = fhir::parse_decimal(rest.substr(0, size));
  if (!number) {
    return std::nullopt;
  }
  text = rest.substr(size);
  return negative ? fhir::negate(*number) : *number;
}

bool parse_quantity(Machine& machine, std::string_view text, std::optional<Quantity>& quantity) {
  quantity.reset();
  const auto value = take_number(text, true);
  if (!value) {
    return true;
  }
  while (!text.empty() && ascii::is_space(text.front())) {
    text.remove_prefix(1);
  }
  if (text.empty()) {
    quantity = Quantity{.value = *value, .unit = "1"};
    return true;
  }
  if (const CalendarUnit* calendar = find_calendar(text)) {
    quantity = Quantity{.value = *value, .unit = calendar->word, .calendar = true};
    return true;
  }
  std::string unit;
  if (text.size() < 3 || text.front() != '\'' || text.back() != '\'' ||
      !unescape_unit(text.substr(1, text.size() - 2), unit) || !fhir::parse_unit(unit)) {
    return true;
  }
  const auto kept = machine.keep(unit);
  if (kept) {
    quantity = Quantity{.value = *value, .unit = *kept};
  }
  return kept.has_value();
}

std::optional<Quantity> in_unit(const Quantity& quantity, std::string_view unit) {
  const CalendarUnit* from = quantity.calendar ? find_calendar(quantity.unit) : nullptr;
  const CalendarUnit* to = find_calendar(unit);
  if (from != nullptr && to != nullptr) {
    return quantity_or_nothing(between_calendar_units(quantity.value, *from, *to), to->word, true);
  }
  // A FHIR Quantity in years is one in UCUM years too.
  if ((from != nullptr && is_year_or_month(*from) && !quantity.mapped) ||
      (to != nullptr && is_year_or_month(*to))) {
    return std::nullopt;
  }
  const std::string_view source = from != nullptr ? from->ucum : quantity.unit;
  const std::string_view target = to != nullptr ? to->ucum : unit;
  return quantity_or_nothing(
      source == target ? quantity.value : convert_ucum(quantity.value, source, target),
      to != nullptr ? to->word : unit, to != nullptr);
}

}  // namespace fhirwall::fhirpath
