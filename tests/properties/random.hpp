#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fhirwall::properties {

// Where all choices come from: a seed, or the bytes of a fuzzer, zeros behind their end.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  explicit Random(std::string_view bytes) : bytes_(bytes), from_bytes_(true) {}

  // 0 <= result < bound; 0 for bound 0.
  std::uint32_t below(std::size_t bound) {
    if (bound <= 1) {
      return 0;
    }
    return static_cast<std::uint32_t>(next(bound) % bound);
  }
  // True in `percent` of 100 cases.
  bool chance(std::uint32_t percent) { return below(100) >= 100 - percent; }
  template <typename T>
  const T& pick(const std::vector<T>& items) {
    return items[below(items.size())];
  }
  template <typename T, std::size_t kSize>
  const T& pick(const T (&items)[kSize]) {
    return items[below(kSize)];
  }

 private:
  std::uint64_t next(std::size_t bound) {
    if (!from_bytes_) {  // splitmix64
      state_ += 0x9E3779B97F4A7C15u;
      std::uint64_t value = state_;
      value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
      value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
      return value ^ (value >> 31);
    }
    std::uint64_t value = 0;
    for (std::size_t range = 1; range < bound && at_ < bytes_.size(); range <<= 8) {
      value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
    }
    return value;
  }

  std::uint64_t state_ = 0;
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool from_bytes_ = false;
};

// One seed of several.
[[nodiscard]] inline std::uint64_t mixed(std::uint64_t seed, std::uint64_t index) {
  Random random(seed ^ (index * 0xD1342543DE82EF95u + 0x632BE59BD9B4E019u));
  const std::uint64_t high = random.below(0x7FFFFFFF);
  return high << 32 | random.below(0x7FFFFFFF);
}

}  // namespace fhirwall::properties
