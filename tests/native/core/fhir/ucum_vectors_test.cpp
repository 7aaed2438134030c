// What an independent implementation, npm @lhncbc/ucum-lhc, makes of the whole table.
#include <cmath>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/fhir/ucum.hpp"

namespace fhirwall::fhir {
namespace {

#include "ucum_vectors.inc"

double factor_of(const Unit& unit) {
  return to_double(unit.numerator) / to_double(unit.denominator) *
         std::pow(3.14159265358979323846, unit.pi);
}

void expect_close(double found, double expected, const std::string& what) {
  EXPECT_LT(std::fabs(found - expected), std::fabs(expected) * 1e-12)
      << what << ": " << found << ", expected " << expected;
}

TEST(UcumVectors, EveryUnit) {
  std::size_t count = 0;
  for (const auto& [code, metric, factor] : kUnits) {
    const auto unit = parse_unit(code);
    ASSERT_TRUE(unit) << code;
    if (factor != 0) {
      expect_close(factor_of(*unit), factor, std::string(code));
    }
    ++count;
  }
  EXPECT_EQ(count, 311U);
}

TEST(UcumVectors, EveryUnitWithEveryPrefix) {
  std::size_t prefixed = 0;
  std::string read_otherwise;
  for (const auto& [code, metric, factor] : kUnits) {
    for (const auto& prefix : kPrefixes) {
      const std::string text = std::string(prefix.code) + std::string(code);
      const auto unit = parse_unit(text);
      if (!metric) {
        if (unit) {
          read_otherwise += text + " ";
        }
        continue;
      }
      ASSERT_TRUE(unit) << text;
      if (factor != 0) {
        expect_close(factor_of(*unit), factor * prefix.factor, text);
      }
      ++prefixed;
    }
  }
  EXPECT_GT(prefixed, 2000U);
  // What takes no prefix is refused behind one, but for phot, candela, pascal and gilbert.
  EXPECT_EQ(read_otherwise, "ph cd Pa Gb ");
}

TEST(UcumVectors, Conversions) {
  std::size_t count = 0;
  for (const auto& [from, to, value, expected] : kConversions) {
    const auto a = parse_unit(from);
    const auto b = parse_unit(to);
    ASSERT_TRUE(a && b) << from << " " << to;
    const auto number = parse_decimal(value);
    ASSERT_TRUE(number);
    const auto converted = convert(*number, *a, *b);
    ASSERT_TRUE(converted) << value << " " << from << " in " << to;
    expect_close(to_double(*converted), expected,
                 std::string(value) + " " + std::string(from) + " in " + std::string(to));
    ++count;
  }
  EXPECT_GT(count, 300U);
}

}  // namespace
}  // namespace fhirwall::fhir
