// Literals: each becomes one constant of the program.
#include "core/base/concat.hpp"
#include "core/fhirpath/compiler.hpp"

namespace fhirwall::fhirpath {

using grammar::fhirpath::Expression;
using grammar::fhirpath::Kind;

namespace {

std::string_view keep(Arena& pool, std::string_view text) {
  if (text.empty()) {
    return {};
  }
  char* memory = pool.allocate(text.size());
  text.copy(memory, text.size());
  return {memory, text.size()};
}

}  // namespace

bool Compiler::constant_of(const Expression& e, Item& item) {
  Arena& pool = program_.pool;
  const bool literal_of_search =
      e.kind == Kind::kBoolean || e.kind == Kind::kString || e.kind == Kind::kNumber;
  if (search() && !literal_of_search) {
    return fail(e, "this literal is not supported in a search parameter");
  }
  switch (e.kind) {
    case Kind::kBoolean: item = Item::of_boolean(e.text == "true"); return true;
    case Kind::kString: item = Item::of_text(keep(pool, e.text)); return true;
    case Kind::kNumber:
    case Kind::kLong: {
      const auto decimal = fhir::parse_decimal(e.text);
      const auto integer = decimal ? fhir::to_int64(*decimal) : std::nullopt;
      if (e.kind == Kind::kLong) {
        if (!integer) {
          return fail(e, "the number does not fit in a Long", IssueCode::kFhirPathSyntax);
        }
        item = Item::of_integer(*integer, Item::Form::kLong);
        return true;
      }
      if (!decimal) {
        return fail(e, "the number has too many digits", IssueCode::kFhirPathSyntax);
      }
      if (e.text.find('.') == std::string::npos) {
        if (!integer || *integer < INT32_MIN || *integer > INT32_MAX) {
          return fail(e, "the number does not fit in an Integer; a Long ends in L",
                      IssueCode::kFhirPathSyntax);
        }
        item = Item::of_integer(*integer);
        return true;
      }
      item = Item::of_decimal(pool.make(*decimal));
      return true;
    }
    case Kind::kDate:
    case Kind::kDateTime:
    case Kind::kTime: {
      const auto temporal = e.kind == Kind::kDate       ? fhir::parse_date_value(e.text)
                            : e.kind == Kind::kDateTime ? fhir::parse_datetime_value(e.text)
                                                        : fhir::parse_time_value(e.text);
      if (!temporal) {
        return fail(e, "there is no such date or time", IssueCode::kFhirPathSyntax);
      }
      item = Item::of_temporal(pool.make(*temporal));
      return true;
    }
    case Kind::kQuantity: {
      const auto value = fhir::parse_decimal(e.text);
      if (!value) {
        return fail(e, "the number has too many digits", IssueCode::kFhirPathSyntax);
      }
      std::string_view unit = e.unit;
      if (e.calendar_unit && unit.ends_with('s')) {
        unit.remove_suffix(1);
      }
      item = Item::of_quantity(pool.make(Quantity{*value, keep(pool, unit), e.calendar_unit}));
      return true;
    }
    default: return fail(e, "this literal is not supported");
  }
}

}  // namespace fhirwall::fhirpath
