#include "core/fhir/ucum_factor.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "core/fhir/decimal_detail.hpp"
#include "core/fhir/ucum_table.hpp"

namespace fhirwall::fhir::ucum {
namespace {

using detail::digit_count;
using detail::kMaxCoefficient;
using detail::magnitude;
using detail::power_of_ten;

// The first 38 digits of pi, and how many of them stand behind the point.
constexpr Uint128 kPi =
    static_cast<Uint128>(3'141'592'653'589'793'238U) * 10'000'000'000'000'000'000U +
    4'626'433'832'795'028'842U;
constexpr std::int32_t kPiScale = 37;
// Of a quotient; more makes no sense with 38 digits of pi, and no unit comes near it.
constexpr std::int32_t kMaxPi = 4;

int bit_count(Uint128 value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  return high != 0 ? 128 - std::countl_zero(high)
                   : 64 - std::countl_zero(static_cast<std::uint64_t>(value));
}

Uint128 greatest_common_divisor(Uint128 a, Uint128 b) {
  while (b != 0) {
    const Uint128 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// INVARIANT: both below 2^127. False where the product is not.
bool multiply_into(Uint128& a, Uint128 b) {
  if (bit_count(a) + bit_count(b) > 127) {
    return false;
  }
  a *= b;
  return true;
}

void reduce(Uint128& a, Uint128& b) {
  if (a > 1 && b > 1) {
    const Uint128 common = greatest_common_divisor(a, b);
    a /= common;
    b /= common;
  }
}

// An unsigned integer of up to 2048 bits.
//
// INVARIANT: never full. The largest that occurs is the product of three 127-bit numbers, of pi^4
// (508 bits) and of 10^262 (871 bits: two factors' powers of at most 38 + 38, two scales of at most
// 38 and the 4 * 37 digits of pi): 1760 bits.
class Wide {
 public:
  explicit Wide(Uint128 value) {
    for (; value != 0; value >>= 32) {
      limbs_[size_++] = static_cast<std::uint32_t>(value);
    }
  }

  void multiply_small(std::uint32_t factor) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      carry += std::uint64_t{limbs_[i]} * factor;
      limbs_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0 && size_ < limbs_.size()) {
      limbs_[size_++] = static_cast<std::uint32_t>(carry);
    }
  }

  void multiply(Uint128 factor) {
    if (factor >> 32 == 0) {
      multiply_small(static_cast<std::uint32_t>(factor));
      return;
    }
    const Wide other(factor);
    Wide product(0);
    product.size_ = std::min(size_ + other.size_, limbs_.size());
    for (std::size_t i = 0; i < size_; ++i) {
      std::uint64_t carry = 0;
      for (std::size_t j = 0; i + j < product.size_; ++j) {
        carry += product.limbs_[i + j];
        carry += j < other.size_ ? std::uint64_t{limbs_[i]} * other.limbs_[j] : 0U;
        product.limbs_[i + j] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
      }
    }
    product.trim();
    *this = product;
  }

  void multiply_power_of_ten(std::int32_t exponent) {
    for (; exponent >= 9; exponent -= 9) {
      multiply_small(1'000'000'000U);
    }
    multiply_small(static_cast<std::uint32_t>(power_of_ten(exponent)));
  }

  // INVARIANT: other <= *this.
  void subtract(const Wide& other) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      const std::uint64_t part = (i < other.size_ ? other.limbs_[i] : 0U) + borrow;
      borrow = limbs_[i] < part ? 1 : 0;
      limbs_[i] = static_cast<std::uint32_t>(limbs_[i] - part);
    }
    trim();
  }

  [[nodiscard]] int compare(const Wide& other) const {
    if (size_ != other.size_) {
      return size_ < other.size_ ? -1 : 1;
    }
    for (std::size_t i = size_; i-- > 0;) {
      if (limbs_[i] != other.limbs_[i]) {
        return limbs_[i] < other.limbs_[i] ? -1 : 1;
      }
    }
    return 0;
  }

  [[nodiscard]] bool is_zero() const { return size_ == 0; }
  [[nodiscard]] std::int32_t bits() const {
    return size_ == 0 ? 0
                      : static_cast<std::int32_t>(size_ * 32) - std::countl_zero(limbs_[size_ - 1]);
  }

