#include "core/base/regex/replacement.hpp"

#include <algorithm>

#include "core/base/ascii.hpp"

namespace fhirwall::regex {
namespace {

// The group of this number; kNone if there is none.
std::uint32_t numbered(std::string_view digits, std::size_t groups) {
  std::uint32_t number = 0;
  for (const char digit : digits) {
    number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return number < groups ? number : kNone;
}

std::uint32_t named(std::string_view name, const std::vector<std::string>& names) {
  if (name.empty()) {
    return kNone;
  }
  if (std::all_of(name.begin(), name.end(), ascii::is_digit)) {
    return name.size() <= 2 ? numbered(name, names.size()) : kNone;
  }
  const auto found = std::find(names.begin(), names.end(), name);
  return found != names.end() ? static_cast<std::uint32_t>(found - names.begin()) : kNone;
}

// What the `$` at the beginning of `text` stands for, and how many bytes of it that takes.
Piece parse_dollar(std::string_view text, const std::vector<std::string>& names,
                   std::size_t& length) {
  const char next = text.size() > 1 ? text[1] : '\0';
  length = 2;
  if (next == '$') {
    return {kNone, text.substr(0, 1)};
  }
  if (next == '&') {
    return {0, {}};
  }
  if (next == '{') {
    const std::size_t end = text.find('}');
    if (end != std::string_view::npos) {
      const std::uint32_t group = named(text.substr(2, end - 2), names);
      if (group != kNone) {
        length = end + 1;
        return {group, {}};
      }
    }
  } else if (ascii::is_digit(next)) {
    if (text.size() > 2 && ascii::is_digit(text[2])) {
      const std::uint32_t group = numbered(text.substr(1, 2), names.size());
      if (group != kNone && group != 0) {
        length = 3;
        return {group, {}};
      }
    }
    const std::uint32_t group = numbered(text.substr(1, 1), names.size());
    if (group != kNone) {
      return {group, {}};
    }
  }
  length = 1;
  return {kNone, text.substr(0, 1)};
}

}  // namespace

std::vector<Piece> parse_replacement(std::string_view replacement,
                                     const std::vector<std::string>& group_names) {
  std::vector<Piece> pieces;
  while (!replacement.empty()) {
    std::size_t length = std::min(replacement.find('$'), replacement.size());
    if (length > 0) {
      pieces.push_back({kNone, replacement.substr(0, length)});
    } else {
      pieces.push_back(parse_dollar(replacement, group_names, length));
    }
    replacement.remove_prefix(length);
  }
  return pieces;
}

}  // namespace fhirwall::regex
