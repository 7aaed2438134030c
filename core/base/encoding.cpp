#include "core/base/encoding.hpp"

#include <optional>

#include "core/base/ascii.hpp"
#include "core/base/unicode.hpp"

namespace fhirwall {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kPlus = 62;  // the values of the last two digits, which differ
constexpr std::size_t kSlash = 63;

char digit_of(std::size_t value, Base64 alphabet) {
  const bool url = alphabet == Base64::kUrl;
  return value < kPlus ? kDigits[value] : value == kPlus ? (url ? '-' : '+') : (url ? '_' : '/');
}

std::optional<std::uint32_t> hex_value(char c) {
  if (!ascii::is_hex(c)) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(kHexDigits.find(ascii::to_lower(c)));
}

std::optional<std::uint32_t> base64_value(char c, Base64 alphabet) {
  if (c == digit_of(kPlus, alphabet)) {
    return static_cast<std::uint32_t>(kPlus);
  }
  if (c == digit_of(kSlash, alphabet)) {
    return static_cast<std::uint32_t>(kSlash);
  }
  const std::size_t value = kDigits.find(c);
  return value == std::string_view::npos
             ? std::nullopt
             : std::optional<std::uint32_t>(static_cast<std::uint32_t>(value));
}

struct Reference {
  std::string_view name;
  std::uint32_t code_point;
};
// The first five are what is written.
constexpr Reference kReferences[] = {{"amp", '&'},  {"lt", '<'},    {"gt", '>'},   {"quot", '"'},
                                     {"#39", '\''}, {"apos", '\''}, {"nbsp", 0xA0}};
constexpr std::size_t kWritten = 5;
constexpr std::size_t kLongestReference = 9;  // #x10FFFF and one leading zero

// `#39`, `#x27`.
std::optional<std::uint32_t> numeric_reference(std::string_view name) {
  name.remove_prefix(1);
  const bool hex = !name.empty() && ascii::to_lower(name.front()) == 'x';
  if (hex) {
    name.remove_prefix(1);
  }
  std::uint32_t code_point = 0;
  for (const char c : name) {
    const auto digit = hex_value(c);
    if (!digit || (!hex && *digit > 9)) {
      return std::nullopt;
    }
    code_point = code_point * (hex ? 16 : 10) + *digit;
    if (code_point > 0x10FFFF) {
      return std::nullopt;
    }
  }
  const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
  return code_point == 0 || surrogate ? std::nullopt : std::optional(code_point);
}

std::optional<std::uint32_t> reference_of(std::string_view name) {
  if (!name.empty() && name.front() == '#') {
    return numeric_reference(name);
  }
  for (const Reference& reference : kReferences) {
    if (reference.name == name) {
      return reference.code_point;
    }
  }
  return std::nullopt;
}

// The number in `\uhhhh` at `at`.
std::optional<std::uint32_t> unicode_escape(std::string_view text, std::size_t at) {
  if (text.size() - at < 6 || text[at] != '\\' || text[at + 1] != 'u') {
    return std::nullopt;
  }
  std::uint32_t unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const auto digit = hex_value(text[i]);
    if (!digit) {
      return std::nullopt;
    }
    unit = unit << 4 | *digit;
  }
  return unit;
}

// Appends what the escape at `at` means; the bytes that it takes, 0 for none.
std::size_t json_escape(std::string_view text, std::size_t at, std::string& out) {
  if (text.size() - at < 2) {
    return 0;
  }
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t letter = kLetters.find(text[at + 1]);
  if (letter != std::string_view::npos) {
    out += kMeanings[letter];
    return 2;
  }
  const auto unit = unicode_escape(text, at);
  if (!unit || (*unit >= 0xDC00 && *unit < 0xE000)) {
    return 0;
  }
  if (*unit < 0xD800 || *unit >= 0xE000) {
    append_utf8(*unit, out);
    return 6;
  }
  const auto low = unicode_escape(text, at + 6);
  if (!low || *low < 0xDC00 || *low >= 0xE000) {
    return 0;
  }
  append_utf8(0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00), out);
  return 12;
}

}  // namespace

void append_hex(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 0xF];
  }
}

bool decode_hex(std::string_view text, std::string& out) {
  if (text.size() % 2 != 0) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_value(text[i]);
    const auto low = hex_value(text[i + 1]);
    if (!high || !low) {
      return false;
    }
    out += static_cast<char>(*high << 4 | *low);
  }
  return true;
}

void append_base64(std::string_view bytes, Base64 alphabet, std::string& out) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= group.size() ? digit_of((bits >> (18 - 6 * k)) & 0x3F, alphabet) : '=';
    }
  }
}

bool decode_base64(std::string_view text, Base64 alphabet, std::string& out) {
  if (text.size() % 4 == 0) {
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) {
      text.remove_suffix(1);
    }
  } else if (alphabet == Base64::kStandard) {
    return false;
  }
  if (text.size() % 4 == 1) {
    return false;
  }
  std::uint32_t bits = 0;
  int held = 0;  // bits that are read and not yet part of a byte
  for (const char c : text) {
    const auto value = base64_value(c, alphabet);
    if (!value) {
      return false;
    }
    bits = (bits << 6 | *value) & 0xFFFF;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xFF);
    }
  }
  return (bits & ((1u << held) - 1)) == 0;
}

void append_html_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    std::string_view name;
    for (std::size_t i = 0; i < kWritten; ++i) {
      if (kReferences[i].code_point == static_cast<unsigned char>(c)) {
        name = kReferences[i].name;
      }
    }
    if (name.empty()) {
      out += c;
    } else {
      out.append("&").append(name).append(";");
    }
  }
}

void append_html_unescaped(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&') {
      const std::size_t end = text.substr(i + 1, kLongestReference + 1).find(';');
      const auto code_point =
          end == std::string_view::npos ? std::nullopt : reference_of(text.substr(i + 1, end));
      if (code_point) {
        append_utf8(*code_point, out);
        i += end + 1;
        continue;
      }
    }
    out += text[i];
  }
}

void append_json_unescaped(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t taken = text[i] == '\\' ? json_escape(text, i, out) : 0;
    if (taken == 0) {
      out += text[i];
    }
    i += taken == 0 ? 1 : taken;
  }
}

}  // namespace fhirwall
