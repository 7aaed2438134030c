#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/fhirpath/value.hpp"
#include "core/json/document.hpp"

namespace fhirwall::fhirpath {

// How the items of a result are written.
enum class ResultForm : std::uint8_t {
  // A JSON array of plain values (SPEC 16, evaluate): nodes as the bytes that they have in the
  // input; dates, times and quantities as strings of FHIRPath text; integers, longs and decimals as
  // numbers with all their digits; a type as { namespace, name }; what resolve() knows of a
  // resource elsewhere as { resourceType }. A primitive that has only a `_name` sibling, and so no
  // value, is left out.
  kJson,
  // A JSON array of { type, value } (SPEC 16, evaluateTyped): `type` is `System.String` or
  // `FHIR.HumanName`, that of a backbone element `FHIR.BackboneElement`, that of an object outside
  // the model `System.Any`, that of type() `System.TypeInfo`. Decimals and longs are strings too,
  // so that no digit is lost. A primitive without value has `null`.
  kTyped,
  // The values of kJson one after the other, for a reader that wants no JSON parser for `true`:
  //
  //     | kind + 8 * size | payload, `size` bytes, then up to the next multiple of 4 |
  //       32 bits, little-endian
  kRecords,
};

enum class RecordKind : std::uint8_t {
  kFalse,    // no payload
  kTrue,     // no payload
  kInteger,  // 32 bits, little-endian
  kAscii,    // text
  kText,     // text in UTF-8
  kJson,     // one JSON value
};

// Appends a result to `out`; `count`: how many values were written. False, with nothing appended,
// when they need more than `max_bytes` (Limits::max_evaluation_bytes). `documents` are those of the
// evaluation (Scratch::documents).
[[nodiscard]] bool write_result(std::span<const Item> items,
                                std::span<const json::Document* const> documents, ResultForm form,
                                std::uint32_t max_bytes, std::string& out, std::uint32_t& count);

}  // namespace fhirwall::fhirpath
