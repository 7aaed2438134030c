// layer: core/fhir
// Units: two texts and a value, from lines of the bytes. What parses must behave as a unit: equal
// to itself in parentheses, ordered against others without contradiction, and converted back and
// forth to the same value within what a decimal can round.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "core/fhir/ucum.hpp"

namespace {

using fhirwall::fhir::Decimal;
using fhirwall::fhir::Unit;
using fhirwall::fhir::UnitValue;

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

void check_one(std::string_view text, const Unit& unit, const Decimal& value) {
  check(text.size() <= 200);
  check(unit.numerator.coefficient > 0 && unit.denominator.coefficient > 0);
  check(compare(value, unit, value, unit) == 0);
  check(equivalent(value, unit, value, unit) == true);
  const auto same = convert(value, unit, unit);
  check(same && compare(*same, value) == 0);
  if (text.size() <= 198 && text.front() != '/') {
    const auto again = fhirwall::fhir::parse_unit(std::string("(").append(text).append(")"));
    check(again && again->dimension == unit.dimension && again->special == unit.special);
    check(compare(value, unit, value, *again) == 0);
  }
}

void check_two(const UnitValue& a, const Unit& a_unit, const UnitValue& b, const Unit& b_unit) {
  const auto order = compare(a.value, a_unit, b.value, b_unit);
  const auto back = compare(b.value, b_unit, a.value, a_unit);
  check(order.has_value() == back.has_value());
  check(!order || *order == -*back);
  check(!order || a_unit.dimension == b_unit.dimension);
  const auto converted = convert(a.value, a_unit, b_unit);
  check(!converted || a_unit.dimension == b_unit.dimension);
  // Rounding cannot turn the order of a value that differs by more.
  if (converted && a_unit.special == 0 && b_unit.special == 0) {
    const auto sign = [](const Decimal& value) {
      return value.coefficient < 0 ? -1 : value.coefficient > 0 ? 1 : 0;
    };
    check(sign(*converted) == sign(a.value));
    const auto returned = convert(*converted, b_unit, a_unit);
    if (returned && returned->coefficient != 0 && a.value.scale < 10) {
      const auto difference = subtract(*returned, a.value);
      const double size = to_double(a.value);
      // What is small ends at the last place that a decimal has, whatever zeros were dropped from
      // it.
      const double last_place = 1e-38 / to_double(absolute(*converted));
      check(!difference ||
            to_double(absolute(*difference)) <= (1e-12 + last_place) * (size < 0 ? -size : size));
    }
  }
  for (const auto& result : {multiply(a, b), divide(a, b)}) {
    if (result) {
      const auto unit = fhirwall::fhir::parse_unit(result->unit);
      check(unit.has_value() && unit->special == 0);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Read from a block of exactly its size.
  const std::unique_ptr<char[]> block(new char[size]);
  for (std::size_t i = 0; i < size; ++i) {
    block[i] = static_cast<char>(data[i]);
  }
  std::string_view rest(block.get(), size);
  const std::string_view first = next_line(rest);
  const std::string_view second = next_line(rest);
  const auto value = fhirwall::fhir::parse_decimal(next_line(rest));
  const auto other = fhirwall::fhir::parse_decimal(next_line(rest));
  const Decimal a = value ? *value : Decimal{15, 1};
  const Decimal b = other ? *other : Decimal{-3, 0};
  const auto a_unit = fhirwall::fhir::parse_unit(first);
  const auto b_unit = fhirwall::fhir::parse_unit(second);
  if (a_unit) {
    check_one(first, *a_unit, a);
  }
  if (a_unit && b_unit) {
    check_two({a, std::string(first)}, *a_unit, {b, std::string(second)}, *b_unit);
  }
  return 0;
}
