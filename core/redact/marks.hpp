#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/document.hpp"
#include "core/redact/closure_facts.hpp"
#include "core/redact/judge.hpp"
#include "core/redact/plan.hpp"
#include "core/redact/trie.hpp"

// Marks and masks (SPEC 7.8): fixed literals, put in where the plan and what is kept say, and taken
// out of what a client sends back.
namespace fhirwall::redact {

// Is a resource that is released under the plan marked? The rule and its closure answer, whatever
// the resource holds.
[[nodiscard]] bool marks(const Plan& plan, const Closure* closure);

// The member of `meta` that a mark stands in, and its `code`.
[[nodiscard]] std::string_view mark_member(Mark mark);
[[nodiscard]] std::string_view mark_code(Mark mark);
// A mark in front of further items; in an array of its own; and in a `meta` of its own. `masked`:
// beside the mask of that member, and of `meta`. All with a comma behind them.
[[nodiscard]] std::string_view mark_item(Mark mark);
[[nodiscard]] std::string_view mark_array(Mark mark, bool masked);
[[nodiscard]] std::string_view mark_meta(Mark mark, bool masked);

// Does the end of a hidden path leave a mask? Not an extension, an id, a resource, or what has no
// extensions; nor what lies below any of these, or in a primitive's object.
[[nodiscard]] bool can_mask(const fhir::ElementPath& path);
// Adds the mask of an element of one type, unless there is one of the element: no resource has two
// choices.
void add_mask(std::vector<Mask>& masks, const fhir::Element& element, fhir::TypeId type);

// What of a submission the engine itself put into what the caller was shown (SPEC 9.2): masks at
// paths that the plan hides; and in each resource that can be marked, contained ones apart, one
// mark.
struct Strip {
  const Plan* plan = nullptr;        // of the resource, with the options that it was shown with
  const Closure* closure = nullptr;  // as in Redactor::mark()
  Judge* judge = nullptr;            // says what the plans of resources inside are; null: they stay
  const json::Document* stored = nullptr;  // whose own marks stay; null: a create
};
// Appends the resource at the document's root without these.
void append_stripped(const json::Document& document, const Strip& strip, std::string& out);

}  // namespace fhirwall::redact
