#pragma once

#include <cstdint>
#include <string_view>

namespace fhirwall::fhirpath {

// What a text is checked as.
enum class Markup : std::uint8_t {
  kDiv,      // one `<div>` element: Narrative.div
  kContent,  // what may stand in a `<div>`
};

// The rules for narratives that htmlChecks() stands for (FHIR R4, section 2.4 and Narrative, txt-1
// and txt-2): well-formed XML of the formatting elements and attributes of HTML 4.0 that are
// allowed there, no scripts in URLs or styles, and something to see: text, or an image. Text that
// XML and HTML parsers read differently (CDATA sections, processing instructions, odd comments) is
// refused. One pass, no recursion, no allocation; nested at most 128 deep.
[[nodiscard]] bool is_narrative(std::string_view text, Markup markup);

}  // namespace fhirwall::fhirpath
