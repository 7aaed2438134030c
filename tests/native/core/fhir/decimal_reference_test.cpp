// Random operands against schoolbook arithmetic on decimal digits, which has no width.
#include <algorithm>
#include <cstdio>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/fhir/decimal.hpp"

namespace fhirwall::fhir {
namespace {

// Digits, most significant first, no leading zeros: "" is zero.
using Digits = std::string;

Digits trimmed(const Digits& value) {
  return value.substr(std::min(value.find_first_not_of('0'), value.size()));
}

int order(const Digits& a, const Digits& b) {
  if (a.size() != b.size()) {
    return a.size() < b.size() ? -1 : 1;
  }
  const int result = a.compare(b);
  return result < 0 ? -1 : result > 0 ? 1 : 0;
}

Digits sum(const Digits& a, const Digits& b) {
  Digits result(std::max(a.size(), b.size()) + 1, '0');
  int carry = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    carry += i < a.size() ? a[a.size() - 1 - i] - '0' : 0;
    carry += i < b.size() ? b[b.size() - 1 - i] - '0' : 0;
    result[result.size() - 1 - i] = static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
  return trimmed(result);
}

// a >= b
Digits difference(const Digits& a, const Digits& b) {
  Digits result = a;
  int borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    char& digit = result[a.size() - 1 - i];
    int value = digit - '0' - borrow - (i < b.size() ? b[b.size() - 1 - i] - '0' : 0);
    borrow = value < 0 ? 1 : 0;
    digit = static_cast<char>('0' + value + 10 * borrow);
  }
  return trimmed(result);
}

Digits product(const Digits& a, const Digits& b) {
  Digits result;
  for (const char digit : b) {
    result = trimmed(result + '0');
    for (int i = 0; i < digit - '0'; ++i) {
      result = sum(result, a);
    }
  }
  return result;
}

struct QuotientAndRest {
  Digits quotient;
  Digits rest;
};

QuotientAndRest quotient(const Digits& a, const Digits& b) {
  QuotientAndRest result;
  for (const char digit : a) {
    result.rest = trimmed(result.rest + digit);
    char next = '0';
    for (; order(result.rest, b) >= 0; ++next) {
      result.rest = difference(result.rest, b);
    }
    result.quotient += next;
  }
  result.quotient = trimmed(result.quotient);
  return result;
}

Digits shifted(const Digits& value, std::int32_t places) {
  return trimmed(value + std::string(static_cast<std::size_t>(places), '0'));
}

// A value of any length.
struct Exact {
  bool negative = false;
  Digits digits;
  std::int32_t scale = 0;  // may be negative
};

// Without trailing zeros behind the point; `none` where it needs more than a Decimal has.
std::string canonical(Exact value) {
  if (value.digits.empty()) {
    return "0";
  }
  if (value.scale < 0) {
    value.digits = shifted(value.digits, -value.scale);
    value.scale = 0;
  }
  while (value.scale > 0 && value.digits.back() == '0') {
    value.digits.pop_back();
    --value.scale;
  }
  if (value.digits.size() > 38 || value.scale > kMaxScale) {
    return "none";
  }
  const auto scale = static_cast<std::size_t>(value.scale);
  if (value.digits.size() <= scale) {
    value.digits.insert(0, scale + 1 - value.digits.size(), '0');
  }
  if (scale > 0) {
    value.digits.insert(value.digits.size() - scale, ".");
  }
  return (value.negative ? "-" : "") + value.digits;
}

// To `digits` significant digits and kMaxScale, half away from zero.
Exact rounded(Exact value, std::int32_t digits) {
  const auto size = static_cast<std::int32_t>(value.digits.size());
  const std::int32_t surplus = std::max(size - digits, value.scale - kMaxScale);
  if (surplus > 0) {
    const Digits unit = shifted("1", surplus);
    const auto [whole, rest] = quotient(value.digits, unit);
    value.digits = order(sum(rest, rest), unit) >= 0 ? sum(whole, "1") : whole;
    value.scale -= surplus;
  }
  return value;
}

Exact exact(const Decimal& value) {
  std::string text;
  append_decimal({value.coefficient, 0}, text);
  const bool negative = text.front() == '-';
  return {negative, trimmed(text.substr(negative ? 1 : 0)), value.scale};
}

std::string canonical(const std::optional<Decimal>& value) {
  return value.has_value() ? canonical(exact(*value)) : "none";
}

Exact add_exact(Exact a, Exact b) {
  const std::int32_t scale = std::max(a.scale, b.scale);
  a.digits = shifted(a.digits, scale - a.scale);
  b.digits = shifted(b.digits, scale - b.scale);
  if (a.negative == b.negative) {
    return {a.negative, sum(a.digits, b.digits), scale};
  }
  return order(a.digits, b.digits) >= 0 ? Exact{a.negative, difference(a.digits, b.digits), scale}
                                        : Exact{b.negative, difference(b.digits, a.digits), scale};
}

class Operands {
 public:
  explicit Operands(std::uint32_t seed) : random_(seed) {}

