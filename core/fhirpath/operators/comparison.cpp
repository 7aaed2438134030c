// < <= > >= (FHIRPath N1, 6.2).
#include <algorithm>

#include "core/base/concat.hpp"
#include "core/fhirpath/operations.hpp"
#include "core/fhirpath/quantity.hpp"

namespace fhirwall::fhirpath {

using Form = Item::Form;

bool compare_values(Machine& machine, std::string_view what, std::uint32_t offset, const Item& a,
                    const Item& b, std::optional<int>& order) {
  if (a.is_number() && b.is_number()) {
    if (a.form != Form::kDecimal && b.form != Form::kDecimal) {
      order = a.integer() < b.integer() ? -1 : static_cast<int>(a.integer() > b.integer());
      return true;
    }
    order = fhir::compare(quantity_from(a)->value, quantity_from(b)->value);
    return true;
  }
  if (a.form == Form::kString && b.form == Form::kString) {
    // Bytes of UTF-8 are in the order of code points.
    const int compared = a.text().compare(b.text());
    order = compared < 0 ? -1 : static_cast<int>(compared > 0);
    return machine.spend(std::min(a.text_size, b.text_size) / 64);
  }
  if (a.is_temporal() && b.is_temporal() && (a.form == Form::kTime) == (b.form == Form::kTime)) {
    order = fhir::compare(a.temporal(), b.temporal());
    return true;
  }
  const auto left = quantity_from(a);
  const auto right = quantity_from(b);
  if (left && right) {
    order = compare_quantities(*left, *right);
    return true;
  }
  return machine.fail(ErrorCode::kTypeMismatch, offset,
                      concat("`", what, "` expects two values of one type that has an order"));
}

bool apply_comparison(Machine& machine, const Operands& operands) {
  const Range all{operands.left.begin, operands.right.end};
  const auto op = static_cast<Operator>(operands.op.function);
  const std::string_view name = operator_name(op);
  const std::uint32_t offset = operands.op.offset;
  Item a;
  Item b;
  const One left = machine.one(operands.left, offset, name, a);
  const One right = left == One::kFailed ? left : machine.one(operands.right, offset, name, b);
  if (right == One::kFailed) {
    return false;
  }
  if (left == One::kEmpty || right == One::kEmpty) {
    return machine.leave_nothing(all);
  }
  std::optional<int> order;
  if (!compare_values(machine, name, offset, a, b, order)) {
    return false;
  }
  if (!order) {
    return machine.leave_nothing(all);
  }
  const bool result = op == Operator::kLess          ? *order < 0
                      : op == Operator::kLessOrEqual ? *order <= 0
                      : op == Operator::kGreater     ? *order > 0
                                                     : *order >= 0;
  return machine.leave(all, std::optional<bool>(result));
}

}  // namespace fhirwall::fhirpath
