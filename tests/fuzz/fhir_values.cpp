// layer: core/fhir
// Decimals and dates, from two lines of text and a byte. What parses is written and reads back as
// the same value; order is antisymmetric and agrees with equality; sums, boundaries and differences
// keep what they promise.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/fhir/decimal.hpp"
#include "core/fhir/temporal.hpp"

namespace {

using namespace fhirwall::fhir;

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

bool same(const Decimal& a, const Decimal& b) {
  return a.coefficient == b.coefficient && a.scale == b.scale;
}

void check_decimal(const Decimal& value) {
  check(value.scale >= 0 && value.scale <= kMaxScale);
  std::string text;
  append_decimal(value, text);
  check(text.find_first_not_of("-.0123456789") == std::string::npos);
  const auto again = parse_decimal(text);
  check(again && same(*again, value));
  check(compare(value, value) == 0 && equivalent(value, value));
  check(compare(strip(value), value) == 0);
  check(compare(negate(negate(value)), value) == 0);
  check(compare(absolute(value), Decimal{}) >= 0);
  check(compare(floor(value), value) <= 0 && compare(ceiling(value), value) >= 0);
  check(compare(absolute(truncate(value)), absolute(value)) <= 0);
  check(precision(value) == value.scale);
  if (const auto integer = to_int64(value)) {
    check(compare(decimal_of(*integer), value) == 0);
  }
  for (const std::int32_t digits : {0, 2, 8, 28}) {
    const auto low = low_boundary(value, digits);
    const auto high = high_boundary(value, digits);
    check(!low || compare(*low, value) <= 0);
    check(!high || compare(*high, value) >= 0);
    check(round(value, digits).scale <= kMaxScale);
  }
  if (const auto root = square_root(value)) {
    check(compare(*root, Decimal{}) >= 0);
  }
  (void)exponential(value);
  (void)natural_log(value);
}

void check_decimals(const Decimal& a, const Decimal& b) {
  const int order = compare(a, b);
  check(compare(b, a) == -order);
  check(equivalent(a, b) == equivalent(b, a));
  check(order != 0 || equivalent(a, b));
  const auto sum = add(a, b);
  const auto other = add(b, a);
  check(sum.has_value() == other.has_value() && (!sum || same(*sum, *other)));
  if (sum) {
    const auto back = subtract(*sum, b);
    check(!back || compare(*back, a) == 0);
  }
  const auto product = multiply(a, b);
  const auto turned = multiply(b, a);
  check(product.has_value() == turned.has_value() && (!product || same(*product, *turned)));
  const auto whole = integer_divide(a, b);
  const auto rest = modulo(a, b);
  if (b.coefficient == 0) {
    check(!divide(a, b) && !whole && !rest);
  }
  if (rest) {
    check(compare(absolute(*rest), absolute(b)) < 0);
    const auto times = whole ? multiply(*whole, b) : std::nullopt;
    const auto total = times ? add(*times, *rest) : std::nullopt;
    check(!total || compare(*total, a) == 0);
  }
  (void)power(a, b);
  (void)log(a, b);
}

std::optional<Temporal> parse(std::string_view text, std::uint8_t kind) {
  return kind % 3 == 0   ? parse_date_value(text)
         : kind % 3 == 1 ? parse_datetime_value(text)
                         : parse_time_value(text);
}

bool in_range(const Temporal& value) {
  return value.year <= 9999 && value.month >= 1 && value.month <= 12 && value.day >= 1 &&
         value.day <= 31 && value.hour <= 23 && value.minute <= 59 && value.second <= 60 &&
         value.fraction_digits <= 9 && value.nanosecond < 1'000'000'000;
}

void check_temporal(const Temporal& value, std::uint8_t kind) {
  check(in_range(value));
  std::string text;
  append_temporal(value, text);
  const auto again = parse(text, kind);
  check(again && compare(*again, value) == 0 && equivalent(*again, value));
  std::string second;
  append_temporal(*again, second);
  check(second == text);
  for (std::int32_t digits = 0; digits <= 18; ++digits) {
    for (const auto& bound : {low_boundary(value, digits), high_boundary(value, digits)}) {
      check(!bound || (in_range(*bound) && bound->kind == value.kind));
    }
  }
}

void check_temporals(const Temporal& a, const Temporal& b, const Decimal& amount) {
  const auto order = compare(a, b);
  const auto back = compare(b, a);
  check(order.has_value() == back.has_value() && (!order || *order == -*back));
  check(equivalent(a, b) == equivalent(b, a));
  for (int i = 0; i <= static_cast<int>(TimeUnit::kMillisecond); ++i) {
    const auto unit = static_cast<TimeUnit>(i);
    if (const auto sum = add(a, amount, unit)) {
      check(in_range(*sum) && sum->kind == a.kind);
      std::string text;
      append_temporal(*sum, text);
      const auto moved = compare(*sum, a);
      check(a.kind == Temporal::Kind::kTime || a.second == 60 || !moved ||
            *moved * (amount.coefficient < 0 ? -1 : 1) >= 0);
    }
    const auto forth = difference(a, b, unit);
    const auto reverse = difference(b, a, unit);
    check(forth.has_value() == reverse.has_value() && (!forth || *forth == -*reverse));
    (void)duration(a, b, unit);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string_view first = next_line(rest);
  const std::string_view second = next_line(rest);
  const std::string_view third = next_line(rest);
  const auto a = parse_decimal(first);
  const auto b = parse_decimal(second);
  if (a) {
    check_decimal(*a);
  }
  if (a && b) {
    check_decimals(*a, *b);
  }
  const auto from = parse(first, data[0]);
  const auto to = parse(second, data[0] / 3);
  if (from) {
    check_temporal(*from, data[0]);
  }
  if (from && to) {
    check_temporals(*from, *to, parse_decimal(third).value_or(Decimal{1, 0}));
  }
  return 0;
}
