#include <array>

#include "core/fhirpath/operations.hpp"

namespace fhirwall::fhirpath {

std::string_view operator_name(Operator op) {
  // In the order of Operator.
  static constexpr std::array<std::string_view, 18> kNames = {
      "=",        "!=", "~", "!~",  "<",   "<=", ">", ">=", "in",
      "contains", "*",  "/", "div", "mod", "+",  "-", "&",  "-"};
  return kNames[static_cast<std::size_t>(op)];
}

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