  Decimal next() {
    const std::uint32_t kind = below(8);
    const std::uint32_t count = below(3) == 0 ? 1 + below(4) : 1 + below(38);
    std::string digits;
    for (std::uint32_t i = 0; i < count; ++i) {
      // Long runs of zeros and nines find the carries; a trailing five the ties.
      const char digit = static_cast<char>('0' + below(10));
      digits += kind == 0                    ? '9'
                : kind == 1                  ? (i == 0 ? '1' : '0')
                : kind == 2 && i > count / 2 ? '0'
                : kind == 3 && i > 1         ? (i + 1 == count ? '5' : '9')
                : kind == 4                  ? (below(2) == 0 ? '0' : '5')
                                             : digit;
    }
    Decimal value = parse_decimal(digits).value_or(Decimal{});
    value.coefficient = below(2) == 0 ? -value.coefficient : value.coefficient;
    value.scale = static_cast<std::int32_t>(below(3) == 0 ? below(3) : below(39));
    return value;
  }
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_()) % limit; }

 private:
  std::mt19937 random_;
};

constexpr std::uint32_t kSeed = 20260131;
constexpr int kRounds = 4000;

// INVARIANT of every Decimal that a function gives out.
void expect_valid(const std::optional<Decimal>& value) {
  if (value.has_value()) {
    EXPECT_GE(value->scale, 0);
    EXPECT_LE(value->scale, kMaxScale);
    EXPECT_LE(exact(*value).digits.size(), 38U);
  }
}

class DecimalReference : public testing::Test {
 protected:
  void SetUp() override { std::printf("seed %u, %d rounds\n", kSeed, kRounds); }

  Operands operands_{kSeed};
};

TEST_F(DecimalReference, AddSubtractMultiply) {
  for (int i = 0; i < kRounds && !HasFailure(); ++i) {
    const Decimal a = operands_.next();
    const Decimal b = operands_.next();
    const Exact x = exact(a);
    Exact y = exact(b);
    SCOPED_TRACE(canonical(a) + " " + canonical(b));
    const std::optional<Decimal> total = add(a, b);
    expect_valid(total);
    EXPECT_EQ(canonical(total), canonical(add_exact(x, y)));
    if (total.has_value()) {  // the scale is kept where it fits
      const Exact whole = add_exact(x, y);
      EXPECT_EQ(total->scale == std::max(a.scale, b.scale), whole.digits.size() <= 38);
    }
    y.negative = !y.negative;
    const std::optional<Decimal> left = subtract(a, b);
    expect_valid(left);
    EXPECT_EQ(canonical(left), canonical(add_exact(x, y)));
    y.negative = !y.negative;

    const Exact times{x.negative != y.negative, product(x.digits, y.digits), a.scale + b.scale};
    const std::optional<Decimal> result = multiply(a, b);
    expect_valid(result);
    EXPECT_EQ(canonical(result), canonical(times));
    if (result.has_value() && times.digits.size() <= 38 && times.scale <= kMaxScale) {
      EXPECT_EQ(result->scale, times.scale);
    }
  }
}

