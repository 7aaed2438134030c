#include "core/fhir/decimal.hpp"

#include <algorithm>
#include <array>

#include "core/base/ascii.hpp"
#include "core/fhir/decimal_detail.hpp"

// 128-bit code is bulky in wasm: like this it has three quarters of the size and is no slower.
#ifdef __clang__
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)
#endif

namespace fhirwall::fhir {
namespace detail {

[[gnu::noinline]] Uint128 power_of_ten(std::int32_t exponent) {
  static constexpr std::array<std::uint64_t, 20> kPowers = [] {
    std::array<std::uint64_t, 20> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) {
      powers[i] = powers[i - 1] * 10;
    }
    return powers;
  }();
  const auto i = static_cast<std::size_t>(exponent);
  return i < 20 ? kPowers[i] : static_cast<Uint128>(kPowers[19]) * kPowers[i - 19];
}

[[gnu::noinline]] Quotient divide(Uint128 value, Uint128 divisor) {
  if ((value | divisor) >> 64 == 0) {
    const auto low = static_cast<std::uint64_t>(value);
    const auto by = static_cast<std::uint64_t>(divisor);
    return {low / by, low % by};
  }
  const Uint128 whole = value / divisor;
  return {whole, value - whole * divisor};
}

[[gnu::noinline]] std::int32_t digit_count(Uint128 value) {
  std::int32_t digits = value >= power_of_ten(19) ? 20 : 1;
  while (digits <= kMaxScale && value >= power_of_ten(digits)) {
    ++digits;
  }
  return digits;
}

}  // namespace detail

namespace {

using detail::digit_count;
using detail::kMaxCoefficient;
using detail::magnitude;
using detail::make;
using detail::power_of_ten;

// Drops trailing zeros while the scale stays at or above `lowest`.
[[gnu::noinline]] void drop_zeros(Uint128& value, std::int32_t& scale, std::int32_t lowest) {
  for (std::int32_t count = 32; count > 0; count /= 2) {
    if (scale - lowest < count) {
      continue;
    }
    const auto [whole, rest] = detail::divide(value, power_of_ten(count));
    if (rest == 0) {
      value = whole;
      scale -= count;
    }
  }
}

// The quotient, rounded half up.
Uint128 divide_half_up(Uint128 value, Uint128 divisor) {
  const auto [whole, rest] = detail::divide(value, divisor);
  return whole + (rest >= divisor - rest ? 1U : 0U);
}

// True if value * factor fits.
bool product_fits(Uint128 value, Uint128 factor) {
  return (value | factor) >> 63 == 0 || factor == 0 ||
         value <= detail::divide(kMaxCoefficient, factor).whole;
}

// An exact result as a Decimal: zeros behind the point go only where it would not fit with them.
std::optional<Decimal> exact(bool negative, Uint128 value, std::int32_t scale) {
  if (value > kMaxCoefficient) {
    // 39 digits at most: one place is enough.
    drop_zeros(value, scale, std::max(scale - 1, 0));
  }
  if (scale > kMaxScale) {
    drop_zeros(value, scale, kMaxScale);
  }
  if (value > kMaxCoefficient || scale > kMaxScale) {
    return std::nullopt;
  }
  return make(negative, value, scale);
}

struct Division {
  Uint128 quotient;
  Uint128 rest;
  bool overflow = false;  // the quotient does not fit; the rest is right
};

// Goes on for `digits` decimal places. INVARIANT: rest < divisor.
void continue_division(Division& division, Uint128 divisor, std::int32_t digits) {
  const std::int32_t room = 38 - digit_count(divisor);
  while (digits > 0 && (division.rest != 0 || division.quotient != 0)) {
    const std::int32_t count = std::clamp(room, 1, digits);
    Uint128 next = 0;
    if (room > 0) {
      const Uint128 value = division.rest * power_of_ten(count);
      const auto [whole, rest] = detail::divide(value, divisor);
      next = whole;
      division.rest = rest;
    } else {
      // Ten times the rest may not fit: ten additions modulo the divisor.
      Uint128 sum = 0;
      for (int i = 0; i < 10; ++i) {
        const Uint128 gap = divisor - division.rest;
        next += sum >= gap ? 1U : 0U;
        sum = sum >= gap ? sum - gap : sum + division.rest;
      }
      division.rest = sum;
    }
    if (!product_fits(division.quotient, power_of_ten(count))) {
      division.overflow = true;
      division.quotient = 0;
    }
    division.quotient = division.quotient * power_of_ten(count) + next;
    digits -= count;
  }
}

// |a| / |b| to an integer, and the rest at the larger of the two scales.
Division divide_magnitudes(const Decimal& a, const Decimal& b) {
  const Uint128 dividend = magnitude(a);
  Uint128 divisor = magnitude(b);
  if (a.scale > b.scale) {
    const Uint128 factor = power_of_ten(a.scale - b.scale);
    if (!product_fits(divisor, factor)) {
      return {0, dividend};
    }
    divisor *= factor;
  }
  const auto [whole, rest] = detail::divide(dividend, divisor);
  Division division{whole, rest};
  continue_division(division, divisor, b.scale - a.scale);
  return division;
}

}  // namespace

