#include "core/fhir/ucum.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace fhirwall::fhir {
namespace {

std::string text_of(const Decimal& value) {
  std::string text;
  append_decimal(value, text);
  return text;
}

// `numerator[/denominator][ pi^n][ special] m1 s-2 ...`; `none`. The text is read from a block of
// exactly its size.
std::string describe(std::string_view text) {
  const std::unique_ptr<char[]> block(new char[text.size()]);
  text.copy(block.get(), text.size());
  const auto unit = parse_unit({block.get(), text.size()});
  if (!unit) {
    return "none";
  }
  std::string found = text_of(unit->numerator);
  if (text_of(unit->denominator) != "1") {
    found.append("/").append(text_of(unit->denominator));
  }
  if (unit->pi != 0) {
    found.append(" pi^").append(std::to_string(unit->pi));
  }
  found += unit->special != 0 ? " special" : "";
  const std::string_view codes[] = {"m", "s", "g", "rad", "K", "C", "cd"};
  for (std::size_t i = 0; i < 7; ++i) {
    if (unit->dimension.exponents[i] != 0) {
      found.append(" ").append(codes[i]).append(std::to_string(unit->dimension.exponents[i]));
    }
  }
  return found;
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

// The dimension as text, the factor by value: a fraction has many forms.
void expect_unit(const Case& one) {
  const auto unit = parse_unit(one.text);
  ASSERT_TRUE(unit) << one.text;
  const std::string found = describe(one.text);
  const auto space = [](std::string_view text) { return std::min(text.find(' '), text.size()); };
  EXPECT_EQ(found.substr(space(found)), one.expected.substr(space(one.expected))) << one.text;
  const std::string_view factor = one.expected.substr(0, space(one.expected));
  const std::size_t slash = std::min(factor.find('/'), factor.size());
  const auto above = parse_decimal(factor.substr(0, slash));
  const auto below = parse_decimal(slash < factor.size() ? factor.substr(slash + 1) : "1");
  ASSERT_TRUE(above && below) << one.text;
  const auto left = multiply(*above, unit->denominator);
  const auto right = multiply(*below, unit->numerator);
  ASSERT_TRUE(left && right) << one.text;
  EXPECT_EQ(compare(*left, *right), 0) << one.text << " " << found;
}

TEST(Ucum, Units) {
  const Case cases[] = {
      {"m", "1 m1"},
      {"g", "1 g1"},
      {"kg", "1000 g1"},
      {"mg", "0.001 g1"},
      {"dam", "10 m1"},
      {"dar", "10 m2"},
      {"cd", "1 cd1"},
      {"mol", "602213670000000000000000"},
      {"Hz", "1 s-1"},
      {"N", "1000 m1 s-2 g1"},
      {"Pa", "1000 m-1 s-2 g1"},
      {"V", "1000 m2 s-2 g1 C-1"},
      {"L", "0.001 m3"},
      {"l", "0.001 m3"},
      {"min", "60 s1"},
      {"wk", "604800 s1"},
      {"mo", "2629800 s1"},
      {"a", "31557600 s1"},
      {"a_g", "31556952 s1"},
      {"h", "3600 s1"},
      {"[ft_i]", "0.3048 m1"},
      {"[lb_av]", "453.59237 g1"},
      {"[stone_av]", "6350.29318 g1"},
      {"[ft_us]", "1200/3937 m1"},
      {"[psi]", "444822161526.05/64516 m-1 s-2 g1"},
      {"[degR]", "5/9 K1"},
      {"mm[Hg]", "133322 m-1 s-2 g1"},
      {"m[H2O]", "9806650 m-1 s-2 g1"},
      {"[in_i'H2O]", "249088.91 m-1 s-2 g1"},
      {"deg", "0.1/18 pi^1 rad1"},
      {"'", "0.01/108 pi^1 rad1"},
      {"''", "0.001/648 pi^1 rad1"},
      {"[mu_0]", "0.0004 pi^1 m1 g1 C-2"},
      {"Oe", "250 pi^-1 m-1 s-1 C1"},
      {"[diop]", "1 m-1"},
      {"[mesh_i]", "100/2.54 m-1"},
      {"Bd", "1 s-1"},
      {"[S]", "0.0000000000001 s1"},
      {"[LPF]", "100"},
      {"[HPF]", "1"},
      {"%", "0.01"},
      {"g%", "10000 m-3 g1"},
      {"cal_[15]", "4185.8 m2 s-2 g1"},
      {"KiBy", "8192"},
      {"GBy", "8000000000"},
      {"10*", "10"},
      {"10^", "10"},
      {"[car_Au]", "1/24"},
      {"[pi]", "1 pi^1"},
  };
  for (const Case& one : cases) {
    expect_unit(one);
  }
}

TEST(Ucum, Terms) {
  const Case cases[] = {
      {"1", "1"},
      {"mg/dL", "10 m-3 g1"},
      {"mg.dL-1", "10 m-3 g1"},
      {"/min", "0.1/6 s-1"},
      {"m2", "1 m2"},
      {"m+2", "1 m2"},
      {"m-2", "1 m-2"},
      {"m0", "1"},
      {"cm3", "0.000001 m3"},
      {"10*3/uL", "1000000000000 m-3"},
      {"10^3/uL", "1000000000000 m-3"},
      {"10*-3", "0.001"},
      {"10*+3", "1000"},
      {"100", "100"},
      // A product of two integers: UCUM has no decimal point.
      {"1.5", "5"},
      {"/100{WBCs}", "0.01"},
      {"4.[pi].10*-7.N/A2", "0.0004 pi^1 m1 g1 C-2"},
      {"kg.m/s2", "1000 m1 s-2 g1"},
      {"m/s/s", "1 m1 s-2"},
      // From left to right: (m/s).s.
      {"m/s.s", "1 m1"},
      {"m/(s.s)", "1 m1 s-2"},
      {"kcal/(24.h)", "41840/864 m2 s-3 g1"},
      {"(m)", "1 m1"},
      {"((m/s)/(kg.s))", "0.001 m1 s-2 g-1"},
      {"/(m.s)", "1 m-1 s-1"},
      {"kg.kg-1", "1"},
      {"{cells}", "1"},
      {"{cells}/uL", "1000000000 m-3"},
      {"mL/min/{1.73_m2}", "0.000001/60 m3 s-1"},
      {"m{x}", "1 m1"},
      {"m2{a/b.c(d)[e}", "1 m2"},
      {"(m{x}/s){y}", "1 m1 s-1"},
      {"m{}", "1 m1"},
      {"[lb_av]/[in_i]2", "453.59237/0.00064516 m-2 g1"},
      {"[in_i]-1", "1/0.0254 m-1"},
      {"mm[Hg].min/L", "7999320000 m-4 s-1 g1"},
  };
  for (const Case& one : cases) {
    expect_unit(one);
  }
}

TEST(Ucum, Refused) {
  const std::string_view cases[] = {
      "",
      "foo",
      "M",
      "KG",
      "mg/",
      "m/",
      "/",
      ".",
      "m..s",
      "m//s",
      "/ m",
      "m s",
      " m",
      "m ",
      "m.",
      ".m",
      "m-",
      "m+",
      "m--1",
      "m^2",
      "m*2",
      "2m",
      "10m",
      "1e3",
      "-1",
      "+1",
      "0",
      "0.m",
      "m.0",
      "m(s)",
      "(m",
      "m)",
      "()",
      "(m)2",
      "(m)s",
      "m/(/s)",
      "(/m)",
      "{",
      "}",
      "{a",
      "m{a",
      "m{a}{b}",
      "m{a}2",
      "m{a b}",
      "m{{a}}",
      "m{a}s",
      "{a}m",
      "[",
      "]",
      "[ft_i",
      "ft_i]",
      "[in_i",
      "[foo]",
      "kkg",
      "k",
      "kh",
      "kmin",
      "k[ft_i]",
      "m[]",
      "mmmm",
      "10*{a}2",
      "10*3.",
      "11*2",
      "010*",
      "dd",
      "day",
      "year",
      "[]",
      "m\"",
      "m=",
      "\xc2\xb5g",
      "m\x7f",
      "\x01",
      "m128",
      "m-200",
      "g99999999999999999999",
      "10*-80",
      "10*100",
      "999999999999999999999999999999999999999",
      // Special units stand alone.
      "Cel2",
      "Cel1",
      "Cel-1",
      "m.Cel",
      "Cel.m",
      "Cel/m",
      "/Cel",
      "2.Cel",
      "Cel.2",
      "B/m",
      "[degF]/h",
      "[pH].[pH]",
      "k[degF]",
      // Two arbitrary units in one term.
      "[iU]/[arb'U]",
      "[CFU].[PFU]",
      "k[arb'U]",
  };
  for (const std::string_view text : cases) {
    EXPECT_EQ(describe(text), "none") << text;
  }
}

// Well-known rows of UCUM's functional tests: what is an expression, and what is none.
TEST(Ucum, FunctionalTestsValidity) {
  const std::string_view valid[] = {
      "m",
      "m/m3",
      "m/3.m",
      "10.uN.s/(cm5.m2)",
      "24.h",
      "N.m",
      "[in_i'H2O]",
      "[CFU]",
      "[HPF]",
      "10*-7.s",
      "10*6/uL",
      "/[arb'U]",
      "ng/(24.h)",
      "g.m/({hb}.m2)",
      "kg/(s.m2)",
      "pg/mm",
      "umol/min/g{Hb}",
      "mosm/kg",
      "meq/(8.h.kg)",
      "{GFR}.mL/min",
      "ug{FEU}/mL",
      "10*3.{RBC}",
      "[APL'U]",
      "[beth'U]",
      "%{abnormal}",
      "{Ct_value}",
      "mm[H2O]",
      "10*12/L",
      "ueq/L",
      "L/(min.m2)",
      "cal",
      "10.L/min",
      "mL/[sin_i]",
      "dyn.s/(cm5.m2)",
      "[Amb'a'1'U]",
      "[m/s2/Hz^(1/2)]",
      "B[10.nV]",
      "kB[SPL]",
      "dB[10.nV]",
      "rad2",
      "g{creat}",
      "U/10*10{cells}",
      "/10*12{rbcs}",
      "k[iU]/L",
      "m[IU]/mL",
      "[D'ag'U]",
      "[ppb]",
      "[TCID_50]",
      "mL/cm[H2O]",
  };
  for (const std::string_view text : valid) {
    EXPECT_NE(describe(text), "none") << text;
  }
}

TEST(Ucum, Limits) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(').append("m").append(depth, ')');
  };
  EXPECT_EQ(describe(nested(32)), "1 m1");
  EXPECT_EQ(describe(nested(33)), "none");
  const auto annotated = [](std::size_t length) {
    return std::string("m{").append(length - 3, 'a').append("}");
  };
  EXPECT_EQ(describe(annotated(200)), "1 m1");
  EXPECT_EQ(describe(annotated(201)), "none");
  EXPECT_EQ(describe("m127"), "1 m127");
  EXPECT_EQ(describe("m-127.m-1"), "1 m-128");
  EXPECT_EQ(describe("m127.m"), "none");
  EXPECT_EQ(describe("m-127.m-2"), "none");
  EXPECT_EQ(describe("km10"), "1000000000000000000000000000000 m10");
  EXPECT_EQ(describe("[yd_i]60"), "none");
  // 38 digits above and 38 below the line.
  EXPECT_NE(describe("10*75"), "none");
  EXPECT_EQ(describe("10*76"), "none");
  EXPECT_NE(describe("10*-75"), "none");
  // What cancels may be large in between.
  EXPECT_EQ(describe("mol/mol.mol/mol"), "1");
  EXPECT_EQ(describe("[h].[k].[G].[e]/[e]/[G]/[k]/[h]"), "1");
}

