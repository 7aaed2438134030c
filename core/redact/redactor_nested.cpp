#include <string>

#include "core/base/ascii.hpp"
#include "core/redact/bundle_parts.hpp"
#include "core/redact/closure_tables.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/server_meta.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {

using fhir::TypeId;
using json::Kind;
using json::NodeIndex;

void Redactor::open_scope(NodeIndex node, const Plan& plan, Nesting nesting, const Plan* outer_plan,
                          std::uint32_t outer_trie) {
  const auto index = static_cast<std::uint32_t>(scopes_.size());
  const std::uint32_t owner =
      nesting == Nesting::kContained && index != 0 ? scopes_.back().owner : index;
  Scope& opened = scopes_.emplace_back();
  opened.plan = &plan;
  opened.resource = node;
  opened.owner = owner;
  opened.opens_all = plan.cut_unknown || !plain();
  opened.skims = !plan.hides;
  opened.cuts_narratives =
      plan.cut_narratives || (closure_ != nullptr && closure_->facts.cuts_narratives);
  opened.is_bundle = closure_ != nullptr && closure_->facts.filters_bundles &&
                     plan.type == fhir::well_known().bundle;
  opened.outer_plan = outer_trie != kNoTrie ? outer_plan : nullptr;
  opened.outer_trie = outer_trie;
  plan_ = &plan;
  open_object(node, plan.type, 0);
  Frame& frame = stack_.back();
  frame.resource = true;
  if (opened.skims && opened.outer_plan == nullptr) {
    // SPEC 7.7, of the resource and of what it contains.
    frame.keys = KeySet::of("meta") | KeySet::of("contained") | KeySet::of("text");
    if (closure_ != nullptr) {
      frame.reference_keys = closure_->reference_keys_of(plan.type).without(frame.keys);
      frame.keys |= closure_->keys_of(plan.type);
    }
  }
}

// The root's stays: its plan is asked for afterwards.
void Redactor::close_scope() {
  if (scopes_.size() == 1) {
    return;
  }
  if (scope().fragments_known) {
    fragments_.resize(scope().fragments);
  }
  scopes_.pop_back();
  plan_ = scope().plan;
}

// A member that the model types as a resource, or as several.
void Redactor::visit_nested(NodeIndex node, const fhir::Child& child, const Edge* edge) {
  Frame& frame = stack_.back();
  if (judge_ == nullptr) {
    if (nested_resource_ == json::kNoNode) {
      nested_resource_ = node;
    }
    if (plan_->hides) {
      cut(node);  // not for this plan to judge
    } else {
      visit_value(node, child, edge);
    }
    return;
  }
  const Nesting nesting = frame.type == bundle_types().entry      ? Nesting::kEntry
                          : frame.type == bundle_types().response ? Nesting::kOutcome
                          : child.element->name == "contained"    ? Nesting::kContained
                                                                  : Nesting::kOther;
  const std::uint32_t trie =
      edge != nullptr && plan_->reaches_into_resources ? edge->node : kNoTrie;
  if (!child.element->repeats) {
    visit_resource(node, nesting, trie);
  } else if (document_->is_array(node)) {
    Frame& opened = open_array(node, child.type, Shape::kResources, trie);
    opened.nesting = nesting;
  } else {
    cut(node);
  }
}

// SPEC 7.4, 8.2: a resource of its own. What is refused takes its entry or parameter along.
void Redactor::visit_resource(NodeIndex node, Nesting nesting, std::uint32_t trie) {
  Frame& frame = stack_.back();
  const Plan* plan =
      document_->is_object(node) ? judge_->judge(*document_, node, nesting) : nullptr;
  if (plan != nullptr) {
    frame.released = true;
    open_scope(node, *plan, nesting, plan_, trie);
    return;
  }
  cut(node);
  if ((nesting == Nesting::kEntry || nesting == Nesting::kOther) &&
      fhir::type_kind(frame.type) == fhir::TypeKind::kBackbone) {
    frame.refused = true;
    frame.next_child = frame.end;
  }
}

bool Redactor::is_entry(TypeId type) const {
  return scope().is_bundle && type == bundle_types().entry;
}

bool Redactor::lacks_resource(const Frame& frame) const {
  return is_entry(frame.type) && !frame.released;
}

// A path of the plan around a resource goes into it: `contained.language`. Of paths that go further
// the whole member goes, but for the parts of `meta` that the resource's own plan cuts too.
bool Redactor::outer_plan_cuts(const fhir::Child& child) const {
  const Plan& plan = *scope().outer_plan;
  for (const Edge& edge : plan.nodes[scope().outer_trie].edges) {
    if (edge.element->name != child.element->name) {
      continue;
    }
    if (edge.node == kNoTrie || plan.nodes[edge.node].cut) {
      return true;
    }
    for (const Edge& part : plan.nodes[edge.node].edges) {
      if (!is_server_meta(part.element->name)) {
        return true;
      }
    }
  }
  return false;
}

// Members of a Bundle that say something of entries that are not there (SPEC 8.2). True: decided.
bool Redactor::cut_of_bundle(NodeIndex node, const fhir::Child& child) {
  const Frame& frame = stack_.back();
  const std::string_view name = child.element->name;
  if (frame.resource ? name == "total" || name == "signature"
                     : frame.type == bundle_types().request && name == "ifNoneExist") {
    cut(node);
    return true;
  }
  if (frame.type != bundle_types().request || name != "url") {
    return false;
  }
  if (child.sibling || !document_->is_string(node)) {
    cut(node);
    return true;
  }
  const std::string_view raw = document_->raw_string(node);
  const std::size_t path = query_begin(raw);
  if (path == 0) {
    cut(node);  // nothing would be left
  } else if (path == raw.size()) {
    keep(node);
  } else {
    marks_[node - root_] = Mark::kPath;
    stack_.back().kept_any = true;
    stack_.back().touched = true;
  }
  return true;
}

// Of which relation a link is must be seen, unless the plan hides it.
bool Redactor::keeps_link(NodeIndex link, std::uint32_t trie) const {
  if (trie != kNoTrie) {
    for (const Edge& edge : plan_->nodes[trie].edges) {
      if (edge.element->name == "relation" && edge.node != kNoTrie && plan_->nodes[edge.node].cut) {
        return false;
      }
    }
  }
  const NodeIndex relation = document_->find(link, "relation");
  if (relation == json::kNoNode || !document_->is_string(relation)) {
    return false;
  }
  std::string scratch;
  return !ascii::equals_ignoring_case(ascii::trim(document_->string(relation, scratch)), "last");
}

}  // namespace fhirwall::redact