std::optional<Decimal> detail::rounded(bool negative, Uint128 value, std::int32_t scale,
                                       std::int32_t digits) {
  if (value == 0) {
    return Decimal{};
  }
  const std::int32_t surplus = std::max(digit_count(value) - digits, scale - kMaxScale);
  if (surplus > kMaxScale) {
    return std::nullopt;
  }
  if (surplus > 0) {
    value = divide_half_up(value, power_of_ten(surplus));
    scale -= surplus;
  }
  if (scale < 0) {
    if (scale < -kMaxScale || !product_fits(value, power_of_ten(-scale))) {
      return std::nullopt;
    }
    value *= power_of_ten(-scale);
    scale = 0;
  }
  drop_zeros(value, scale, 0);
  if (value == 0 || value > kMaxCoefficient) {
    return std::nullopt;
  }
  return make(negative, value, scale);
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  at += negative ? 1 : 0;

  Uint128 value = 0;
  std::int64_t scale = 0;
  bool full = false;  // 38 digits are taken; what follows may only be zeros
  bool lost = false;
  const auto take_digits = [&](std::int64_t scale_of_digit) {
    const char* const first = at;
    for (; at != end && ascii::is_digit(*at); ++at) {
      const auto digit = static_cast<unsigned>(*at - '0');
      full = full || value > kMaxCoefficient / 10;
      value = full ? value : value * 10 + digit;
      lost = lost || (full && digit != 0);
      scale += scale_of_digit - (full ? 1 : 0);
    }
    return at != first;
  };
  if (!take_digits(0)) {
    return std::nullopt;
  }
  if (at != end && *at == '.') {
    ++at;
    if (!take_digits(1)) {
      return std::nullopt;
    }
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    const bool minus = at != end && *at == '-';
    at += at != end && (*at == '-' || *at == '+') ? 1 : 0;
    const char* const first = at;
    std::int64_t exponent = 0;
    for (; at != end && ascii::is_digit(*at); ++at) {
      // A larger exponent cannot be balanced by the digits of any text that fits in memory.
      exponent = std::min(exponent * 10 + (*at - '0'), INT64_MAX / 100);
    }
    if (at == first) {
      return std::nullopt;
    }
    scale += minus ? exponent : -exponent;
  }
  if (at != end || lost) {
    return std::nullopt;
  }
  if (value == 0) {
    return Decimal{0, static_cast<std::int32_t>(std::clamp<std::int64_t>(scale, 0, kMaxScale))};
  }
  if (scale < -kMaxScale || scale > 2 * kMaxScale) {
    return std::nullopt;
  }
  if (scale < 0) {
    const Uint128 factor = power_of_ten(static_cast<std::int32_t>(-scale));
    if (!product_fits(value, factor)) {
      return std::nullopt;
    }
    value *= factor;
    scale = 0;
  }
  return exact(negative, value, static_cast<std::int32_t>(scale));
}

Decimal decimal_of(std::int64_t value) { return {value, 0}; }

std::optional<std::int64_t> to_int64(const Decimal& value) {
  const Decimal integer = strip(value);
  if (integer.scale != 0 || integer.coefficient < INT64_MIN || integer.coefficient > INT64_MAX) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(integer.coefficient);
}

double to_double(const Decimal& value) {
  const Uint128 dividend = magnitude(value);
  const Uint128 divisor = power_of_ten(value.scale);
  auto [quotient, rest] = detail::divide(dividend, divisor);
  if (dividend == 0) {
    return 0;
  }
  // 64 bits of the quotient, the last one set where anything follows: then the conversion, which
  // rounds to 53 bits, rounds as if it saw the whole.
  double unit = value.coefficient < 0 ? -1 : 1;
  bool inexact = false;
  for (; quotient >> 64 != 0; quotient >>= 1) {
    inexact = inexact || (quotient & 1) != 0;
    unit *= 2;
  }
  for (; quotient >> 63 == 0; unit /= 2) {
    const bool bit = rest >= divisor - rest;
    rest = bit ? rest - (divisor - rest) : rest + rest;
    quotient = quotient << 1 | (bit ? 1U : 0U);
  }
  const std::uint64_t sticky = inexact || rest != 0 ? 1 : 0;
  return unit * static_cast<double>(static_cast<std::uint64_t>(quotient) | sticky);
}

