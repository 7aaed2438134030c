#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/document.hpp"

namespace fhirwall::json {

// A text in a heap block of exactly its size plus padding, so that a sanitizer sees any read beyond
// what is promised.
class ExactText {
 public:
  explicit ExactText(std::string_view text)
      : size_(text.size()), block_(static_cast<char*>(std::malloc(text.size() + kPadding))) {
    if (size_ != 0) {
      std::memcpy(block_.get(), text.data(), size_);
    }
    // Hostile padding: would close, escape or continue what the text left open.
    for (std::size_t i = 0; i < kPadding; ++i) {
      block_.get()[size_ + i] = "\"}]1\\,:{"[i % 8];
    }
  }
  [[nodiscard]] std::string_view view() const { return {block_.get(), size_}; }

 private:
  struct Free {
    void operator()(char* block) const { std::free(block); }
  };
  std::size_t size_;
  std::unique_ptr<char, Free> block_;
};

// A file below ../shared, or "" when it is not there.
inline std::string shared_file(std::string_view path) {
  std::ifstream file(std::string(FHIRWALL_SOURCE_DIR "/../shared/").append(path), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

inline std::string in_quotes(std::string_view text) {
  return std::string("\"").append(text).append("\"");
}

// Random JSON texts and mutations of them; the same seed gives the same texts everywhere.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }

  std::string text() {
    std::string out;
    value(out, 0);
    return out;
  }
  std::string string_text() {
    static constexpr std::string_view kPieces[] = {"a",        "name",
                                                   "id",       "\\n",
                                                   "\\u00e9",  "\\ud83d\\ude00",
                                                   "\xC3\xA9", "\xF0\x9F\x98\x80",
                                                   "\\\"",     "\\\\",
                                                   "{",        "}",
                                                   "[",        "]",
                                                   ",",        ":",
                                                   " ",        "resourceType",
                                                   "\\/",      "0123456789"};
    std::string out;
    for (std::size_t i = below(5); i > 0; --i) {
      out += kPieces[below(std::size(kPieces))];
    }
    return out;
  }
  std::string scalar() {
    static constexpr std::string_view kScalars[] = {
        "0", "-1", "1.50", "1e5", "12345678901234567", "true", "false", "null", "-0.0E+2"};
    if (chance(2)) {
      return in_quotes(string_text());
    }
    return std::string(kScalars[below(std::size(kScalars))]);
  }
  // One to three small damages.
  std::string mutate(std::string text) {
    static constexpr std::string_view kBytes =
        "{}[],:\"\\ \n\t01-.eEtfnua\x00\x01\x1A\x0C\x7F\xC3\xA9\xEF\xBB\xBF\xED\xA0\xF5";
    for (std::size_t i = 1 + below(3); i > 0; --i) {
      const std::size_t at = below(text.size() + 1);
      switch (below(4)) {
        case 0: text.insert(at, 1, kBytes[below(kBytes.size())]); break;
        case 1: text.erase(at, 1 + below(3)); break;
        case 2:
          if (at < text.size()) {
            text[at] = kBytes[below(kBytes.size())];
          }
          break;
        default: text.insert(at, text.substr(below(text.size() + 1), below(12))); break;
      }
    }
    return text;
  }

 private:
  void space(std::string& out) {
    if (chance(6)) {
      out += " \n\t\r"[below(4)];
    }
  }
  void value(std::string& out, int depth) {
    space(out);
    const std::size_t choice = depth > 5 ? 2 : below(3);
    if (choice == 2) {
      out += scalar();
    } else {
      out += choice == 0 ? '{' : '[';
      const std::size_t children = below(6);
      for (std::size_t i = 0; i < children; ++i) {
        if (i != 0) {
          out += ',';
        }
        if (choice == 0) {
          space(out);
          // Unique unless mutated: the number is part of the key.
          out += in_quotes(string_text().append(std::to_string(i)));
          space(out);
          out += ':';
        }
        value(out, depth + 1);
      }
      space(out);
      out += choice == 0 ? '}' : ']';
    }
    space(out);
  }

  std::mt19937 random_;
};

}  // namespace fhirwall::json
