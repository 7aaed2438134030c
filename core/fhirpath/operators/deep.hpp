#pragma once

#include <optional>

#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

// Compares elements with all that is below them (FHIRPath N1, 6.1.1: all child elements,
// recursively). The order of keys does not matter. Recursion is bounded by the depth of the
// documents, work by the evaluation's steps.
//
// `=`: numbers by value, dates and times as values of their type (so the answer can be unknown),
// everything else exactly, `_name` siblings included. `~`: all by equivalence, repetitions in any
// order, siblings left out.
class DeepComparison {
 public:
  DeepComparison(Machine& machine, const Item& a, const Item& b, bool equivalence)
      : machine_(machine),
        a_(machine.document(a)),
        b_(machine.document(b)),
        equivalence_(equivalence) {}

  // Two JSON values that are elements of the type, kNone if it is not known. False after
  // Machine::fail().
  [[nodiscard]] bool run(json::NodeIndex a, json::NodeIndex b, fhir::TypeId type,
                         std::optional<bool>& equal);

 private:
  [[nodiscard]] bool objects(json::NodeIndex a, json::NodeIndex b, fhir::TypeId type,
                             std::optional<bool>& equal);
  [[nodiscard]] bool arrays(json::NodeIndex a, json::NodeIndex b, fhir::TypeId type,
                            std::optional<bool>& equal);
  [[nodiscard]] bool any_order(json::NodeIndex a, json::NodeIndex b, fhir::TypeId type,
                               std::size_t count, std::optional<bool>& equal);
  void strings(json::NodeIndex a, json::NodeIndex b, fhir::TypeId type, std::optional<bool>& equal);
  void numbers(json::NodeIndex a, json::NodeIndex b, std::optional<bool>& equal);

  Machine& machine_;
  const json::Document& a_;
  const json::Document& b_;
  bool equivalence_;
};

}  // namespace fhirwall::fhirpath