void append_decimal(const Decimal& value, std::string& out) {
  std::array<char, kMaxScale + 2> digits;  // one before the point, kMaxScale behind it
  std::size_t at = digits.size();
  const std::size_t point = digits.size() - static_cast<std::size_t>(value.scale);
  Uint128 rest = magnitude(value);
  // 64 bits at a time: a 128-bit division is a call.
  while (rest != 0 || at >= point) {
    const auto [quotient, part] = detail::divide(rest, power_of_ten(19));
    auto low = static_cast<std::uint64_t>(part);
    for (int i = 0; i < 19 && (low != 0 || quotient != 0 || at >= point); ++i) {
      digits[--at] = static_cast<char>('0' + low % 10);
      low /= 10;
    }
    rest = quotient;
  }
  if (value.coefficient < 0) {
    out += '-';
  }
  out.append(digits.data() + at, point - at);
  if (value.scale > 0) {
    out += '.';
    out.append(digits.data() + point, digits.size() - point);
  }
}

int compare(const Decimal& a, const Decimal& b) {
  const bool negative = a.coefficient < 0;
  if (negative != (b.coefficient < 0)) {
    return negative ? -1 : 1;
  }
  // The smaller scale against the integer part of the other one divided down to it, then the rest:
  // nothing is multiplied, so nothing overflows.
  const bool swapped = a.scale < b.scale;
  const Decimal& fine = swapped ? b : a;
  const Decimal& coarse = swapped ? a : b;
  const Uint128 unit = power_of_ten(fine.scale - coarse.scale);
  const auto [whole, rest] = detail::divide(magnitude(fine), unit);
  const Uint128 other = magnitude(coarse);
  int order = rest != 0 ? 1 : 0;
  if (whole != other) {
    order = whole < other ? -1 : 1;
  }
  return negative != swapped ? -order : order;
}

bool equivalent(const Decimal& a, const Decimal& b) {
  const std::int32_t digits = std::min(strip(a).scale, strip(b).scale);
  return compare(round(a, digits), round(b, digits)) == 0;
}

std::optional<Decimal> add(const Decimal& a, const Decimal& b) {
  const Decimal& coarse = a.scale < b.scale ? a : b;
  Decimal fine = a.scale < b.scale ? b : a;
  Uint128 left = magnitude(fine);
  const Uint128 right = magnitude(coarse);
  // Beyond twice the largest coefficient the aligned value cannot come back into range, and its sum
  // ends in the digit that `left` ends in: once that is no zero, no scale makes it fit.
  if (right > 2 * kMaxCoefficient / power_of_ten(fine.scale - coarse.scale)) {
    drop_zeros(left, fine.scale, coarse.scale);
  }
  const Uint128 unit = power_of_ten(fine.scale - coarse.scale);
  if (right > 2 * kMaxCoefficient / unit) {
    return std::nullopt;
  }
  const Uint128 aligned = right * unit;
  const bool left_negative = fine.coefficient < 0;
  const bool right_negative = coarse.coefficient < 0;
  if (left_negative == right_negative) {
    return exact(left_negative, left + aligned, fine.scale);
  }
  return left >= aligned ? exact(left_negative, left - aligned, fine.scale)
                         : exact(right_negative, aligned - left, fine.scale);
}

std::optional<Decimal> subtract(const Decimal& a, const Decimal& b) { return add(a, negate(b)); }

std::optional<Decimal> multiply(const Decimal& a, const Decimal& b) {
  Uint128 left = magnitude(a);
  Uint128 right = magnitude(b);
  std::int32_t scale = a.scale + b.scale;
  const auto divides = [](Uint128 divisor, Uint128& value) {
    const auto [whole, rest] = detail::divide(value, divisor);
    value = rest == 0 ? whole : value;
    return rest == 0;
  };
  // Where the product is too long, its trailing zeros go before it is made: each is a 2 and a 5 of
  // the factors.
  while (scale > kMaxScale || !product_fits(left, right)) {
    const bool fits = scale > 0 && (divides(5, left) || divides(5, right)) &&
                      (divides(2, left) || divides(2, right));
    if (!fits) {
      return std::nullopt;
    }
    --scale;
  }
  return make((a.coefficient < 0) != (b.coefficient < 0), left * right, scale);
}

