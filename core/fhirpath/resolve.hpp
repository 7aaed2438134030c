#pragma once

#include <string>
#include <string_view>

#include "core/fhirpath/value.hpp"
#include "core/json/document.hpp"

namespace fhirwall::fhirpath {

class Machine;

// What `resolve()` finds for a reference inside a search parameter (SPEC 6.2): the contained
// resource for `#id`, else a stub whose type is that of the last `Type/id` of the text, absolute or
// not, or of Reference.type when there is no text. False when the type cannot be told: the
// reference is unresolved.
[[nodiscard]] bool resolve(const json::Document& document, json::NodeIndex resource,
                           const Item& reference, std::string& scratch, Item& out);

// The resources around a node; kNoNode where there is none.
struct Enclosing {
  json::NodeIndex resource = json::kNoNode;   // the innermost one, or the node itself
  json::NodeIndex container = json::kNoNode;  // the same, or the one that it is contained in
  json::NodeIndex entry = json::kNoNode;      // the Bundle.entry around the container
  json::NodeIndex bundle = json::kNoNode;     // the innermost Bundle with such an entry
};
// False when the steps do not suffice.
[[nodiscard]] bool find_enclosing(Machine& machine, const Item& node, Enclosing& out);

// resolve() during an evaluation, of one item: a Reference, or the text of a uri, url, canonical or
// string. `#id` is looked for in the container around the reference, `#` is that container; other
// references among the entries of the Bundle around it (FHIR R4, section 2.36.4.1); what is not
// there becomes a stub. `found` is false when neither the resource nor its type is known. False
// when the steps do not suffice.
[[nodiscard]] bool resolve(Machine& machine, const Item& reference, Item& out, bool& found);

// The type of the last `Type/id` of a reference text, a `/_history/v` behind it put aside; kNone
// when the text does not end so. `id` becomes a view of `text`.
[[nodiscard]] fhir::TypeId type_of_reference_text(std::string_view text, std::string_view& id);

}  // namespace fhirwall::fhirpath
