#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/ascii.hpp"

namespace fhirwall::fhir {

// Reads the parts of dates and times from the front of a text; every function leaves it untouched
// when it fails, but read_zone().
class TemporalReader {
 public:
  explicit TemporalReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }

  bool take(char c) {
    if (!at(c)) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits whose value lies in [least, most].
  bool number(std::size_t count, int least, int most, int& value) {
    if (rest_.size() < count) {
      return false;
    }
    int sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!ascii::is_digit(rest_[i])) {
        return false;
      }
      sum = sum * 10 + (rest_[i] - '0');
    }
    if (sum < least || sum > most) {
      return false;
    }
    value = sum;
    rest_.remove_prefix(count);
    return true;
  }

  // One or more fraction digits, as nanoseconds; those behind the ninth are dropped. `digits` is
  // how many of them count, 1 to 9.
  bool fraction(std::uint32_t& nanoseconds, std::uint8_t& digits) {
    std::uint32_t unit = 1'000'000'000;
    std::uint32_t sum = 0;
    std::uint8_t counted = 0;
    std::size_t used = 0;
    for (; used < rest_.size() && ascii::is_digit(rest_[used]); ++used) {
      if (unit > 1) {
        unit /= 10;
        sum += unit * static_cast<std::uint32_t>(rest_[used] - '0');
        ++counted;
      }
    }
    if (used == 0) {
      return false;
    }
    nanoseconds = sum;
    digits = counted;
    rest_.remove_prefix(used);
    return true;
  }

  // Z, +hh:mm or -hh:mm up to 14:00, as minutes east of UTC.
  bool read_zone(int& minutes_east) {
    if (take('Z')) {
      minutes_east = 0;
      return true;
    }
    const bool negative = at('-');
    if (!take('+') && !take('-')) {
      return false;
    }
    int hours = 0;
    int minutes = 0;
    if (!number(2, 0, 14, hours) || !take(':') || !number(2, 0, 59, minutes) ||
        (hours == 14 && minutes != 0)) {
      return false;
    }
    minutes_east = negative ? -(hours * 60 + minutes) : hours * 60 + minutes;
    return true;
  }

 private:
  std::string_view rest_;
};

}  // namespace fhirwall::fhir
