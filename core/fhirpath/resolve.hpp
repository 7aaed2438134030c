#pragma once

#include <string>
#include <string_view>

#include "core/fhirpath/value.hpp"
#include "core/json/document.hpp"

namespace fhirwall::fhirpath {

// What `resolve()` finds for a reference inside a search parameter (SPEC 6.2): the contained
// resource for `#id`, else a stub whose type is that of the last `Type/id` of the text, absolute or
// not, or of Reference.type when there is no text. False when the type cannot be told: the
// reference is unresolved.
[[nodiscard]] bool resolve(const json::Document& document, json::NodeIndex resource,
                           const Item& reference, std::string& scratch, Item& out);

// The same during an evaluation, for any of its documents. `#id` is looked for in the resource
// around the reference.
class Machine;
[[nodiscard]] bool resolve(Machine& machine, const Item& reference, Item& out);

// The type of the last `Type/id` of a reference text, a `/_history/v` behind it put aside; kNone
// when the text does not end so. `id` becomes a view of `text`.
[[nodiscard]] fhir::TypeId type_of_reference_text(std::string_view text, std::string_view& id);

}  // namespace fhirwall::fhirpath
