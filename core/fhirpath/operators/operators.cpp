#include "core/fhirpath/functions.hpp"

namespace fhirwall::fhirpath {

OperatorHandler operator_handler(Operator op) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kEquivalent:
    case Operator::kNotEquivalent: return apply_equality;
    case Operator::kLess:
    case Operator::kLessOrEqual:
    case Operator::kGreater:
    case Operator::kGreaterOrEqual: return apply_comparison;
    case Operator::kIn:
    case Operator::kContains: return apply_membership;
    case Operator::kMultiply:
    case Operator::kDivide:
    case Operator::kIntegerDivide:
    case Operator::kModulo:
    case Operator::kAdd:
    case Operator::kSubtract:
    case Operator::kNegate: return apply_arithmetic;
    case Operator::kConcatenate: return apply_concatenation;
  }
  return apply_equality;
}

}  // namespace fhirwall::fhirpath
