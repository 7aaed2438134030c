#include <optional>
#include <utility>

#include "core/search/compile_value.hpp"

namespace fhirwall::search {
namespace {

using fhir::Decimal;

constexpr std::string_view kUcum = "http://unitsofmeasure.org";

// The exponent of the last digit that is written: -2 of `100.00`, 2 of `1e2`. Nullopt where it is
// out of all proportion.
std::optional<std::int32_t> last_place(std::string_view number) {
  const std::size_t e = number.find_first_of("eE");
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t point = mantissa.find('.');
  std::int32_t place =
      point == std::string_view::npos ? 0 : -static_cast<std::int32_t>(mantissa.size() - point - 1);
  if (e == std::string_view::npos) {
    return place;
  }
  std::string_view digits = number.substr(e + 1);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) {
    digits.remove_prefix(1);
  }
  std::int32_t exponent = 0;
  for (const char c : digits) {
    exponent = exponent * 10 + (c - '0');
    if (exponent > fhir::kMaxScale) {
      return std::nullopt;
    }
  }
  return place + (negative ? -exponent : exponent);
}

// Half of the `place`: 0.5 of 0, 0.005 of -2, 50 of 2.
std::optional<Decimal> half_of_place(std::int32_t place) {
  Decimal half{5, 0};
  for (std::int32_t i = 1; i < place; ++i) {
    const auto next = fhir::multiply(half, Decimal{10, 0});
    if (!next) {
      return std::nullopt;
    }
    half = *next;
  }
  if (place <= 0) {
    half.scale = 1 - place;
  }
  return half.scale > fhir::kMaxScale ? std::nullopt : std::optional(half);
}

bool around(const Decimal& number, const std::optional<Decimal>& distance, Decimal& low,
            Decimal& high) {
  const auto below = distance ? fhir::subtract(number, *distance) : std::nullopt;
  const auto above = distance ? fhir::add(number, *distance) : std::nullopt;
  if (!below || !above) {
    return false;
  }
  low = *below;
  high = *above;
  return true;
}

// A number stands for all that rounds to it: `100` for [99.5, 100.5), `100.00` for
// [99.995, 100.005). Of a number whose last digit is above the units the specification's example
// (`1e2` is [95, 105)) is ten times narrower than its rule ([50, 150)): `eq` takes the one, `ne`
// leaves out the other (FHIR R4 search, section 3.1.1.4.4; SPEC 5.3, 5.5). `ap` is 10 %.
bool set_number(std::string_view text, QuantityValue& out) {
  const auto number = fhir::parse_decimal(text);
  const auto place = number ? last_place(text) : std::nullopt;
  if (!place) {
    return false;
  }
  out.number = *number;
  const auto wide = half_of_place(*place);
  if (!around(*number, wide, out.wide_low, out.wide_high)) {
    return false;
  }
  if (out.prefix == Prefix::kAp) {
    return around(*number, fhir::multiply(fhir::absolute(*number), Decimal{1, 1}), out.low,
                  out.high);
  }
  return around(*number, *place > 0 ? half_of_place(*place - 1) : wide, out.low, out.high);
}

}  // namespace

void compile_number(const BoundValue& value, Reporter& reporter, Clause& clause) {
  QuantityValue out;
  BoundValue rest = value;
  out.prefix = rest.take_prefix();
  const std::vector<std::string> parts = rest.parts();
  if (parts.size() != 1 || !set_number(parts.front(), out)) {
    reporter.error(IssueCode::kInvalidValue, value.offset,
                   "a number is expected, e.g. `100`, `ge0.8` or `lt1e-3`");
    return;
  }
  clause.quantities.push_back(std::move(out));
}

void compile_quantity(const BoundValue& value, Reporter& reporter, Clause& clause) {
  QuantityValue out;
  BoundValue rest = value;
  out.prefix = rest.take_prefix();
  std::vector<std::string> parts = rest.parts();
  const bool has_unit = parts.size() == 3 && !parts[2].empty();
  if ((parts.size() != 1 && !has_unit) || !set_number(parts.front(), out)) {
    reporter.error(
        IssueCode::kInvalidValue, value.offset,
        "a quantity is expected: `5.4`, `ge5.4||mg` or `5.4|http://unitsofmeasure.org|mg`");
    return;
  }
  if (has_unit) {
    out.unit_is = parts[1].empty() ? QuantityValue::Unit::kText : QuantityValue::Unit::kCoded;
    out.system = std::move(parts[1]);
    out.code = std::move(parts[2]);
    if (out.system == kUcum) {
      out.ucum = fhir::parse_unit(out.code);
      if (!out.ucum) {
        reporter.error(IssueCode::kInvalidValue, value.offset, "the code is no unit of UCUM");
        return;
      }
    }
  }
  clause.quantities.push_back(std::move(out));
}

}  // namespace fhirwall::search
