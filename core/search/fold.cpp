#include "core/search/fold.hpp"

#include <cstdint>

#include "core/base/ascii.hpp"

namespace fhirwall::search {
namespace {

// The ASCII base letter of each character of a block; `.` where there is none.
constexpr std::string_view kLatin =  // U+00C0 to U+017F
    "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y"
    "aaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll."
    "...nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz.";
constexpr std::string_view kLatinAdditional =  // U+1E00 to U+1EFF
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwy......aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";
static_assert(kLatin.size() == 0x180 - 0xC0 && kLatinAdditional.size() == 0x100);

constexpr bool is_combining(std::uint32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x1AB0 && c <= 0x1AFF) ||
         (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0x20D0 && c <= 0x20FF) ||
         (c >= 0xFE20 && c <= 0xFE2F);
}

constexpr std::uint32_t fold_greek(std::uint32_t c) {
  switch (c) {
    case 0x386:
    case 0x3AC: return 0x3B1;
    case 0x388:
    case 0x3AD: return 0x3B5;
    case 0x389:
    case 0x3AE: return 0x3B7;
    case 0x38A:
    case 0x390:
    case 0x3AA:
    case 0x3AF:
    case 0x3CA: return 0x3B9;
    case 0x38C:
    case 0x3CC: return 0x3BF;
    case 0x38E:
    case 0x3AB:
    case 0x3B0:
    case 0x3CB:
    case 0x3CD: return 0x3C5;
    case 0x38F:
    case 0x3CE: return 0x3C9;
    case 0x3C2: return 0x3C3;  // final sigma
    default: break;
  }
  return c >= 0x391 && c <= 0x3A9 ? c + 0x20 : c;
}

constexpr std::uint32_t fold_cyrillic(std::uint32_t c) {
  if (c >= 0x400 && c <= 0x40F) {
    c += 0x50;
  } else if (c >= 0x410 && c <= 0x42F) {
    c += 0x20;
  }
  switch (c) {
    case 0x439:
    case 0x45D: return 0x438;
    case 0x450:
    case 0x451: return 0x435;
    case 0x453: return 0x433;
    case 0x457: return 0x456;
    case 0x45C: return 0x43A;
    case 0x45E: return 0x443;
    default: return c;
  }
}

constexpr std::uint32_t fold_latin(std::uint32_t c) {
  const char base = kLatin[c - 0xC0];
  if (base != '.') {
    return static_cast<std::uint32_t>(base);
  }
  switch (c) {  // capitals without an ASCII base
    case 0xC6:
    case 0xD0:
    case 0xD8:
    case 0xDE: return c + 0x20;
    case 0x110:
    case 0x126:
    case 0x132:
    case 0x13F:
    case 0x141:
    case 0x14A:
    case 0x152:
    case 0x166: return c + 1;
    default: return c;
  }
}

constexpr std::uint32_t fold_character(std::uint32_t c) {
  if (c >= 0xC0 && c < 0x180) {
    return fold_latin(c);
  }
  if (c >= 0x370 && c < 0x400) {
    return fold_greek(c);
  }
  if (c >= 0x400 && c < 0x460) {
    return fold_cyrillic(c);
  }
  if (c >= 0x1E00 && c < 0x1F00) {
    const char base = kLatinAdditional[c - 0x1E00];
    return base == '.' ? c : static_cast<std::uint32_t>(base);
  }
  return c;
}

void append_utf8(std::uint32_t c, std::string& out) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

}  // namespace

void fold(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      out += ascii::to_lower(text[i]);
      ++i;
      continue;
    }
    // The input is valid UTF-8 (SPEC 8.1); a cut-off sequence is copied byte by byte all the same.
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC0 || i + length > text.size()) {
      out += text[i];
      ++i;
      continue;
    }
    std::uint32_t c = lead & (0xFFu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3Fu);
    }
    i += length;
    if (!is_combining(c)) {
      append_utf8(fold_character(c), out);
    }
  }
}

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  fold(text, out);
  return out;
}

bool folded_starts_with(std::string_view text, std::string_view needle, std::string& scratch) {
  for (std::size_t i = 0; i < needle.size(); ++i) {
    if (i == text.size()) {
      return false;
    }
    if (static_cast<unsigned char>(text[i]) >= 0x80) {
      scratch.clear();
      fold(text.substr(i), scratch);
      return std::string_view(scratch).starts_with(needle.substr(i));
    }
    if (ascii::to_lower(text[i]) != needle[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace fhirwall::search
