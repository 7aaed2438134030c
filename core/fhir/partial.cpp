#include "core/fhir/partial.hpp"

namespace fhirwall::fhir {
namespace {

using json::Document;
using json::kNoNode;
using json::NodeIndex;

bool is_subsetted(const Document& document, NodeIndex coding) {
  const NodeIndex code = document.find(coding, "code");
  return code != kNoNode && document.string_is(code, "SUBSETTED");
}

}  // namespace

bool is_partial(const Document& document, NodeIndex resource) {
  const NodeIndex meta = document.find(resource, "meta");
  if (meta == kNoNode) {
    return false;
  }
  const NodeIndex tags = document.find(meta, "tag");
  if (tags == kNoNode) {
    return false;
  }
  if (!document.is_array(tags)) {
    return is_subsetted(document, tags);
  }
  for (NodeIndex tag = Document::first_child(tags), end = document[tags].next; tag != end;
       tag = document[tag].next) {
    if (is_subsetted(document, tag)) {
      return true;
    }
  }
  return false;
}

}  // namespace fhirwall::fhir
