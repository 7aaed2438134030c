#include <algorithm>
#include <array>
#include <cstddef>

#include "core/fhir/decimal.hpp"
#include "core/fhir/decimal_detail.hpp"

// 128-bit code is bulky in wasm: like this it has three quarters of the size and is no slower.
#ifdef __clang__
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)
#endif

namespace fhirwall::fhir {
namespace {

using detail::digit_count;
using detail::kMaxCoefficient;
using detail::magnitude;
using detail::power_of_ten;
using detail::rounded;

// The functions with irrational results, in binary fixed point of 224 bits behind the point: the
// smallest result, 10^-38, still has 29 right digits, a result that is rational comes out exact
// when it is rounded to kDigits, and every platform gives the same bytes. (The library's double
// functions give 15 digits and bring tables that are larger than this file.)
constexpr std::size_t kFractionLimbs = 7;
constexpr std::size_t kLimbs = kFractionLimbs + 4;

// Unsigned; little-endian; limb[kFractionLimbs] is the units.
struct Fixed {
  std::array<std::uint32_t, kLimbs> limb{};
  friend bool operator==(const Fixed&, const Fixed&) = default;
};
struct Signed {
  Fixed size;
  bool negative = false;
};

constexpr Fixed integer(std::uint32_t value) {
  Fixed fixed;
  fixed.limb[kFractionLimbs] = value;
  return fixed;
}

constexpr Fixed kLn10{{0x0f187a08, 0x6977e43a, 0x8a3fb3e7, 0x0b4c28a3, 0xa95b58ae, 0xaaa2b05b,
                       0x4d763776, 2, 0, 0, 0}};

[[gnu::noinline]] bool less(const Fixed& a, const Fixed& b) {
  return std::lexicographical_compare(a.limb.rbegin(), a.limb.rend(), b.limb.rbegin(),
                                      b.limb.rend());
}

[[gnu::noinline]] void add_to(Fixed& a, const Fixed& b) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < kLimbs; ++i) {
    carry += static_cast<std::uint64_t>(a.limb[i]) + b.limb[i];
    a.limb[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
}

// INVARIANT: a >= b.
[[gnu::noinline]] void subtract_from(Fixed& a, const Fixed& b) {
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < kLimbs; ++i) {
    const std::uint64_t difference = static_cast<std::uint64_t>(a.limb[i]) - b.limb[i] - borrow;
    a.limb[i] = static_cast<std::uint32_t>(difference);
    borrow = difference >> 63;
  }
}

void divide_by(Fixed& a, std::uint32_t divisor) {
  std::uint64_t rest = 0;
  for (std::size_t i = kLimbs; i-- > 0;) {
    rest = rest << 32 | a.limb[i];
    a.limb[i] = static_cast<std::uint32_t>(rest / divisor);
    rest %= divisor;
  }
}

// Truncated; nullopt where the integer part does not fit.
[[gnu::noinline]] std::optional<Fixed> product(const Fixed& a, const Fixed& b) {
  std::array<std::uint32_t, 2 * kLimbs> limb{};
  for (std::size_t i = 0; i < kLimbs; ++i) {
    if (a.limb[i] == 0) {
      continue;
    }
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < kLimbs; ++j) {
      carry += static_cast<std::uint64_t>(a.limb[i]) * b.limb[j] + limb[i + j];
      limb[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    limb[i + kLimbs] = static_cast<std::uint32_t>(carry);
  }
  Fixed result;
  for (std::size_t i = kFractionLimbs; i < limb.size(); ++i) {
    if (i < kFractionLimbs + kLimbs) {
      result.limb[i - kFractionLimbs] = limb[i];
    } else if (limb[i] != 0) {
      return std::nullopt;
    }
  }
  return result;
}

// value * 2 + bit; true if a bit was lost.
bool shift_in(Fixed& value, bool bit) {
  std::uint32_t carry = bit ? 1 : 0;
  for (std::uint32_t& part : value.limb) {
    const std::uint32_t out = part >> 31;
    part = part << 1 | carry;
    carry = out;
  }
  return carry != 0;
}

// a / b, truncated. INVARIANT: b is not zero and below 2^127.
std::optional<Fixed> quotient(const Fixed& a, const Fixed& b) {
  Fixed result;
  Fixed rest;
  bool lost = false;
  for (std::size_t bit = 32 * (kLimbs + kFractionLimbs); bit-- > 0;) {
    const std::size_t at = bit / 32;
    const bool next = at >= kFractionLimbs && (a.limb[at - kFractionLimbs] >> (bit % 32) & 1) != 0;
    shift_in(rest, next);
    const bool fits = !less(rest, b);
    if (fits) {
      subtract_from(rest, b);
    }
    lost = shift_in(result, fits) || lost;
  }
  return lost ? std::nullopt : std::optional(result);
}

// dividend / divisor, truncated. INVARIANT: divisor is not zero.
[[gnu::noinline]] Fixed ratio(Uint128 dividend, Uint128 divisor) {
  Fixed result;
  auto [whole, rest] = detail::divide(dividend, divisor);
  for (std::size_t i = kFractionLimbs; i < kLimbs; ++i) {
    result.limb[i] = static_cast<std::uint32_t>(whole);
    whole >>= 32;
  }
  for (std::size_t i = kFractionLimbs; i-- > 0;) {
    for (int bit = 0; bit < 32 && rest != 0; ++bit) {
      const bool one = rest >= divisor - rest;  // twice the rest may not fit
      rest = one ? rest - (divisor - rest) : rest + rest;
      result.limb[i] |= (one ? 0x8000'0000U : 0U) >> bit;
    }
  }
  return result;
}

Signed fixed_of(const Decimal& value) {
  return {ratio(magnitude(value), power_of_ten(value.scale)), value.coefficient < 0};
}

// value * 10^exponent.
std::optional<Decimal> rendered(const Signed& value, std::int32_t exponent) {
  Fixed rest = value.size;
  Uint128 digits = 0;
  for (std::size_t i = kLimbs; i-- > kFractionLimbs;) {
    digits = digits << 32 | rest.limb[i];
    rest.limb[i] = 0;
  }
  const bool is_zero = digits == 0 && rest == Fixed{};
  if (digits > kMaxCoefficient || is_zero) {
    return is_zero ? std::optional<Decimal>(std::in_place) : std::nullopt;
  }
  std::int32_t scale = 0;
  while (digits < power_of_ten(29) && scale < kMaxScale + kDigits) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < kFractionLimbs; ++i) {
      carry += static_cast<std::uint64_t>(rest.limb[i]) * 1'000'000'000U;
      rest.limb[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    digits = digits * 1'000'000'000U + carry;
    scale += 9;
  }
  if (digits == 0) {
    return std::nullopt;
  }
  return rounded(value.negative, digits, scale - exponent, kDigits);
}

// ln |value|. INVARIANT: value is not zero.
Signed log_of(const Decimal& value) {
  // value = m * 10^exponent with m in [0.3, 3): near 1 the exponent is 0 and nothing cancels.
  const Uint128 digits = magnitude(value);
  std::int32_t point = digit_count(digits);
  point -= digits < power_of_ten(point - 1) * 3 ? 1 : 0;
  const std::int32_t exponent = point - value.scale;
  // ln m = 2 (z + z^3/3 + z^5/5 + ...), z = (m - 1) / (m + 1), |z| <= 0.54
  const Uint128 one = power_of_ten(point);
  Fixed odd_power = ratio(digits > one ? digits - one : one - digits, digits + one);
  const Fixed square = product(odd_power, odd_power).value_or(Fixed{});
  Fixed sum;
  for (std::uint32_t n = 1; odd_power != Fixed{}; n += 2) {
    Fixed term = odd_power;
    divide_by(term, n);
    add_to(sum, term);
    odd_power = product(odd_power, square).value_or(Fixed{});
  }
  add_to(sum, sum);

  Fixed tens;
  for (std::int32_t i = exponent < 0 ? -exponent : exponent; i > 0; --i) {
    add_to(tens, kLn10);
  }
  const bool below_one = digits < one;
  if (exponent == 0) {
    return {sum, below_one};
  }
  if ((exponent < 0) == below_one) {
    add_to(tens, sum);
  } else {
    subtract_from(tens, sum);  // ln m < 1.21 < ln 10
  }
  return {tens, exponent < 0};
}

// e^value, negated if `negative`.
std::optional<Decimal> exponential_of(Signed value, bool negative) {
  if (!less(value.size, integer(90))) {  // e^90 > 10^39
    return std::nullopt;
  }
  std::int32_t exponent = 0;
  Fixed rest = value.size;
  while (!less(rest, kLn10)) {
    subtract_from(rest, kLn10);
    ++exponent;
  }
  if (value.negative) {
    Fixed complement = kLn10;
    subtract_from(complement, rest);
    rest = complement;
    exponent = -exponent - 1;
  }
  Fixed sum;
  Fixed term = integer(1);
  for (std::uint32_t n = 1; term != Fixed{}; ++n) {
    add_to(sum, term);
    term = product(term, rest).value_or(Fixed{});
    divide_by(term, n);
  }
  return rendered({sum, negative}, exponent);
}

// By repeated squaring; nullopt where the exact power does not fit.
std::optional<Decimal> integer_power(const Decimal& base, Uint128 exponent) {
  std::optional<Decimal> factor = base;
  std::optional<Decimal> result = decimal_of(1);
  for (; result.has_value() && exponent != 0; exponent >>= 1) {
    if (!factor.has_value()) {
      return std::nullopt;
    }
    if ((exponent & 1) != 0) {
      result = multiply(*result, *factor);
    }
    factor = exponent > 1 ? multiply(*factor, *factor) : factor;
  }
  return result;
}

std::optional<Decimal> exact_power(const Decimal& base, const Decimal& exponent) {
  const Uint128 count = magnitude(exponent);
  if (exponent.coefficient >= 0) {
    return integer_power(base, count);
  }
  const Decimal one = decimal_of(1);
  const std::optional<Decimal> inverse = divide(one, base);
  const std::optional<Decimal> check = inverse ? multiply(*inverse, base) : std::nullopt;
  if (check.has_value() && compare(*check, one) == 0) {
    if (const auto result = integer_power(*inverse, count)) {
      return result;
    }
  }
  const std::optional<Decimal> divisor = integer_power(base, count);
  return divisor ? divide(one, *divisor) : std::nullopt;
}

}  // namespace

// The square root as it is done by hand: two digits at a time, each giving one digit of the root.
std::optional<Decimal> square_root(const Decimal& value) {
  if (value.coefficient < 0) {
    return std::nullopt;
  }
  const Uint128 digits = magnitude(value);
  if (digits == 0) {
    return Decimal{};
  }
  std::int32_t left = digit_count(digits);  // digits not yet taken
  std::int32_t scale = value.scale - left;  // twice the scale of the root
  Uint128 root = 0;
  Uint128 rest = 0;
  // Pairs are counted from the point: the first one may be a single digit.
  std::int32_t take = (left + value.scale) % 2 == 0 ? 2 : 1;
  // 34 digits keep every intermediate below 10^37.
  while (root < power_of_ten(33) && (left > 0 || rest != 0)) {
    Uint128 pair = 0;
    if (left >= take) {
      const Uint128 whole = detail::divide(digits, power_of_ten(left - take)).whole;
      pair = detail::divide(whole, power_of_ten(take)).rest;
    } else if (left == 1) {
      pair = detail::divide(digits, 10).rest * 10;
    }
    left = std::max(left - take, 0);
    scale += take;
    rest = rest * 100 + pair;
    Uint128 odd = 20 * root + 1;
    root *= 10;
    for (; rest >= odd; odd += 2) {
      rest -= odd;
      ++root;
    }
    take = 2;
  }
  return rounded(false, root, scale / 2, kDigits);
}

std::optional<Decimal> exponential(const Decimal& value) {
  return exponential_of(fixed_of(value), false);
}

std::optional<Decimal> natural_log(const Decimal& value) {
  if (value.coefficient <= 0) {
    return std::nullopt;
  }
  return rendered(log_of(value), 0);
}

std::optional<Decimal> log(const Decimal& value, const Decimal& base) {
  if (value.coefficient <= 0 || base.coefficient <= 0) {
    return std::nullopt;
  }
  const Signed dividend = log_of(value);
  const Signed divisor = log_of(base);
  if (divisor.size == Fixed{}) {
    return std::nullopt;
  }
  const std::optional<Fixed> result = quotient(dividend.size, divisor.size);
  return result ? rendered({*result, dividend.negative != divisor.negative}, 0) : std::nullopt;
}

std::optional<Decimal> power(const Decimal& base, const Decimal& exponent) {
  const Decimal count = strip(exponent);
  const Decimal factor = strip(base);
  const bool whole = count.scale == 0;
  if (count.coefficient == 0) {
    return decimal_of(1);
  }
  if (factor.coefficient == 0) {
    return count.coefficient > 0 ? std::optional<Decimal>(std::in_place) : std::nullopt;
  }
  if (factor.coefficient < 0 && !whole) {
    return std::nullopt;
  }
  if (whole) {
    if (const auto result = exact_power(factor, count)) {
      return result;
    }
  }
  // e^(exponent * ln base)
  const Signed logarithm = log_of(factor);
  const Signed times = fixed_of(count);
  const std::optional<Fixed> size = product(logarithm.size, times.size);
  if (!size.has_value()) {
    return std::nullopt;
  }
  const bool odd = whole && magnitude(count) % 2 != 0;
  return exponential_of({*size, logarithm.negative != times.negative},
                        factor.coefficient < 0 && odd);
}

}  // namespace fhirwall::fhir

#ifdef __clang__
#pragma clang attribute pop
#endif
