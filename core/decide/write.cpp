#include "core/decide/write.hpp"

#include <utility>
#include <vector>

#include "core/base/concat.hpp"
#include "core/base/result.hpp"
#include "core/base/wipe.hpp"
#include "core/decide/constraints.hpp"
#include "core/decide/judge.hpp"
#include "core/decide/own_text.hpp"
#include "core/decide/write_meta.hpp"
#include "core/decide/write_protection.hpp"
#include "core/redact/marks.hpp"

namespace fhirwall::decide {
namespace {

using json::Document;
using json::kNoNode;
using json::NodeIndex;
using policy::CompiledPolicy;
using policy::Interaction;

bool same_text(const Document& a, const Document& b, std::string_view key) {
  const NodeIndex in_a = a.find(0, key);
  const NodeIndex in_b = b.find(0, key);
  WipedText x;
  WipedText y;
  return in_a != kNoNode && in_b != kNoNode && a.is_string(in_a) && b.is_string(in_b) &&
         a.string(in_a, x.text) == b.string(in_b, y.text);
}

}  // namespace

std::string_view write_reason_name(WriteReason reason) {
  switch (reason) {
    case WriteReason::kDecision: return "decision";
    case WriteReason::kNoBefore: return "no-before";
    case WriteReason::kBefore: return "before";
    case WriteReason::kNotReadable: return "not-readable";
    case WriteReason::kResult: return "result";
    case WriteReason::kIdentity: return "identity";
    case WriteReason::kConstraint: return "constraint";
    case WriteReason::kConflict: return "conflict";
    case WriteReason::kAlignment: return "alignment";
    case WriteReason::kPatch: return "patch";
    case WriteReason::kPatchProtected: return "patch-protected";
  }
  return "unknown";
}

struct Writer::State {
  json::Parser before;
  json::Parser after;
  json::Parser patch;
  OwnText stored;     // `before` without server meta
  OwnText readable;   // `before` with the part of `meta` that leaves
  OwnText view;       // of that, what the caller may see
  OwnText patched;    // with the patch applied
  OwnText submitted;  // without server meta
  OwnText stripped;   // without marks and masks
  OwnText repaired;
  OwnText result;
  redact::Redactor redactor;
  redact::Edits edits;

  void wipe() {
    for (json::Parser* parser : {&before, &after, &patch}) {
      parser->wipe();
    }
    for (OwnText* text :
         {&stored, &readable, &view, &patched, &submitted, &stripped, &repaired, &result}) {
      text->wipe();
    }
  }
};

namespace {

// One write in progress.
class Check {
 public:
  Check(const CompiledPolicy& policy, const WriteRequest& request, Writer::State& state,
        Scratch& scratch, WriteDecision& decision)
      : policy_(policy),
        request_(request),
        state_(state),
        scratch_(scratch),
        out_(decision),
        judge_(policy, scratch) {}

  Error run() {
    if (request_.interaction == Interaction::kCreate) {
      return create();
    }
    if (request_.before.empty()) {  // SPEC 9.7
      return deny(WriteReason::kNoBefore, Reason::kNoRule);
    }
    FHIRWALL_TRY(open(request_.before, state_.before));
    if (!can(policy_, request_.interaction, type_)) {
      return deny_type();
    }
    const Document& before = state_.before.document();
    FHIRWALL_TRY(decide_stored(Interaction::kRead, before, read_rule_, WriteReason::kNotReadable));
    if (read_rule_ == nullptr) {
      return {};
    }
    FHIRWALL_TRY(decide_stored(request_.interaction, before, before_rule_, WriteReason::kBefore));
    if (before_rule_ == nullptr) {
      return {};
    }
    return request_.interaction == Interaction::kDelete ? remove(before) : update(before);
  }

 private:
  Error deny(WriteReason why, Reason reason, std::int32_t rule = -1) {
    out_.allowed = false;
    out_.why = why;
    out_.reason = reason;
    out_.rule = rule;
    return {};
  }

  Error deny_type() {
    Decision decision;
    if (policy_.denies_everything) {
      Error error;
      decision =
          decide(policy_, request_.interaction, search::Purpose::kRead,
                 request_.before.empty() ? state_.after.document() : state_.before.document(), 0,
                 scratch_, error);
    }
    return deny(WriteReason::kDecision, decision.reason);
  }

