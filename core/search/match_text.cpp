#include "core/search/compiled.hpp"
#include "core/search/fold.hpp"

// What people read beside a code, and what kind of identifier it is: the modifiers of tokens that
// look at other parts of an element than the code.
namespace fhirwall::search {
namespace {

using fhirpath::Item;
using json::kNoNode;
using json::NodeIndex;

Verdict either(Verdict a, Verdict b) {
  if (a == Verdict::kYes || b == Verdict::kYes) {
    return Verdict::kYes;
  }
  return a == Verdict::kBad || b == Verdict::kBad ? Verdict::kBad : Verdict::kNo;
}

// Starts with one of the values, folded as strings are (SPEC 5.3). An absent text is no match.
Verdict match_words(MatchContext& context, NodeIndex text, const Clause& clause) {
  if (text == kNoNode) {
    return Verdict::kNo;
  }
  if (!context.document.is_string(text)) {
    return Verdict::kBad;
  }
  const std::string_view words = context.document.string(text, context.scratch.text);
  for (const StringValue& value : clause.strings) {
    if (folded_starts_with(words, value.folded, context.scratch.folded)) {
      return Verdict::kYes;
    }
  }
  return Verdict::kNo;
}

// Calls `test` for every Coding of a CodeableConcept.
template <typename Test>
Verdict any_coding(const json::Document& document, NodeIndex concept_node, const Test& test) {
  const NodeIndex coding = document.find(concept_node, "coding");
  if (coding == kNoNode) {
    return Verdict::kNo;
  }
  if (!document.is_array(coding)) {
    return Verdict::kBad;
  }
  Verdict verdict = Verdict::kNo;
  for (NodeIndex i = json::Document::first_child(coding), end = document[coding].next;
       i != end && verdict != Verdict::kYes; i = document[i].next) {
    verdict = either(verdict, document.is_object(i) ? test(i) : Verdict::kBad);
  }
  return verdict;
}

bool is_text(const json::Document& document, NodeIndex object, std::string_view key,
             std::string_view text) {
  const NodeIndex node = document.find(object, key);
  return node != kNoNode && document.string_is(node, text);
}

}  // namespace

// `:text`: "CodeableConcept.text, Coding.display, or Identifier.type.text" (FHIR R4 search, section
// 3.1.1.4.10), and Reference.display.
Verdict match_display(MatchContext& context, const Item& item, const Clause& clause) {
  const fhir::WellKnown& known = fhir::well_known();
  const json::Document& document = context.document;
  if (item.form != Item::Form::kNode || item.node == kNoNode) {
    return Verdict::kBad;
  }
  if (item.type == known.codeable_concept) {
    const Verdict text = match_words(context, document.find(item.node, "text"), clause);
    return either(text, any_coding(document, item.node, [&](NodeIndex coding) {
                    return match_words(context, document.find(coding, "display"), clause);
                  }));
  }
  if (item.type == known.coding || item.type == known.reference) {
    return match_words(context, document.find(item.node, "display"), clause);
  }
  if (item.type == known.identifier) {
    const NodeIndex type = document.find(item.node, "type");
    return type == kNoNode ? Verdict::kNo
                           : match_words(context, document.find(type, "text"), clause);
  }
  // Words themselves: see set_program().
  return item.type == known.string ? match_words(context, item.node, clause) : Verdict::kBad;
}

// `:of-type`: `[system]|[code]|[value]` against an Identifier's type and value, "match if any of
// the type codes match" (FHIR R4 search, section 3.1.1.4.10).
Verdict match_of_type(MatchContext& context, const Item& item, const Clause& clause) {
  const json::Document& document = context.document;
  if (item.form != Item::Form::kNode || item.node == kNoNode ||
      item.type != fhir::well_known().identifier) {
    return Verdict::kBad;
  }
  const NodeIndex type = document.find(item.node, "type");
  if (type == kNoNode) {
    return Verdict::kNo;
  }
  for (const TokenValue& value : clause.tokens) {
    const Verdict verdict = any_coding(document, type, [&](NodeIndex coding) {
      return is_text(document, coding, "system", value.system) &&
                     is_text(document, coding, "code", value.code)
                 ? Verdict::kYes
                 : Verdict::kNo;
    });
    if (verdict == Verdict::kYes && is_text(document, item.node, "value", value.identifier)) {
      return Verdict::kYes;
    }
  }
  return Verdict::kNo;
}

}  // namespace fhirwall::search
