#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/concat.hpp"
#include "core/fhir/reference.hpp"
#include "core/fhirpath/resolve.hpp"
#include "core/search/compiled.hpp"

// Chains and `_has` on what the host fetched (SPEC 5.8), and the compartment of a Binary (10.4).
// Whatever is not there does not match.
namespace fhirwall::search {
namespace {

using fhir::ReferenceParts;
using fhirpath::Item;
using json::Document;
using json::kNoNode;
using json::NodeIndex;

// A Binary in the context of a Binary, and so on: more is no answer (SPEC 10.4).
constexpr int kMaxContexts = 3;

// What a reference leads to.
struct Target {
  const Document* document = nullptr;  // null: nothing that is at hand
  NodeIndex node = kNoNode;
  fhir::TypeId type = fhir::TypeId::kNone;  // also where only this is known
  std::string_view id;                      // of a resource elsewhere; view into the reference
  // A part of the resource that refers to it: it has no `Type/id` of its own.
  bool inside = false;
};

// The valid id of a resource, or empty. An id has no reason to be written with escapes.
std::string_view id_at(const Document& document, NodeIndex resource) {
  const NodeIndex id = document.find(resource, "id");
  if (id == kNoNode || !document.is_string(id)) {
    return {};
  }
  const std::string_view text = document.raw_string(id);
  return fhir::is_valid_id(text) ? text : std::string_view();
}

// The Reference at `node`. `text` receives what it says.
Target follow_reference(const MatchContext& context, NodeIndex reference, std::string& text) {
  Target target;
  const Document& document = context.document;
  const NodeIndex node = document.find(reference, "reference");
  if (node == kNoNode || !document.is_string(node)) {
    return target;
  }
  text = document.string(node, context.scratch.text);
  const ReferenceParts parts = fhir::parse_reference(text, context.criteria.base_url_views);
  if (parts.form == ReferenceParts::Form::kTypeId) {
    // A version is not asked for: the current one stands for it.
    target.type = parts.type;
    target.id = parts.id;
    const NodeIndex found =
        context.resolved == nullptr ? kNoNode : context.resolved->find(parts.type, parts.id);
    if (found != kNoNode) {
      target.document = &context.resolved->document();
      target.node = found;
    }
  } else if (parts.form == ReferenceParts::Form::kFragment &&
             context.purpose != Purpose::kWriteResult) {
    // Who submits a resource could invent what it contains.
    Item item;
    item.node = reference;
    item.type = fhir::well_known().reference;
    Item contained;
    if (fhirpath::resolve(document, context.resource, item, context.scratch.fhirpath.text,
                          contained) &&
        contained.is_node() && contained.node != kNoNode) {
      target = {&document, contained.node, contained.type, {}, true};
    }
  }
  return target;
}

Target follow(const MatchContext& context, const Item& item, std::string& text) {
  if (!item.is_node() || item.node == kNoNode) {
    return {};
  }
  if (item.type == fhir::well_known().reference) {
    return follow_reference(context, item.node, text);
  }
  // A resource in place of a reference: `Bundle.entry[0].resource`.
  if (fhir::type_kind(item.type) == fhir::TypeKind::kResource) {
    return {&context.document, item.node, item.type, {}, true};
  }
  return {};
}

// Work on one more resource: SPEC P8, over all that one decision looks at. False, and an error,
// when it is too much.
bool spend(MatchContext& context, const Document& document, NodeIndex node) {
  // Expressions of search parameters walk a part of the resource.
  constexpr std::uint32_t kNodesInStep = 8;
  context.scratch.linked_steps += 1 + (document[node].next - node) / kNodesInStep;
  if (context.scratch.linked_steps > context.limits.max_evaluation_steps) {
    context.error = {ErrorCode::kExpressionTooComplex, context.document[context.resource].begin};
  }
  return !context.error;
}

// The same criteria looking at another resource.
MatchContext at_target(MatchContext& context, const Target& target) {
  return {context.criteria, *target.document, target.node,     target.type,  Purpose::kRead,
          context.resolved, context.limits,   context.scratch, context.error};
}

// What `program` yields on the resource, in memory of its own: matching a target reuses the
// scratch.
std::vector<Item> items_of(MatchContext& context, const fhirpath::Program& program) {
  std::vector<Item> items;
  items.swap(context.scratch.items);
  items.clear();
  bool malformed = false;
  context.error =
      fhirpath::evaluate_search(program, context.document, context.resource, context.limits,
                                context.scratch.fhirpath, items, malformed);
  return items;
}

const Linked* linked_for(const Clause& clause, fhir::TypeId type) {
  const auto found = std::find_if(clause.linked.begin(), clause.linked.end(),
                                  [&](const Linked& linked) { return linked.type == type; });
  return found == clause.linked.end() ? nullptr : &*found;
}

// Calls `visit` with every target of a chain that is of a type it asks for, and with what it asks;
// until that returns true. `visit` may use the scratch.
template <typename Visit>
bool any_target(MatchContext& context, const Clause& clause, Visit visit) {
  const std::vector<Item> items = items_of(context, *clause.program);
  std::string text;
  for (const Item& item : items) {
    if (context.error) {
      return false;
    }
    const Target target = follow(context, item, text);
    const Linked* const linked = linked_for(clause, target.type);
    if (linked == nullptr) {
      continue;
    }
    // `_has` on a contained resource: its id names no resource, so that nothing leads to it.
    const bool nameless = target.inside && linked->test.front().kind == Clause::Kind::kHas;
    if (!nameless && visit(target, *linked)) {
      return true;
    }
  }
  return false;
}

// The same for `_has`: every resource of its type that was fetched and leads back to this one.
template <typename Visit>
bool any_source(MatchContext& context, const Linked& linked, Visit visit) {
  const std::string_view id = id_at(context.document, context.resource);
  if (context.resolved == nullptr || id.empty()) {
    return false;
  }
  std::string text;
  const auto& rows = context.resolved->rows();
  auto row = std::lower_bound(rows.begin(), rows.end(), linked.type,
                              [](const auto& one, fhir::TypeId type) { return one.type < type; });
  for (; row != rows.end() && row->type == linked.type; ++row) {
    const Target source{&context.resolved->document(), row->node, row->type, row->id, false};
    if (!spend(context, *source.document, source.node)) {
      return false;
    }
    MatchContext there = at_target(context, source);
    const std::vector<Item> items = items_of(there, *linked.back);
    const bool leads_back = std::any_of(items.begin(), items.end(), [&](const Item& item) {
      const Target back = follow(there, item, text);
      return !back.inside && back.type == context.type && back.id == id;
    });
    if (context.error) {
      return false;
    }
    if (leads_back && visit(source, linked)) {
      return true;
    }
  }
  return false;
}

bool holds_at(MatchContext& context, const Target& target, const Linked& linked) {
  if (target.document == nullptr || !spend(context, *target.document, target.node)) {
    return false;
  }
  MatchContext there = at_target(context, target);
  return match_clause(there, linked.test.front(), target.node) && !context.error;
}

// What a host is asked for at once: more than the largest page of a search leads to (SPEC P8).
constexpr std::size_t kMaxReferences = 5000;

// Gathers what the host would have to fetch.
class Gatherer {
 public:
  Gatherer(const fhir::Resolved* resolved, std::vector<std::string>& out)
      : resolved_(resolved), out_(out) {}