TEST(Ucum, ArbitraryUnits) {
  const auto dimension = [](std::string_view text) { return parse_unit(text)->dimension; };
  EXPECT_EQ(dimension("[iU]/mL"), dimension("[iU]/L"));
  EXPECT_EQ(dimension("[iU]"), dimension("k[IU]"));
  EXPECT_EQ(dimension("[iU]/[iU]"), dimension("1"));
  EXPECT_EQ(dimension("[iU].L/[iU]"), dimension("L"));
  EXPECT_NE(dimension("[iU]"), dimension("1"));
  EXPECT_NE(dimension("[iU]"), dimension("[arb'U]"));
  EXPECT_NE(dimension("[iU]"), dimension("[iU]2"));
  EXPECT_NE(dimension("[iU].L"), dimension("L/[iU]"));
  EXPECT_EQ(dimension("[iU]-1"), dimension("/[iU]"));
}

TEST(Ucum, SpecialUnits) {
  const std::string_view cases[] = {
      "Cel",     "[degF]",  "[degRe]",  "[p'diop]", "%[slope]", "[hp'_X]", "[hp'_C]",
      "[hp'_M]", "[hp'_Q]", "[pH]",     "Np",       "B",        "B[SPL]",  "B[V]",
      "B[mV]",   "B[uV]",   "B[10.nV]", "B[W]",     "B[kW]",    "bit_s",   "[m/s2/Hz^(1/2)]",
  };
  std::vector<int> seen;
  for (const std::string_view text : cases) {
    const auto unit = parse_unit(text);
    ASSERT_TRUE(unit) << text;
    EXPECT_NE(unit->special, 0) << text;
    for (const int other : seen) {
      EXPECT_NE(unit->special, other) << text;
    }
    seen.push_back(unit->special);
    EXPECT_EQ(describe(std::string("(").append(text).append("{a}){b}")), describe(text));
  }
  EXPECT_EQ(describe("dB"), "0.1 special");
  EXPECT_EQ(describe("mCel"), "0.001 special K1");
  EXPECT_EQ(describe("K"), "1 K1");
}

}  // namespace
}  // namespace fhirwall::fhir