  // Parses one body; it must be a resource, of the same type as an earlier one.
  Error open(std::string_view body, json::Parser& parser) {
    FHIRWALL_TRY(parser.parse(body, policy_.limits));
    const Document& document = parser.document();
    if (!document.is_object(0)) {
      return {ErrorCode::kNotAnObject, document[0].begin};
    }
    const fhir::TypeId type = resource_type_of(document, 0);
    if (type == fhir::TypeId::kNone) {
      return {ErrorCode::kUnknownResourceType, document[0].begin};
    }
    same_type_ = type_ == fhir::TypeId::kNone || type_ == type;
    type_ = type;
    return {};
  }

  // SPEC 9.1: what lets the caller read, change or delete the stored version.
  Error decide_stored(Interaction interaction, const Document& before, const policy::Rule*& rule,
                      WriteReason why) {
    Error error;
    const Decision decision =
        decide(policy_, interaction, search::Purpose::kRead, before, 0, scratch_, error);
    if (error) {
      return error;
    }
    if (!decision.allowed) {
      return deny(why, decision.reason, decision.rule);
    }
    rule = &policy_.rules[static_cast<std::size_t>(decision.rule)];
    out_.rule = decision.rule;
    return {};
  }

  // SPEC 9.1: the constraints of a delete see the stored version; its result is nothing.
  Error remove(const Document& before) {
    const ConstraintInput input{&before, &before, nullptr, request_.now_ms, request_.zone_minutes};
    if (!constraints_hold(policy_, *before_rule_, input, scratch_)) {
      return deny(WriteReason::kConstraint, Reason::kRule, out_.rule);
    }
    return allow(out_.rule);
  }

  Error allow(std::int32_t rule) {
    out_.allowed = true;
    out_.why = WriteReason::kDecision;
    out_.reason = policy_.unrestricted ? Reason::kUnrestricted : Reason::kRule;
    out_.rule = rule;
    return {};
  }

  Error create() {
    FHIRWALL_TRY(open(request_.after, state_.after));
    if (!can(policy_, Interaction::kCreate, type_)) {
      return deny_type();
    }
    FHIRWALL_TRY(submit(state_.after.document(), true));
    return decide_result(nullptr);
  }

  Error submit(const Document& document, bool drop_id) {
    append_without_server_meta(document, drop_id, state_.submitted.start());
    return state_.submitted.parse(policy_.limits);
  }

  Error update(const Document& before) {
    append_without_server_meta(before, false, state_.stored.start());
    FHIRWALL_TRY(state_.stored.parse(policy_.limits));
    if (request_.patch.empty()) {
      FHIRWALL_TRY(open(request_.after, state_.after));
      FHIRWALL_TRY(submit(state_.after.document(), false));
      if (!same_type_ || !same_text(before, state_.submitted.document(), "id")) {
        return deny(WriteReason::kIdentity, Reason::kRule);
      }
    } else {
      FHIRWALL_TRY(state_.patch.parse(request_.patch, policy_.limits));
    }
    return decide_result(&before);
  }

  // Tries the rules for the interaction in order; the first whose conditions hold on what it makes
  // of the submission decides (SPEC 2.6, 4.2, 9.4).
  Error decide_result(const Document* before) {
    out_.why = WriteReason::kResult;
    out_.reason = Reason::kNoRule;
    out_.rule = -1;
    // Rules that do not match what they make of the submission, and those that could not say what
    // it would be. None of them may match the result of a later one, which it would have decided
    // instead (SPEC 4.2).
    struct Tried {
      std::uint16_t rule;
      WriteReason why;
    };
    std::vector<Tried> tried;
    for (const std::uint16_t index : policy_.rules_by_type[fhir::resource_index(type_)]) {
      const policy::Rule& rule = policy_.rules[index];
      if ((rule.interactions & policy::mask_of(request_.interaction)) == 0) {
        continue;
      }
      const WriteReason failed = prepare(rule, before);
      if (error_) {
        return error_;
      }
      if (failed != WriteReason::kDecision) {
        if (rule.conditions.empty()) {
          return deny(failed, Reason::kRule, index);
        }
        tried.push_back({index, failed});
        continue;
      }
      const Decision decision = decide_result_by(index);
      if (error_) {
        return error_;
      }
      if (!decision.allowed) {
        out_.reason = decision.reason;
        if (decision.reason != Reason::kCriteria) {
          return deny(WriteReason::kResult, decision.reason, decision.rule);
        }
        tried.push_back({index, WriteReason::kResult});
        continue;
      }
      for (const Tried& earlier : tried) {
        const bool matches = decide_result_by(earlier.rule).allowed;
        if (error_ || matches) {
          (void)deny(earlier.why, Reason::kRule, earlier.rule);
          return error_;
        }
      }
      return conclude(index, before);
    }
    for (const Tried& one : tried) {
      if (one.why != WriteReason::kResult) {
        return deny(one.why, Reason::kRule, one.rule);
      }
    }
    return deny(WriteReason::kResult, out_.reason);
  }

