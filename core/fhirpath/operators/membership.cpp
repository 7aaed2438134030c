// in, contains (FHIRPath N1, 6.4).
#include "core/base/concat.hpp"
#include "core/fhirpath/equality.hpp"
#include "core/fhirpath/operations.hpp"

namespace fhirwall::fhirpath {

bool apply_membership(Machine& machine, const Operands& operands) {
  const Range all{operands.left.begin, operands.right.end};
  const auto op = static_cast<Operator>(operands.op.function);
  const bool in = op == Operator::kIn;
  const Range item = in ? operands.left : operands.right;
  if (item.empty()) {
    return machine.leave_nothing(all);
  }
  if (item.size() > 1) {
    return machine.fail(
        ErrorCode::kSingletonExpected, operands.op.offset,
        concat("`", operator_name(op), "` expects one item on its ", in ? "left" : "right"));
  }
  bool found = false;
  return range_contains(machine, in ? operands.right : operands.left, Item(machine[item.begin]),
                        found) &&
         machine.leave(all, std::optional<bool>(found));
}

}  // namespace fhirwall::fhirpath
