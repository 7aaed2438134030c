#pragma once

#include <vector>

#include "core/base/result.hpp"
#include "core/decide/decision.hpp"
#include "core/filter/entry.hpp"
#include "core/filter/filter.hpp"
#include "core/filter/links.hpp"
#include "core/filter/unsupported.hpp"
#include "core/json/document.hpp"
#include "core/redact/redactor.hpp"

namespace fhirwall::filter {

// Working memory of a Context: nothing here outlives a call, but its capacity.
struct Context::State {
  json::Parser parser;
  redact::Redactor redactor;
  redact::Edits edits;
  decide::Scratch scratch;
  UnsupportedContent unsupported;
  std::vector<Entry> entries;
  LinkGraph links;

  // Redacts the resource at `resource`, which the policy released under `plan`: adds its cuts to
  // `edits`, or refuses what would need rules of its own.
  [[nodiscard]] Error redact_resource(const policy::CompiledPolicy& policy,
                                      const json::Document& document, json::NodeIndex resource,
                                      const redact::Plan& plan) {
    redactor.mark(document, resource, plan);
    FHIRWALL_TRY(
        unsupported.check(policy, document, resource, redact::resource_type(plan), redactor));
    redactor.emit(edits);
    return {};
  }
};

}  // namespace fhirwall::filter