 private:
  void trim() {
    while (size_ > 0 && limbs_[size_ - 1] == 0) {
      --size_;
    }
  }

  std::array<std::uint32_t, 64> limbs_{};
  std::size_t size_ = 0;
};

// value * factor / other as a fraction of integers, but for a power of ten.
struct Quotient {
  Wide numerator{0};
  Wide denominator{0};
  std::int32_t ten = 0;
};

std::optional<Quotient> quotient_of(Uint128 value, Factor factor, Factor other) {
  reduce(factor.numerator, other.numerator);
  reduce(factor.denominator, other.denominator);
  Quotient quotient{Wide(value), Wide(factor.denominator), factor.ten - other.ten};
  quotient.numerator.multiply(factor.numerator);
  quotient.numerator.multiply(other.denominator);
  quotient.denominator.multiply(other.numerator);
  const std::int32_t pi = factor.pi - other.pi;
  if (pi < -kMaxPi || pi > kMaxPi) {
    return std::nullopt;
  }
  for (std::int32_t i = 0; i < pi; ++i) {
    quotient.numerator.multiply(kPi);
    quotient.ten -= kPiScale;
  }
  for (std::int32_t i = 0; i < -pi; ++i) {
    quotient.denominator.multiply(kPi);
    quotient.ten += kPiScale;
  }
  return quotient;
}

// Long division, digit by digit: all digits if there are at most 38, else rounded to kDigits.
std::optional<Decimal> divide_out(bool negative, Quotient quotient, bool exact) {
  Wide& rest = quotient.numerator;
  Wide& divisor = quotient.denominator;
  // The power of ten that brings the first digit in front of the point, from below.
  const std::int32_t shift = (rest.bits() - divisor.bits() - 1) * 301 / 1000 - 1;
  (shift > 0 ? divisor : rest).multiply_power_of_ten(shift > 0 ? shift : -shift);
  std::int32_t scale = -quotient.ten - shift;
  for (Wide tenfold = divisor;; divisor = tenfold, --scale) {
    tenfold.multiply_small(10);
    if (rest.compare(tenfold) < 0) {
      break;
    }
  }
  Uint128 digits = 0;
  // INVARIANT: rest < 10 * divisor.
  for (std::int32_t length = 0;; ++scale) {
    unsigned digit = 0;
    for (; rest.compare(divisor) >= 0; ++digit) {
      rest.subtract(divisor);
    }
    digits = digits * 10 + digit;
    length += digits != 0 ? 1 : 0;
    if (rest.is_zero() || length == kMaxScale) {
      break;
    }
    rest.multiply_small(10);
  }
  const bool ends = exact && rest.is_zero();
  if (ends && scale > kMaxScale) {
    return std::nullopt;
  }
  return detail::rounded(negative, digits, scale, ends ? kMaxScale : kDigits);
}

}  // namespace

std::optional<Factor> multiply(const Factor& a, const Factor& b) {
  Factor product = a;
  Factor other = b;
  product.ten += b.ten;
  product.pi += b.pi;
  if (bit_count(a.numerator) + bit_count(b.numerator) > 127 ||
      bit_count(a.denominator) + bit_count(b.denominator) > 127) {
    reduce(product.numerator, other.denominator);
    reduce(other.numerator, product.denominator);
  }
  if (!multiply_into(product.numerator, other.numerator) ||
      !multiply_into(product.denominator, other.denominator)) {
    return std::nullopt;
  }
  return product;
}

Factor inverse(const Factor& factor) {
  return {factor.denominator, factor.numerator, -factor.ten, -factor.pi};
}

// INVARIANT: |exponent| <= 127, so the powers of ten and of pi stay far below 2^31.
std::optional<Factor> power(const Factor& base, std::int32_t exponent) {
  const Factor unit = exponent < 0 ? inverse(base) : base;
  const std::int32_t count = exponent < 0 ? -exponent : exponent;
  Factor result{.ten = unit.ten * count, .pi = unit.pi * count};
  for (std::int32_t i = 0; i < count && (unit.numerator > 1 || unit.denominator > 1); ++i) {
    if (!multiply_into(result.numerator, unit.numerator) ||
        !multiply_into(result.denominator, unit.denominator)) {
      return std::nullopt;
    }
  }
  return result;
}

