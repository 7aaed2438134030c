#include "core/decide/judge.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "core/fhir/reference.hpp"
#include "core/redact/closure_facts.hpp"

namespace fhirwall::decide {
namespace {

using fhir::TypeId;
using json::Document;
using json::NodeIndex;
using policy::CompiledPolicy;
using policy::Interaction;
using redact::Plan;

const redact::TypeFacts& facts_for(const CompiledPolicy& policy, TypeId type) {
  return redact::facts_of(*policy.closure).types[fhir::resource_index(type)];
}

// An element that stays, with the only parts of it that do: of a primitive, none but its value.
struct Kept {
  std::string_view name;
  std::span<const Kept> parts;
};

// Adds the paths of everything below `prefix`, of `type`, that does not stay.
void hide_others(TypeId type, const fhir::ElementPath& prefix, std::span<const Kept> kept,
                 std::vector<fhir::ElementPath>& out) {
  for (const fhir::Element* element : fhir::elements(type)) {
    const auto found = std::find_if(kept.begin(), kept.end(), [&](const Kept& row) {
      return row.name == std::string_view(element->name);
    });
    fhir::ElementPath path = prefix;
    path.emplace_back().element = element;
    if (found == kept.end()) {
      out.push_back(std::move(path));
      continue;
    }
    const TypeId part = element->types.front();
    const bool primitive = fhir::type_kind(part) == fhir::TypeKind::kPrimitive;
    hide_others(primitive ? fhir::well_known().element : part, path, found->parts, out);
  }
}

// Of an upstream OperationOutcome only `severity`, `code` and `details.coding` stay (SPEC 8.2).
std::shared_ptr<const Plan> make_outcome_plan() {
  static constexpr Kept kCoding[] = {
      {"system", {}}, {"version", {}}, {"code", {}}, {"display", {}}, {"userSelected", {}}};
  static constexpr Kept kDetails[] = {{"coding", kCoding}};
  static constexpr Kept kIssue[] = {{"severity", {}}, {"code", {}}, {"details", kDetails}};
  static constexpr Kept kOutcome[] = {{"resourceType", {}}, {"issue", kIssue}};
  const TypeId type = fhir::well_known().operation_outcome;
  std::vector<fhir::ElementPath> hidden;
  hide_others(type, {}, kOutcome, hidden);
  return redact::make_plan(type, hidden, {});
}

// The same for every policy; null where any rule hides a part of the type: nobody looks closer
// which one.
const Plan* outcome_plan(const CompiledPolicy& policy) {
  static const std::shared_ptr<const Plan> kPlan = make_outcome_plan();
  const Plan& hidden = *facts_for(policy, fhir::well_known().operation_outcome).contained;
  return redact::hides_anything(hidden) ? nullptr : kPlan.get();
}

NodeIndex member_of(const Document& document, NodeIndex object, std::string_view key) {
  return object != json::kNoNode && document.is_object(object) ? document.find(object, key)
                                                               : json::kNoNode;
}

// Does any rule hide `name` of Bundles, or `part` of it?
bool hides_of_bundles(const CompiledPolicy& policy, std::string_view name, std::string_view part) {
  const auto hidden =
      redact::hidden_elements(*facts_for(policy, fhir::well_known().bundle).contained);
  return std::any_of(hidden.begin(), hidden.end(), [&](const fhir::ElementPath& path) {
    return std::string_view(path.front().element->name) == name &&
           (path.size() == 1 || std::string_view(path[1].element->name) == part);
  });
}

}  // namespace

const Plan* PolicyJudge::judge(const Document& document, NodeIndex resource,
                               redact::Nesting nesting) {
  const TypeId type = resource_type_of(document, resource);
  if (type == TypeId::kNone || policy_.denies_everything) {
    return nullptr;
  }
  if (nesting == redact::Nesting::kOutcome && type == fhir::well_known().operation_outcome) {
    return outcome_plan(policy_);
  }
  if (nesting == redact::Nesting::kContained && policy_.contained != policy::Contained::kPolicy) {
    const redact::TypeFacts& facts = facts_for(policy_, type);
    return facts.contained_cut ? nullptr : facts.contained.get();
  }
  if (error_) {
    return nullptr;
  }
  const Decision decision =
      decide(policy_, Interaction::kRead, document, resource, scratch_, error_);
  if (error_ || !decision.allowed ||
      !document_is_open(policy_, document, resource, scratch_, error_)) {
    return nullptr;
  }
  return decision.plan;
}

bool PolicyJudge::reads(TypeId type, std::string_view reference) {
  if (error_) {
    return false;
  }
  const std::vector<std::string_view> base_urls(policy_.base_urls.begin(), policy_.base_urls.end());
  const fhir::ReferenceParts parts = fhir::parse_reference(reference, base_urls);
  if (parts.form != fhir::ReferenceParts::Form::kTypeId || parts.type != type) {
    return false;
  }
  return reads_by_reference(policy_, type, parts.id) || reads_resolved(type, parts.id);
}

bool PolicyJudge::reads_resolved(TypeId type, std::string_view id) {
  const NodeIndex target =
      scratch_.resolved == nullptr ? json::kNoNode : scratch_.resolved->find(type, id);
  if (target == json::kNoNode) {
    return false;
  }
  const auto known =
      std::lower_bound(answers_.begin(), answers_.end(), target,
                       [](const Answer& answer, NodeIndex node) { return answer.target < node; });
  if (known != answers_.end() && known->target == target) {
    return known->reads;
  }
  // SPEC P3: only a Reference with something to cut is asked about, so that an answer must not fail
  // the call. What cannot be decided is not readable.
  Error error;
  const bool reads =
      decide(policy_, Interaction::kRead, scratch_.resolved->document(), target, scratch_, error)
          .allowed &&
      !error;
  answers_.insert(known, {target, reads});
  return reads;
}

bool reads_by_reference(const CompiledPolicy& policy, TypeId type, std::string_view id) {
  // Where projects are checked, the reference does not say which one the target is in (SPEC 10.1).
  if (policy.denies_everything || !policy.projects.own.empty()) {
    return false;
  }
  const auto& rules = policy.rules_by_type[fhir::resource_index(type)];
  return std::any_of(rules.begin(), rules.end(), [&](std::uint16_t index) {
    const policy::Rule& rule = policy.rules[index];
    return (rule.interactions & policy::mask_of(Interaction::kRead)) != 0 &&
           std::all_of(rule.conditions.begin(), rule.conditions.end(), [&](const auto& criteria) {
             return search::holds_by_reference(*criteria, type, id);
           });
  });
}

bool document_is_open(const CompiledPolicy& policy, const Document& document, NodeIndex bundle,
                      Scratch& scratch, Error& error) {
  // INVARIANT: what nobody may see decides nothing. Where a rule hides `type` of Bundles, each is
  // held to be a document; where one hides entries, no document is open.
  const bool any_type = hides_of_bundles(policy, "type", {});
  const bool no_entry = hides_of_bundles(policy, "entry", "resource");
  // The first entry of a document may be a document.
  while (resource_type_of(document, bundle) == fhir::well_known().bundle) {
    const NodeIndex type = member_of(document, bundle, "type");
    if (!any_type && (type == json::kNoNode || !document.string_is(type, "document"))) {
      return true;
    }
    const NodeIndex entries = member_of(document, bundle, "entry");
    if (no_entry || entries == json::kNoNode || !document.is_array(entries) ||
        !document.has_children(entries)) {
      return false;
    }
    bundle = member_of(document, Document::first_child(entries), "resource");
    if (bundle == json::kNoNode ||
        !decide(policy, Interaction::kRead, document, bundle, scratch, error).allowed || error) {
      return false;
    }
  }
  return true;
}

}  // namespace fhirwall::decide
