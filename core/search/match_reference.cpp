#include <algorithm>

#include "core/fhir/reference.hpp"
#include "core/fhirpath/resolve.hpp"
#include "core/search/compiled.hpp"

namespace fhirwall::search {
namespace {

using fhir::ReferenceParts;
using fhirpath::Item;
using json::kNoNode;
using json::NodeIndex;

bool may_refer_to(const Clause& clause, fhir::TypeId type) {
  const auto targets = clause.targets;
  return targets.empty() || std::find(targets.begin(), targets.end(), type) != targets.end();
}

// `Type/id` against a typed or bare value.
bool names_resource(const Clause& clause, const ReferenceValue& value, fhir::TypeId type,
                    std::string_view id, std::string_view version) {
  switch (value.form) {
    case ReferenceValue::Form::kTyped:
      return value.type == type && value.id == id &&
             (value.version.empty() || value.version == version);
    case ReferenceValue::Form::kId: return value.id == id && may_refer_to(clause, type);
    case ReferenceValue::Form::kText: break;
  }
  return false;
}

// `url|version` and `url`: a value without version means every version (SPEC 5.3).
bool names_canonical(const ReferenceValue& value, std::string_view text, bool wide) {
  const std::size_t pipe = text.find('|');
  const std::string_view url = text.substr(0, pipe);
  const std::string_view version =
      pipe == std::string_view::npos ? std::string_view() : text.substr(pipe + 1);
  return url == value.canonical_url &&
         (wide || value.canonical_version.empty() || value.canonical_version == version);
}

// In the wider reading the last `Type/id` of any text counts, whatever server it names, and of any
// version: a negation must not hold because the same resource is written differently.
bool may_name(const ReferenceValue& value, std::string_view text) {
  std::string_view id;
  const fhir::TypeId type = fhirpath::type_of_reference_text(text, id);
  if (type == fhir::TypeId::kNone) {
    return false;
  }
  if (value.form == ReferenceValue::Form::kId) {
    return value.id == id;
  }
  std::string_view value_id;
  return fhirpath::type_of_reference_text(value.text, value_id) == type && value_id == id;
}

// What a text that is not the wanted one says about a negation: `Type/id` and absolute URLs of a
// known type are something else; of the others nobody knows what they point to.
Verdict other_text(MatchContext& context, const Item& item, const ReferenceParts& parts,
                   std::string_view text) {
  switch (parts.form) {
    case ReferenceParts::Form::kTypeId: return Verdict::kNo;
    case ReferenceParts::Form::kAbsolute: {
      std::string_view id;
      return fhirpath::type_of_reference_text(text, id) == fhir::TypeId::kNone ? Verdict::kBad
                                                                               : Verdict::kNo;
    }
    case ReferenceParts::Form::kFragment: {
      Item contained;
      return fhirpath::resolve(context.document, context.resource, item,
                               context.scratch.fhirpath.text, contained)
                 ? Verdict::kNo
                 : Verdict::kBad;
    }
    case ReferenceParts::Form::kUrn:
    case ReferenceParts::Form::kQuery:
    case ReferenceParts::Form::kOther: break;
  }
  return Verdict::kBad;
}

Verdict match_text(MatchContext& context, const Item& item, NodeIndex node, const Clause& clause,
                   bool wide, bool canonical) {
  if (!context.document.is_string(node)) {
    return Verdict::kBad;
  }
  const std::string_view text = context.document.string(node, context.scratch.text);
  const ReferenceParts parts = fhir::parse_reference(text, context.criteria.base_url_views);
  for (const ReferenceValue& value : clause.references) {
    const bool named = parts.form == ReferenceParts::Form::kTypeId &&
                       names_resource(clause, value, parts.type, parts.id, parts.version);
    if (named || (value.form == ReferenceValue::Form::kText && value.text == text) ||
        (canonical && names_canonical(value, text, wide)) || (wide && may_name(value, text))) {
      return Verdict::kYes;
    }
  }
  return canonical || !wide ? Verdict::kNo : other_text(context, item, parts, text);
}

// A resource in place of a reference: `Bundle.entry[0].resource`.
Verdict match_inlined(MatchContext& context, const Item& item, const Clause& clause) {
  const NodeIndex id = context.document.find(item.node, "id");
  if (id == kNoNode || !context.document.is_string(id)) {
    return Verdict::kBad;
  }
  const std::string_view text = context.document.string(id, context.scratch.text);
  for (const ReferenceValue& value : clause.references) {
    if (value.version.empty() && names_resource(clause, value, item.type, text, {})) {
      return Verdict::kYes;
    }
  }
  return Verdict::kNo;
}

}  // namespace

Verdict match_reference(MatchContext& context, const Item& item, const Clause& clause,
                        Reading reading) {
  if (item.form != Item::Form::kNode || item.node == kNoNode) {
    return Verdict::kBad;
  }
  const bool wide = reading == Reading::kWide;
  if (item.type == fhir::well_known().reference) {
    const NodeIndex node = context.document.find(item.node, "reference");
    // A logical reference (identifier or display alone) is never a `Type/id` (SPEC 5.6).
    return node == kNoNode ? Verdict::kBad : match_text(context, item, node, clause, wide, false);
  }
  if (fhir::type_kind(item.type) == fhir::TypeKind::kResource) {
    return match_inlined(context, item, clause);
  }
  if (context.document.is_string(item.node)) {
    return match_text(context, item, item.node, clause, wide, true);
  }
  return Verdict::kBad;
}

}  // namespace fhirwall::search
