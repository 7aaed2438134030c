#include "core/base/unicode.hpp"

#include <algorithm>
#include <span>

#include "core/base/ascii.hpp"
#include "core/base/case_table.hpp"
#include "core/base/regex/code_points.hpp"

namespace fhirwall {
namespace {

constexpr bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::uint32_t map_case(std::uint32_t c, std::span<const CaseRange> table) {
  const auto after = std::upper_bound(
      table.begin(), table.end(), c,
      [](std::uint32_t point, const CaseRange& range) { return point < range.first; });
  if (after == table.begin()) {
    return c;
  }
  const CaseRange& range = *(after - 1);
  const std::uint32_t distance = c - range.first;
  if (distance > range.span >> 1 || (distance & range.span & 1) != 0) {
    return c;
  }
  return (c & 0xFFFF0000u) | ((c + range.change) & 0xFFFFu);
}

template <char (*kAscii)(char)>
void append_mapped(std::string_view text, std::span<const CaseRange> table, std::string& out) {
  out.reserve(out.size() + text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      out += kAscii(text[i]);
      ++i;
      continue;
    }
    const regex::Decoded decoded = regex::decode(text, i);
    i += decoded.length;
    if (decoded.code_point == 0xDF && table.data() == kUpperCase) {
      out += "SS";
    } else {
      append_utf8(map_case(decoded.code_point, table), out);
    }
  }
}

}  // namespace

void append_utf8(std::uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr std::uint32_t kLeads[] = {0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLeads[more - 1] | c >> (6 * more));
  for (int shift = 6 * (more - 1); shift >= 0; shift -= 6) {
    out += static_cast<char>(0x80 | ((c >> shift) & 0x3F));
  }
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const regex::Decoded decoded = regex::decode(text, i);
    const std::uint32_t c = decoded.code_point;
    const std::uint32_t least = decoded.length == 2 ? 0x80 : decoded.length == 3 ? 0x800 : 0x10000;
    if (decoded.length == 1 || c < least || (c >= 0xD800 && c < 0xE000)) {
      return false;
    }
    i += decoded.length;
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    if (!is_continuation(c)) {
      ++count;
    }
  }
  return count;
}

std::size_t offset_of_code_point(std::string_view text, std::uint64_t index) {
  if (index > text.size()) {
    return std::string_view::npos;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_continuation(text[i])) {
      continue;
    }
    if (index == 0) {
      return i;
    }
    --index;
  }
  return index == 0 ? text.size() : std::string_view::npos;
}

std::size_t length_of_code_point(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && is_continuation(text[end])) {
    ++end;
  }
  return end - at;
}

void append_lower(std::string_view text, std::string& out) {
  append_mapped<ascii::to_lower>(text, kLowerCase, out);
}

void append_upper(std::string_view text, std::string& out) {
  append_mapped<ascii::to_upper>(text, kUpperCase, out);
}

}  // namespace fhirwall
