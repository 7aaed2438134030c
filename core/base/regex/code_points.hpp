#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fhirwall::regex {

inline constexpr std::uint32_t kLastCodePoint = 0x10FFFF;

struct Decoded {
  std::uint32_t code_point = 0;
  std::uint32_t length = 0;  // in bytes
};

// The code point of `text` at `at`, which is before its end. Texts are valid UTF-8 when they come
// here; what is not counts as U+FFFD, byte by byte, so that nothing is read past the end.
inline Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
  };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) {
    return {lead, 1};
  }
  const std::uint32_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < length) {
    return {0xFFFD, 1};
  }
  std::uint32_t code_point = lead & (0x7Fu >> length);
  for (std::uint32_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      return {0xFFFD, 1};
    }
    code_point = code_point << 6 | (byte(i) & 0x3F);
  }
  return code_point > kLastCodePoint ? Decoded{0xFFFD, 1} : Decoded{code_point, length};
}

}  // namespace fhirwall::regex