bool add_dimension(Dimension& a, const Dimension& b, std::int32_t n) {
  const auto add = [n](std::int32_t exponent, std::int32_t other, std::int32_t& sum) {
    sum = exponent + n * other;
    return sum >= -128 && sum <= 127;
  };
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < a.exponents.size(); ++i) {
    if (!add(a.exponents[i], b.exponents[i], sum)) {
      return false;
    }
    a.exponents[i] = static_cast<std::int8_t>(sum);
  }
  if (b.arbitrary == 0) {
    return true;
  }
  const unsigned unit = arbitrary_unit(b);
  if ((a.arbitrary != 0 && arbitrary_unit(a) != unit) ||
      !add(arbitrary_exponent(a), arbitrary_exponent(b), sum)) {
    return false;
  }
  const unsigned exponent = static_cast<std::uint8_t>(sum);
  a.arbitrary = sum == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(exponent << 8 | unit);
  return true;
}

Factor factor_of(const Unit& unit) {
  return {magnitude(unit.numerator), magnitude(unit.denominator),
          unit.denominator.scale - unit.numerator.scale, unit.pi};
}

bool set_factor(const Factor& factor, Unit& unit) {
  Uint128 numerator = factor.numerator;
  Uint128 denominator = factor.denominator;
  reduce(numerator, denominator);
  if (numerator > kMaxCoefficient || denominator > kMaxCoefficient || factor.pi < -128 ||
      factor.pi > 127) {
    return false;
  }
  // A power of ten goes into the coefficient above the line (below it, if negative) as far as it
  // fits, and into the other one's scale.
  const bool positive = factor.ten >= 0;
  const std::int32_t ten = positive ? factor.ten : -factor.ten;
  Uint128& grown = positive ? numerator : denominator;
  const std::int32_t room = kMaxScale - digit_count(grown);
  const std::int32_t scale = positive ? std::max(ten - room, 0) : std::min(ten, kMaxScale);
  const std::int32_t growth = ten - scale;
  if (scale > kMaxScale || growth > room) {
    return false;
  }
  grown *= power_of_ten(growth);
  unit.numerator = detail::make(false, numerator, positive ? 0 : scale);
  unit.denominator = detail::make(false, denominator, positive ? scale : 0);
  unit.pi = static_cast<std::int8_t>(factor.pi);
  return true;
}

Factor row_factor(std::size_t row) {
  const UnitRow& unit = kUnits[row];
  return {kNumbers[unit.numerator].value(), kNumbers[unit.denominator].value(), unit.ten,
          std::int32_t{unit.pi} - 1};
}

std::optional<Decimal> rescale(const Decimal& value, const Factor& from, const Factor& to) {
  if (from == to) {
    return value;
  }
  if (value.coefficient == 0) {
    return Decimal{};
  }
  auto quotient = quotient_of(magnitude(value), from, to);
  if (!quotient) {
    return std::nullopt;
  }
  quotient->ten -= value.scale;
  return divide_out(value.coefficient < 0, *quotient, from.pi == to.pi);
}

std::optional<int> compare_scaled(const Decimal& a, const Factor& a_factor, const Decimal& b,
                                  const Factor& b_factor) {
  const bool negative = a.coefficient < 0;
  if (a_factor == b_factor || negative != (b.coefficient < 0) || a.coefficient == 0 ||
      b.coefficient == 0) {
    return compare(a, b);
  }
  auto sides = quotient_of(magnitude(a), a_factor, b_factor);
  if (!sides) {
    return std::nullopt;
  }
  sides->denominator.multiply(magnitude(b));
  const std::int32_t ten = sides->ten - a.scale + b.scale;
  (ten > 0 ? sides->numerator : sides->denominator).multiply_power_of_ten(ten > 0 ? ten : -ten);
  const int order = sides->numerator.compare(sides->denominator);
  return negative ? -order : order;
}

}  // namespace fhirwall::fhir::ucum
