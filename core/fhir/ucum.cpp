#include "core/fhir/ucum.hpp"

#include <algorithm>
#include <cstddef>

#include "core/fhir/decimal_detail.hpp"
#include "core/fhir/ucum_factor.hpp"
#include "core/fhir/ucum_table.hpp"

namespace fhirwall::fhir {
namespace {

using ucum::Factor;
using ucum::UnitRow;

constexpr std::size_t kMaxLength = 200;
constexpr std::size_t kMaxNesting = 32;
constexpr std::size_t kNotFound = ucum::kUnitCount;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// An operator, a parenthesis, an annotation or an exponent follows.
constexpr bool ends_symbol(char c) {
  switch (c) {
    case '.':
    case '/':
    case '(':
    case ')':
    case '{':
    case '}':
    case '+':
    case '-': return true;
    default: return is_digit(c);
  }
}

constexpr std::string_view code_of(std::size_t row) {
  const std::size_t begin = ucum::kUnits[row].code;
  return {ucum::kCodes + begin, ucum::kUnits[row + 1].code - begin};
}

// The row of a code as it stands in the table, without prefix.
std::size_t find_unit(std::string_view code) {
  const auto c = static_cast<unsigned char>(code.empty() ? 0 : code.front());
  if (c < 32 || c >= 127) {
    return kNotFound;
  }
  std::size_t begin = ucum::kFirst[c - 32U];
  std::size_t end = ucum::kFirst[c - 31U];
  while (begin < end) {
    const std::size_t middle = (begin + end) / 2;
    const int order = code_of(middle).compare(code);
    if (order == 0) {
      return middle;
    }
    if (order < 0) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return kNotFound;
}

// A term read so far.
struct Term {
  Factor factor;
  Dimension dimension;
  std::uint8_t special = 0;
  bool empty = true;  // nothing read yet
};

// UCUM, sections 21 to 23: a special unit stands alone; a prefix or an annotation is all it takes.
bool apply(Term& term, bool divide, const Term& component) {
  if (term.empty && !divide) {
    term = component;
    term.empty = false;
    return true;
  }
  if (term.special != 0 || component.special != 0) {
    return false;
  }
  const auto factor =
      ucum::multiply(term.factor, divide ? ucum::inverse(component.factor) : component.factor);
  if (!factor || !ucum::add_dimension(term.dimension, component.dimension, divide ? -1 : 1)) {
    return false;
  }
  term.factor = *factor;
  term.empty = false;
  return true;
}

// INVARIANT: the term is new.
void set_row(Term& term, std::size_t row, const Factor& prefix) {
  const UnitRow& unit = ucum::kUnits[row];
  term.dimension.exponents = ucum::kDimensions[unit.dimension];
  if (unit.kind != 0 && unit.kind < ucum::kArbitrary) {
    term.special = unit.kind;
    term.factor = prefix;
    return;
  }
  if (unit.kind != 0) {
    term.dimension.arbitrary = static_cast<std::uint16_t>(1 << 8 | (unit.kind - ucum::kArbitrary));
  }
  term.factor = ucum::row_factor(row);
  term.factor.ten += prefix.ten;
  // A binary prefix is at most 2^40, a number of the table less than 2^73.
  term.factor.numerator *= prefix.numerator;
}

// The unit of the whole table first, then a prefix before a metric one.
bool read_symbol(std::string_view symbol, Term& term) {
  if (const std::size_t row = find_unit(symbol); row != kNotFound) {
    set_row(term, row, {});
    return true;
  }
  for (const ucum::PrefixRow& prefix : ucum::kPrefixes) {
    const std::size_t length = prefix.code[1] == 0 ? 1 : 2;
    if (symbol.size() <= length || symbol[0] != prefix.code[0] ||
        (length == 2 && symbol[1] != prefix.code[1])) {
      continue;
    }
    const std::size_t row = find_unit(symbol.substr(length));
    if (row != kNotFound && ucum::kUnits[row].metric != 0) {
      set_row(term, row, {.numerator = Uint128{1} << prefix.two, .ten = prefix.ten});
      return true;
    }
  }
  return false;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // The whole text as one term.
  bool read(Term& term) {
    const bool divide = take('/');
    return read_term(term, divide, 0) && at_ == text_.size();
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    const bool found = at_ < text_.size() && text_[at_] == c;
    at_ += found ? 1 : 0;
    return found;
  }

  bool read_term(Term& term, bool divide, std::size_t depth);
  bool read_component(Term& term);
  bool read_number(Term& term);
  bool read_exponent(Term& term);
  [[nodiscard]] std::size_t symbol_end() const;
  bool read_annotation();

  std::string_view text_;
  std::size_t at_ = 0;
};

// term = component { ("." | "/") component }, from left to right; a component may be a term in
// parentheses. Calls itself for those only: at most kMaxNesting deep.
bool Reader::read_term(Term& term, bool divide, std::size_t depth) {
  for (;;) {
    Term component;
    if (take('(')) {
      if (depth == kMaxNesting || !read_term(component, false, depth + 1) || !take(')')) {
        return false;
      }
    } else if (!read_component(component)) {
      return false;
    }
    if (!apply(term, divide, component) || !read_annotation()) {
      return false;
    }
    divide = peek() == '/';
    if (!divide && peek() != '.') {
      return true;
    }
    ++at_;
  }
}

// A number, a symbol with or without exponent, or nothing before an annotation.
bool Reader::read_component(Term& term) {
  if (peek() == '{') {
    return true;
  }
  const std::string_view rest = text_.substr(at_);
  if (is_digit(peek()) && !rest.starts_with("10*") && !rest.starts_with("10^")) {
    return read_number(term);
  }
  const std::size_t end = is_digit(peek()) ? at_ + 3 : symbol_end();
  const bool found = read_symbol(text_.substr(at_, end - at_), term);
  at_ = end;
  return found && read_exponent(term);
}

bool Reader::read_number(Term& term) {
  Uint128 value = 0;
  for (; is_digit(peek()); ++at_) {
    if (value > detail::kMaxCoefficient / 10) {
      return false;
    }
    value = value * 10 + static_cast<unsigned>(peek() - '0');
  }
  if (value == 0) {
    return false;
  }
  for (; value % 10 == 0; value /= 10) {
    ++term.factor.ten;
  }
  term.factor.numerator = value;
  return true;
}

// `2`, `-1`, `+2` behind a symbol.
bool Reader::read_exponent(Term& term) {
  const bool minus = take('-');
  const bool sign = minus || take('+');
  if (!is_digit(peek())) {
    return !sign;
  }
  std::int32_t exponent = 0;
  for (; is_digit(peek()); ++at_) {
    exponent = exponent * 10 + (peek() - '0');
    if (exponent > 127) {
      return false;
    }
  }
  exponent = minus ? -exponent : exponent;
  const auto factor = ucum::power(term.factor, exponent);
  Dimension dimension;
  if (term.special != 0 || !factor || !ucum::add_dimension(dimension, term.dimension, exponent)) {
    return false;
  }
  term.factor = *factor;
  term.dimension = dimension;
  return true;
}

// A symbol ends at an operator, a parenthesis, an annotation or an exponent; in square brackets
// anything goes (`B[10.nV]`, `[m/s2/Hz^(1/2)]`).
std::size_t Reader::symbol_end() const {
  std::size_t end = at_;
  while (end < text_.size()) {
    const char c = text_[end];
    if (c == '[') {
      end = std::min(text_.find(']', end), text_.size());
      end += end < text_.size() ? 1U : 0U;
    } else if (ends_symbol(c)) {
      break;
    } else {
      ++end;
    }
  }
  return end;
}

// UCUM, section 6: printable ASCII in braces, which means nothing.
bool Reader::read_annotation() {
  if (!take('{')) {
    return true;
  }
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '}') {
      ++at_;
      return true;
    }
    if (c < '!' || c > '~' || c == '{') {
      return false;
    }
  }
  return false;
}

}  // namespace

std::optional<Unit> parse_unit(std::string_view text) {
  if (text.empty() || text.size() > kMaxLength) {
    return std::nullopt;
  }
  Term term;
  Unit unit;
  if (!Reader(text).read(term) || !ucum::set_factor(term.factor, unit)) {
    return std::nullopt;
  }
  unit.dimension = term.dimension;
  unit.special = term.special;
  return unit;
}

}  // namespace fhirwall::fhir
