#include "core/base/regex/parse_class.hpp"

#include "core/base/ascii.hpp"

namespace fhirwall::regex {
namespace {

constexpr std::uint32_t kNotHex = 0xFFFFFFFF;

std::uint32_t hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<std::uint32_t>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<std::uint32_t>(lower - 'a' + 10) : kNotHex;
}

// Exactly `count` digits.
std::uint32_t parse_hex(Cursor& cursor, std::uint32_t count) {
  std::uint32_t value = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t digit = hex_value(cursor.peek(i));
    if (digit == kNotHex) {
      return kNotHex;
    }
    value = value << 4 | digit;
  }
  cursor.move_to(cursor.offset() + count);
  return value;
}

bool parse_unicode_escape(Cursor& cursor, std::uint32_t& value) {
  const std::uint32_t begin = cursor.offset();
  if (cursor.accept("{")) {
    value = 0;
    std::uint32_t digits = 0;
    for (; hex_value(cursor.peek()) != kNotHex && value <= kLastCodePoint; ++digits) {
      value = value << 4 | hex_value(cursor.peek());
      cursor.take();
    }
    if (digits == 0 || value > kLastCodePoint || !cursor.accept("}")) {
      return cursor.fail(begin, "expected a code point such as `\\u{1F600}`");
    }
    return true;
  }
  value = parse_hex(cursor, 4);
  if (value == kNotHex) {
    return cursor.fail(begin, "expected four hexadecimal digits");
  }
  if (value >= 0xD800 && value < 0xDC00 && cursor.looking_at("\\u")) {
    const std::uint32_t pair = cursor.offset();
    cursor.move_to(pair + 2);
    const std::uint32_t low = parse_hex(cursor, 4);
    if (low >= 0xDC00 && low < 0xE000) {
      value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
    } else {
      cursor.move_to(pair);
    }
  }
  return true;
}

// `\p{Lu}`, `\P{L}`, `\pL`.
bool parse_category(Cursor& cursor, char letter, bool ignore_case, CharSet& set) {
  const std::uint32_t begin = cursor.offset();
  std::string_view name = cursor.rest().substr(0, 1);
  if (cursor.accept("{")) {
    name = cursor.rest();
    name = name.substr(0, name.find('}'));
    if (name.size() == cursor.rest().size()) {
      return cursor.fail(begin, "expected `}`");
    }
    cursor.move_to(cursor.offset() + static_cast<std::uint32_t>(name.size()) + 1);
  } else {
    cursor.move_to(begin + static_cast<std::uint32_t>(name.size()));
  }
  if (!cursor.count_category()) {
    return cursor.fail_too_large(begin, "there are too many categories");
  }
  std::optional<CharSet> found = category_set(name);
  if (!found) {
    return cursor.fail(begin,
                       "expected a general category such as `{Lu}`: scripts, blocks and other "
                       "properties are refused");
  }
  set = std::move(*found);
  if (letter == 'P') {
    set.invert();
  }
  if (ignore_case) {
    set.close_over_case();
  }
  return true;
}

bool parse_class_item(Cursor& cursor, bool ignore_case, Item& item) {
  const std::uint32_t begin = cursor.offset();
  if (cursor.looking_at("[:") && cursor.rest().find(":]") != std::string_view::npos) {
    return cursor.fail(begin, "posix classes are refused: use a category such as `\\p{L}`");
  }
  item.is_set = false;
  if (!cursor.accept("\\")) {
    item.code_point = cursor.take();
    return true;
  }
  if (cursor.accept("b")) {
    item.code_point = '\b';
    return true;
  }
  return parse_escape(cursor, begin, ignore_case, item);
}

}  // namespace

bool parse_escape(Cursor& cursor, std::uint32_t begin, bool ignore_case, Item& item) {
  if (cursor.at_end()) {
    return cursor.fail(begin, "expected a character after `\\`");
  }
  const char letter = cursor.peek();
  item.is_set = false;
  item.code_point = cursor.take();
  switch (letter) {
    case 'n': item.code_point = '\n'; return true;
    case 'r': item.code_point = '\r'; return true;
    case 't': item.code_point = '\t'; return true;
    case 'f': item.code_point = '\f'; return true;
    case 'v': item.code_point = '\v'; return true;
    case '0':
      item.code_point = 0;
      return !ascii::is_digit(cursor.peek()) ||
             cursor.fail(begin, "octal escapes are refused: use `\\xhh`");
    case 'x':
      item.code_point = parse_hex(cursor, 2);
      return item.code_point != kNotHex ||
             cursor.fail(cursor.offset(), "expected two hexadecimal digits");
    case 'u': return parse_unicode_escape(cursor, item.code_point);
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 's':
    case 'S':
      item.is_set = true;
      item.set = escape_set(letter);
      return true;
    case 'p':
    case 'P': item.is_set = true; return parse_category(cursor, letter, ignore_case, item.set);
    case 'k': return cursor.fail(begin, "back references are refused");
    case 'A':
    case 'z':
    case 'Z':
    case 'G': return cursor.fail(begin, "this anchor is refused: use `^` or `$`");
    case 'c':
    case 'C':
    case 'i':
    case 'I': return cursor.fail(begin, "xml name escapes are refused: use a class");
    default: break;
  }
  if (ascii::is_digit(letter)) {
    return cursor.fail(begin, "back references are refused");
  }
  // Any other letter may get a meaning; what is none stands for itself.
  return !ascii::is_alpha(letter) || cursor.fail(begin, "expected a known escape");
}

bool parse_class(Cursor& cursor, bool ignore_case, CharSet& set) {
  const std::uint32_t begin = cursor.offset() - 1;
  const bool negated = cursor.accept("^");
  CharSet characters;  // to be closed over case
  while (!cursor.accept("]")) {
    if (cursor.at_end()) {
      return cursor.fail(begin, "expected `]` for this `[`");
    }
    const std::uint32_t item_begin = cursor.offset();
    if (cursor.looking_at("-[")) {
      return cursor.fail(item_begin, "class subtraction is refused: write `\\-\\[`");
    }
    Item low;
    if (!parse_class_item(cursor, ignore_case, low)) {
      return false;
    }
    Item high = low;
    if (cursor.peek() == '-' && cursor.peek(1) != ']' && !cursor.looking_at("-[")) {
      cursor.take();
      if (cursor.at_end()) {
        return cursor.fail(begin, "expected `]` for this `[`");
      }
      const std::uint32_t high_begin = cursor.offset();
      if (!parse_class_item(cursor, ignore_case, high)) {
        return false;
      }
      if (low.is_set || high.is_set) {
        return cursor.fail(low.is_set ? item_begin : high_begin,
                           "a set cannot begin or end a range: write `\\-`");
      }
      if (high.code_point < low.code_point) {
        return cursor.fail(item_begin, "this range is out of order");
      }
    }
    if (low.is_set) {
      set.add(low.set);
    } else {
      characters.add(low.code_point, high.code_point);
    }
  }
  if (ignore_case) {
    characters.close_over_case();
  }
  set.add(characters);
  set.normalise();
  if (negated) {
    set.invert();
  }
  return true;
}

}  // namespace fhirwall::regex
