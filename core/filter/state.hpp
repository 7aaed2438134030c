#pragma once

#include <optional>
#include <vector>

#include "core/base/result.hpp"
#include "core/decide/judge.hpp"
#include "core/filter/allow_list.hpp"
#include "core/filter/entry.hpp"
#include "core/filter/filter.hpp"
#include "core/filter/links.hpp"
#include "core/filter/request.hpp"
#include "core/filter/rewrite.hpp"
#include "core/json/document.hpp"
#include "core/redact/redactor.hpp"

namespace fhirwall::filter {

// Working memory of a Context: nothing here outlives a call, but its capacity.
struct Context::State {
  State() { redact::Redactor::prepare(parser); }

  json::Parser parser;
  redact::Redactor redactor;
  redact::Edits edits;
  decide::Scratch scratch;
  std::optional<decide::PolicyJudge> judge;  // of the policy of this call
  std::vector<Entry> entries;
  std::vector<EntryRequest> requests;
  LinkGraph links;
  const Rewrite* rewrite = nullptr;  // of the URLs of an envelope (SPEC 14)

  // Decides on every node of the resource at `resource`, which the policy released under `plan`.
  void mark_resource(const policy::CompiledPolicy& policy, const json::Document& document,
                     json::NodeIndex resource, const redact::Plan& plan) {
    redactor.mark(document, resource, plan, policy.closure.get(), &*judge);
  }
  // Adds what redacts it to `edits`.
  [[nodiscard]] Error redact_resource(const policy::CompiledPolicy& policy,
                                      const json::Document& document, json::NodeIndex resource,
                                      const redact::Plan& plan) {
    mark_resource(policy, document, resource, plan);
    redactor.emit(edits);
    return judge->error();
  }
};

// One call on a State: gives it a judge, and forgets what was derived from a body, whatever way the
// call ends (SPEC P7).
class Call {
 public:
  Call(Context::State& state, const policy::CompiledPolicy& policy) : state_(state) {
    state.judge.emplace(policy, state.scratch);
  }
  ~Call() {
    state_.judge.reset();
    state_.parser.wipe();
    state_.links.clear();
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 private:
  Context::State& state_;
};

}  // namespace fhirwall::filter
