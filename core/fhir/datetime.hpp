#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fhirwall::fhir {

// A FHIR date, dateTime or instant as the half-open interval of instants that it may mean:
// `2024-02` is [2024-02-01T00:00Z, 2024-03-01T00:00Z). Microseconds since 1970-01-01T00:00:00Z;
// years 0001 to 9999. No zone means UTC (SPEC 5.3).
struct Interval {
  std::int64_t begin = 0;  // inclusive
  std::int64_t end = 0;    // exclusive; begin + 1 for a full-precision instant
  friend bool operator==(const Interval&, const Interval&) = default;
};
inline constexpr std::int64_t kBeginningOfTime = INT64_MIN;
inline constexpr std::int64_t kEndOfTime = INT64_MAX;

// FHIR R4 date | dateTime | instant: YYYY, YYYY-MM, YYYY-MM-DD,
// YYYY-MM-DDThh:mm[:ss[.f+]][Z|±hh:mm]. Impossible days, hours of 24 and month 13 are refused. In
// search values minutes may end the time. Digits behind the sixth fraction digit must not exceed
// what the interval can say: they are truncated and the interval stays one microsecond.
[[nodiscard]] std::optional<Interval> parse_datetime(std::string_view text);

}  // namespace fhirwall::fhir
