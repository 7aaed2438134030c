#include "core/base/regex/char_set.hpp"

#include <algorithm>
#include <iterator>

#include "core/base/regex/categories_table.hpp"
#include "core/base/regex/code_points.hpp"
#include "core/base/regex/varint.hpp"

namespace fhirwall::regex {
namespace {

// In the order of the numbers in kRunCategories.
constexpr std::string_view kCategories =
    "LuLlLtLmLoMnMcMeNdNlNoPcPdPsPePiPfPoSmScSkSoZsZlZpCcCfCsCoCn";
constexpr std::uint32_t kUpper = 1u << 0;
constexpr std::uint32_t kLower = 1u << 1;
constexpr std::uint32_t kTitle = 1u << 2;
constexpr std::uint8_t kAlternating = kCategories.size() / 2;

constexpr Range kSpaces[] = {{0x9, 0xD},       {0x20, 0x20},     {0xA0, 0xA0},     {0x1680, 0x1680},
                             {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
                             {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};

// A bit for each category of this name.
std::uint32_t category_mask(std::string_view name) {
  if (name == "LC") {
    return kUpper | kLower | kTitle;
  }
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < kCategories.size(); i += 2) {
    if (!name.empty() && kCategories.substr(i, 2).substr(0, name.size()) == name) {
      mask |= 1u << (i / 2);
    }
  }
  return mask;
}

}  // namespace

void CharSet::add(const CharSet& other) {
  for (const Range& range : other.ranges_) {
    ranges_.push_back(range);
  }
}

void CharSet::normalise() {
  // A heap sort is a third of the code of std::sort, and not much slower for so few.
  const auto less = [](const Range& a, const Range& b) { return a.first < b.first; };
  if (!std::is_sorted(ranges_.begin(), ranges_.end(), less)) {
    std::make_heap(ranges_.begin(), ranges_.end(), less);
    std::sort_heap(ranges_.begin(), ranges_.end(), less);
  }
  std::size_t count = 0;
  for (const Range& range : ranges_) {
    if (count > 0 && range.first <= ranges_[count - 1].last + 1) {
      ranges_[count - 1].last = std::max(ranges_[count - 1].last, range.last);
    } else {
      ranges_[count++] = range;
    }
  }
  ranges_.resize(count);
}

void CharSet::invert() {
  normalise();
  CharSet inverted;
  std::uint32_t next = 0;
  for (const Range& range : ranges_) {
    if (range.first > next) {
      inverted.add(next, range.first - 1);
    }
    next = range.last + 1;
  }
  if (next <= kLastCodePoint) {
    inverted.add(next, kLastCodePoint);
  }
  *this = std::move(inverted);
}

bool CharSet::overlaps(std::uint32_t first, std::uint32_t last) const {
  const auto range = std::lower_bound(ranges_.begin(), ranges_.end(), first,
                                      [](const Range& r, std::uint32_t c) { return r.last < c; });
  return range != ranges_.end() && range->first <= last;
}

void CharSet::close_over_case() {
  normalise();
  // First what members fold to, then all that folds to what is in the set by then.
  for (const bool folded : {true, false}) {
    CharSet added;
    std::uint32_t first = 0;
    for (const std::uint8_t* at = kFoldings; at != std::end(kFoldings);) {
      first += read_number(at);
      const std::uint32_t shape = read_number(at);
      const std::uint32_t encoded = read_number(at);
      const std::uint32_t step = 1 + (shape & 1);
      const std::uint32_t last = first + (shape >> 1) * step;
      // Modulo 2^32: a change may be negative.
      const std::uint32_t change = (encoded & 1) != 0 ? 0 - (encoded >> 1) : encoded >> 1;
      const std::uint32_t from = folded ? 0 : change;
      const std::uint32_t to = folded ? change : 0;
      if (overlaps(first + from, last + from)) {
        for (std::uint32_t point = first; point <= last; point += step) {
          if (overlaps(point + from, point + from)) {
            added.add(point + to, point + to);
          }
        }
      }
      first = last;
    }
    add(added);
    normalise();
  }
}

CharSet escape_set(char letter) {
  CharSet set;
  const char lower = static_cast<char>(letter | 0x20);
  if (lower == 's') {
    for (const Range& range : kSpaces) {
      set.add(range.first, range.last);
    }
  } else {
    set.add('0', '9');
    if (lower == 'w') {
      set.add('A', 'Z');
      set.add('_', '_');
      set.add('a', 'z');
    }
  }
  if (letter != lower) {
    set.invert();
  }
  return set;
}

CharSet newline_set() {
  CharSet set;
  set.add('\n', '\n');
  set.add('\r', '\r');
  set.add(0x2028, 0x2029);
  return set;
}

std::optional<CharSet> category_set(std::string_view name) {
  const std::uint32_t mask = category_mask(name);
  if (mask == 0) {
    return std::nullopt;
  }
  CharSet set;
  std::uint32_t first = 0;
  const std::uint8_t* lengths = kRunLengths;
  for (const std::uint8_t category : kRunCategories) {
    const std::uint32_t next = first + read_number(lengths);
    if (category != kAlternating) {
      if ((mask >> category & 1) != 0) {
        set.add(first, next - 1);
      }
    } else if ((mask & kUpper) != 0 && (mask & kLower) != 0) {
      set.add(first, next - 1);
    } else if ((mask & (kUpper | kLower)) != 0) {
      for (std::uint32_t point = first + ((mask & kLower) != 0); point < next; point += 2) {
        set.add(point, point);
      }
    }
    first = next;
  }
  set.normalise();
  return set;
}

}  // namespace fhirwall::regex
