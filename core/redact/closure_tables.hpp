#pragma once

#include "core/redact/closure_facts.hpp"

namespace fhirwall::redact {

class Closure {
 public:
  ClosureFacts facts;
};

}  // namespace fhirwall::redact