  Decision decide_result_by(std::uint16_t index) {
    return decide(policy_, request_.interaction, search::Purpose::kWriteResult,
                  state_.result.document(), 0, scratch_, error_, index);
  }

  // Makes the result as `rule` would have it. Other than kDecision: there is none.
  WriteReason prepare(const policy::Rule& rule, const Document* before) {
    const bool creates = before == nullptr;
    const WritingRules rules = {creates ? nullptr : read_rule_, before_rule_, &rule};
    const Protection protection = protection_of(policy_, type_, rules, 1);
    repair_ = {};
    if (!request_.patch.empty()) {
      const WriteReason failed = apply_patch(protection);
      if (failed != WriteReason::kDecision || error_) {
        return failed;
      }
    }
    const Document* const stored = creates ? nullptr : &state_.stored.document();
    const OwnText* repaired = &state_.submitted;
    const redact::PlanOptions& options = policy_.plan_options;
    if (protection.shown != nullptr &&
        (options.mark != redact::Mark::kNone || options.absent == redact::Absent::kMask)) {
      redact::append_stripped(repaired->document(),
                              {protection.shown.get(), policy_.closure.get(), &judge_, stored},
                              state_.stripped.start());
      error_ = state_.stripped.parse(policy_.limits);
      if (error_) {
        return WriteReason::kAlignment;
      }
      repaired = &state_.stripped;
    }
    if (protection.any || (protection.closes && !creates)) {
      const redact::RepairPlans plans{protection.shown.get(), protection.hidden.get(),
                                      protection.readonly.get(), policy_.closure.get(), &judge_};
      repair_ = redact::repair(stored, 0, repaired->document(), 0, plans, state_.repaired.start());
      error_ = judge_.error();
      if (repair_.refused || error_) {
        return WriteReason::kAlignment;
      }
      error_ = state_.repaired.parse(policy_.limits);
      if (error_) {
        return WriteReason::kAlignment;
      }
      repaired = &state_.repaired;
    }
    append_with_server_meta(repaired->document(), server_meta(rule, before), state_.result.start());
    error_ = state_.result.parse(policy_.limits);
    return WriteReason::kDecision;
  }

  // SPEC 9.5: the project is the stored one, or the own one of what is created; accounts are the
  // stored ones, or those that a project admin says.
  [[nodiscard]] ServerMeta server_meta(const policy::Rule& rule, const Document* before) const {
    ServerMeta server;
    if (before == nullptr) {
      server.project = policy_.projects.own_json;
    } else {
      server.meta = before->find(0, "meta");
      server.accounts_of = server.meta == kNoNode ? nullptr : before;
      const NodeIndex project = before->find(server.meta, "project");
      if (project != kNoNode && before->is_string(project)) {
        server.project = before->raw(project);
      }
    }
    // SPEC 10.4: who leaves the context of a Binary out keeps the stored one.
    if (before != nullptr && type_ == fhir::well_known().binary) {
      const NodeIndex context = before->find(0, "securityContext");
      server.security_context = context == kNoNode ? std::string_view() : before->raw(context);
    }
    if (policy_.project_admin && policy_.plan_options.extended_meta) {
      const Document& client =
          request_.patch.empty() ? state_.after.document() : state_.patched.document();
      const NodeIndex meta = client.find(0, "meta");
      if (client.find(meta, "accounts") != kNoNode || client.find(meta, "account") != kNoNode) {
        server.meta = meta;
        server.accounts_of = &client;
      }
    }
    server.tag = policy_.sources[rule.source_policy].compartment;
    return server;
  }

