#include <algorithm>

#include "core/search/compiled.hpp"

namespace fhirwall::search {
namespace {

using fhirpath::Item;

bool has_value(const Item& item) {
  return item.form != Item::Form::kNode || item.node != json::kNoNode;
}

// `:missing` is about values: an element that has only extensions is missing (FHIR R4 search,
// section 3.1.1.4.4.1). A malformed element, a date that is none among them, is neither there nor
// missing (SPEC 5.5).
bool match_missing(MatchContext& context, const Clause& clause, const std::vector<Item>& items,
                   bool malformed) {
  const fhir::WellKnown& known = fhir::well_known();
  bool present = false;
  for (const Item& item : items) {
    if (!has_value(item)) {
      continue;
    }
    present = true;
    fhir::Interval unused;
    const bool date =
        item.type == known.date || item.type == known.date_time || item.type == known.instant;
    malformed |= date && !interval_of(context, item, unused);
  }
  return !malformed && present != clause.missing;
}

// Values are alternatives. `ne` is a negation: it holds for absent elements and looks at every
// value of the element, none of which may be equal; every other prefix needs one element that
// satisfies it.
bool match_dates(MatchContext& context, const Clause& clause, const std::vector<Item>& items,
                 bool malformed) {
  for (const DateValue& value : clause.dates) {
    const bool negation = value.prefix == Prefix::kNe;
    bool all = !malformed && !(clause.part && items.empty());
    bool any = false;
    for (const Item& item : items) {
      fhir::Interval interval;
      const bool holds = interval_of(context, item, interval) && date_holds(value, interval);
      all &= holds;
      any |= holds;
    }
    if (negation ? all : any) {
      return true;
    }
  }
  return false;
}

// `ne` needs a value (SPEC 5.5), and looks at every one of the element.
bool match_quantities(MatchContext& context, const Clause& clause, const std::vector<Item>& items,
                      bool malformed) {
  for (const QuantityValue& value : clause.quantities) {
    const bool negation = value.prefix == Prefix::kNe;
    bool all = !malformed && !items.empty();
    bool any = false;
    for (const Item& item : items) {
      const bool unknown = malformed && item.form != Item::Form::kNode;
      const bool holds = !unknown && quantity_holds(context, value, item, clause.kind);
      all &= holds;
      any |= holds;
    }
    if (negation ? all : any) {
      return true;
    }
  }
  return false;
}

Verdict match_item(MatchContext& context, const Clause& clause, const Item& item, Reading reading) {
  switch (clause.kind) {
    case Clause::Kind::kToken: return match_token(context, item, clause, reading);
    case Clause::Kind::kOfType: return match_of_type(context, item, clause);
    case Clause::Kind::kText: return match_display(context, item, clause);
    case Clause::Kind::kIdentifier: return match_identifier(context, item, clause);
    case Clause::Kind::kString: return match_string(context, item, clause, reading);
    case Clause::Kind::kUri: return match_uri(context, item, clause, reading);
    case Clause::Kind::kUriAbove:
    case Clause::Kind::kUriBelow: return match_uri_path(context, item, clause);
    case Clause::Kind::kReference: return match_reference(context, item, clause, reading);
    case Clause::Kind::kDate:
    case Clause::Kind::kNumber:
    case Clause::Kind::kQuantity:
    case Clause::Kind::kComposite:
    case Clause::Kind::kMissing:
    case Clause::Kind::kFilter:
    case Clause::Kind::kChain:
    case Clause::Kind::kHas:
    case Clause::Kind::kCompartment:
    case Clause::Kind::kAccount:
    case Clause::Kind::kProject: break;
  }
  return Verdict::kBad;
}

// One item on which every part of one value holds (FHIR R4 search, section 3.1.1.4.14). Items times
// values are bounded like the steps of an expression (SPEC P8).
bool match_composite(MatchContext& context, const Clause& clause) {
  std::vector<Item>& items = context.scratch.composites;
  items.swap(context.scratch.items);
  std::uint64_t steps = 0;
  const auto holds = [&](const Item& item, const Clause& part) {
    return match_clause(context, part, part.of_resource ? context.resource : item.node);
  };
  for (const Composite& value : clause.composites) {
    for (const Item& item : items) {
      if (++steps > context.limits.max_evaluation_steps) {
        context.error = {ErrorCode::kExpressionTooComplex,
                         context.document[context.resource].begin};
        return false;
      }
      if (item.type == value.item && item.node != json::kNoNode &&
          std::all_of(value.parts.begin(), value.parts.end(),
                      [&](const Clause& part) { return holds(item, part); })) {
        return !context.error;
      }
      if (context.error) {
        return false;
      }
    }
  }
  return false;
}

}  // namespace

bool match_clause(MatchContext& context, const Clause& clause, json::NodeIndex focus) {
  if (clause.kind == Clause::Kind::kFilter) {
    return match_filter(context, clause);
  }
  if (clause.kind == Clause::Kind::kChain || clause.kind == Clause::Kind::kHas) {
    return match_linked(context, clause);
  }
  if (clause.program == nullptr) {
    return match_membership(context, clause);
  }
  std::vector<Item>& items = context.scratch.items;
  items.clear();
  bool malformed = false;
  context.error =
      fhirpath::evaluate_search(*clause.program, context.document, focus, context.limits,
                                context.scratch.fhirpath, items, malformed);
  if (context.error) {
    return false;
  }
  if (clause.kind == Clause::Kind::kMissing) {
    return match_missing(context, clause, items, malformed);
  }
  if (clause.kind == Clause::Kind::kComposite) {
    return match_composite(context, clause);
  }
  if (clause.kind == Clause::Kind::kDate) {
    return match_dates(context, clause, items, malformed);
  }
  if (clause.kind == Clause::Kind::kNumber || clause.kind == Clause::Kind::kQuantity) {
    return match_quantities(context, clause, items, malformed);
  }
  if (!clause.negate) {
    for (const Item& item : items) {
      // What an expression computed from a malformed element is not known (SPEC 5.5): `deceased` is
      // `false` where `deceasedDateTime` cannot be read.
      const bool unknown = malformed && item.form != Item::Form::kNode;
      if (!unknown && match_item(context, clause, item, Reading::kPlain) == Verdict::kYes) {
        return true;
      }
    }
    return false;
  }
  // SPEC 5.5: a negation holds for absent elements, and otherwise only if every element surely
  // fails the wider reading.
  bool surely_not = !malformed;
  for (const Item& item : items) {
    surely_not = surely_not && match_item(context, clause, item, Reading::kWide) == Verdict::kNo;
  }
  return surely_not;
}

bool matches(const Criteria& criteria, const Subject& subject, const Limits& limits,
             Scratch& scratch, Error& error) {
  error = {};
  if (criteria.type != subject.type && criteria.type != fhir::well_known().resource) {
    return false;
  }
  if (!subject.document.is_object(subject.resource)) {
    return false;
  }
  MatchContext context{criteria,     subject.document, subject.resource,
                       subject.type, subject.purpose,  subject.resolved,
                       limits,       scratch,          error};
  for (const Clause& clause : criteria.clauses) {
    if (!match_clause(context, clause, subject.resource)) {
      return false;
    }
  }
  return true;
}

bool reads_references(const Criteria& criteria) { return criteria.reads_references; }

const std::string& bound_text(const Criteria& criteria) { return criteria.bound_text; }

}  // namespace fhirwall::search
