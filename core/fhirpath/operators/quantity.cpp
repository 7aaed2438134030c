#include "core/fhirpath/quantity.hpp"

#include <array>
#include <string>

#include "core/fhir/ucum.hpp"

namespace fhirwall::fhirpath {

using fhir::Decimal;
using fhir::TimeUnit;
using fhir::Unit;

namespace {

// In the order of TimeUnit.
constexpr std::array<std::string_view, 8> kUcumCodes = {"a", "mo",  "wk", "d",
                                                        "h", "min", "s",  "ms"};

// The UCUM text of a unit; empty for a calendar word that is none.
std::string_view ucum_text(const Quantity& quantity) {
  if (!quantity.calendar) {
    return quantity.unit;
  }
  const auto unit = fhir::find_calendar_unit(quantity.unit);
  return unit ? kUcumCodes[static_cast<std::size_t>(*unit)] : std::string_view{};
}

Quantity as_ucum(Quantity quantity) {
  quantity.unit = ucum_text(quantity);
  quantity.calendar = false;
  quantity.mapped = false;
  return quantity;
}

bool is_year(std::string_view code) { return code == "a" || code.starts_with("a_"); }

// Years and months, of whichever kind.
bool is_long(const Quantity& quantity) {
  const std::string_view code = ucum_text(quantity);
  return is_year(code) || code == "mo" || code.starts_with("mo_");
}

bool same_unit(const Quantity& a, const Quantity& b) {
  return a.calendar == b.calendar && a.unit == b.unit;
}

// Two quantities in units of the Unit kind.
struct Pair {
  Decimal a;
  Decimal b;
  Unit a_unit;
  Unit b_unit;
};

// `days`: a calendar year counts as 365 days, a month as 30.
bool align_one(const Quantity& quantity, bool days, Decimal& value, Unit& unit) {
  std::string_view code = ucum_text(quantity);
  value = quantity.value;
  if (days && is_long(quantity)) {
    const auto product = fhir::multiply(value, fhir::decimal_of(is_year(code) ? 365 : 30));
    if (!product) {
      return false;
    }
    value = *product;
    code = "d";
  }
  const auto parsed = fhir::parse_unit(code);
  unit = parsed.value_or(Unit{});
  return parsed.has_value();
}

// A calendar year or month beside another calendar unit is counted in days; two of them in months,
// which UCUM's have in the same ratio.
bool in_days(const Quantity& a, const Quantity& b) {
  return a.calendar && b.calendar && is_long(a) != is_long(b);
}

std::optional<Pair> align(const Quantity& a, const Quantity& b) {
  if (a.calendar != b.calendar && (is_long(a) || is_long(b))) {
    return std::nullopt;
  }
  const bool days = in_days(a, b);
  Pair pair;
  if (!align_one(a, days, pair.a, pair.a_unit) || !align_one(b, days, pair.b, pair.b_unit)) {
    return std::nullopt;
  }
  return pair;
}

}  // namespace

std::optional<Quantity> quantity_from(const Item& value) {
  switch (value.form) {
    case Item::Form::kQuantity: return value.quantity();
    case Item::Form::kDecimal: return Quantity{value.decimal(), "1"};
    case Item::Form::kInteger:
    case Item::Form::kLong: return Quantity{fhir::decimal_of(value.integer()), "1"};
    default: return std::nullopt;
  }
}

std::optional<int> compare_quantities(const Quantity& a, const Quantity& b) {
  if (same_unit(a, b)) {
    return fhir::compare(a.value, b.value);
  }
  const auto pair = align(a, b);
  return pair ? fhir::compare(pair->a, pair->a_unit, pair->b, pair->b_unit) : std::nullopt;
}

bool equivalent_quantities(const Quantity& a, const Quantity& b) {
  if (same_unit(a, b)) {
    return fhir::equivalent(a.value, b.value);
  }
  const auto a_unit = fhir::parse_unit(ucum_text(a));
  const auto b_unit = fhir::parse_unit(ucum_text(b));
  return a_unit && b_unit && fhir::equivalent(a.value, *a_unit, b.value, *b_unit) == true;
}

std::optional<Quantity> add_quantities(const Quantity& a, const Quantity& b) {
  // A FHIR Quantity in years joins what it is added to.
  if (a.mapped && !b.calendar) {
    return add_quantities(as_ucum(a), b);
  }
  if (b.mapped && !a.calendar) {
    return add_quantities(a, as_ucum(b));
  }
  // How many weeks are a year is not for a sum to say (3.0, 6.6.3).
  const auto pair = in_days(a, b) ? std::nullopt : align(a, b);
  if (!pair || pair->a_unit.special != 0 || pair->b_unit.special != 0 ||
      pair->a_unit.dimension != pair->b_unit.dimension) {
    return std::nullopt;
  }
  bool left = true;  // is finer
  if (!same_unit(a, b)) {
    const Decimal one = fhir::decimal_of(1);
    const auto order = fhir::compare(one, pair->a_unit, one, pair->b_unit);
    left = order && *order <= 0;
  }
  Quantity result = left ? a : b;
  const auto converted = same_unit(a, b) ? std::optional(b.value)
                         : left          ? fhir::convert(pair->b, pair->b_unit, pair->a_unit)
                                         : fhir::convert(pair->a, pair->a_unit, pair->b_unit);
  const auto sum = converted ? fhir::add(result.value, *converted) : std::nullopt;
  if (!sum) {
    return std::nullopt;
  }
  result.value = *sum;
  result.mapped = a.mapped && b.mapped;
  return result;
}

std::optional<Decimal> number_from(const Quantity& quantity) {
  if (quantity.calendar) {
    return std::nullopt;
  }
  if (quantity.unit == "1") {
    return quantity.value;
  }
  const auto unit = fhir::parse_unit(quantity.unit);
  if (!unit || unit->special != 0) {
    return std::nullopt;
  }
  return fhir::convert(quantity.value, *unit, Unit{});
}

bool multiply_quantities(Machine& machine, const Quantity& a, const Quantity& b, bool divide,
                         std::optional<Quantity>& result) {
  result.reset();
  if (a.calendar || b.calendar) {
    // Years times a number are years.
    const Quantity& quantity = a.calendar ? a : b;
    const auto number = number_from(a.calendar ? b : a);
    if (number && (a.calendar || !divide)) {
      const auto value =
          divide ? fhir::divide(quantity.value, *number) : fhir::multiply(quantity.value, *number);
      if (value) {
        result = quantity;
        result->value = *value;
      }
      return true;
    }
    if (a.calendar == a.mapped && b.calendar == b.mapped) {
      return multiply_quantities(machine, as_ucum(a), as_ucum(b), divide, result);
    }
    return true;
  }
  const fhir::UnitValue left{a.value, std::string(a.unit)};
  const fhir::UnitValue right{b.value, std::string(b.unit)};
  const auto value = divide ? fhir::divide(left, right) : fhir::multiply(left, right);
  if (!value) {
    return true;
  }
  const auto unit = machine.keep(value->unit);
  if (unit) {
    result = Quantity{value->value, *unit};
  }
  return unit.has_value();
}

}  // namespace fhirwall::fhirpath
