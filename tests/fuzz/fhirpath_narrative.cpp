// layer: core/fhirpath
// The narrative checker on any bytes: no crash, and both ways to ask agree.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/fhirpath/narrative.hpp"

using fhirwall::fhirpath::is_narrative;
using fhirwall::fhirpath::Markup;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool content = is_narrative(text, Markup::kContent);
  // One `<div>` may stand in a `<div>`.
  if (is_narrative(text, Markup::kDiv) && !content) {
    __builtin_trap();
  }
  // What may stand in a `<div>` is a narrative with one around it, unless that is one level too
  // deep.
  std::string wrapped = "<div>";
  wrapped.append(text).append("</div>");
  if (is_narrative(wrapped, Markup::kDiv) && !content) {
    // The text may close the `<div>` and open another.
    if (text.find("</div") == std::string_view::npos) {
      __builtin_trap();
    }
  }
  return 0;
}
