#include <array>
#include <cmath>
#include <string>

#include "core/fhir/decimal_detail.hpp"
#include "core/fhir/ucum.hpp"
#include "core/fhir/ucum_factor.hpp"
#include "core/fhir/ucum_table.hpp"

namespace fhirwall::fhir {
namespace {

using ucum::Factor;
using ucum::Function;

// A special unit's zero point, in steps of the unit (UCUM, sections 21 to 23): 0 Cel is 273.15 K, 0
// [degF] is 459.67 * 5/9 K, 0 [degRe] is 218.52 * 5/4 K.
constexpr std::optional<Decimal> zero_point(Function function) {
  switch (function) {
    case Function::kCel: return Decimal{27315, 2};
    case Function::kDegf: return Decimal{45967, 2};
    case Function::kDegre: return Decimal{21852, 2};
    case Function::kTan:
    case Function::kHpx:
    case Function::kHpc:
    case Function::kHpm:
    case Function::kHpq:
    case Function::kPh:
    case Function::kLn:
    case Function::kLg:
    case Function::kLg2:
    case Function::kLd:
    case Function::kSqrt: break;
  }
  return std::nullopt;
}

std::int64_t log_base(Function function) {
  switch (function) {
    case Function::kHpc: return 100;
    case Function::kHpm: return 1000;
    case Function::kHpq: return 50000;
    case Function::kLd: return 2;
    case Function::kHpx:
    case Function::kPh:
    case Function::kLg:
    case Function::kLg2: return 10;
    case Function::kCel:
    case Function::kDegf:
    case Function::kDegre:
    case Function::kTan:
    case Function::kLn:
    case Function::kSqrt: break;
  }
  return 0;
}

bool is_falling(Function function) {
  return function == Function::kPh || function == Function::kHpx || function == Function::kHpc ||
         function == Function::kHpm || function == Function::kHpq;
}

// To 15 significant digits. Nullopt for what is not finite or does not fit.
std::optional<Decimal> decimal_of_double(double value) {
  const double size = std::fabs(value);
  if (!(size < 1e30)) {
    return std::nullopt;
  }
  if (size < 1e-30) {
    return Decimal{};
  }
  std::int32_t scale = 0;
  double scaled = size;
  for (; scaled >= 1e17; --scale) {
    scaled /= 10;
  }
  for (; scaled < 1e16; ++scale) {
    scaled *= 10;
  }
  return detail::rounded(value < 0, static_cast<std::uint64_t>(scaled), scale, 15);
}

// To 14 digits or so, which a slope does not need; the library's functions are four times as large
// as the rest of this file's arithmetic. |angle| < pi / 2.
double tangent(double angle) {
  double sine = 0;
  double cosine = 0;
  double power = 1;  // angle^n / n!, with the signs of the two series
  for (int n = 0; n < 28; n += 2) {
    cosine += power;
    power *= angle / (n + 1);
    sine += power;
    power *= -angle / (n + 2);
  }
  return sine / cosine;
}

// Halves the angle three times, so that |value| < 0.2 for the series.
double arc_tangent(double value) {
  for (int i = 0; i < 3; ++i) {
    value /= 1 + std::sqrt(1 + value * value);
  }
  double sum = 0;
  double power = value;
  for (int n = 1; n < 25; n += 2) {
    sum += power / n;
    power *= -value * value;
  }
  return 8 * sum;
}

// From the special unit to the ratio unit behind it.
std::optional<Decimal> to_ratio(const Decimal& value, Function function) {
  if (const auto zero = zero_point(function)) {
    return add(value, *zero);
  }
  if (function == Function::kTan) {
    return decimal_of_double(arc_tangent(to_double(value) / 100));
  }
  if (function == Function::kSqrt) {
    return multiply(value, value);
  }
  if (function == Function::kLn) {
    return exponential(value);
  }
  auto exponent = std::optional(is_falling(function) ? negate(value) : value);
  if (function == Function::kLg2) {
    exponent = divide(value, decimal_of(2));
  }
  return exponent ? power(decimal_of(log_base(function)), *exponent) : std::nullopt;
}

std::optional<Decimal> from_ratio(const Decimal& ratio, Function function) {
  if (const auto zero = zero_point(function)) {
    const auto result = subtract(ratio, *zero);
    return result ? std::optional(strip(*result)) : std::nullopt;
  }
  if (function == Function::kTan) {
    const double angle = to_double(ratio);
    constexpr double kRightAngle = 1.5707963267948966;
    return std::fabs(angle) < kRightAngle ? decimal_of_double(tangent(angle) * 100) : std::nullopt;
  }
  if (function == Function::kSqrt) {
    return square_root(ratio);
  }
  if (function == Function::kLn) {
    return natural_log(ratio);
  }
  const auto result = log(ratio, decimal_of(log_base(function)));
  if (!result) {
    return std::nullopt;
  }
  if (function == Function::kLg2) {
    return multiply(*result, decimal_of(2));
  }
  return is_falling(function) ? negate(*result) : *result;
}

// A value on a ratio scale.
struct Scaled {
  Decimal value;
  Factor factor;
};

const ucum::SpecialRow& special_row(const Unit& unit) { return ucum::kSpecials[unit.special - 1U]; }

// The factor of the ratio unit behind a special one, else of the unit itself.
Factor ratio_factor(const Unit& unit) {
  if (unit.special == 0) {
    return ucum::factor_of(unit);
  }
  // The angle that a slope is the tangent of is in radians (a number), whatever unit it is said in.
  const ucum::SpecialRow& row = special_row(unit);
  return row.function == Function::kTan ? Factor{} : ucum::row_factor(row.unit);
}

std::optional<Scaled> scaled(const Decimal& value, const Unit& unit) {
  if (unit.special == 0) {
    return Scaled{value, ucum::factor_of(unit)};
  }
  // The factor of a special unit is its prefix: 10 dB = 1 B.
  const auto unprefixed = ucum::rescale(value, ucum::factor_of(unit), {});
  const auto ratio = unprefixed ? to_ratio(*unprefixed, special_row(unit).function) : std::nullopt;
  if (!ratio) {
    return std::nullopt;
  }
  return Scaled{*ratio, ratio_factor(unit)};
}

// The unit with the smaller steps, of two that measure the same.
bool is_finer(const Unit& a, const Unit& b) {
  const auto step = [](const Unit& unit) {
    return unit.special == 0 || zero_point(special_row(unit).function) ? ratio_factor(unit)
                                                                       : Factor{};
  };
  const auto order = ucum::compare_scaled(decimal_of(1), step(a), decimal_of(1), step(b));
  return order && *order <= 0;
}

constexpr std::array<std::string_view, 7> kBaseCodes = {"m", "s", "g", "rad", "K", "C", "cd"};

void append_power(std::string_view code, std::int32_t exponent, std::string& out) {
  if (exponent == 0) {
    return;
  }
  if (!out.empty()) {
    out += '.';
  }
  out += code;
  if (exponent != 1) {
    append_decimal(decimal_of(exponent), out);
  }
}

// Base units in the order of Dimension, then the arbitrary unit; `1` for none.
std::string text_of(const Dimension& dimension) {
  std::string text;
  for (std::size_t i = 0; i < kBaseCodes.size(); ++i) {
    append_power(kBaseCodes[i], dimension.exponents[i], text);
  }
  if (dimension.arbitrary != 0) {
    // From the end, where [iU] stands before [IU], which is defined by it.
    for (std::size_t i = ucum::kUnitCount; i-- > 0;) {
      if (ucum::kUnits[i].kind == ucum::kArbitrary + ucum::arbitrary_unit(dimension)) {
        const std::size_t begin = ucum::kUnits[i].code;
        append_power({ucum::kCodes + begin, ucum::kUnits[i + 1].code - begin},
                     ucum::arbitrary_exponent(dimension), text);
        break;
      }
    }
  }
  return text.empty() ? "1" : text;
}

// a * b^sign in base units. INVARIANT: b is not zero.
std::optional<UnitValue> combine(const UnitValue& a, const Unit& a_unit, const UnitValue& b,
                                 const Unit& b_unit, std::int32_t sign) {
  Factor number{.numerator = detail::magnitude(b.value), .ten = -b.value.scale};
  const auto right = ucum::multiply(ucum::factor_of(b_unit), number);
  const auto factor =
      right ? ucum::multiply(ucum::factor_of(a_unit), sign < 0 ? ucum::inverse(*right) : *right)
            : std::nullopt;
  Dimension dimension = a_unit.dimension;
  if (!factor || !ucum::add_dimension(dimension, b_unit.dimension, sign)) {
    return std::nullopt;
  }
  const Decimal signed_a = b.value.coefficient < 0 ? negate(a.value) : a.value;
  const auto value = ucum::rescale(signed_a, *factor, {});
  return value ? std::optional(UnitValue{*value, text_of(dimension)}) : std::nullopt;
}

// Nullopt where the text is no unit, or a special one: UCUM, sections 21 to 23.
std::optional<Unit> ratio_unit(const UnitValue& quantity) {
  auto unit = parse_unit(quantity.unit);
  return unit && unit->special == 0 ? unit : std::nullopt;
}

bool is_one(const UnitValue& quantity) { return quantity.unit == "1"; }

}  // namespace

std::optional<Decimal> convert(const Decimal& value, const Unit& from, const Unit& to) {
  if (from.dimension != to.dimension) {
    return std::nullopt;
  }
  if (from.special == to.special && from.special != 0) {
    return ucum::rescale(value, ucum::factor_of(from), ucum::factor_of(to));
  }
  const auto ratio = scaled(value, from);
  auto result = ratio ? ucum::rescale(ratio->value, ratio->factor, ratio_factor(to)) : std::nullopt;
  if (!result || to.special == 0) {
    return result;
  }
  result = from_ratio(*result, special_row(to).function);
  return result ? ucum::rescale(*result, {}, ucum::factor_of(to)) : std::nullopt;
}

std::optional<int> compare(const Decimal& a, const Unit& a_unit, const Decimal& b,
                           const Unit& b_unit) {
  if (a_unit.dimension != b_unit.dimension) {
    return std::nullopt;
  }
  // Two values of one scale compare by their numbers: pH 7 is less than pH 8.
  if (a_unit.special == b_unit.special) {
    return ucum::compare_scaled(a, ucum::factor_of(a_unit), b, ucum::factor_of(b_unit));
  }
  const auto left = scaled(a, a_unit);
  const auto right = scaled(b, b_unit);
  if (!left || !right) {
    return std::nullopt;
  }
  return ucum::compare_scaled(left->value, left->factor, right->value, right->factor);
}

// FHIRPath N1, 6.1: compared in the finer of the two units, so 4 'g' is not 4040 'mg'.
std::optional<bool> equivalent(const Decimal& a, const Unit& a_unit, const Decimal& b,
                               const Unit& b_unit) {
  if (a_unit.dimension != b_unit.dimension) {
    return std::nullopt;
  }
  const bool left = is_finer(a_unit, b_unit);
  const auto converted = left ? convert(b, b_unit, a_unit) : convert(a, a_unit, b_unit);
  if (!converted) {
    return std::nullopt;
  }
  return equivalent(*converted, left ? a : b);
}

std::optional<UnitValue> multiply(const UnitValue& a, const UnitValue& b) {
  const auto a_unit = ratio_unit(a);
  const auto b_unit = ratio_unit(b);
  if (!a_unit || !b_unit) {
    return std::nullopt;
  }
  if (!is_one(a) && !is_one(b) && b.value.coefficient != 0) {
    return combine(a, *a_unit, b, *b_unit, 1);
  }
  const auto product = multiply(a.value, b.value);
  if (!product) {
    return std::nullopt;
  }
  if (is_one(a) || is_one(b)) {
    return UnitValue{*product, is_one(a) ? b.unit : a.unit};
  }
  Dimension dimension = a_unit->dimension;
  return ucum::add_dimension(dimension, b_unit->dimension, 1)
             ? std::optional(UnitValue{*product, text_of(dimension)})
             : std::nullopt;
}

std::optional<UnitValue> divide(const UnitValue& a, const UnitValue& b) {
  const auto a_unit = ratio_unit(a);
  const auto b_unit = ratio_unit(b);
  if (!a_unit || !b_unit || b.value.coefficient == 0) {
    return std::nullopt;
  }
  if (!is_one(b)) {
    return combine(a, *a_unit, b, *b_unit, -1);
  }
  const auto value = divide(a.value, b.value);
  return value ? std::optional(UnitValue{*value, a.unit}) : std::nullopt;
}

}  // namespace fhirwall::fhir
