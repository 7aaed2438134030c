#include "core/fhirpath/equality.hpp"

namespace fhirwall::fhirpath {

bool equal_items(Machine& machine, const Item& a, const Item& b, std::optional<bool>& equal) {
  Item left;
  Item right;
  if (!machine.value_of(a, left) || !machine.value_of(b, right)) {
    return false;
  }
  if (!left.is_system() || !right.is_system()) {
    machine.note_malformed();
    equal = std::nullopt;
    return true;
  }
  equal = left.form == right.form &&
          (left.form == Item::Form::kString ? left.text() == right.text()
                                            : left.payload.integer == right.payload.integer);
  return true;
}

bool equivalent_items(Machine& machine, const Item& a, const Item& b, bool& equivalent) {
  std::optional<bool> equal;
  const bool ok = equal_items(machine, a, b, equal);
  equivalent = equal == true;
  return ok;
}

bool range_contains(Machine& machine, Range range, const Item& item, bool& found) {
  found = false;
  for (std::size_t i = range.begin; i < range.end && !found; ++i) {
    std::optional<bool> equal;
    if (!machine.spend() || !equal_items(machine, machine[i], item, equal)) {
      return false;
    }
    found = equal == true;
  }
  return true;
}

bool remove_duplicates(Machine& machine, Range range) {
  std::size_t kept = range.begin;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    bool found = false;
    if (!range_contains(machine, {range.begin, kept}, machine[i], found)) {
      return false;
    }
    if (!found) {
      machine[kept++] = machine[i];
    }
  }
  machine.resize(kept);
  return true;
}

bool apply_equality(Machine& machine, const Operands& operands) {
  const Range all{operands.left.begin, operands.right.end};
  if (operands.left.empty() || operands.right.empty()) {
    return machine.leave_nothing(all);
  }
  std::optional<bool> equal = false;
  if (operands.left.size() == 1 && operands.right.size() == 1 &&
      !equal_items(machine, machine[operands.left.begin], machine[operands.right.begin], equal)) {
    return false;
  }
  if (equal && static_cast<Operator>(operands.op.function) == Operator::kNotEqual) {
    equal = !*equal;
  }
  return machine.leave(all, equal);
}

}  // namespace fhirwall::fhirpath