TEST_F(DecimalReference, Divide) {
  for (int i = 0; i < kRounds && !HasFailure(); ++i) {
    const Decimal a = operands_.next();
    const Decimal b = operands_.next();
    if (b.coefficient == 0) {
      continue;
    }
    SCOPED_TRACE(canonical(a) + " " + canonical(b));
    const Exact x = exact(a);
    const Exact y = exact(b);
    const bool negative = x.negative != y.negative;
    // 120 digits: enough for 38 of any quotient, and a rest says that it does not end.
    const auto [long_digits, long_rest] = quotient(shifted(x.digits, 120), y.digits);
    Exact expected{negative, long_digits, a.scale - b.scale + 120};
    while (!expected.digits.empty() && expected.digits.back() == '0' && expected.scale > -76) {
      expected.digits.pop_back();
      --expected.scale;
    }
    const bool ends = long_rest.empty() && expected.digits.size() <= 38;
    const bool is_zero = expected.digits.empty();
    const Exact near = rounded(expected, ends ? 38 : kDigits);
    const std::string text = near.digits.empty() && !is_zero ? "none" : canonical(near);
    const std::optional<Decimal> result = divide(a, b);
    expect_valid(result);
    EXPECT_EQ(canonical(result), text);
    EXPECT_TRUE(!result.has_value() || strip(*result).scale == result->scale);

    const std::int32_t scale = std::max(a.scale, b.scale);
    const auto [whole, rest] =
        quotient(shifted(x.digits, scale - a.scale), shifted(y.digits, scale - b.scale));
    const std::optional<Decimal> integer = integer_divide(a, b);
    expect_valid(integer);
    EXPECT_EQ(canonical(integer), canonical(Exact{negative, whole, 0}));
    const std::optional<Decimal> modulus = modulo(a, b);
    expect_valid(modulus);
    EXPECT_EQ(canonical(modulus), canonical(Exact{x.negative, rest, scale}));
  }
}

TEST_F(DecimalReference, Compare) {
  for (int i = 0; i < kRounds && !HasFailure(); ++i) {
    const Decimal a = operands_.next();
    Decimal b = operands_.next();
    if (i % 4 == 0) {  // close neighbours
      b = add(a, {static_cast<Int128>(operands_.below(3)) - 1, a.scale}).value_or(a);
    }
    SCOPED_TRACE(canonical(a) + " " + canonical(b));
    Exact negative = exact(b);
    negative.negative = !negative.negative;
    const Exact gap = add_exact(exact(a), negative);
    EXPECT_EQ(compare(a, b), gap.digits.empty() ? 0 : gap.negative ? -1 : 1);
    EXPECT_EQ(compare(b, a), -compare(a, b));
    EXPECT_EQ(compare(a, strip(a)), 0);
    EXPECT_TRUE(equivalent(a, strip(a)));
    if (compare(a, b) == 0) {
      EXPECT_TRUE(equivalent(a, b));
    }
  }
}

TEST_F(DecimalReference, RoundAndText) {
  for (int i = 0; i < kRounds && !HasFailure(); ++i) {
    const Decimal a = operands_.next();
    const auto digits = static_cast<std::int32_t>(operands_.below(40));
    SCOPED_TRACE(canonical(a) + " to " + std::to_string(digits));
    const Exact x = exact(a);
    const std::int32_t surplus = a.scale - digits;
    if (surplus > 0) {
      const Digits unit = shifted("1", surplus);
      const auto [whole, rest] = quotient(x.digits, unit);
      const bool up = order(sum(rest, rest), unit) >= 0;
      EXPECT_EQ(canonical(round(a, digits)),
                canonical(Exact{x.negative, up ? sum(whole, "1") : whole, digits}));
    } else {
      EXPECT_EQ(round(a, digits).scale, a.scale);
      EXPECT_EQ(compare(round(a, digits), a), 0);
    }
    const auto [whole, rest] = quotient(x.digits, shifted("1", a.scale));
    const Digits next = rest.empty() ? whole : sum(whole, "1");
    EXPECT_EQ(canonical(truncate(a)), canonical(Exact{x.negative, whole, 0}));
    EXPECT_EQ(canonical(floor(a)), canonical(Exact{x.negative, x.negative ? next : whole, 0}));
    EXPECT_EQ(canonical(ceiling(a)), canonical(Exact{x.negative, x.negative ? whole : next, 0}));

    // Text and back keeps the scale, also from an exponent.
    std::string text;
    append_decimal(a, text);
    const std::optional<Decimal> again = parse_decimal(text);
    ASSERT_TRUE(again.has_value());
    EXPECT_TRUE(again->coefficient == a.coefficient && again->scale == a.scale) << text;
    text.clear();
    append_decimal({a.coefficient, 0}, text);
    const std::optional<Decimal> scaled = parse_decimal(text + "e-" + std::to_string(a.scale));
    ASSERT_TRUE(scaled.has_value());
    EXPECT_TRUE(scaled->coefficient == a.coefficient && scaled->scale == a.scale) << text;
    EXPECT_EQ(to_double(a), std::stod(text + "e-" + std::to_string(a.scale))) << text;
  }
}

