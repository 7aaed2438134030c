#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/fhir/decimal.hpp"

// The UCUM table: codes, exact factors and dimensions. The data is in ucum_table.cpp, written by
// make_ucum.mjs; the counts below are checked there.
//
// UCUM is copyright Regenstrief Institute, Inc., used under the UCUM Licence (ucum.org/license) and
// without warranty; npm/THIRD-PARTY-NOTICES has the notices. Codes and meanings are taken as they
// are: none is added, left out or changed.
namespace fhirwall::fhir::ucum {

inline constexpr std::size_t kUnitCount = 311;
inline constexpr std::size_t kPrefixCount = 24;
inline constexpr std::size_t kSpecialCount = 21;
// Arbitrary units; [iU] and [IU] are one.
inline constexpr std::size_t kArbitraryCount = 40;

// Functions of special units, r being the value in the ratio unit behind them (UCUM, sections 21 to
// 23).
enum class Function : std::uint8_t {
  kCel,    // r - 273.15
  kDegf,   // r - 459.67, r in 5/9 K
  kDegre,  // r - 218.52, r in 5/4 K
  kTan,    // 100 tan r
  kHpx,    // -log10 r
  kHpc,    // -log100 r
  kHpm,    // -log1000 r
  kHpq,    // -log50000 r
  kPh,     // -log10 r
  kLn,     // ln r
  kLg,     // log10 r
  kLg2,    // 2 log10 r
  kLd,     // log2 r
  kSqrt,   // square root of r
};

// One unit. factor = kNumbers[numerator] / kNumbers[denominator] * 10^ten * pi^pi base units.
//
//   kCodes:  % ' '' 10* 10^ A AU Ao B ...
//              ^ kUnits[i].code      the code ends where that of kUnits[i + 1] begins
struct UnitRow {
  std::uint16_t code;
  std::uint8_t dimension;  // index into kDimensions
  std::uint8_t numerator;
  std::uint8_t denominator;
  std::int8_t ten;
  std::uint8_t kind;    // 0 plain; 1..kSpecialCount special; kArbitrary + n the nth arbitrary unit
  std::uint8_t pi : 2;  // plus 1
  std::uint8_t metric : 1;  // takes prefixes
};
inline constexpr std::uint8_t kArbitrary = 64;

struct PrefixRow {
  char code[2];
  std::int8_t ten;
  std::uint8_t two;  // binary prefixes: factor 2^two
};

struct SpecialRow {
  std::uint16_t unit;  // its row holds the ratio unit's factor
  Function function;
};

// A number of up to 128 bits.
struct WideNumber {
  std::uint64_t high;
  std::uint64_t low;
  [[nodiscard]] constexpr Uint128 value() const { return Uint128{high} << 64 | low; }
};

// Sorted by code, bytewise; one more row at the end closes the last code.
extern const std::array<UnitRow, kUnitCount + 1> kUnits;
extern const char kCodes[];
// kUnits[kFirst[c - 32]] up to kUnits[kFirst[c - 31]] begin with the character c.
extern const std::array<std::uint16_t, 96> kFirst;
extern const WideNumber kNumbers[];
extern const std::array<std::int8_t, 7> kDimensions[];
extern const std::array<PrefixRow, kPrefixCount> kPrefixes;
extern const std::array<SpecialRow, kSpecialCount> kSpecials;

}  // namespace fhirwall::fhir::ucum