  // SPEC 9.6: on what the caller may see of the stored version.
  WriteReason apply_patch(const Protection& protection) {
    const Document& patch = state_.patch.document();
    append_readable(state_.before.document(), policy_.plan_options.extended_meta,
                    state_.readable.start());
    error_ = state_.readable.parse(policy_.limits);
    if (error_) {
      return WriteReason::kPatch;
    }
    const Document& readable = state_.readable.document();
    std::string& view = state_.view.start(readable.text().size());
    state_.edits.clear();
    if (protection.shown != nullptr) {
      state_.redactor.redact(readable, 0, *protection.shown, state_.edits, policy_.closure.get(),
                             &judge_);
      error_ = judge_.error();
      if (error_) {
        return WriteReason::kPatch;
      }
    }
    const std::string_view text = readable.text();
    state_.edits.apply(text, 0, static_cast<std::uint32_t>(text.size()), view);
    error_ = state_.view.parse(policy_.limits);
    if (error_) {
      return WriteReason::kPatch;
    }
    const patch::Format format =
        patch.is_array(0) ? patch::Format::kJsonPatch : patch::Format::kFhirPathPatch;
    const patch::Outcome outcome = patch::apply(
        patch, format, state_.view.view(),
        [&](std::span<const std::string_view> keys) { return protection.touches(keys); },
        policy_.limits, state_.patched.start());
    error_ = outcome.error;
    if (error_) {
      return WriteReason::kPatch;
    }
    if (outcome.refusal != patch::Refusal::kNone) {
      out_.issues.assign(1, {false, concat("patch-", patch::refusal_name(outcome.refusal)),
                             concat("patch[", std::to_string(outcome.operation), "]"),
                             "the operation cannot be applied"});
      return outcome.refusal == patch::Refusal::kProtected ? WriteReason::kPatchProtected
                                                           : WriteReason::kPatch;
    }
    error_ = state_.patched.parse(policy_.limits);
    if (!error_) {
      error_ = submit(state_.patched.document(), false);
    }
    const bool same = !error_ && resource_type_of(state_.submitted.document(), 0) == type_ &&
                      same_text(readable, state_.submitted.document(), "id");
    return same ? WriteReason::kDecision : WriteReason::kIdentity;
  }

  // The rule has decided that this result may be stored, unless something else speaks against it.
  Error conclude(std::uint16_t index, const Document* before) {
    const policy::Rule& rule = policy_.rules[index];
    out_.issues.clear();
    report_conflicts();
    if (!repair_.conflicts.empty() && !policy_.restores_readonly) {  // SPEC 9.3
      return deny(WriteReason::kConflict, Reason::kRule, index);
    }
    const Document& result = state_.result.document();
    const ConstraintInput input{&result, before, &result, request_.now_ms, request_.zone_minutes};
    const bool both = before_rule_ != nullptr && before_rule_ != &rule;
    if (!constraints_hold(policy_, rule, input, scratch_) ||
        (both && !constraints_hold(policy_, *before_rule_, input, scratch_))) {
      out_.issues.clear();
      return deny(WriteReason::kConstraint, Reason::kRule, index);
    }
    out_.body = state_.result.view();
    return allow(index);
  }

  void report_conflicts() {
    for (const redact::Conflict& conflict : repair_.conflicts) {
      const bool hidden = conflict.kind == redact::Conflict::Kind::kHidden;
      out_.issues.push_back(
          {policy_.restores_readonly, hidden ? "hidden-element" : "readonly-element", conflict.path,
           hidden ? "a hidden element was submitted" : "a readonly element was changed"});
    }
  }

  const CompiledPolicy& policy_;
  const WriteRequest& request_;
  Writer::State& state_;
  Scratch& scratch_;
  WriteDecision& out_;
  fhir::TypeId type_ = fhir::TypeId::kNone;
  bool same_type_ = true;
  const policy::Rule* read_rule_ = nullptr;
  const policy::Rule* before_rule_ = nullptr;
  PolicyJudge judge_;
  redact::Repair repair_;
  Error error_;
};

}  // namespace

Writer::Writer() : state_(std::make_unique<State>()) {}
Writer::~Writer() = default;
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;

Error Writer::check(const CompiledPolicy& policy, const WriteRequest& request, Scratch& scratch,
                    WriteDecision& decision) {
  decision = {};
  const Error error = Check(policy, request, *state_, scratch, decision).run();
  if (error) {
    decision.allowed = false;
    decision.body.clear();
  }
  state_->wipe();
  return error;
}

}  // namespace fhirwall::decide
