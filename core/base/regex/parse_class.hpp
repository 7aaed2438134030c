#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/regex/char_set.hpp"
#include "core/base/regex/code_points.hpp"
#include "core/base/regex/regex.hpp"

namespace fhirwall::regex {

// A place in a pattern, and the first thing that was wrong with it.
class Cursor {
 public:
  Cursor(std::string_view pattern, Regex::CompileResult& error)
      : pattern_(pattern), error_(error) {}

  [[nodiscard]] bool at_end() const { return at_ >= pattern_.size(); }
  [[nodiscard]] std::uint32_t offset() const { return at_; }
  void move_to(std::uint32_t offset) { at_ = offset; }
  // The byte here or `ahead` bytes later; 0 behind the end.
  [[nodiscard]] char peek(std::uint32_t ahead = 0) const {
    return pattern_.size() - at_ > ahead ? pattern_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool looking_at(std::string_view text) const {
    return pattern_.substr(at_).starts_with(text);
  }
  bool accept(std::string_view text) {
    if (!looking_at(text)) {
      return false;
    }
    at_ += static_cast<std::uint32_t>(text.size());
    return true;
  }
  [[nodiscard]] std::string_view rest() const { return pattern_.substr(at_); }
  std::uint32_t take() {
    const Decoded next = decode(pattern_, at_);
    at_ += next.length;
    return next.code_point;
  }
  // Each category costs a walk over a table: false when that is enough.
  bool count_category() { return ++categories_ <= kMaxCategories; }
  // Always false.
  bool fail(std::uint32_t offset, std::string_view message) {
    if (!failed_) {
      failed_ = true;
      error_.offset = offset;
      error_.message = message;
    }
    return false;
  }
  bool fail_too_large(std::uint32_t offset, std::string_view message) {
    error_.too_large = error_.too_large || !failed_;
    return fail(offset, message);
  }

 private:
  static constexpr std::uint32_t kMaxCategories = 256;

  std::string_view pattern_;
  Regex::CompileResult& error_;
  std::uint32_t at_ = 0;
  std::uint32_t categories_ = 0;
  bool failed_ = false;
};

// What an escape or a class stands for: a code point, or a set that is closed over case already if
// it should be.
struct Item {
  bool is_set = false;
  std::uint32_t code_point = 0;
  CharSet set;
};

// An escape that stands for a character or a set, from behind its backslash at `begin`.
[[nodiscard]] bool parse_escape(Cursor& cursor, std::uint32_t begin, bool ignore_case, Item& item);
// A class from behind its `[`, through its `]`.
[[nodiscard]] bool parse_class(Cursor& cursor, bool ignore_case, CharSet& set);

}  // namespace fhirwall::regex
