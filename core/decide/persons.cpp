#include "core/decide/persons.hpp"

#include <string_view>

#include "core/base/concat.hpp"
#include "core/decide/judge.hpp"
#include "core/fhir/reference.hpp"
#include "core/redact/redactor.hpp"

namespace fhirwall::decide {
namespace {

using json::Document;
using json::NodeIndex;
using policy::CompiledPolicy;
using policy::Interaction;

// Fewer than may be asked for in all, so that persons keep no criterion from being decided.
constexpr std::size_t kMaxPersons = 1000;

// The texts of References in what is released that say more than whom they name.
void telling_references(const Document& document, const redact::Redactor& redactor,
                        std::vector<std::string>& out) {
  // Of the objects that lie around the node in hand, and not yet passed: the next one is last.
  std::vector<NodeIndex> expected;
  std::string scratch;
  redactor.for_each_kept([&](NodeIndex node) {
    while (!expected.empty() && expected.back() < node) {
      expected.pop_back();
    }
    if (!expected.empty() && expected.back() == node && document.is_string(node)) {
      out.emplace_back(document.string(node, scratch));
    }
    if (document.is_object(node)) {
      const NodeIndex reference = document.find(node, "reference");
      if (reference != json::kNoNode && (document.find(node, "display") != json::kNoNode ||
                                         document.find(node, "identifier") != json::kNoNode)) {
        expected.push_back(reference);
      }
    }
  });
}

}  // namespace

void person_references(const CompiledPolicy& policy, Interaction interaction,
                       const Document& document, NodeIndex resource, Scratch& scratch,
                       std::vector<std::string>& out) {
  Error error;
  const Decision decision = decide(policy, interaction, document, resource, scratch, error);
  if (error || !decision.allowed || decision.plan == nullptr) {
    return;
  }
  PolicyJudge judge(policy, scratch);
  redact::Redactor redactor;
  redactor.mark(document, resource, *decision.plan, policy.closure.get(), &judge);
  std::vector<std::string> texts;
  telling_references(document, redactor, texts);
  const std::vector<std::string_view> base_urls(policy.base_urls.begin(), policy.base_urls.end());
  const redact::ClosureFacts& facts = redact::facts_of(*policy.closure);
  for (const std::string& text : texts) {
    const fhir::ReferenceParts parts = fhir::parse_reference(text, base_urls);
    if (out.size() >= kMaxPersons) {
      return;
    }
    if (parts.form != fhir::ReferenceParts::Form::kTypeId ||
        facts.types[fhir::resource_index(parts.type)].person != redact::Readable::kByReference ||
        reads_by_reference(policy, parts.type, parts.id)) {
      continue;
    }
    const NodeIndex found =
        scratch.resolved == nullptr ? json::kNoNode : scratch.resolved->find(parts.type, parts.id);
    if (found == json::kNoNode) {
      (void)search::need_reference(scratch.resolved,
                                   concat(fhir::type_name(parts.type), "/", parts.id), out);
    } else {
      const std::size_t before = out.size();
      const Error failed = criteria_references(policy, Interaction::kRead,
                                               scratch.resolved->document(), found, scratch, out);
      if (failed) {  // then it is not readable
        out.resize(before);
      }
    }
  }
}

}  // namespace fhirwall::decide
