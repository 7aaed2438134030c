#include "core/fhirpath/text.hpp"

#include <array>
#include <charconv>

#include "core/base/wipe.hpp"
#include "core/fhirpath/program.hpp"

namespace fhirwall::fhirpath {
namespace {

void append_integer(std::int64_t value, std::string& out) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

// A quote or backslash in the unit is escaped, so that toQuantity() reads the text back.
void append_quantity(const Quantity& quantity, std::string& out) {
  fhir::append_decimal(quantity.value, out);
  out += ' ';
  if (quantity.calendar) {
    out += quantity.unit;
    if (fhir::compare(quantity.value, fhir::decimal_of(1)) != 0) {
      out += 's';
    }
    return;
  }
  out += '\'';
  for (const char c : quantity.unit) {
    if (c == '\'' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  out += '\'';
}

}  // namespace

void append_text(const Item& item, std::string& out) {
  switch (item.form) {
    case Item::Form::kBoolean: out += item.boolean() ? "true" : "false"; break;
    case Item::Form::kInteger:
    case Item::Form::kLong: append_integer(item.integer(), out); break;
    case Item::Form::kDecimal: fhir::append_decimal(item.decimal(), out); break;
    case Item::Form::kString: out += item.text(); break;
    case Item::Form::kDate:
    case Item::Form::kDateTime:
    case Item::Form::kTime: fhir::append_temporal(item.temporal(), out); break;
    case Item::Form::kQuantity: append_quantity(item.quantity(), out); break;
    case Item::Form::kNode:
    case Item::Form::kStub:
    case Item::Form::kTypeName:
    case Item::Form::kTypeInfo: break;
  }
}

void Scratch::wipe() {
  arena.reset();
  wipe_text(text);
  forget_regex();
}

void Scratch::forget_regex() {
  if (regex.valid) {
    wipe_text(regex.pattern);
    wipe_text(regex.flags);
    regex = {};
  }
}

}  // namespace fhirwall::fhirpath
