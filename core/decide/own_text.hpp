#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/wipe.hpp"
#include "core/json/document.hpp"

namespace fhirwall::decide {

// A text that the engine wrote, and what the parser found in it. A string that grows leaves what it
// held in memory that it gave back, so the room is there beforehand, and the last growth is done
// here (SPEC P7).
class OwnText {
 public:
  // Empties it, for somebody to append up to `room` bytes to, or anything at once.
  [[nodiscard]] std::string& start(std::size_t room = 0) {
    wipe();
    bytes_.reserve(room + json::kPadding);
    return bytes_;
  }
  // What was appended is complete.
  [[nodiscard]] Error parse(const Limits& limits) {
    size_ = bytes_.size();
    if (bytes_.capacity() < size_ + json::kPadding) {
      std::string longer;
      longer.reserve(size_ + json::kPadding);
      longer.append(bytes_);
      wipe_memory(bytes_.data(), size_);
      bytes_.swap(longer);
    }
    bytes_.append(json::kPadding, '\0');
    return parser_.parse(view(), limits);
  }
  // LIFETIME: until the next start().
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }
  [[nodiscard]] const json::Document& document() const { return parser_.document(); }

  // SPEC P7.
  void wipe() {
    parser_.wipe();
    wipe_memory(bytes_.data(), bytes_.size());
    bytes_.clear();
    size_ = 0;
  }

 private:
  std::string bytes_;
  std::size_t size_ = 0;
  json::Parser parser_;
};

}  // namespace fhirwall::decide