TEST_F(DecimalReference, Boundaries) {
  for (int i = 0; i < kRounds && !HasFailure(); ++i) {
    const Decimal a = operands_.next();
    const auto digits = static_cast<std::int32_t>(operands_.below(29));
    SCOPED_TRACE(canonical(a) + " to " + std::to_string(digits));
    for (const bool high : {false, true}) {
      const Exact bound = add_exact(exact(a), Exact{!high, "5", a.scale + 1});
      const Digits unit = shifted("1", 60);
      auto [whole, rest] = quotient(shifted(bound.digits, 60 + digits), shifted(unit, bound.scale));
      whole = !rest.empty() && bound.negative != high ? sum(whole, "1") : whole;
      const std::optional<Decimal> result =
          high ? high_boundary(a, digits) : low_boundary(a, digits);
      expect_valid(result);
      if (whole.size() > 38) {
        EXPECT_FALSE(result.has_value());
        continue;
      }
      EXPECT_EQ(canonical(result), canonical(Exact{bound.negative, whole, digits}));
      EXPECT_TRUE(result.has_value() && result->scale == digits);
    }
  }
}

// Where no exact value is known: what the functions are to each other.
TEST_F(DecimalReference, Functions) {
  const Decimal tolerance = parse_decimal("0.00000000000000000000000001").value_or(Decimal{});
  // |a - b| <= 10^-26 |b|
  const auto near = [&](const Decimal& a, const Decimal& b) {
    const std::optional<Decimal> ratio = divide(a, b);
    const std::optional<Decimal> gap = ratio ? subtract(*ratio, decimal_of(1)) : std::nullopt;
    return gap.has_value() && compare(absolute(*gap), tolerance) <= 0;
  };
  int checked = 0;
  for (int i = 0; i < kRounds / 10 && !HasFailure(); ++i) {
    const Decimal a = absolute(operands_.next());
    SCOPED_TRACE(canonical(a));
    if (a.coefficient == 0) {
      continue;
    }
    const std::optional<Decimal> root = square_root(a);
    expect_valid(root);
    ASSERT_TRUE(root.has_value());
    const std::optional<Decimal> half = power(a, {5, 1});
    ASSERT_TRUE(half.has_value());
    EXPECT_EQ(canonical(half), canonical(root));
    const std::optional<Decimal> logarithm = natural_log(a);
    expect_valid(logarithm);
    ASSERT_TRUE(logarithm.has_value());
    const std::optional<Decimal> back = exponential(*logarithm);
    expect_valid(back);
    // A result near 10^-38 has few digits; the largest inputs may round beyond 10^38.
    if (back.has_value() && compare(a, {1, 8}) > 0) {
      ++checked;
      EXPECT_TRUE(near(*back, a)) << canonical(back);
    }
    const std::optional<Decimal> same = log(a, a);
    if (logarithm->coefficient != 0) {
      EXPECT_EQ(canonical(same), "1");
    }
  }
  EXPECT_GT(checked, kRounds / 40);
}

}  // namespace
}  // namespace fhirwall::fhir
