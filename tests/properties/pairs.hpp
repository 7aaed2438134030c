#pragma once

#include "tests/properties/check.hpp"
#include "tests/properties/random.hpp"

namespace fhirwall::properties {

// A random policy with random bodies; call next_body() and next_pair() as often as you like.
class Pairs {
 public:
  Pairs(Random& random, Checker& checker);

  // False: the policy does not compile.
  [[nodiscard]] bool usable() const { return usable_; }
  // A new body; false if this reading has no say about it.
  bool next_body();
  // Another body that differs from the last one in what is hidden only.
  [[nodiscard]] const Case& next_pair();
  [[nodiscard]] const Case& current() const { return case_; }

 private:
  Random& random_;
  Checker& checker_;
  Case case_;
  bool usable_ = false;
};

}  // namespace fhirwall::properties
