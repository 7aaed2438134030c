#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fhirwall::regex {

// Code points as ranges, both ends included.
struct Range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  bool operator==(const Range&) const = default;
};

class CharSet {
 public:
  void add(std::uint32_t first, std::uint32_t last) { ranges_.push_back({first, last}); }
  void add(const CharSet& other);
  void invert();
  // Adds what differs from a member in case only (simple case folding).
  void close_over_case();
  // Sorts and merges; the functions below want this.
  void normalise();

  [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }
  [[nodiscard]] bool overlaps(std::uint32_t first, std::uint32_t last) const;

  bool operator==(const CharSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

// The set of `\d`, `\w`, `\s` and of their capital letters.
[[nodiscard]] CharSet escape_set(char letter);
// ECMAScript's line terminators: what `.` leaves out, and where lines begin and end.
[[nodiscard]] CharSet newline_set();
// The general category of this name, `L` and `Lu` as well as `LC`; nullopt for any other name.
[[nodiscard]] std::optional<CharSet> category_set(std::string_view name);

}  // namespace fhirwall::regex
