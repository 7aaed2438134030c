#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fhirwall::fhir {

// A FHIR date, dateTime or instant as the half-open interval of instants that it may mean:
// `2024-02` is [2024-02-01T00:00Z, 2024-03-01T00:00Z), `...T12:00:00Z` is that one second.
// Microseconds since 1970-01-01T00:00:00Z; years 0001 to 9999. No zone means UTC (SPEC 5.3).
struct Interval {
  std::int64_t begin = 0;  // inclusive
  std::int64_t end = 0;    // exclusive; begin + 1 when six or more fraction digits are written
  friend bool operator==(const Interval&, const Interval&) = default;
};
inline constexpr std::int64_t kBeginningOfTime = INT64_MIN;
inline constexpr std::int64_t kEndOfTime = INT64_MAX;

// What may end the time of day. A resource must say the seconds (FHIR R4, dateTime and instant); a
// search value may end after the minutes or the hour.
enum class TimeForm : std::uint8_t { kResource, kSearch };

// FHIR R4 date | dateTime | instant: YYYY, YYYY-MM, YYYY-MM-DD,
// YYYY-MM-DDThh:mm:ss[.f+][Z|+hh:mm|-hh:mm]. Refused: impossible days, month 13, hour 24, the leap
// second :60 (no instant of this time scale), offsets beyond 14:00. Digits behind the sixth
// fraction digit are truncated and the interval stays one microsecond.
[[nodiscard]] std::optional<Interval> parse_datetime(std::string_view text,
                                                     TimeForm form = TimeForm::kSearch);

}  // namespace fhirwall::fhir
