#include "core/search/compiled.hpp"
#include "core/search/fold.hpp"

namespace fhirwall::search {

// A uri matches as a whole and case-sensitively (FHIR R4 search, section 3.1.1.4.13; SPEC 5.3). The
// wider reading is the reference's: a part of it, ignoring case.
Verdict match_uri(MatchContext& context, const fhirpath::Item& item, const Clause& clause,
                  Reading reading) {
  const json::Document& document = context.document;
  if (item.form != fhirpath::Item::Form::kNode || item.node == json::kNoNode ||
      !document.is_string(item.node)) {
    return Verdict::kBad;
  }
  if (reading == Reading::kWide) {
    context.scratch.folded.clear();
    fold(document.string(item.node, context.scratch.text), context.scratch.folded);
  }
  for (const StringValue& value : clause.strings) {
    if (reading == Reading::kWide ? context.scratch.folded.find(value.folded) != std::string::npos
                                  : document.string_is(item.node, value.text)) {
      return Verdict::kYes;
    }
  }
  return Verdict::kNo;
}

}  // namespace fhirwall::search
