#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

bool apply_membership(Machine& machine, const Operands& operands) {
  return machine.leave_nothing({operands.left.begin, operands.right.end});
}

}  // namespace fhirwall::fhirpath
