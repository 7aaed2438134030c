#pragma once

#include <string>
#include <string_view>

#include "core/base/wipe.hpp"
#include "core/json/document.hpp"

namespace fhirwall::decide {

// A text that the engine wrote, and what the parser found in it.
class OwnText {
 public:
  // Empties it, for somebody to append to.
  [[nodiscard]] std::string& start() {
    parser_.wipe();
    bytes_.clear();
    return bytes_;
  }
  // What was appended is complete.
  [[nodiscard]] Error parse(const Limits& limits) {
    size_ = bytes_.size();
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
