#include <cmath>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/fhir/ucum.hpp"

namespace fhirwall::fhir {
namespace {

std::string text_of(const std::optional<Decimal>& value) {
  std::string text;
  if (!value) {
    return "none";
  }
  append_decimal(*value, text);
  return text;
}

struct Quantity {
  Decimal value;
  Unit unit;
};

// `37 Cel`
Quantity quantity(std::string_view text) {
  const std::size_t space = text.find(' ');
  const auto value = parse_decimal(text.substr(0, space));
  const auto unit = parse_unit(text.substr(space + 1));
  EXPECT_TRUE(value && unit) << text;
  return value && unit ? Quantity{*value, *unit} : Quantity{};
}

struct Conversion {
  std::string_view from;
  std::string_view to;
  std::string_view expected;
};

std::string converted(const Conversion& one) {
  const Quantity from = quantity(one.from);
  const auto to = parse_unit(one.to);
  EXPECT_TRUE(to) << one.to;
  return to ? text_of(convert(from.value, from.unit, *to)) : "no unit";
}

TEST(UcumConvert, Exact) {
  const Conversion cases[] = {
      {"1 [ft_i]", "[in_i]", "12"},
      {"1 [lb_av]", "g", "453.59237"},
      {"6.3 km", "m", "6300"},
      {"1 wk", "s", "604800"},
      {"1 wk", "d", "7"},
      {"1 a", "s", "31557600"},
      {"1 cm", "mm", "10"},
      {"1 [mi_i]", "km", "1.609344"},
      {"2.5 [yd_i]", "cm", "228.6"},
      {"1 [gal_us]", "mL", "3785.411784"},
      {"5.5 mmol/L", "umol/L", "5500"},
      {"90 mg/dL", "g/L", "0.9"},
      {"120 mm[Hg]", "kPa", "15.99864"},
      {"1 [psi]", "[lbf_av]/[in_i]2", "1"},
      {"60 /min", "Hz", "1"},
      {"1 kW.h", "MJ", "3.6"},
      {"-3 km", "m", "-3000"},
      {"0 km", "m", "0"},
      {"1.50 kg", "g", "1500"},
      // One and the same unit keeps the value as it is.
      {"1.50 kg", "kg", "1.50"},
      {"1 [iU]/mL", "k[IU]/L", "1"},
      {"180 deg", "[pi].rad", "1"},
      {"1 circ", "deg", "360"},
      {"60 ''", "'", "1"},
      {"1 By", "bit", "8"},
      {"1 KiBy", "By", "1024"},
      {"9 1", "kg.kg-1", "9"},
      {"5 %", "1", "0.05"},
      {"1 ym", "m", "0.000000000000000000000001"},
      {"1 mol", "1", "602213670000000000000000"},
      {"2 [diop]", "m-1", "2"},
      {"99999999999999999999999999999999999999 m", "m", "99999999999999999999999999999999999999"},
      {"12345678901234567890123456789012345678 m", "mm", "none"},
      {"1 ym", "Ym", "none"},
      {"1 ym", "Pm", "none"},
      {"1 Ym", "ym", "none"},
      {"1 Em", "am", "1000000000000000000000000000000000000"},
  };
  for (const Conversion& one : cases) {
    EXPECT_EQ(converted(one), one.expected) << one.from << " in " << one.to;
  }
}

// 28 significant digits, half away from zero; pi to 38.
TEST(UcumConvert, Rounded) {
  const Conversion cases[] = {
      {"1 m", "[ft_i]", "3.280839895013123359580052493"},
      {"-1 m", "[ft_i]", "-3.280839895013123359580052493"},
      {"2 d", "wk", "0.2857142857142857142857142857"},
      {"2 m", "[ft_us]", "6.561666666666666666666666667"},
      {"1 circ", "rad", "6.283185307179586476925286767"},
      {"1 rad", "deg", "57.29577951308232087679815481"},
      {"1 m/s", "[kn_i]", "1.94384449244060475161987041"},
  };
  for (const Conversion& one : cases) {
    EXPECT_EQ(converted(one), one.expected) << one.from << " in " << one.to;
  }
}

TEST(UcumConvert, NotComparable) {
  const Conversion cases[] = {
      {"1 cm", "s", "none"},         {"1 cm", "g", "none"},  {"1 m", "m2", "none"},
      {"1 [iU]", "1", "none"},       {"1 Cel", "m", "none"}, {"1 [pH]", "1", "none"},
      {"1 [iU]", "[arb'U]", "none"}, {"1 Hz", "s", "none"},  {"1 rad", "1", "none"},
  };
  for (const Conversion& one : cases) {
    EXPECT_EQ(converted(one), one.expected) << one.from << " in " << one.to;
  }
}

TEST(UcumConvert, Temperatures) {
  const Conversion cases[] = {
      {"37 Cel", "[degF]", "98.6"},
      {"23 Cel", "[degF]", "73.4"},
      {"73.4 [degF]", "Cel", "23"},
      {"-40 Cel", "[degF]", "-40"},
      {"0 Cel", "K", "273.15"},
      {"0 K", "Cel", "-273.15"},
      {"0 K", "[degF]", "-459.67"},
      {"100 Cel", "[degRe]", "80"},
      {"80 [degRe]", "[degF]", "212"},
      {"0 [degRe]", "K", "273.15"},
      {"37 Cel", "mCel", "37000"},
      {"500 mCel", "Cel", "0.5"},
      {"37000 mCel", "mK", "310150"},
      {"491.67 [degR]", "Cel", "0"},
      {"0 Cel", "[degR]", "491.67"},
      {"37.50 Cel", "Cel", "37.50"},
      {"1 [degF]", "Cel", "-17.2222222222222222222222222"},
  };
  for (const Conversion& one : cases) {
    EXPECT_EQ(converted(one), one.expected) << one.from << " in " << one.to;
  }
}

TEST(UcumConvert, Logarithms) {
  const struct {
    std::string_view from;
    std::string_view to;
    double expected;
  } cases[] = {
      {"7 [pH]", "mol/l", 1e-7},
      {"7.4 [pH]", "nmol/L", 39.810717055349734},
      {"0.001 mol/L", "[pH]", 3},
      {"1 B", "1", 10},
      {"3 dB", "1", 1.9952623149688795},
      {"100 1", "B", 2},
      {"10 dB", "B", 1},
      {"1 Np", "1", 2.718281828459045},
      {"20 1", "Np", 2.995732273553991},
      {"3 B[W]", "kW", 1},
      {"60 dB[V]", "kV", 1},
      {"1 kV", "dB[V]", 60},
      {"0 B[SPL]", "uPa", 20},
      {"20 Pa", "dB[SPL]", 120},
      {"0 B[10.nV]", "nV", 10},
      {"2 B[uV]", "uV", 10},
      {"30 dB[W]", "dB[kW]", 0},
      {"8 bit_s", "1", 256},
      {"1024 1", "bit_s", 10},
      {"3 [hp'_X]", "1", 1e-3},
      {"3 [hp'_C]", "1", 1e-6},
      {"3 [hp'_M]", "1", 1e-9},
      {"1 [hp'_Q]", "1", 2e-5},
      {"0.000001 1", "[hp'_C]", 3},
      {"6 [hp'_X]", "[hp'_C]", 3},
      {"100 %[slope]", "deg", 45},
      {"45 deg", "%[slope]", 100},
      {"100 [p'diop]", "deg", 45},
      {"-45 deg", "[p'diop]", -100},
      {"3 [m/s2/Hz^(1/2)]", "m2/s3", 9},
      {"16 m2/s3", "[m/s2/Hz^(1/2)]", 4},
  };
  for (const auto& one : cases) {
    const Quantity from = quantity(one.from);
    const auto to = parse_unit(one.to);
    ASSERT_TRUE(to) << one.to;
    const auto found = convert(from.value, from.unit, *to);
    ASSERT_TRUE(found) << one.from << " in " << one.to;
    EXPECT_LE(std::fabs(to_double(*found) - one.expected), 1e-14 * std::fabs(one.expected))
        << one.from << " in " << one.to << ": " << text_of(found);
  }
  // Where there is no value: the logarithm of what is not positive, the tangent of a right angle,
  // and what a decimal cannot hold.
  const Conversion none[] = {
      {"0 mol/L", "[pH]", "none"},
      {"-1 1", "B", "none"},
      {"0 1", "Np", "none"},
      {"90 deg", "%[slope]", "none"},
      {"1000 B", "1", "none"},
      {"200 [hp'_C]", "1", "none"},
      {"-1 m2/s3", "[m/s2/Hz^(1/2)]", "none"},
  };
  for (const Conversion& one : none) {
    EXPECT_EQ(converted(one), one.expected) << one.from << " in " << one.to;
  }
}

// `3 g < 4000 mg`: by sign; `?` where the dimensions differ.
TEST(UcumCompare, Table) {
  const struct {
    std::string_view a;
    char order;
    std::string_view b;
  } cases[] = {
      {"4.0000 g", '=', "4000.0 mg"},
      {"4 g", '<', "4040 mg"},
      {"999 g", '<', "1 kg"},
      {"7 d", '=', "1 wk"},
      {"6 d", '<', "1 wk"},
      {"1 min", '<', "61 s"},
      {"10 s", '>', "1 s"},
      {"185 [lb_av]", '<', "185 kg"},
      {"23 Cel", '>', "72 [degF]"},
      {"0 Cel", '=', "273.15 K"},
      {"37 Cel", '=', "98.6 [degF]"},
      {"-40 Cel", '=', "-40 [degF]"},
      {"1 Cel", '>', "1 K"},
      {"10 dB", '=', "1 B"},
      {"7 [pH]", '<', "8 [pH]"},
      {"7 [pH]", '=', "0.0000001 mol/l"},
      {"2 1", '=', "2 kg.kg-1"},
      {"1 1", '<', "2 kg.kg-1"},
      {"1 kg", '?', "2 s"},
      {"1 cm", '<', "1 [in_i]"},
      {"2.54 cm", '=', "1 [in_i]"},
      {"2.5400000000000000000000000000000000001 cm", '>', "1 [in_i]"},
      {"2.5399999999999999999999999999999999999 cm", '<', "1 [in_i]"},
      // A third has no decimal: nothing is converted back and forth.
      {"3937 [ft_us]", '=', "1200 m"},
      {"9 K", '=', "16.2 [degR]"},
      {"180 deg", '=', "1 [pi].rad"},
      {"180 deg", '>', "3.14159265358979323846264338327950288 rad"},
      {"180 deg", '<', "3.14159265358979323846264338327950289 rad"},
      {"-1 m", '<', "1 mm"},
      {"-1 m", '<', "-1 mm"},
      {"0 m", '=', "0 mm"},
      {"0 m", '>', "-1 mm"},
      {"0.0 Cel", '<', "1 mCel"},
      {"1 mol", '=', "602213670000000000000000 1"},
      {"1 umol/min", '=', "1 U"},
      {"1 [iU]", '?', "1 1"},
      {"1 [iU]/mL", '=', "1000 [IU]/L"},
      {"99999999999999999999999999999999999999 Ym", '>',
       "0.00000000000000000000000000000000000001 ym"},
      {"0.00000000000000000000000000000000000001 ym", '<',
       "99999999999999999999999999999999999999 Ym"},
  };
  for (const auto& one : cases) {
    const Quantity a = quantity(one.a);
    const Quantity b = quantity(one.b);
    const auto order = compare(a.value, a.unit, b.value, b.unit);
    const auto back = compare(b.value, b.unit, a.value, a.unit);
    const char found = !order ? '?' : *order < 0 ? '<' : *order > 0 ? '>' : '=';
    EXPECT_EQ(found, one.order) << one.a << " " << one.b;
    EXPECT_EQ(order, back ? std::optional(-*back) : back) << one.a << " " << one.b;
  }
}

TEST(UcumCompare, Equivalent) {
  const struct {
    std::string_view a;
    std::string_view b;
    bool expected;
  } cases[] = {
      {"4 g", "4000 mg", true},        {"4 g", "4040 mg", false},
      {"3.04 g", "3040 mg", true},     {"4040 mg", "4.0403 g", true},
      {"4040 mg", "4.041 g", false},   {"4040.01 g", "4040.009 g", true},
      {"0 Cel", "273.15 K", true},     {"23 Cel", "74 [degF]", false},
      {"23 Cel", "73.4 [degF]", true}, {"185 [lb_av]", "185 kg", false},
      {"1.0 1", "1 1", true},          {"1 min", "60 s", true},
      {"7 d", "1 wk", true},           {"1 [in_i]", "2.54 cm", true},
      {"10 dB", "1 B", true},          {"7 [pH]", "0.0000001 mol/L", true},
      {"-4 g", "4000 mg", false},
  };
  for (const auto& one : cases) {
    const Quantity a = quantity(one.a);
    const Quantity b = quantity(one.b);
    EXPECT_EQ(equivalent(a.value, a.unit, b.value, b.unit), one.expected) << one.a << " " << one.b;
    EXPECT_EQ(equivalent(b.value, b.unit, a.value, a.unit), one.expected) << one.b << " " << one.a;
  }
  const Quantity metre = quantity("1 m");
  const Quantity second = quantity("1 s");
  EXPECT_EQ(equivalent(metre.value, metre.unit, second.value, second.unit), std::nullopt);
}

std::string text_of(const std::optional<UnitValue>& value) {
  return value ? text_of(std::optional(value->value)) + " " + value->unit : "none";
}

UnitValue unit_value(std::string_view text) {
  const std::size_t space = text.find(' ');
  return {*parse_decimal(text.substr(0, space)), std::string(text.substr(space + 1))};
}

TEST(UcumArithmetic, Products) {
  const Conversion cases[] = {
      {"2.0 cm", "2.0 m", "0.04 m2"},
      {"2 kg", "5 m", "10000 m.g"},
      {"9.16 g", "8.22 m", "75.2952 m.g"},
      {"1 a", "2 wk", "38172072960000 s2"},
      {"1 m", "31536000 s", "31536000 m.s"},
      {"2 1", "4 kg", "8 kg"},
      {"4 kg", "2.0 1", "8.0 kg"},
      {"2 1", "3 1", "6 1"},
      {"-2 m", "3 s-1", "-6 m.s-1"},
      {"-2 m", "-3 m", "6 m2"},
      {"0 m", "3 s", "0 m.s"},
      {"3 m", "0 s", "0 m.s"},
      {"2 /min", "30 min", "60 1"},
      {"2 [iU]/mL", "3 mL", "6 [iU]"},
      {"2 mg/dL", "3 dL", "0.006 g"},
      {"1 N", "1 m", "1000 m2.s-2.g"},
      {"2 B", "1 1", "none"},
      {"1 1", "37 Cel", "none"},
      {"1 foo", "2 1", "none"},
      {"1 ", "2 m", "none"},
      {"1 [iU]", "1 [arb'U]", "none"},
      {"1 m127", "1 m", "none"},
      {"99999999999999999999999999999999999999 m", "2 m", "none"},
  };
  for (const Conversion& one : cases) {
    EXPECT_EQ(text_of(multiply(unit_value(one.from), unit_value(one.to))), one.expected)
        << one.from << " * " << one.to;
  }
}

TEST(UcumArithmetic, Quotients) {
  const Conversion cases[] = {
      {"4.0 g", "2.0 m", "2 m-1.g"},
      {"1.0 m", "1.0 m", "1 1"},
      {"20 kg", "5 1", "4 kg"},
      {"7.315 m", "0.7 1", "10.45 m"},
      {"2 1", "2 kg", "0.001 g-1"},
      {"4 1", "2 1", "2 1"},
      {"31536000 s", "1 a", "0.999315537303216974674880219 1"},
      {"1 m", "3 1", "0.3333333333333333333333333333 m"},
      {"1 m", "3 m", "0.3333333333333333333333333333 1"},
      {"10 mg", "5 mL", "2000 m-3.g"},
      {"-1 m", "4 s", "-0.25 m.s-1"},
      {"1 m", "-4 s", "-0.25 m.s-1"},
      {"0 m", "4 s", "0 m.s-1"},
      {"6 [iU]", "3 mL", "2000000 m-3.[iU]"},
      {"6 mL", "3 [iU]", "0.000002 m3.[iU]-1"},
      {"1 m", "0 s", "none"},
      {"1 m", "0 1", "none"},
      {"1 B", "2 1", "none"},
      {"1 1", "2 Cel", "none"},
      {"1 m-128", "1 m", "none"},
  };
  for (const Conversion& one : cases) {
    EXPECT_EQ(text_of(divide(unit_value(one.from), unit_value(one.to))), one.expected)
        << one.from << " / " << one.to;
  }
}

}  // namespace
}  // namespace fhirwall::fhir