  void gather(MatchContext& context, const Clause& clause) {
    const auto deeper = [&](const Target& target, const Linked& linked) {
      const Clause& test = linked.test.front();
      const bool links = test.kind == Clause::Kind::kChain || test.kind == Clause::Kind::kHas;
      if (links && target.document != nullptr && spend(context, *target.document, target.node)) {
        MatchContext there = at_target(context, target);
        gather(there, test);
      }
      return static_cast<bool>(context.error);
    };
    if (clause.kind == Clause::Kind::kChain) {
      (void)any_target(context, clause, [&](const Target& target, const Linked& linked) {
        if (target.document == nullptr) {
          need(context, concat(fhir::type_name(target.type), "/", target.id));
        }
        return deeper(target, linked);
      });
    } else if (clause.kind == Clause::Kind::kHas) {
      const Linked& linked = clause.linked.front();
      const std::string_view id = id_at(context.document, context.resource);
      if (!id.empty()) {
        need(context, concat(fhir::type_name(linked.type), "?", linked.back_name, "=",
                             fhir::type_name(context.type), "/", id));
      }
      (void)any_source(context, linked, deeper);
    }
  }

 private:
  void need(MatchContext& context, std::string reference) {
    if (!need_reference(resolved_, std::move(reference), out_)) {
      context.error = {ErrorCode::kExpressionTooComplex, context.document[context.resource].begin};
    }
  }

  const fhir::Resolved* resolved_;
  std::vector<std::string>& out_;
};

}  // namespace

bool match_linked(MatchContext& context, const Clause& clause) {
  const auto holds = [&](const Target& target, const Linked& linked) {
    return holds_at(context, target, linked);
  };
  const bool found = clause.kind == Clause::Kind::kHas
                         ? any_source(context, clause.linked.front(), holds)
                         : any_target(context, clause, holds);
  if (context.error) {  // a place in a body that the caller does not know is none
    context.error.offset = context.document[context.resource].begin;
  }
  return found && !context.error;
}

bool match_binary_compartment(MatchContext& context, const Clause& clause) {
  Target at{&context.document, context.resource, context.type, {}, false};
  std::string text;
  for (int i = 0; i <= kMaxContexts; ++i) {
    MatchContext there = at_target(context, at);
    const NodeIndex reference = at.document->find(at.node, "securityContext");
    if (at.type != fhir::well_known().binary || reference == kNoNode) {
      // A Binary without context lies where it is itself.
      there.purpose = i == 0 ? context.purpose : Purpose::kRead;
      return match_membership(there, clause);
    }
    at = follow_reference(there, reference, text);
    if (at.document == nullptr || at.inside) {
      return false;
    }
  }
  return false;
}

bool need_reference(const fhir::Resolved* resolved, std::string reference,
                    std::vector<std::string>& out) {
  const bool asked = resolved != nullptr && resolved->was_asked(reference);
  if (asked || std::find(out.begin(), out.end(), reference) != out.end()) {
    return true;
  }
  out.push_back(std::move(reference));
  return out.size() <= kMaxReferences;
}

Error references(const Criteria& criteria, const Subject& subject, const Limits& limits,
                 Scratch& scratch, std::vector<std::string>& out) {
  Error error;
  if (!criteria.reads_references ||
      (criteria.type != subject.type && criteria.type != fhir::well_known().resource) ||
      !subject.document.is_object(subject.resource)) {
    return error;
  }
  scratch.linked_steps = 0;
  MatchContext context{criteria,     subject.document, subject.resource,
                       subject.type, subject.purpose,  subject.resolved,
                       limits,       scratch,          error};
  Gatherer gatherer(subject.resolved, out);
  for (const Clause& clause : criteria.clauses) {
    gatherer.gather(context, clause);
    if (error) {
      break;
    }
  }
  scratch.wipe();
  return error;
}

}  // namespace fhirwall::search