std::optional<Decimal> divide(const Decimal& a, const Decimal& b) {
  const Uint128 divisor = magnitude(b);
  if (divisor == 0) {
    return std::nullopt;
  }
  const auto [whole, rest] = detail::divide(magnitude(a), divisor);
  Division division{whole, rest};
  std::int32_t scale = a.scale - b.scale;
  while (division.rest != 0) {
    const std::int32_t count = 38 - digit_count(division.quotient);
    if (count == 0) {
      break;
    }
    continue_division(division, divisor, count);
    scale += count;
  }
  return detail::rounded((a.coefficient < 0) != (b.coefficient < 0), division.quotient, scale,
                         division.rest == 0 ? 38 : kDigits);
}

std::optional<Decimal> integer_divide(const Decimal& a, const Decimal& b) {
  if (b.coefficient == 0) {
    return std::nullopt;
  }
  const Division division = divide_magnitudes(a, b);
  if (division.overflow) {
    return std::nullopt;
  }
  return make((a.coefficient < 0) != (b.coefficient < 0), division.quotient, 0);
}

std::optional<Decimal> modulo(const Decimal& a, const Decimal& b) {
  if (b.coefficient == 0) {
    return std::nullopt;
  }
  return make(a.coefficient < 0, divide_magnitudes(a, b).rest, std::max(a.scale, b.scale));
}

Decimal negate(const Decimal& value) { return {-value.coefficient, value.scale}; }

Decimal absolute(const Decimal& value) { return value.coefficient < 0 ? negate(value) : value; }

Decimal truncate(const Decimal& value) {
  return make(value.coefficient < 0,
              detail::divide(magnitude(value), power_of_ten(value.scale)).whole, 0);
}

Decimal floor(const Decimal& value) {
  Decimal integer = truncate(value);
  integer.coefficient -= compare(value, integer) < 0 ? 1 : 0;
  return integer;
}

Decimal ceiling(const Decimal& value) {
  Decimal integer = truncate(value);
  integer.coefficient += compare(value, integer) > 0 ? 1 : 0;
  return integer;
}

Decimal round(const Decimal& value, std::int32_t digits) {
  digits = std::max(digits, 0);
  if (digits >= value.scale) {
    return value;
  }
  const Uint128 unit = power_of_ten(value.scale - digits);
  return make(value.coefficient < 0, divide_half_up(magnitude(value), unit), digits);
}

Decimal strip(const Decimal& value) {
  Uint128 digits = magnitude(value);
  std::int32_t scale = value.scale;
  drop_zeros(digits, scale, 0);
  return make(value.coefficient < 0, digits, scale);
}

std::int32_t precision(const Decimal& value) { return value.scale; }

namespace {

// value - 1/2 or + 1/2 of its last digit, at `digits` fraction digits and away from the value.
std::optional<Decimal> boundary(const Decimal& value, std::int32_t digits, bool high) {
  if (digits < 0 || digits > kDigits) {
    return std::nullopt;
  }
  const bool negative = high ? value.coefficient < 0 : value.coefficient <= 0;
  const bool outward_from_zero = negative != high;
  // In halves of the last digit, so that it is an integer.
  const Uint128 twice = magnitude(value) * 2;
  const Uint128 halves = outward_from_zero ? twice + 1 : twice - 1;
  if (digits > value.scale) {
    const Uint128 factor = power_of_ten(digits - value.scale - 1) * 5;
    if (!product_fits(halves, factor)) {
      return std::nullopt;
    }
    return make(negative, halves * factor, digits);
  }
  const Uint128 unit = power_of_ten(value.scale - digits) * 2;
  const auto [whole, rest] = detail::divide(halves, unit);
  const Uint128 bound = whole + (outward_from_zero && rest != 0 ? 1U : 0U);
  return bound <= kMaxCoefficient ? std::optional(make(negative, bound, digits)) : std::nullopt;
}

}  // namespace

std::optional<Decimal> low_boundary(const Decimal& value, std::int32_t digits) {
  return boundary(value, digits, false);
}

std::optional<Decimal> high_boundary(const Decimal& value, std::int32_t digits) {
  return boundary(value, digits, true);
}

}  // namespace fhirwall::fhir

#ifdef __clang__
#pragma clang attribute pop
#endif
