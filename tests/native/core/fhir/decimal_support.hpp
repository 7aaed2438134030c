#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/fhir/decimal.hpp"

// How the tests of decimals write and read them.
namespace fhirwall::fhir::decimal_test {

inline constexpr const char* kMax = "99999999999999999999999999999999999999";
inline constexpr const char* kTiny = "0.00000000000000000000000000000000000001";

inline std::string text(const std::optional<Decimal>& value) {
  std::string out;
  if (!value.has_value()) {
    return "none";
  }
  append_decimal(*value, out);
  return out;
}

// From a block of exactly the text's size, so that a read behind the end is seen.
inline std::optional<Decimal> parse(const std::string& source) {
  const std::unique_ptr<char[]> block(new char[source.size()]);
  source.copy(block.get(), source.size());
  return parse_decimal({block.get(), source.size()});
}

inline Decimal of(const std::string& source) {
  const std::optional<Decimal> value = parse(source);
  EXPECT_TRUE(value.has_value()) << source;
  return value.value_or(Decimal{});
}

}  // namespace fhirwall::fhir::decimal_test
