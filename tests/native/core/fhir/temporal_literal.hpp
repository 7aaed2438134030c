#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/fhir/temporal.hpp"

// Temporal values as FHIRPath literals: `@2014`, `@2014T`, `@2014-01-05T10:30Z`, `@T10:30`.
namespace fhirwall::fhir::test {

inline std::optional<Temporal> try_read(std::string_view literal) {
  literal.remove_prefix(1);
  if (literal.starts_with('T')) {
    return parse_time_value(literal.substr(1));
  }
  return literal.find('T') != std::string_view::npos ? parse_datetime_value(literal)
                                                     : parse_date_value(literal);
}

inline Temporal read(std::string_view literal) {
  const std::optional<Temporal> value = try_read(literal);
  EXPECT_TRUE(value.has_value()) << literal;
  return value.value_or(Temporal{});
}

inline std::string write(const std::optional<Temporal>& value) {
  if (!value) {
    return "none";
  }
  std::string text = value->kind == Temporal::Kind::kTime ? "@T" : "@";
  append_temporal(*value, text);
  if (value->kind == Temporal::Kind::kDateTime && text.find('T') == std::string::npos) {
    text += 'T';
  }
  return text;
}

}  // namespace fhirwall::fhir::test
