// Quantities as expressions write them: `2 kg * 5 m = 10 kg.m`, with `comparable`, and `?` for a
// comparison without answer or a product that is none.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/fhir/ucum.hpp"

namespace fhirwall::fhir {
namespace {

// `2 kg`; a number alone has the unit `1`.
UnitValue side(std::string_view text) {
  const std::size_t space = text.find(' ');
  const auto value = parse_decimal(text.substr(0, space));
  EXPECT_TRUE(value) << text;
  return {value.value_or(Decimal{}),
          std::string(space == std::string_view::npos ? "1" : text.substr(space + 1))};
}

std::string answer(const UnitValue& a, std::string_view op, const UnitValue& b) {
  const auto a_unit = parse_unit(a.unit);
  const auto b_unit = parse_unit(b.unit);
  if (!a_unit || !b_unit) {
    return "?";
  }
  if (op == "comparable") {
    return a_unit->dimension == b_unit->dimension ? "true" : "false";
  }
  const auto order = compare(a.value, *a_unit, b.value, *b_unit);
  if (!order) {
    return "?";
  }
  const bool alike = equivalent(a.value, *a_unit, b.value, *b_unit).value_or(false);
  const bool holds = op == "="    ? *order == 0
                     : op == "!=" ? *order != 0
                     : op == "<"  ? *order < 0
                     : op == ">"  ? *order > 0
                     : op == ">=" ? *order >= 0
                     : op == "~"  ? alike
                                  : !alike;
  return holds ? "true" : "false";
}

TEST(UcumExpressions, Comparisons) {
  const struct {
    std::string_view a;
    std::string_view op;
    std::string_view b;
    std::string_view expected;
  } cases[] = {
      {"4.0000 g", "=", "4000.0 mg", "true"},
      {"4 g", "~", "4000 mg", "true"},
      {"4 g", "!=", "4040 mg", "true"},
      {"185 [lb_av]", "=", "185 [lb_av]", "true"},
      {"185 [lb_av]", "!~", "185 kg", "true"},
      {"185 [lb_av]", "<", "200 [lb_av]", "true"},
      {"185 [lb_av]", ">", "100 [lb_av]", "true"},
      {"1 cm", "comparable", "1 [in_i]", "true"},
      {"1 cm", "comparable", "1 s", "false"},
      {"9", "=", "9 1", "true"},
      {"9", "=", "9 kg.kg-1", "true"},
      {"9", "=", "8 1", "false"},
      {"3 1", "=", "2", "false"},
      {"0 Cel", "~", "273.15 K", "true"},
      {"0 Cel", ">=", "273.15 K", "true"},
      {"23 Cel", "!~", "74 [degF]", "true"},
      {"23 Cel", "~", "73.4 [degF]", "true"},
      {"23 Cel", ">", "72 [degF]", "true"},
      {"4 g", "!~", "4040 mg", "true"},
      {"4040 mg", "!~", "4 g", "true"},
      {"3.04 g", "~", "3040 mg", "true"},
      {"4040 mg", "~", "4.0403 g", "true"},
      {"4040 mg", "!~", "4.041 g", "true"},
      {"4040.01 g", "~", "4040.009 g", "true"},
      {"1 kg", "<", "2 s", "?"},
      {"999 g", "<", "1 kg", "true"},
      {"999 g", ">", "1 kg", "false"},
      {"10 s", ">", "1 s", "true"},
      {"2 1", ">", "1", "true"},
      {"2", ">", "1 kg.kg-1", "true"},
      {"1 kg.kg-1", "<", "2", "true"},
      {"1", "<", "2 kg", "?"},
      {"1 kg", "comparable", "999 g", "true"},
      {"1 a", "comparable", "1 s", "true"},
      {"1", "comparable", "2 kg.kg-1", "true"},
      {"1 something", "comparable", "2 something", "?"},
      {"1 wk", "=", "7 d", "true"},
      {"1 a", "=", "12 mo", "true"},
      {"1 mg/dL", "=", "0.01 g/L", "true"},
      {"180 s", "=", "3 min", "true"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(answer(side(one.a), one.op, side(one.b)), one.expected)
        << one.a << " " << one.op << " " << one.b;
  }
}

// The product or quotient, compared with what is expected.
TEST(UcumExpressions, Arithmetic) {
  const struct {
    std::string_view a;
    char op;
    std::string_view b;
    std::string_view expected;  // empty: none
  } cases[] = {
      {"2.0 cm", '*', "2.0 m", "0.040 m2"},
      {"4.0 g", '/', "2.0 m", "2 g/m"},
      {"1.0 m", '/', "1.0 m", "1 1"},
      {"2", '*', "4 1", "8"},
      {"2 kg", '*', "5 m", "10 kg.m"},
      {"2", '*', "5 kg", "10 kg"},
      {"9.16 g", '*', "8.22 m", "75.2952 g.m"},
      {"1 a", '*', "2 wk", "38172072960000 s2"},
      {"1 m", '*', "31536000 s", "31536000 m.s"},
      {"20 kg", '/', "5", "4 kg"},
      {"7.315 m", '/', "0.7", "10.45 m"},
      {"4 1", '/', "2", "2 1"},
      {"2", '/', "2 kg", "1 kg-1"},
      {"2000 g", '/', "1 kg", "2"},
      {"1 B", '*', "2", ""},
      {"1 B", '/', "2", ""},
      {"1 B", '/', "2 1", ""},
      {"1 m", '/', "0 s", ""},
      {"1 something", '*', "2", ""},
  };
  for (const auto& one : cases) {
    const auto result =
        one.op == '*' ? multiply(side(one.a), side(one.b)) : divide(side(one.a), side(one.b));
    ASSERT_EQ(result.has_value(), !one.expected.empty()) << one.a << one.op << one.b;
    if (result) {
      EXPECT_EQ(answer(*result, "=", side(one.expected)), "true")
          << one.a << " " << one.op << " " << one.b << ": " << result->unit;
    }
  }
}

}  // namespace
}  // namespace fhirwall::fhir
